"""Rules applied to stored posts: idempotent, undoable, and never against a person's decision."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.flow import backtest, rematch
from monitor.flow.backtest import Compared
from monitor.flow.ingest import Newsroom, ingest
from monitor.model import FeedSettings, Judged, Post, RuleSource, Severity, Subscriber
from monitor.rules import match, pack
from monitor.rules.pack import RuleSet
from monitor.store import archive, db, feeds, rules, schema, triage
from monitor.store.db import Connection, transaction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=90)
ANN = Subscriber(1, "ann@example.org")


def rule(name: str, query: str, weight: float = 0.6) -> RuleSource:
    return RuleSource(name, name, Severity.BACKLASH, weight, query, (), (), file="rules/a.yaml")


def rule_set(*sources: RuleSource) -> RuleSet:
    return pack.build(sources, (), proven=False)


OLD = rule_set(rule("outcry", "outcry"))
NEW = rule_set(rule("outcry", "outcry AND NOT football"), rule("gaffe", "gaffe"))


def post(number: int, title: str) -> Post:
    url = f"https://news{number}.example/{number}"
    return Post(f"g{number}", url, url, title, "", "", "", "en", NOW - timedelta(days=20))


POSTS = [
    post(1, "Acme meets an outcry over an advert"),
    post(2, "Football fans raise an outcry again"),
    post(3, "Bolt's account commits a gaffe"),
    post(4, "Weather stays fine"),
]


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    connection = db.connect(tmp_path / "main.db")
    schema.migrate(connection, "main")
    with transaction(connection):
        feeds.sync(connection, [FeedSettings("https://news.example/feed")], now=NOW)
    with transaction(connection):
        judged = [Judged(p, match.judge(OLD, p)) for p in POSTS]
        ingest(connection, 1, judged, newsroom=room(connection, OLD), is_backlog=True, now=NOW)
    yield connection
    connection.close()


def room(conn: Connection, live: RuleSet) -> Newsroom:
    known = [
        rules.LiveRule(
            r.source.id, r.version, r.source.title, r.family, 3, r.source.weight, (),
            r.source.query, "rules/a.yaml",
        )
        for r in live.rules
    ]  # fmt: skip
    ids = rules.sync(conn, known, now=NOW)
    return Newsroom(ids, (ANN,), lambda incident, person: f"<{incident}.{person}@x>")


def rerun(conn: Connection, live: RuleSet, **options: object) -> rematch.Rematched:
    with transaction(conn):
        desk = room(conn, live)
    tools = rematch.Tools(conn, lambda p, feed: match.judge(live, p, feed=feed), desk, lambda: NOW)
    return rematch.run(tools, since=SINCE, **options)  # type: ignore[arg-type]


def flagged(conn: Connection) -> list[int]:
    return [r["id"] for r in conn.execute("SELECT id FROM posts WHERE flagged ORDER BY id")]


def statuses(conn: Connection) -> list[tuple[str, str, str]]:
    rows = conn.execute("SELECT title, status, reason FROM incidents ORDER BY id").fetchall()
    return [(row["title"].split()[0], row["status"], row["reason"]) for row in rows]


def everything(conn: Connection) -> list[object]:
    """Every row of the tables that rematching may write to."""
    names = ("posts", "matches", "incidents", "incident_posts", "alerts", "audit", "incident_tags")
    return [tuple(row) for name in names for row in conn.execute(f"SELECT * FROM {name}")]


def decide(conn: Connection, number: int, status: str) -> None:
    with transaction(conn):
        triage.decide(conn, number, version=1, status=status, reason="", actor="ann", now=NOW)


def test_new_rules_flag_and_unflag_stored_posts(conn: Connection) -> None:
    assert flagged(conn) == [1, 2]
    done = rerun(conn, NEW)
    assert flagged(conn) == [1, 3]
    assert (done.judged, done.flagged, done.unflagged, done.incidents, done.withdrawn) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert statuses(conn) == [
        ("Acme", "new", ""), ("Football", "dismissed", archive.WITHDRAWN), ("Bolt's", "new", ""),
    ]  # fmt: skip
    versions = {r.version for r in NEW.rules}
    stored = conn.execute("SELECT version FROM matches JOIN rules ON rules.id = rule_id").fetchall()
    assert {row["version"] for row in stored} == versions


def test_running_it_again_changes_nothing(conn: Connection) -> None:
    rerun(conn, NEW)
    before = everything(conn)
    assert rerun(conn, NEW) == rematch.Rematched(judged=4)
    assert everything(conn) == before


def test_no_mail_is_sent_unless_asked_and_then_one_an_incident(conn: Connection) -> None:
    assert rerun(conn, NEW).mails == 0
    assert not conn.execute("SELECT 1 FROM alerts").fetchall()


def test_mail_that_is_asked_for_goes_once(conn: Connection) -> None:
    assert rerun(conn, NEW, mail=True).mails == 1
    assert rerun(conn, NEW, mail=True).mails == 0
    assert len(conn.execute("SELECT 1 FROM alerts").fetchall()) == 1


@pytest.mark.parametrize("status", ["relevant", "watching"])
def test_what_a_person_decided_stays(conn: Connection, status: str) -> None:
    decide(conn, 2, status)
    assert rerun(conn, NEW).withdrawn == 0
    assert statuses(conn)[1] == ("Football", status, "")


def test_what_a_person_wrote_on_stays(conn: Connection) -> None:
    with transaction(conn):
        triage.note(conn, 2, "keep an eye on it", actor="ann", now=NOW)
    assert rerun(conn, NEW).withdrawn == 0


def test_a_withdrawn_incident_comes_back_by_rule_or_by_a_person(conn: Connection) -> None:
    rerun(conn, NEW)
    done = rerun(conn, OLD)
    assert (done.incidents, statuses(conn)[1]) == (1, ("Football", "new", ""))
    rerun(conn, NEW)
    with transaction(conn):
        version = conn.execute("SELECT version FROM incidents WHERE id = 2").fetchone()["version"]
        assert triage.undo(conn, 2, version=version, actor="ann", now=NOW)[0] == "new"


def test_a_person_who_dismissed_is_not_overruled(conn: Connection) -> None:
    with transaction(conn):
        triage.decide(
            conn, 2, version=1, status="dismissed", reason="off topic", actor="ann", now=NOW
        )
    rerun(conn, NEW)
    rerun(conn, OLD)
    assert statuses(conn)[1] == ("Football", "dismissed", "off topic")


def test_only_what_the_named_rules_concern_is_changed(conn: Connection) -> None:
    rerun(conn, NEW, rules=frozenset({"gaffe"}))
    assert flagged(conn) == [1, 2, 3]


def test_a_post_that_changed_while_it_was_judged_is_left_to_its_next_poll(conn: Connection) -> None:
    def meddling(item: Post, feed: str) -> object:
        conn.execute("UPDATE posts SET content_hash = 'new' WHERE id = 3")
        return match.judge(NEW, item, feed=feed)

    with transaction(conn):
        desk = room(conn, NEW)
    tools = rematch.Tools(conn, meddling, desk, lambda: NOW)  # type: ignore[arg-type]
    assert rematch.run(tools, since=SINCE).skipped == 1
    assert flagged(conn) == [1]


def test_the_lock_is_let_go_between_batches(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rematch, "BATCH", 1)
    seen: list[bool] = []
    with transaction(conn):
        desk = room(conn, NEW)

    def judge(item: Post, feed: str) -> object:
        seen.append(conn.in_transaction)
        return match.judge(NEW, item, feed=feed)

    tools = rematch.Tools(conn, judge, desk, lambda: NOW)  # type: ignore[arg-type]
    rematch.run(tools, since=SINCE)
    assert seen == [False] * 4


def test_killed_half_way_it_is_finished_by_the_next_run(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rematch, "BATCH", 2)

    def dies(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rerun(conn, NEW, on_batch=dies)
    assert flagged(conn) == [1]
    done = rerun(conn, NEW)
    assert (done.flagged, flagged(conn)) == (1, [1, 3])


def test_a_backtest_says_what_is_gained_and_lost_and_writes_nothing(conn: Connection) -> None:
    decide(conn, 2, "relevant")
    before = everything(conn)
    found = backtest.run(conn, Compared(OLD, NEW, ("gaffe", "outcry")), since=SINCE)
    assert everything(conn) == before
    assert [p.title for p in found.gained] == ["Bolt's account commits a gaffe"]
    assert [(p.title, p.decided) for p in found.lost_relevant] == [
        ("Football fans raise an outcry again", "relevant")
    ]
    assert (found.posts, found.flagged_before, found.flagged_after) == (4, 2, 2)
    assert (found.precision_before.hits, found.precision_before.total) == (1, 1)
    assert found.precision_after.total == 0
    assert found.weeks == (("2026-02-09", 2, 2),)


def test_the_batch_is_small_enough_for_the_lock() -> None:
    assert rematch.BATCH <= 100
    assert replace(rematch.Rematched(), judged=1) + rematch.Rematched(
        judged=2
    ) == rematch.Rematched(judged=3)
