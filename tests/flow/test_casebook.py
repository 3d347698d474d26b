"""The casebook in a real database: brought in once, extended later, people's words left alone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.feeds.parse import parse
from monitor.flow import casebook as flow
from monitor.flow.ingest import Newsroom
from monitor.lessons import casebook
from monitor.lessons.casebook import Casebook
from monitor.model import Fetched, ParsedFeed, ParseFailed, Post, Verdict
from monitor.store import (
    cases,
    changes,
    db,
    lessons,
    placing,
    remarks,
    responses,
    triage,
)
from monitor.store.db import Connection, transaction

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = datetime(2026, 4, 1, 12, tzinfo=UTC)
WHOLE = casebook.load()
OLDER = Casebook(
    tuple(
        replace(
            case,
            sources=tuple(replace(s, publisher="", date="") for s in case.sources),
            country="", expected="", alleged="", principles=(),
        )
        for case in WHOLE.cases[:30]
    ),
    (),
)  # fmt: skip
"""As a release before this one had it: fewer cases, and less on each."""


class Reader:
    """Parses here; the child process has tests of its own."""

    async def parse(self, fetched: Fetched, language: str) -> ParsedFeed | ParseFailed:
        return parse(fetched.body, content_type=fetched.content_type, url="", language=language)


def judge(_post: Post, _feed: str) -> Verdict:
    return Verdict((), 0.0, flagged=False)


def bring(conn: Connection, book: Casebook, now: datetime = NOW) -> int:
    room = Newsroom({}, (), lambda i, s: f"<i{i}.s{s}@example.org>")
    return asyncio.run(
        flow.load(
            conn, book, atom=casebook.atom, parse=Reader(), judge=judge, newsroom=room, now=now
        )
    )


@pytest.fixture
def older(main: Connection) -> Connection:
    """A database of the release before, which kept nothing of a case but incident and lesson."""
    bring(main, OLDER)
    with transaction(main):
        for table in ("case_teaches", "case_sources", "case_principles", "cases"):
            main.execute(f"DELETE FROM {table}")
    return main


def number(conn: Connection, place: int) -> int:
    found = cases.incident(conn, OLDER.cases[place].id)
    assert found is not None
    return found


def told(conn: Connection, incident_id: int) -> dict[str, list[tuple[object, ...]]]:
    """All that people see of an incident, but for what only the casebook writes."""
    questions = {
        "incident": "SELECT * FROM incidents WHERE id = ?",
        "posts": "SELECT * FROM incident_posts WHERE incident_id = ? ORDER BY post_id",
        "tags": "SELECT * FROM incident_tags WHERE incident_id = ? ORDER BY tag_id",
        "responses": "SELECT * FROM responses WHERE incident_id = ? ORDER BY id",
        "notes": "SELECT * FROM notes WHERE incident_id = ? ORDER BY id",
        "lessons": "SELECT lessons.* FROM lessons JOIN lesson_incidents ON lesson_id = lessons.id"
        " WHERE incident_id = ? ORDER BY lessons.id",
    }
    return {
        name: [tuple(row) for row in conn.execute(sql, (incident_id,))]
        for name, sql in questions.items()
    }


def test_every_case_gets_its_incident_lesson_sources_and_principles(main: Connection) -> None:
    assert bring(main, WHOLE) == len(WHOLE.cases)
    assert main.execute("SELECT count(*) FROM incidents").fetchone()[0] == len(WHOLE.cases)
    for case in WHOLE.cases:
        incident_id = cases.incident(main, case.id)
        assert incident_id is not None
        known = cases.of_incident(main, incident_id)
        assert known is not None
        assert (known["kind"], known["country"]) == (case.kind, case.country)
        assert (known["expected"], known["alleged"]) == (case.expected, case.alleged)
        assert [s["url"] for s in known["sources"]] == [s.url for s in case.sources]
        assert {p["id"] for p in known["principles"]} == set(case.principles)
        said = main.execute(
            "SELECT said_on, type FROM responses WHERE incident_id = ? ORDER BY id", (incident_id,)
        )
        assert [tuple(row) for row in said] == [(r.date, r.type) for r in case.responses]


def test_a_second_start_writes_nothing(main: Connection) -> None:
    bring(main, WHOLE)
    before = main.execute("SELECT total_changes()").fetchone()[0]
    assert bring(main, WHOLE, LATER) == 0
    assert main.execute("SELECT total_changes()").fetchone()[0] == before


def test_no_mail_is_sent_of_it(main: Connection) -> None:
    bring(main, WHOLE)
    assert main.execute("SELECT count(*) FROM alerts").fetchone()[0] == 0


def test_a_larger_casebook_adds_its_cases_and_completes_the_known_ones(older: Connection) -> None:
    assert bring(older, WHOLE, LATER) == len(WHOLE.cases) - len(OLDER.cases)
    for case in WHOLE.cases:
        incident_id = cases.incident(older, case.id)
        assert incident_id is not None
        known = cases.of_incident(older, incident_id)
        assert known is not None
        assert len(known["sources"]) == len(case.sources)
    assert older.execute("SELECT count(*) FROM incidents").fetchone()[0] == len(WHOLE.cases)
    assert older.execute("SELECT count(*) FROM lessons").fetchone()[0] == len(WHOLE.cases)


def test_what_people_changed_stays_to_the_letter(older: Connection) -> None:
    ours = [number(older, place) for place in range(8)]
    by = {"actor": "ann", "now": NOW}
    with transaction(older):
        triage.decide(older, ours[0], version=1, status="dismissed", reason="off topic", **by)  # type: ignore[arg-type]
        remarks.tag(older, ours[1], "ours", actor="ann", now=NOW)
        remarks.untag(older, ours[2], OLDER.cases[2].tags[0], actor="ann", now=NOW)
        remarks.note(older, ours[3], "we had this too", actor="ann", now=NOW)
        said = older.execute(
            "SELECT id FROM responses WHERE incident_id = ?", (ours[4],)
        ).fetchone()
        put_right = responses.Said("deny", "It denied all.", "2013-01-02", "", "")
        responses.change(older, ours[4], said["id"], put_right, actor="ann", now=NOW)
        gone = older.execute(
            "SELECT id FROM responses WHERE incident_id = ?", (ours[5],)
        ).fetchone()
        responses.remove(older, ours[5], gone["id"], actor="ann", now=NOW)
        lesson = lessons.of_incident(older, ours[6])
        assert lesson is not None
        lessons.save(
            older, incident_id=ours[6], version=lesson["version"], actor="ann", now=NOW,
            fields={"title": "Ours", "why": "Because we looked away."},
        )  # fmt: skip
        triage.set_title(older, ours[7], "Our own title", version=1, actor="ann", now=NOW)
    touched = {
        "incident": ours, "tags": [ours[1], ours[2]], "notes": [ours[3]],
        "responses": [ours[4], ours[5]], "lessons": [ours[6]],
    }  # fmt: skip
    before = {n: told(older, n) for n in ours}
    changed = Casebook(
        tuple(
            replace(
                case, tags=(*case.tags, "new word"), avoid="Something else.",
                responses=(casebook.Response("silence", "It is silent in this release."),),
            )
            for case in WHOLE.cases
        ),
        WHOLE.principles,
    )  # fmt: skip
    bring(older, changed, LATER)
    for part, numbers in touched.items():
        for n in numbers:
            assert told(older, n)[part] == before[n][part], (part, n)
    # And what nobody touched is brought up to date.
    after = told(older, number(older, 9))
    assert [row[3] for row in after["responses"]] == ["It is silent in this release."]
    row = lessons.of_incident(older, number(older, 9))
    assert row is not None
    assert row["avoid"] == "Something else."


def test_a_case_whose_post_was_moved_keeps_its_incident(older: Connection) -> None:
    one, other = number(older, 0), number(older, 1)
    (post,) = placing.posts_of(older, one)
    with transaction(older):
        (beside,) = placing.posts_of(older, other)
        placing.link(older, one, beside, version=None, actor="ann", now=NOW)
        placing.move(older, one, post, other, version=None, actor="ann", now=NOW)
    bring(older, WHOLE, LATER)
    assert (number(older, 0), number(older, 1)) == (one, other)
    assert placing.posts_of(older, one) == [beside]
    assert older.execute("SELECT count(*) FROM incidents").fetchone()[0] == len(WHOLE.cases)


def test_a_change_of_a_person_can_still_be_taken_back_afterwards(older: Connection) -> None:
    one = number(older, 0)
    with transaction(older):
        remarks.tag(older, one, "ours", actor="ann", now=NOW)
        done = changes.last_by(older, "ann", now=NOW)
        assert done is not None
    bring(older, WHOLE, LATER)
    with transaction(older):
        changes.undo(older, done["id"], actor="ann", now=NOW)
    tags = older.execute(
        "SELECT name FROM tags JOIN incident_tags ON tag_id = tags.id WHERE incident_id = ?", (one,)
    )
    assert "ours" not in {row["name"] for row in tags}


def test_a_word_that_the_team_merged_does_not_come_back(older: Connection) -> None:
    word = next(tag for tag in WHOLE.cases[-1].tags)
    with transaction(older):
        known = older.execute("INSERT OR IGNORE INTO tags (name) VALUES ('our word')")
        older.execute("DELETE FROM incident_tags WHERE tag_id IN (SELECT id FROM tags WHERE name = ?)", (word,))  # fmt: skip
        older.execute("DELETE FROM tags WHERE name = ?", (word,))
        older.execute(
            "INSERT INTO tag_synonyms (word, tag_id) VALUES (?, ?)", (word, known.lastrowid)
        )
    bring(older, WHOLE, LATER)
    assert not older.execute("SELECT 1 FROM tags WHERE name = ?", (word,)).fetchone()


def test_a_release_that_fails_half_way_leaves_all_as_it_was(older: Connection) -> None:
    tables = [row["name"] for row in older.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
    )]  # fmt: skip

    def all_rows() -> list[list[tuple[object, ...]]]:
        return [[tuple(r) for r in older.execute(f'SELECT * FROM "{name}"')] for name in tables]

    before = all_rows()
    last = WHOLE.cases[-1]
    broken = replace(last, responses=(casebook.Response("no such type", "It said so."),))
    with pytest.raises(db.IntegrityError):
        bring(older, Casebook((*WHOLE.cases[:-1], broken), WHOLE.principles), LATER)
    assert all_rows() == before
