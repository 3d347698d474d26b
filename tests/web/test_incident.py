"""The page of an incident: what its forms change, what comes back when one is refused."""

import itertools
import re
from datetime import timedelta

import pytest

from monitor.store import duties, lessons, triage
from monitor.store.db import Connection, stamp, transaction
from monitor.web import saga
from monitor.web.spread import spread
from tests.web.conftest import NOW, House


def version(house: House, number: int) -> int:
    conn = house.conn()
    found: int = conn.execute("SELECT version FROM incidents WHERE id = ?", (number,)).fetchone()[0]
    conn.close()
    return found


def change(conn: Connection) -> int:
    found: int = conn.execute("SELECT max(id) FROM changes").fetchone()[0]
    return found


def test_merging_by_form_leads_to_the_other_and_can_be_taken_back_there(busy: House) -> None:
    done = busy.post("/-/incidents/4/do/merge", "triager", version="1", into="3")
    assert done.status_code == 303
    where = done.headers["location"]
    assert where.startswith("/-/incidents/3?did=")
    page = busy.ask(where.partition("#")[0], role="triager").text
    assert "triager merged incident 4 into 3" in page
    assert "also 4" in page
    moved = busy.ask("/-/incidents/4", role="viewer")
    assert (moved.status_code, moved.headers["location"]) == (302, "/-/incidents/3?from=4")
    number = re.search(r'name="change" value="(\d+)"', page)
    assert number
    assert busy.post("/-/incidents/4/do/undo", "triager", change=number[1]).status_code == 303
    assert busy.ask("/-/incidents/4", role="viewer").status_code == 200


def test_chosen_posts_become_an_incident_of_their_own(busy: House) -> None:
    done = busy.ask(
        "/-/incidents/3/do/split", role="triager", method="POST",
        content="version=1&posts=4&posts=5&title=Another+story",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert done.status_code == 303
    page = busy.ask("/-/incidents/5", role="viewer").text
    assert "<h1>Another story</h1>" in page
    assert "split off incident 3" in page
    assert "2 posts" in page


def test_what_was_typed_comes_back_when_somebody_was_faster(busy: House) -> None:
    assert (
        busy.post("/-/incidents/3/do/title", "editor", version="1", title="Soap").status_code == 303
    )
    late = busy.post(
        "/-/incidents/3/do/assign", "triager", version="1", owner="viewer", due="+3",
        handover="Ring <b>legal</b> first",
    )  # fmt: skip
    assert late.status_code == 409
    assert "changed meanwhile by editor" in late.text
    assert "Ring &lt;b&gt;legal&lt;/b&gt; first" in late.text
    assert 'name="due" value="+3"' in late.text
    assert "<option selected>viewer</option>" in late.text
    assert 'name="version" value="2"' in late.text


@pytest.mark.parametrize(
    ("act", "form", "said", "kept"),
    [
        ("merge", {"into": "77"}, "There is no incident 77", 'value="77"'),
        ("merge", {"into": "x"}, "into: must be a whole number", 'value="x"'),
        ("split", {"posts": ["3", "4", "5"]}, "Leave at least one post", 'value="3" form="split" aria-label="Choose post 3" checked'),
        ("note", {"text": "  "}, "The note is empty", "  </textarea>"),
        ("snooze", {"until": "soon"}, "is no day: write it as 2026-03-05", 'value="soon"'),
        ("assign", {"owner": "nobody-known"}, "Nobody called nobody-known may sign in", ""),
        ("response", {"type": "deny", "text": "", "said_on": "then"}, "Quote what they said", 'value="then"'),
        ("part", {"organisation": "Acme", "role": ""}, "Choose what part it had", 'value="Acme"'),
    ],
)  # fmt: skip
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    busy: House, act: str, form: dict[str, str], said: str, kept: str
) -> None:
    answer = busy.post(f"/-/incidents/3/do/{act}", "triager", **{"version": "1", **form})
    assert answer.status_code == 422
    assert said in answer.text
    assert kept in answer.text


def test_copies_are_folded_and_what_was_said_is_counted_beside_them(busy: House) -> None:
    conn = busy.conn()
    conn.execute("UPDATE posts SET copy_of = 3 WHERE id = 4")
    conn.close()
    for kind in ("deny", "rebuild"):
        busy.post("/-/incidents/3/do/response", "triager", type=kind, text="x")
    page = busy.ask("/-/incidents/3", role="viewer").text
    assert "<h2>3 posts, 2 responses</h2>" in page
    assert "1 copy of it" in page


