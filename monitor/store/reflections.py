"""Reflections: each answers alone, and sees the others' answers once their own are handed in.

Nobody can wait for the others' answers and then agree with them, and nobody can change theirs after
having seen them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from monitor.errors import Refused
from monitor.lessons.questions import Question, QuestionSet
from monitor.store import audit, learning
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Side:
    """What the people say to one question; `answers` in the order of `Sheet.people`."""

    question: Question
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A reflection as one person may see it."""

    row: Row
    questions: tuple[Question, ...]
    mine: tuple[str, ...]
    """The person's own answers, one a question."""
    has_handed_in: bool
    handed_in: tuple[str, ...]
    """Who has handed in."""
    writing: tuple[str, ...]
    """Who has begun and has not."""
    sides: tuple[Side, ...]
    """Side by side; empty as long as the person may not see them."""


def begin(
    conn: Connection,
    asked: QuestionSet,
    about: str,
    *,
    lesson_id: int | None,
    plan_id: int | None = None,
    roles: Collection[str],
    actor: str,
    now: datetime,
) -> int:
    """Begin a reflection, on a lesson, a plan or on anything; returns its number."""
    text = one_line(about, 200)
    if lesson_id is not None:
        text = text or learning.current(conn, lesson_id, roles)["title"]
    if not text:
        raise Refused("Say what it is about, in a few words.")
    questions = json.dumps([asdict(question) for question in asked.questions], ensure_ascii=False)
    added = conn.execute(
        "INSERT INTO reflections (set_id, title, about, lesson_id, plan_id, questions, created_by, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (asked.id, asked.title, text, lesson_id, plan_id, questions, actor, stamp(now)),
    )
    number = int(added.lastrowid or 0)
    audit.record(
        conn, actor, "reflection.begin", f"reflection:{number}", now=now, after={"set": asked.id, "lesson": lesson_id}
    )  # fmt: skip
    return number


def find(conn: Connection, number: int, roles: Collection[str]) -> Row:
    """A reflection that somebody may take part in: on a lesson, only who reads it. Raises `Refused`."""
    row: Row | None = conn.execute(
        "SELECT reflections.*, lessons.title AS lesson_title, seen_by FROM reflections"
        " LEFT JOIN lessons ON lessons.id = lesson_id WHERE reflections.id = ?",
        (number,),
    ).fetchone()
    if row is None or (row["seen_by"] or "viewer") not in roles:
        raise Refused(f"There is no reflection {number}, or it is not for your role.")
    return row


def sheet(conn: Connection, number: int, person: str, roles: Collection[str]) -> Sheet:
    """A reflection as a person may see it now. Raises `Refused`."""
    row = find(conn, number, roles)
    questions = tuple(Question(**one) for one in json.loads(row["questions"]))
    people = conn.execute(
        "SELECT person, handed_in_at FROM reflection_people WHERE reflection_id = ?"
        " ORDER BY handed_in_at, person",
        (number,),
    ).fetchall()
    done = tuple(p["person"] for p in people if p["handed_in_at"])
    answers = {
        (a["person"], a["question"]): a["text"]
        for a in conn.execute(
            "SELECT person, question, text FROM reflection_answers WHERE reflection_id = ?", (number,)
        )
    }  # fmt: skip
    may_see = person in done or bool(row["closed_at"])
    places = range(len(questions))
    return Sheet(
        row, questions,
        mine=tuple(answers.get((person, place), "") for place in places),
        has_handed_in=person in done,
        handed_in=done,
        writing=tuple(p["person"] for p in people if not p["handed_in_at"]),
        sides=tuple(
            Side(questions[place], tuple(answers.get((who, place), "") for who in done))
            for place in places
        ) if may_see else (),
    )  # fmt: skip


def answer(
    conn: Connection,
    number: int,
    texts: Mapping[int, str],
    *,
    hand_in: bool,
    roles: Collection[str],
    actor: str,
    now: datetime,
) -> None:
    """Keep somebody's answers; `hand_in` makes them final, and shows them the others'."""
    known = sheet(conn, number, actor, roles)
    if known.row["closed_at"]:
        raise Refused(f"{known.row['closed_by']} has closed this reflection: nothing was saved.")
    if known.has_handed_in:
        raise Refused("You have handed in: having seen the others' answers, yours stay as they are.")  # fmt: skip
    tidy = {n: clean(t).strip() for n, t in texts.items() if 0 <= n < len(known.questions)}
    if too_long := [n for n, t in tidy.items() if len(t) > MAX_TEXT]:
        raise Refused(f"Answer {too_long[0] + 1} is too long: {MAX_TEXT:,} characters are the most.")  # fmt: skip
    merged = {n: tidy.get(n, text) for n, text in enumerate(known.mine)}
    if hand_in and not any(merged.values()):
        raise Refused("Answer at least one question before you hand in.")
    conn.executemany(
        "INSERT INTO reflection_answers (reflection_id, person, question, text) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET text = excluded.text",
        [(number, actor, n, text) for n, text in tidy.items()],
    )
    conn.execute(
        "INSERT INTO reflection_people (reflection_id, person, handed_in_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET handed_in_at = excluded.handed_in_at",
        (number, actor, stamp(now) if hand_in else ""),
    )
    if hand_in:
        audit.record(conn, actor, "reflection.hand_in", f"reflection:{number}", now=now)


def close(
    conn: Connection, number: int, *, roles: Collection[str], actor: str, now: datetime
) -> None:
    """End a reflection: what was handed in is shown to all; what was not stays its writer's."""
    row = find(conn, number, roles)
    if row["closed_at"]:
        return
    if actor != row["created_by"] and "editor" not in roles:
        raise Refused(f"Only {row['created_by']}, who began it, or an editor closes it.")
    conn.execute(
        "UPDATE reflections SET closed_at = ?, closed_by = ? WHERE id = ?",
        (stamp(now), actor, number),
    )
    audit.record(conn, actor, "reflection.close", f"reflection:{number}", now=now)


def listed(conn: Connection, roles: Collection[str], *, lesson_id: int | None = None) -> list[Row]:
    """Reflections that somebody may take part in, open ones first, the newest on top."""
    marks = ", ".join("?" for _ in roles)
    return conn.execute(
        "SELECT reflections.*, lessons.title AS lesson_title,"
        " (SELECT count(*) FROM reflection_people WHERE reflection_id = reflections.id"
        " AND handed_in_at <> '') AS handed_in FROM reflections"
        " LEFT JOIN lessons ON lessons.id = lesson_id"
        f" WHERE coalesce(seen_by, 'viewer') IN ({marks}) AND (? IS NULL OR lesson_id = ?)"
        " ORDER BY closed_at <> '', reflections.id DESC LIMIT 200",
        (*roles, lesson_id, lesson_id),
    ).fetchall()
