"""What open pages are told: every changed incident once, as it is now, from where they stood."""

from datetime import timedelta

import pytest

from monitor.store import audit, changes, duties, news, overrule, remarks, triage
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import NOW

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def desk(main: Connection) -> Connection:
    """Four incidents."""
    for number in range(1, 5):
        newsdesk.incident(main, number)
    return main


def decide(main: Connection, number: int, status: str, version: int, by: str = "ann") -> None:
    with transaction(main):
        triage.decide(main, number, version=version, status=status, reason="", actor=by, now=NOW)


def told(main: Connection, seen: int) -> list[tuple[object, object, object]]:
    return [(n["id"], n["status"], n["actor"]) for n in news.since(main, seen).incidents]


def test_nothing_is_told_to_who_has_seen_all(desk: Connection) -> None:
    last = audit.last(desk)
    assert news.since(desk, last) == news.News(last, [], is_cut=False)
    assert news.since(desk, last + 1000) == news.News(last, [], is_cut=False)


def test_an_incident_is_told_once_as_it_is_now_by_who_changed_it_last(desk: Connection) -> None:
    seen = audit.last(desk)
    decide(desk, 2, "watching", 1)
    decide(desk, 3, "relevant", 1)
    decide(desk, 2, "relevant", 2, by="ben")
    found = news.since(desk, seen)
    assert told(desk, seen) == [(3, "relevant", "ann"), (2, "relevant", "ben")]
    assert [n["version"] for n in found.incidents] == [2, 3]
    assert found.last == audit.last(desk) == seen + 3
    assert told(desk, seen + 2) == [(2, "relevant", "ben")]


def test_what_a_feed_brings_is_failwatchs(desk: Connection) -> None:
    seen = audit.last(desk)
    number = newsdesk.incident(desk, 9)
    (one,) = news.since(desk, seen).incidents
    assert (one["id"], one["by_failwatch"]) == (number, True)
    decide(desk, number, "watching", 1)
    assert news.since(desk, seen).incidents[0]["by_failwatch"] is False


def test_a_merge_and_its_undoing_tell_of_both(desk: Connection) -> None:
    seen = audit.last(desk)
    with transaction(desk):
        overrule.merge(desk, 2, 1, version=1, into_version=None, actor="ann", now=NOW)
    found = {n["id"]: n for n in news.since(desk, seen).incidents}
    assert {number: one["merged_into"] for number, one in found.items()} == {1: None, 2: 1}
    change = changes.last_by(desk, "ann", now=LATER)
    assert change is not None
    after_merge = audit.last(desk)
    with transaction(desk):
        changes.undo(desk, change["id"], actor="ann", now=LATER)
    back = {n["id"]: n["merged_into"] for n in news.since(desk, after_merge).incidents}
    assert back[2] is None
    # The page must know the new version of both, or the next decision on either were refused.
    assert set(back) == {1, 2}


def test_owner_day_and_sleep_are_told_but_no_words_of_notes(desk: Connection) -> None:
    seen = audit.last(desk)
    with transaction(desk):
        duties.assign(
            desk, 1, "ben", version=1, due=LATER.date(), handover="a secret of ours",
            people=("ben",), actor="ann", now=NOW,
        )  # fmt: skip
        duties.snooze(desk, 3, LATER.date() + timedelta(days=1), version=1, actor="ann", now=NOW)
        remarks.note(desk, 4, "another secret", people=(), actor="ann", now=NOW)
    found = news.since(desk, seen).incidents
    first = found[0]
    assert (first["id"], first["owner"], first["due_on"]) == (1, "ben", "2026-03-01")
    assert str(found[1]["snoozed_until"]).startswith("2026-03-02")
    assert "secret" not in repr(found)


def test_what_is_no_incident_is_passed_over_but_counted(desk: Connection) -> None:
    seen = audit.last(desk)
    with transaction(desk):
        for item in ("rule:1", "view:1", "incident:", "incident:x", "incident:999"):
            audit.record(desk, "ann", "some.thing", item, now=NOW)
    assert news.since(desk, seen) == news.News(seen + 5, [], is_cut=False)


def test_who_missed_too_much_is_told_so(desk: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "MOST", 3)
    found = news.since(desk, 0)
    assert (len(found.incidents), found.is_cut) == (3, True)
    assert found.last == audit.last(desk)
    monkeypatch.setattr(news, "MOST", 4)
    assert not news.since(desk, 0).is_cut


def test_who_was_long_away_is_told_the_newest_and_that_there_was_more(
    desk: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "BACK", 2)
    decide(desk, 2, "watching", 1)
    found = news.since(desk, 0)
    assert 2 in [n["id"] for n in found.incidents]
    assert (len(found.incidents), found.is_cut) == (2, True)
    assert not news.since(desk, found.last - 2).is_cut


def test_only_the_newest_rows_of_the_log_are_read(desk: Connection) -> None:
    asked: list[str] = []
    desk.set_trace_callback(asked.append)
    news.since(desk, 1)
    desk.set_trace_callback(None)
    plans = [row["detail"] for sql in asked for row in desk.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert "SEARCH audit USING INTEGER PRIMARY KEY (rowid>?)" in plans
    assert "SEARCH incidents USING INTEGER PRIMARY KEY (rowid=?)" in plans
