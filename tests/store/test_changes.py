"""Every change of a person's can be taken back exactly, unless somebody changed the same since."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import FailwatchError, Refused, StaleVersion
from monitor.store import (
    changes,
    db,
    duties,
    incidents,
    overrule,
    placing,
    remarks,
    responses,
    schema,
    standing,
    triage,
)
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import NOW

PEOPLE = ("ann", "ben")
RECKONED = {"version", "looked_back_at"}
TABLES = (
    "incidents", "incident_posts", "incident_tags", "tags", "tag_synonyms", "notes", "mentions",
    "responses", "alerts", "lesson_incidents", "revisits", "second_readings", "rule_decisions",
)  # fmt: skip


def state(main: Connection) -> dict[str, list[dict[str, object]]]:
    """All that people see, but for version numbers."""
    return {
        table: sorted(
            (
                {k: v for k, v in dict(row).items() if k not in RECKONED}
                for row in main.execute(f"SELECT * FROM {table}")
            ),
            key=repr,
        )
        for table in TABLES
    }


@pytest.fixture
def desk(main: Connection, private: Connection) -> Connection:
    """Four incidents of two posts each, with mails to two people."""
    furnish(main, private)
    return main


def furnish(main: Connection, private: Connection) -> None:
    people = [newsdesk.subscriber(private, f"{name}@example.org") for name in PEOPLE]
    newsdesk.told(main, people, 8)
    with transaction(main):
        for number in range(1, 5):
            overrule.merge(
                main, number + 4, number, version=None, actor="setup", now=NOW - timedelta(days=2)
            )
    assert [row["posts"] for row in main.execute("SELECT posts FROM incidents LIMIT 4")] == [2] * 4


def test_a_merge_takes_everything_along_and_its_number_leads_on(desk: Connection) -> None:
    with transaction(desk):
        remarks.tag(desk, 1, "soap", actor="ann", now=NOW)
        remarks.note(desk, 1, "Look, @ben", actor="ann", now=NOW, people=PEOPLE)
        responses.add(desk, 1, responses.Said("deny", "Not us"), actor="ann", now=NOW)
        before = state(desk)
        change = overrule.merge(desk, 1, 2, version=None, actor="ann", now=NOW)
    assert standing.leads_to(desk, 1) == 2
    assert standing.leads_to(desk, 5) == 2
    assert standing.numbers_of(desk, 2) == [1, 2, 5, 6]
    row = desk.execute("SELECT * FROM incidents WHERE id = 2").fetchone()
    assert (row["posts"], row["merged_into"]) == (4, None)
    for table in ("incident_tags", "notes", "responses", "incident_posts"):
        held = desk.execute(f"SELECT count(*) FROM {table} WHERE incident_id = 1").fetchone()[0]
        assert held == 0, table
    with transaction(desk):
        changes.undo(desk, change, actor="ben", now=NOW)
    assert state(desk) == before


def test_nobody_is_mailed_twice_of_what_was_merged(desk: Connection) -> None:
    with transaction(desk):
        overrule.merge(desk, 1, 2, version=None, actor="ann", now=NOW)
    mails = desk.execute(
        "SELECT subscriber_id, count(*) AS n FROM alerts WHERE state = 'queued'"
        " AND incident_id IN (1, 2, 5, 6) GROUP BY subscriber_id"
    ).fetchall()
    assert [row["n"] for row in mails] == [1, 1]


def test_a_split_makes_an_incident_and_its_undo_leaves_a_number_that_leads_back(
    desk: Connection,
) -> None:
    before = state(desk)
    with transaction(desk):
        number, change = overrule.split(desk, 1, [5], version=None, actor="ann", now=NOW)
    row = desk.execute("SELECT * FROM incidents WHERE id = ?", (number,)).fetchone()
    assert (number, row["posts"], row["status"], row["title"]) == (
        9, 1, "new", "Story 5 draws an outcry"
    )  # fmt: skip
    with transaction(desk):
        changes.undo(desk, change, actor="ann", now=NOW)
    assert standing.leads_to(desk, number) == 1
    after = state(desk)
    after["incidents"] = [row for row in after["incidents"] if row["id"] != number]
    assert after == before


def test_a_post_taken_away_by_a_person_is_not_brought_back_by_failwatch(desk: Connection) -> None:
    with transaction(desk):
        change = placing.move(desk, 1, 5, 2, version=None, actor="ann", now=NOW)
    assert incidents.is_apart(desk, 1, 5)
    with transaction(desk):
        changes.undo(desk, change, actor="ann", now=NOW)
    assert not incidents.is_apart(desk, 1, 5)
    assert incidents.is_apart(desk, 2, 5)
    said = desk.execute("SELECT kind, incident_id FROM overrules ORDER BY id DESC LIMIT 2")
    assert {tuple(row) for row in said} == {("join", 1), ("apart", 2)}


def test_the_last_post_of_an_incident_stays(desk: Connection) -> None:
    for refused in (
        lambda: overrule.split(desk, 1, [1, 5], version=None, actor="ann", now=NOW),
        lambda: overrule.split(desk, 1, [], version=None, actor="ann", now=NOW),
        lambda: overrule.split(desk, 1, [2], version=None, actor="ann", now=NOW),
        lambda: overrule.merge(desk, 1, 1, version=None, actor="ann", now=NOW),
        lambda: overrule.merge(desk, 1, 99, version=None, actor="ann", now=NOW),
    ):
        with pytest.raises(Refused), transaction(desk):
            refused()


def test_what_was_merged_cannot_be_changed_and_says_where_it_went(desk: Connection) -> None:
    with pytest.raises(StaleVersion, match=r"merged into incident 1 by setup: look there"):
        remarks.tag(desk, 5, "soap", actor="ann", now=NOW)


def test_a_change_on_an_older_version_is_refused(desk: Connection) -> None:
    (version,) = desk.execute("SELECT version FROM incidents WHERE id = 1").fetchone()
    with transaction(desk):
        triage.set_title(desk, 1, "Soap", version=version, actor="ann", now=NOW)
    with pytest.raises(StaleVersion, match="by ann"):
        overrule.merge(desk, 1, 2, version=version, actor="ben", now=NOW)
    with pytest.raises(StaleVersion, match="by ann"):
        overrule.merge(desk, 2, 1, version=None, into_version=version, actor="ben", now=NOW)


def test_undo_says_who_changed_the_same_since(desk: Connection) -> None:
    with transaction(desk):
        triage.set_title(desk, 1, "Soap", version=None, actor="ann", now=NOW)
        first = changes.last_by(desk, "ann", now=NOW)
        assert first
        triage.set_title(desk, 1, "Water", version=None, actor="ben", now=NOW)
    with pytest.raises(StaleVersion, match=r"ben called it “Water” since \(incident 1\)"):
        changes.undo(desk, first["id"], actor="ann", now=NOW)


def test_undo_is_refused_after_a_day_and_the_second_time(desk: Connection) -> None:
    with transaction(desk):
        change = overrule.merge(desk, 1, 2, version=None, actor="ann", now=NOW)
    with pytest.raises(Refused, match="24 hours"):
        changes.undo(desk, change, actor="ann", now=NOW + timedelta(hours=24, seconds=1))
    with transaction(desk):
        changes.undo(desk, change, actor="ann", now=NOW + timedelta(hours=24))
    with pytest.raises(Refused, match="ann has taken it back"):
        changes.undo(desk, change, actor="ann", now=NOW)


def test_what_failwatch_adds_meanwhile_does_not_stand_in_the_way(desk: Connection) -> None:
    with transaction(desk):
        change = overrule.merge(desk, 1, 2, version=None, actor="ann", now=NOW)
        desk.execute(
            "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at)"
            " VALUES (2, 3, 'failwatch', 'same story', '')"
        )
        incidents.recount(desk, 2)
        changes.undo(desk, change, actor="ann", now=NOW)
    rows = desk.execute("SELECT posts FROM incidents WHERE id IN (1, 2) ORDER BY id")
    assert [row["posts"] for row in rows] == [2, 3]


def test_undoing_a_split_that_a_post_has_joined_is_refused_with_the_way_out(
    desk: Connection,
) -> None:
    with transaction(desk):
        number, change = overrule.split(desk, 1, [5], version=None, actor="ann", now=NOW)
        desk.execute(
            "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at)"
            " VALUES (?, 3, 'failwatch', 'same story', '')",
            (number,),
        )
    with pytest.raises(StaleVersion, match="a post has joined incident 9"):
        changes.undo(desk, change, actor="ann", now=NOW)


def test_a_merged_tag_becomes_a_synonym(desk: Connection) -> None:
    with transaction(desk):
        remarks.tag(desk, 1, "shitstorm", actor="ann", now=NOW)
        before = state(desk)
        change = remarks.merge_tags(desk, "shitstorm", "backlash", actor="ann", now=NOW)
        assert remarks.tag(desk, 2, "#Shitstorm", actor="ann", now=NOW) == "backlash"
        with pytest.raises(Refused, match="is a tag itself"):
            remarks.set_synonyms(desk, "backlash", ["backlash"], actor="ann", now=NOW)
        changes.undo(desk, change, actor="ann", now=NOW)
    assert state(desk) == before


def test_a_person_is_named_once_and_never_by_half() -> None:
    people = ("ann", "ben", "j.doe")
    text = "@Ann and @ben: see @ann, x@ben and @bennett; ask @j.doe."
    assert remarks.mentioned(text, people) == ["ann", "ben", "j.doe"]


NUMBERS = st.integers(1, 4)
WORDS = st.sampled_from(["backlash", "soap", "boycott"])
Act = Callable[[Connection], object]


def by(actor: str) -> dict[str, object]:
    return {"actor": actor, "now": NOW}


@st.composite
def acts(draw: st.DrawFn) -> Act:
    a, b, word = draw(NUMBERS), draw(NUMBERS), draw(WORDS)
    post, who = draw(st.integers(1, 8)), draw(st.sampled_from(PEOPLE))
    said = responses.Said("rebuild", word)
    late = date(2026, 3, 1) + timedelta(days=draw(st.integers(1, 30)))
    choices: list[Act] = [
        lambda c: overrule.merge(c, a, b, version=None, actor=who, now=NOW),
        lambda c: overrule.split(c, a, [post], version=None, actor=who, now=NOW),
        lambda c: placing.move(c, a, post, b, version=None, actor=who, now=NOW),
        lambda c: placing.link(c, a, post, actor=who, now=NOW),
        lambda c: placing.unlink(c, a, post, version=None, actor=who, now=NOW),
        lambda c: triage.decide(
            c, a, version=standing.current(c, a)["version"], actor=who, now=NOW,
            status=draw_status, reason="too old",
        ),
        lambda c: remarks.tag(c, a, word, actor=who, now=NOW),
        lambda c: remarks.untag(c, a, "backlash", actor=who, now=NOW),
        lambda c: remarks.merge_tags(c, "backlash", word, actor=who, now=NOW),
        lambda c: remarks.note(c, a, f"@ben {word}", actor=who, now=NOW, people=PEOPLE),
        lambda c: triage.set_title(c, a, word, version=None, actor=who, now=NOW),
        lambda c: triage.set_severity(c, a, b, version=None, actor=who, now=NOW),
        lambda c: triage.set_organisation(c, a, word, actor=who, now=NOW),
        lambda c: duties.assign(
            c, a, who, version=None, due=late, people=PEOPLE, actor=who, now=NOW
        ),
        lambda c: duties.snooze(c, a, late, version=None, actor=who, now=NOW),
        lambda c: responses.add(c, a, said, actor=who, now=NOW),
    ]  # fmt: skip
    draw_status = draw(st.sampled_from(["relevant", "watching", "dismissed"]))
    return draw(st.sampled_from(choices))


@contextmanager
def office() -> Iterator[Connection]:
    with tempfile.TemporaryDirectory() as folder:
        conns = [db.connect(Path(folder) / name) for name in (db.MAIN, db.PRIVATE)]
        for conn, kind in zip(conns, ("main", "private"), strict=True):
            conn.execute("PRAGMA synchronous=OFF")
            schema.migrate(conn, kind)
        furnish(*conns)
        yield conns[0]
        for conn in conns:
            conn.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(acts(), min_size=1, max_size=8))
def test_undoing_a_row_of_changes_backwards_restores_every_step_exactly(steps: list[Act]) -> None:
    with office() as conn:
        stack = []
        for step in steps:
            before, last = state(conn), newest(conn)
            try:
                with transaction(conn):
                    step(conn)
            except FailwatchError:
                assert state(conn) == before
                continue
            if newest(conn) != last:
                stack.append((newest(conn), before))
        tombs: set[object] = set()
        for change, before in reversed(stack):
            with transaction(conn):
                undone = changes.undo(conn, change, actor="ann", now=NOW)
            after = state(conn)
            known = {row["id"] for row in before["incidents"]}
            tombs |= {row["id"] for row in after["incidents"]} - known
            after["incidents"] = [row for row in after["incidents"] if row["id"] not in tombs]
            assert after == before, undone.words
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def newest(conn: Connection) -> int:
    found: int = conn.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]
    return found
