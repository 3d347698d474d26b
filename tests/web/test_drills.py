"""Drill: nothing later is told before the move, nobody copies, and what was drilled comes back."""

import json
import re
from contextlib import closing
from typing import Any

import pytest

from monitor.lessons.casebook import Casebook
from monitor.store.db import transaction
from tests.flow.test_casebook import WHOLE, bring
from tests.web.conftest import NOW, House

LATER = ("Quokka", "rebuild-secret", "Wombat", "edited-afterwards")
ALL_OVER = "Bolt apologised at last: Quokka"
"""The incident's title, as somebody wrote it when all was over."""


@pytest.fixture
def replayed(house: House) -> House:
    """Incident 2: posts at noon and in the evening, an answer between them, one without a day, a lesson."""
    with closing(house.conn()) as conn, transaction(conn):
        conn.execute(
            "UPDATE incidents SET title = ?, status = 'relevant' WHERE id = 2", (ALL_OVER,)
        )
        conn.execute(
            "UPDATE posts SET published_at = '2026-02-20T12:00:00Z', text = 'edited-afterwards' WHERE id = 2"
        )
        conn.execute(
            "INSERT INTO post_versions (post_id, replaced_at, title, text, content_hash) VALUES"
            " (2, '2026-02-21T08:00:00Z', 'A Bolt advert draws anger', 'The first words.', '')"
        )
        conn.execute(
            "INSERT INTO posts (id, feed_id, guid, url, canonical_url, title, title_key, text, published_at, seen_at,"
            " content_hash) VALUES (90, 1, 'late', 'https://n.example/late', 'https://n.example/late',"
            " 'Quokka: boycott of Bolt ends', '', 'Wombat', '2026-02-20T22:00:00Z', '2026-02-20T22:00:00Z', '')"
        )
        conn.execute(
            "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at)"
            " VALUES (2, 90, 'failwatch', 'x', '')"
        )
        conn.executemany(
            "INSERT INTO responses (incident_id, said_on, type, text, outcome) VALUES (2, ?, ?, ?, ?)",
            [
                ("2026-02-20T18:00:00Z", "rebuild", "We are rebuild-secret sorry.", ""),
                ("", "bolster", "Wombat of no day.", "Quokka sales rose."),
            ],
        )
    return house


def begin(house: House, **form: str) -> Any:
    return house.post("/-/drills/begin", "triager", **({"incident": "2"} | form))


def move(house: House, role: str = "triager", **form: str) -> Any:
    sent = {"type": "rebuild", "text": "We are <b>sorry</b>, and pay."} | form
    return house.post("/-/drills/1/move", role, **sent)


def test_nothing_later_is_told_before_the_move(replayed: House) -> None:
    assert begin(replayed).headers["location"] == "/-/drills/1"
    for path in (
        "/-/drills",
        "/-/drills/1",
        "/-/api/drills",
        "/-/api/drills/1",
        "/-/drills?q=Bolt",
    ):
        told = replayed.ask(path, role="triager").text
        assert "A Bolt advert draws anger" in told, path
        for secret in (*LATER, "2026-02-21", "22:00", "18:00", "n.example/2"):
            assert secret not in told, (path, secret)
    page = replayed.ask("/-/drills/1", role="triager")
    assert "hour 0" in page.text
    assert "The first words." in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    with closing(replayed.conn()) as conn:
        logged = [tuple(row) for row in conn.execute("SELECT * FROM audit WHERE item = 'drill:1'")]
    assert not any(secret in str(logged) for secret in LATER)


def test_an_hour_of_ones_own_shows_what_was_known_then_and_no_more(replayed: House) -> None:
    begin(replayed, hour="7")
    told = replayed.ask("/-/drills/1", role="triager").text
    assert "rebuild-secret" in told
    assert "Quokka" not in told
    for wrong in ("-1", "soon", "99999"):
        assert begin(replayed, hour=wrong).status_code == 422


def test_after_the_move_everything_that_followed_is_told_and_the_move_stays(
    replayed: House,
) -> None:
    begin(replayed)
    assert move(replayed).status_code == 303
    page = replayed.ask("/-/drills/1", role="triager").text
    for secret in (
        "rebuild-secret",
        "Quokka sales rose.",
        "Wombat of no day.",
        "boycott of Bolt ends",
    ):
        assert secret in page
    assert "We are &lt;b&gt;sorry&lt;/b&gt;, and pay." in page
    again = move(replayed, text="Something cleverer")
    assert (again.status_code, "it stays as it is" in again.text) == (422, True)
    assert "Something cleverer" not in replayed.ask("/-/drills/1", role="triager").text


def test_nobody_sees_a_move_before_making_one(replayed: House) -> None:
    begin(replayed)
    move(replayed, type="deny", text="Zebra")
    for path in ("/-/drills/1", "/-/api/drills/1", "/-/drills", "/-/audit"):
        told = replayed.ask(path, role="editor").text
        assert "Zebra" not in told, path
    assert "Made their move: triager." in replayed.ask("/-/drills/1", role="editor").text
    for table in ("drills", "drill_moves", "drill_cards"):
        assert replayed.ask(f"/failwatch/{table}.json", role="editor").status_code == 403
    move(replayed, "editor", text="Mine")
    page = replayed.ask("/-/drills/1", role="editor").text
    assert {"triager: deny", "editor: rebuild"} <= set(re.findall(r"<h3>(.*?)</h3>", page))


