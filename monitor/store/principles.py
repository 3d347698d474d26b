"""Principles: short sentences that lessons point to, or speak against; two that say the same become one."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime

from monitor.errors import Refused
from monitor.store import changes, learning
from monitor.store.db import Connection, Row, stamp
from monitor.store.images import Reach
from monitor.text import one_line, title_key

MOST = 200
"""Characters: what is longer is no principle."""


def find(conn: Connection, number: int) -> Row:
    """A principle by its number, whatever it was merged into. Raises `Refused`."""
    for _ in range(50):
        row: Row | None = conn.execute(
            "SELECT * FROM principles WHERE id = ?", (number,)
        ).fetchone()
        if row is None:
            break
        if row["merged_into"] is None:
            return row
        number = row["merged_into"]
    raise Refused(f"There is no principle {number}.")


def _key(text: str) -> str:
    return title_key(text) or text.casefold()


def named(conn: Connection, text: str, *, said_by: str = "", actor: str, now: datetime) -> int:
    """The principle of these words, made if there is none; returns its number."""
    tidy = one_line(text, 10_000).rstrip(".")
    if not tidy:
        raise Refused("Write the principle as a short sentence.")
    if len(tidy) > MOST:
        raise Refused(f"A principle has at most {MOST} characters: people must be able to keep it in mind.")  # fmt: skip
    known = conn.execute("SELECT id FROM principles WHERE key = ? ORDER BY merged_into IS NOT NULL LIMIT 1", (_key(tidy),)).fetchone()  # fmt: skip
    if known is not None:
        return int(find(conn, known["id"])["id"])
    added = conn.execute(
        "INSERT INTO principles (text, key, said_by, created_by, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (tidy, _key(tidy), one_line(said_by, 300), actor, stamp(now)),
    )
    return int(added.lastrowid or 0)


def link(
    conn: Connection,
    lesson_id: int,
    text: str,
    *,
    said_by: str = "",
    is_counter: bool = False,
    note: str = "",
    actor: str,
    now: datetime,
) -> int:
    """Let a lesson point to a principle, by its words; returns its number."""
    learning.current(conn, lesson_id)
    with learning.recorded(conn, "lesson.principle", lesson_id, actor=actor, now=now) as c:
        number = named(conn, text, said_by=said_by, actor=actor, now=now)
        conn.execute(
            "INSERT INTO lesson_principles (lesson_id, principle_id, is_counter, note, linked_by)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET is_counter = excluded.is_counter,"
            " note = excluded.note, linked_by = excluded.linked_by",
            (lesson_id, number, int(is_counter), one_line(note, 500), actor),
        )
        c.words = "said which principle the lesson " + ("speaks against" if is_counter else "teaches")  # fmt: skip
        c.after = {"principle": one_line(text, MOST), "is_counter": is_counter}
    return number


def unlink(conn: Connection, lesson_id: int, number: int, *, actor: str, now: datetime) -> None:
    """Take a principle off a lesson."""
    learning.current(conn, lesson_id)
    with learning.recorded(conn, "lesson.unprinciple", lesson_id, actor=actor, now=now) as c:
        conn.execute(
            "DELETE FROM lesson_principles WHERE lesson_id = ? AND principle_id = ?",
            (lesson_id, number),
        )
        c.words, c.before = "took a principle off the lesson", {"principle": number}


def edit(
    conn: Connection, number: int, text: str, said_by: str, *, actor: str, now: datetime
) -> None:
    """Put the words of a principle right, or who said it first."""
    row, tidy = find(conn, number), one_line(text, 10_000).rstrip(".")
    if not tidy or len(tidy) > MOST:
        raise Refused(f"A principle has one sentence of at most {MOST} characters.")
    other = conn.execute(
        "SELECT id FROM principles WHERE key = ? AND merged_into IS NULL AND id <> ?",
        (_key(tidy), row["id"]),
    ).fetchone()
    if other is not None:
        raise Refused(f"Principle {other['id']} says so already: merge the two.")
    with _recorded(conn, "principle.edit", [row["id"]], actor=actor, now=now) as c:
        conn.execute(
            "UPDATE principles SET text = ?, key = ?, said_by = ? WHERE id = ?",
            (tidy, _key(tidy), one_line(said_by, 300), row["id"]),
        )
        c.words = "changed the words of a principle"
        c.before, c.after = {"text": row["text"], "said_by": row["said_by"]}, {"text": tidy, "said_by": said_by}  # fmt: skip


def merge(conn: Connection, number: int, into: int, *, actor: str, now: datetime) -> int:
    """Make two principles one: the lessons of the first point to the second. Returns its number.

    A lesson that points to both keeps what it said of the second.
    """
    gone, kept = find(conn, number), find(conn, into)
    if gone["id"] == kept["id"]:
        raise Refused("These are one and the same already.")
    with _recorded(conn, "principle.merge", [gone["id"], kept["id"]], actor=actor, now=now) as c:
        conn.execute(
            "UPDATE OR IGNORE lesson_principles SET principle_id = ? WHERE principle_id = ?",
            (kept["id"], gone["id"]),
        )
        conn.execute("DELETE FROM lesson_principles WHERE principle_id = ?", (gone["id"],))
        conn.execute("UPDATE principles SET merged_into = ? WHERE id = ?", (kept["id"], gone["id"]))
        c.words = f"merged principle {gone['id']} into {kept['id']}"
        c.before, c.after = {"text": gone["text"]}, {"text": kept["text"]}
    return int(kept["id"])


def _recorded(
    conn: Connection, what: str, numbers: list[int], *, actor: str, now: datetime
) -> AbstractContextManager[changes.Change]:
    ids = json.dumps(numbers)
    within = "IN (SELECT value FROM json_each(?))"
    reach: Reach = [
        ("principles", f"id {within}", (ids,)),
        ("lesson_principles", f"principle_id {within}", (ids,)),
    ]
    item = f"principle:{numbers[-1]}"
    return changes.recorded(conn, what, None, reach, actor=actor, now=now, item=item)


def of_lesson(conn: Connection, lesson_id: int) -> list[Row]:
    """The principles that a lesson teaches, and those that it speaks against."""
    return conn.execute(
        "SELECT principles.*, is_counter, note FROM lesson_principles"
        " JOIN principles ON principles.id = principle_id WHERE lesson_id = ?"
        " ORDER BY is_counter, principles.id",
        (lesson_id,),
    ).fetchall()


_COUNTED = (
    "SELECT principles.*,"
    " count(DISTINCT CASE WHEN is_counter = 0 THEN lessons.id END) AS lessons,"
    " count(DISTINCT CASE WHEN is_counter = 1 THEN lessons.id END) AS against,"
    " count(DISTINCT CASE WHEN is_counter = 0 THEN incident_id END) AS incidents"
    " FROM principles LEFT JOIN lesson_principles ON principle_id = principles.id"
    " LEFT JOIN lessons ON lessons.id = lesson_principles.lesson_id AND seen_by IN ({marks})"
    " LEFT JOIN lesson_incidents ON lesson_incidents.lesson_id = lessons.id"
    " WHERE merged_into IS NULL"
)


def listed(conn: Connection, roles: Collection[str]) -> list[Row]:
    """Every principle with the number of lessons and incidents behind it, the best founded on top."""
    marks = ", ".join("?" for _ in roles)
    return conn.execute(
        _COUNTED.format(marks=marks) + " GROUP BY principles.id"
        # One that stands in nothing they may read is not for them, but for one that stands nowhere.
        " HAVING lessons + against > 0 OR count(lesson_principles.lesson_id) = 0"
        " ORDER BY incidents DESC, lessons DESC, principles.id LIMIT 1000",
        tuple(roles),
    ).fetchall()


def lessons(conn: Connection, number: int, roles: Collection[str]) -> list[Row]:
    """The lessons behind a principle, and those that speak against it."""
    marks = ", ".join("?" for _ in roles)
    return conn.execute(
        "SELECT lessons.id, lessons.title, lessons.stage, is_counter, note,"
        " (SELECT count(*) FROM lesson_incidents WHERE lesson_id = lessons.id) AS incidents"
        " FROM lesson_principles JOIN lessons ON lessons.id = lesson_id"
        f" WHERE principle_id = ? AND seen_by IN ({marks}) ORDER BY is_counter, lessons.id",
        (number, *roles),
    ).fetchall()
