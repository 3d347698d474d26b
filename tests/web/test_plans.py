"""Pre-mortem: a plan meets what has happened before, is kept with it, and is looked back at."""

import json
from typing import Any

from monitor.lessons.steps import BY_ID, seen
from tests.web.conftest import House

PLAN = {
    "kind": "campaign",
    "title": "A funny advert for the box",
    "text": "Bolt Foods shows a cook in an advert who laughs at his own box, in April.",
    "look_back": "+0",
}


def learn(house: House, **sort: str) -> None:
    """A relevant incident with a lesson that says why and what to do."""
    house.post("/-/triage/2/decide", "triager", status="relevant", version="1")
    house.post("/-/lessons/start", "editor", incident="2")
    for step, values in {
        "why": {"why": "Haste <b>made</b> it."},
        "avoid": {"avoid": "Show it to a stranger."},
        "sort": {"title": "Strangers first", "seen_by": "viewer"} | sort,
    }.items():
        conn = house.conn()
        mark = seen(BY_ID[step], dict(conn.execute("SELECT * FROM lessons WHERE id = 1").fetchone()))  # fmt: skip
        conn.close()
        house.post(f"/-/lessons/1/write/{step}", "editor", seen=mark, **values)


def keep(house: House, role: str = "triager", **changes: str) -> Any:
    return house.post("/-/plans/keep", role, **(PLAN | changes))


def test_a_plan_gets_precedents_with_reasons_checks_and_hard_questions(house: House) -> None:
    learn(house)
    assert keep(house).headers["location"] == "/-/plans/1"
    page = house.ask("/-/plans/1", role="triager").text
    assert "Bolt Foods pulls an advert after an outcry" in page
    assert "both speak of" in page
    assert "Haste &lt;b&gt;made&lt;/b&gt; it." in page
    assert "Show it to a stranger." in page
    assert "Whom is the joke on" in page


def test_a_plan_like_nothing_before_says_so_and_still_asks(house: House) -> None:
    keep(house, kind="hashtag", title="Zither", text="Zithers play quietly beside wet gravel")
    page = house.ask("/-/plans/1", role="triager").text
    assert "none known is not none possible" in page
    assert "What else does it spell" in page


def test_what_is_kept_from_a_role_stays_so_in_a_plan_that_an_editor_made(house: House) -> None:
    learn(house, seen_by="editor")
    keep(house, role="editor")
    assert "Show it to a stranger." in house.ask("/-/plans/1", role="editor").text
    page = house.ask("/-/plans/1", role="triager").text
    for secret in ("Show it to a stranger.", "Haste", "Strangers first"):
        assert secret not in page
    assert house.ask("/-/plans", role="viewer").status_code == 403
    assert house.ask("/failwatch/plans.json", role="triager").status_code == 403


def test_a_plan_is_looked_back_at_and_looked_at_again(house: House) -> None:
    keep(house)
    assert "did it happen?" in house.ask("/-/plans", role="triager").text
    assert house.post("/-/plans/1/back", "triager", happened="maybe", what="W").status_code == 422
    house.post("/-/plans/1/back", "triager", happened="partly", what="Two letters came.")
    assert "Two letters came." in house.ask("/-/plans/1", role="triager").text
    assert "did it happen?" not in house.ask("/-/plans", role="triager").text
    learn(house)
    house.post("/-/plans/1/renew", "triager")
    assert "Show it to a stranger." in house.ask("/-/plans/1", role="triager").text
    conn = house.conn()
    rows = conn.execute("SELECT action, after FROM audit WHERE item = 'plan:1' ORDER BY id").fetchall()  # fmt: skip
    conn.close()
    assert [row["action"] for row in rows] == ["plan.keep", "plan.look_back", "plan.renew"]
    assert json.loads(rows[1]["after"])["happened"] == "partly"


def test_a_worst_case_sheet_is_begun_on_a_plan(house: House) -> None:
    keep(house)
    sent = {"set": "worst-case", "plan": "1", "about": "The box"}
    assert house.post("/-/reflections/begin", "triager", **sent).status_code == 303
    assert 'href="/-/reflections/1"' in house.ask("/-/plans/1", role="triager").text
    assert house.post("/-/reflections/begin", "triager", **(sent | {"plan": "9"})).status_code == 422  # fmt: skip


def test_what_was_typed_stays_when_a_plan_is_refused(house: House) -> None:
    for wrong in ({"text": "Too short"}, {"title": " "}, {"kind": "war"}, {"look_back": "soon"}):
        answer = keep(house, **wrong)
        assert (answer.status_code, "What you typed is still in its box" in answer.text) == (422, True)  # fmt: skip