def test_a_score_is_kept_shown_side_by_side_and_lays_the_card_back(replayed: House) -> None:
    begin(replayed)
    early = replayed.post("/-/drills/1/score", "triager", true="1")
    assert (early.status_code, "Make your move first" in early.text) == (422, True)
    move(replayed)
    move(replayed, "editor")
    replayed.post("/-/drills/1/score", "triager", people="1", true="1", fit="1", next="1")
    replayed.post("/-/drills/1/score", "editor", true="1")
    page = replayed.ask("/-/drills/1", role="triager").text
    assert "4 of 5" in page
    assert "1 of 5" in page
    assert "2026-03-02" in page
    assert replayed.post("/-/drills/1/score", "triager", true="1").status_code == 422
    listed = replayed.ask("/-/drills", role="triager").text
    assert "Next: A Bolt advert draws anger, on 2026-03-02" in listed
    with closing(replayed.conn()) as conn:
        rows = conn.execute("SELECT actor, action, after FROM audit WHERE item = 'drill:1' ORDER BY id").fetchall()  # fmt: skip
    assert [(r["actor"], r["action"]) for r in rows] == [
        ("triager", "drill.begin"), ("triager", "drill.move"), ("editor", "drill.move"),
        ("triager", "drill.score"), ("editor", "drill.score"),
    ]  # fmt: skip
    assert json.loads(rows[3]["after"]) == {"score": 4, "due_on": "2026-03-02"}


def test_what_is_due_stands_on_top_and_stops_at_another_place(replayed: House) -> None:
    begin(replayed)
    move(replayed)
    replayed.post("/-/drills/1/score", "triager", true="1")
    with closing(replayed.conn()) as conn, transaction(conn):
        conn.execute("UPDATE drill_cards SET due_on = ?", (NOW.date().isoformat(),))
        conn.execute(
            "INSERT INTO responses (incident_id, said_on, type, text) VALUES (2, '2026-02-21T09:00:00Z', 'deny', 'No.')"
        )
    due = replayed.ask("/-/api/drills", role="triager").json()
    assert [(one["incident"], one["score"]) for one in due["due"]] == [(2, 1)]
    assert [one["incident"] for one in due["new"]] == []
    assert replayed.ask("/-/api/drills", role="editor").json()["due"] == []
    begin(replayed)
    second = replayed.ask("/-/api/drills/2", role="triager").json()["drill"]
    assert (second["hour"], second["reveal"]) == (10, None)


def test_a_lesson_that_is_not_for_a_role_is_not_revealed(replayed: House) -> None:
    replayed.post("/-/lessons/start", "editor", incident="2")
    with closing(replayed.conn()) as conn, transaction(conn):
        conn.execute("UPDATE lessons SET avoid = 'Ask a numbat.', seen_by = 'editor'")
    begin(replayed)
    for role, shown in (("triager", False), ("editor", True)):
        assert "numbat" not in replayed.ask("/-/drills/1", role=role).text
        move(replayed, role)
        assert ("numbat" in replayed.ask("/-/drills/1", role=role).text) is shown


def test_a_script_drills_as_a_page_does(replayed: House) -> None:
    def send(path: str, **values: object) -> Any:
        return replayed.ask(f"/-/api/drills/{path}", role="triager", method="POST", json=values)

    assert send("begin", incident=2, hour=1).json() == {"ok": True, "drill": 1}
    assert send("1/move", type="war", text="x").status_code == 422
    found = send("1/move", type="silence", text="Until noon.").json()["drill"]
    assert found["reveal"]["types"] == ["rebuild", "bolster"]
    assert send("1/score", checks="true").status_code == 422
    assert send("1/score", checks=["true", "nonsense"]).status_code == 422
    assert send("1/score", checks=["true", "fit"]).json()["drill"]["mine"]["score"] == 2
    assert send("begin", incident=99).status_code == 422


def test_a_case_of_the_casebook_is_replayed_without_its_title_and_its_end(house: House) -> None:
    with closing(house.conn()) as conn:
        chosen = [c for c in WHOLE.cases if c.id in {"kenneth-cole-cairo", "gap-logo"}]
        bring(conn, Casebook(tuple(chosen), WHOLE.principles), NOW)
        row = conn.execute("SELECT id, title FROM incidents WHERE casebook_id = 'kenneth-cole-cairo'").fetchone()  # fmt: skip
    found = house.ask("/-/drills?q=Kenneth", role="triager").text
    assert "Kenneth Cole" in found
    assert "February 2011" in found
    assert "deleted" not in found
    begin(house, incident=str(row["id"]))
    told = house.ask("/-/drills/1", role="triager").text
    assert "spring collection" in told
    for secret in (row["title"], "apologised", "deleted", "excuse", "backlash"):
        assert secret not in told
    move(house)
    page = house.ask("/-/drills/1", role="triager").text
    for shown in ("apologised", "A first excuse followed on Twitter.", "The lesson"):
        assert shown in page
    with closing(house.conn()) as conn:
        gap = conn.execute("SELECT id FROM incidents WHERE casebook_id = 'gap-logo'").fetchone()["id"]  # fmt: skip
    refused = begin(house, incident=str(gap))
    assert (refused.status_code, "cannot be replayed" in refused.text) == (422, True)