def test_a_response_stands_in_the_timeline_and_can_be_put_right(busy: House) -> None:
    busy.post(
        "/-/incidents/3/do/response", "triager", type="deny", text="Not <i>us</i>",
        said_on="2026-02-28 14:30", url="https://corp.example/said",
    )  # fmt: skip
    page = busy.ask("/-/incidents/3", role="triager").text
    assert "Not &lt;i&gt;us&lt;/i&gt;" in page
    assert "28 February 2026, 14:30 UTC" in page
    busy.post("/-/incidents/3/do/response", "triager", response="1", type="rebuild", text="Sorry")
    assert "rebuild</strong>" in busy.ask("/-/incidents/3", role="viewer").text
    busy.post("/-/incidents/3/do/unresponse", "triager", response="1")
    assert (
        "Sorry" not in busy.ask("/-/incidents/3", role="viewer").text.partition('id="history"')[0]
    )


def test_an_address_that_is_none_is_no_link(busy: House) -> None:
    refused = busy.post(
        "/-/incidents/3/do/response", "triager", type="deny", text="x", url="javascript:alert(1)"
    )
    assert refused.status_code == 422
    assert 'href="javascript' not in refused.text


def test_a_snoozed_incident_comes_back_by_itself(busy: House) -> None:
    conn = busy.conn()
    with transaction(conn):
        duties.snooze(conn, 4, NOW.date(), version=None, actor="ann", now=NOW - timedelta(days=1))
    conn.close()
    assert "Corp Soap 4" in busy.ask("/-/triage", role="viewer").text


def test_similar_past_incidents_are_shown_with_the_reason_and_the_lesson(busy: House) -> None:
    conn = busy.conn()
    with transaction(conn):
        triage.decide(conn, 4, version=1, status="relevant", reason="", actor="ann", now=NOW)
    conn.close()
    conn = busy.conn()
    fields = {"title": "Ask before you joke", "avoid": "Let a buyer read it."}
    with transaction(conn):
        lessons.save(conn, incident_id=4, fields=fields, version=None, actor="editor", now=NOW)
    conn.close()
    page = busy.ask("/-/incidents/3", role="viewer").text
    similar = page.partition('id="similar"')[2].partition("</section>")[0]
    assert "Corp Soap 4 angers buyers" in similar
    assert "‘soap’" in similar
    assert "Ask before you joke" in similar
    assert "Let a buyer read it." in similar


def test_the_history_tells_every_change_in_words(busy: House) -> None:
    busy.post("/-/incidents/3/do/severity", "triager", version="1", severity="4")
    busy.post("/-/incidents/3/do/move", "triager", version="2", post="5", to="4")
    page = busy.ask("/-/incidents/3", role="viewer").text
    for words in ("made it a crisis", "moved post 5 to incident 4"):
        assert words in page.partition('id="history"')[2]
    assert "moved post 5 here from incident 3" in busy.ask("/-/incidents/4", role="viewer").text


def test_rows_of_the_log_without_words_become_sentences() -> None:
    row = {
        "item": "incident:3",
        "before": {},
        "after": {"post": 7, "why": "same words"},
        "words": "",
    }
    assert saga.sentence(row | {"action": "incident.join"}, 3) == "added post 7: same words"
    assert saga.sentence(row | {"action": "incident.merge", "after": {"merged": 4, "title": "T"}}, 3) == "merged incident 4, “T”, into this one"  # fmt: skip
    assert saga.sentence(row | {"action": "incident.tag.undo", "item": "incident:9"}, 3) == "took back: tag (incident 9)"  # fmt: skip


def test_the_spread_counts_a_source_as_new_once() -> None:
    hours = [("2026-03-01T10:05:00Z", "a"), ("2026-03-01T10:50:00Z", "a"), ("2026-03-01T12:00:00Z", "b")]  # fmt: skip
    found = spread(hours)
    assert found
    assert (found.unit, found.rows) == ("hour", (("2026-03-01 10:00", 2, 1), ("2026-03-01 12:00", 1, 1)))  # fmt: skip
    assert spread(hours[:2]) is None
    for hours_apart in (4, 9, 14, 15, 23, 30, 60, 400, 2000):
        many = [("2026-03-01T10:00:00Z", "a"), (stamp(NOW + timedelta(hours=hours_apart)), "b")]
        drawn = spread(many)
        assert drawn
        places = [bar.x for bar in drawn.chart.bars if bar.label]
        assert all(b - a > 100 for a, b in itertools.pairwise(places)), "labels stand apart"
    years = spread([("2009-07-07T00:00:00Z", "a"), ("2026-03-01T12:00:00Z", "b")])
    assert years
    assert years.unit == "year"
