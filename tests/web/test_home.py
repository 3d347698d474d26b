"""Home names the rules that need somebody, and keeps quiet about the rest."""

from datetime import timedelta

from monitor.model import Judged, Match, Post, Severity, Verdict
from monitor.store import incidents, posts, triage
from monitor.store.db import Connection, transaction
from tests.web.conftest import NOW, House


def decide(conn: Connection, number: int, status: str) -> None:
    url = f"https://n.example/h{number}"
    post = Post(f"h{number}", url, url, f"Outcry {number} <b>", "", "", "", "en", NOW)
    match = Match("outcry", "v", "Outcry", "outcry", Severity.BACKLASH, 0.8, (), ())
    judged = Judged(post, Verdict((match,), 0.8, flagged=True))
    ids = {"v": conn.execute("SELECT id FROM rules").fetchone()["id"]}
    with transaction(conn):
        (saved,) = posts.save(conn, 1, [judged], rule_ids=ids, now=NOW)
        made = incidents.start(conn, saved.id, judged, published_at=NOW, why="w", now=NOW)
        reason = "not a failure" if status == "dismissed" else ""
        triage.decide(conn, made, version=1, status=status, reason=reason, actor="ann", now=NOW)


def test_a_rule_that_is_mostly_wrong_stands_on_home_until_that_is_undone(house: House) -> None:
    assert "Rules that need somebody" not in house.ask("/", role="viewer").text
    conn = house.conn()
    for number in range(8):
        decide(conn, number, "dismissed")
    shown = house.ask("/", role="viewer").text
    assert "Rules that need somebody" in shown
    assert '<a href="/-/rules/outcry">outcry</a>: Narrow it: 0 of 8 decided incidents' in shown
    rule = house.ask("/-/rules/outcry", role="viewer").text
    assert '<p class="error">Narrow it: 0 of 8' in rule
    with transaction(conn):
        last = conn.execute("SELECT max(id) FROM incidents").fetchone()[0]
        triage.undo(conn, last, version=2, actor="ann", now=NOW + timedelta(minutes=1))
    conn.close()
    assert "Rules that need somebody" not in house.ask("/", role="viewer").text


def test_only_those_who_may_answer_are_told_of_the_sample(drawn: House) -> None:
    assert "3 posts that no rule flagged wait" in drawn.ask("/", role="triager").text
    assert "no rule flagged" not in drawn.ask("/", role="viewer").text
