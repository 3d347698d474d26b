"""A lesson as it stands: who may read it, what proof it has, and every change of it written down.

    with recorded(conn, "lesson.step", 7, actor=…, now=…) as change:
        … any SQL on the lesson, its facts, actions, principles or incidents …
        change.words = "saved “Why it happened”"

On leaving, the lesson falls to the highest stage whose proof still stands, in the same change: so
taking a change back brings the stage back, too. Words hold nothing of what a lesson says, since the
history of an incident shows them to everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from monitor.errors import Refused
from monitor.lessons import stages
from monitor.lessons.stages import Standing, Task
from monitor.store import changes
from monitor.store.db import Connection, Row, stamp
from monitor.store.images import Reach

EVERYBODY = ("viewer", "triager", "editor")


def find(conn: Connection, lesson_id: int, roles: Collection[str] = EVERYBODY) -> Row | None:
    """A lesson that somebody of these roles may read."""
    row: Row | None = conn.execute("SELECT * FROM lessons WHERE id = ?", (lesson_id,)).fetchone()
    return row if row is not None and row["seen_by"] in roles else None


def current(conn: Connection, lesson_id: int, roles: Collection[str] = EVERYBODY) -> Row:
    """The same; raises `Refused` if there is none."""
    row = find(conn, lesson_id, roles)
    if row is None:
        raise Refused(f"There is no lesson {lesson_id}.")
    return row


def reach(lesson_id: int) -> Reach:
    """Everything that belongs to a lesson and people write."""
    parts = ("lesson_facts", "actions", "lesson_principles", "lesson_incidents", "lesson_verdicts")
    return [
        ("lessons", "id = ?", (lesson_id,)),
        *((table, "lesson_id = ?", (lesson_id,)) for table in parts),
    ]


def tasks(conn: Connection, lesson_id: int) -> list[Row]:
    """The actions of a lesson, with the number of files that show each."""
    return conn.execute(
        "SELECT actions.*, (SELECT count(*) FROM action_files WHERE action_id = actions.id"
        " AND removed_at = '') AS files FROM actions WHERE lesson_id = ? ORDER BY id",
        (lesson_id,),
    ).fetchall()


def as_task(row: Row) -> Task:
    """An action as the rules of stages see it."""
    return Task(
        row["text"], row["owner"], row["due_on"], row["state"],
        has_evidence=bool(row["evidence"] or row["files"]),
    )  # fmt: skip


def standing(conn: Connection, row: Row) -> Standing:
    """What a lesson has to show."""
    facts = conn.execute(
        "SELECT 1 FROM lesson_facts WHERE lesson_id = ? LIMIT 1", (row["id"],)
    ).fetchone()
    return Standing(
        says_what_happened=bool(row["what_happened"] or facts),
        says_what_to_do=bool(row["avoid"] or row["recover"] or row["change"]),
        agreed_by=row["agreed_by"],
        tasks=tuple(as_task(task) for task in tasks(conn, row["id"])),
        verify_on=row["verify_on"],
        verified_on=row["verified_on"],
        verified_how=row["verified_how"],
    )


@contextmanager
def recorded(
    conn: Connection, what: str, lesson_id: int, *, actor: str, now: datetime
) -> Iterator[changes.Change]:
    """Change a lesson; the audit row, what can be taken back, and the stage follow."""
    with changes.recorded(
        conn, what, None, reach(lesson_id), actor=actor, now=now, item=f"lesson:{lesson_id}"
    ) as change:
        before = conn.total_changes
        yield change
        if conn.total_changes == before:
            return
        fell = settle(conn, lesson_id, now=now)
        if fell:
            change.words += f"; the lesson is {fell} again"
            change.after["stage"] = fell
        conn.execute(
            "UPDATE lessons SET updated_at = ?, updated_by = ?, version = version + 1 WHERE id = ?",
            (stamp(now), actor, lesson_id),
        )


def settle(conn: Connection, lesson_id: int, *, now: datetime) -> str:
    """Take a lesson down to the stage that its proof allows; returns it if it fell."""
    row = conn.execute("SELECT * FROM lessons WHERE id = ?", (lesson_id,)).fetchone()
    if row is None:
        return ""
    at = stages.held(row["stage"], standing(conn, row), now.date())
    if at == row["stage"]:
        return ""
    conn.execute("UPDATE lessons SET stage = ? WHERE id = ?", (at, lesson_id))
    return at


def undo(conn: Connection, number: int, *, actor: str, now: datetime) -> changes.Undone:
    """Take a change of a lesson back, and let its stage follow."""
    done = changes.undo(conn, number, actor=actor, now=now)
    lesson = lesson_of(conn, number)
    if lesson is not None:
        settle(conn, lesson, now=now)
    return done


def lesson_of(conn: Connection, change: int) -> int | None:
    """The lesson that a change was of."""
    row = conn.execute(
        "SELECT item FROM audit JOIN changes ON audit_id = audit.id WHERE changes.id = ?", (change,)
    ).fetchone()
    kind, _, number = row["item"].partition(":") if row else ("", "", "")
    return int(number) if kind == "lesson" and number.isdecimal() else None


def write(conn: Connection, lesson_id: int, values: dict[str, object]) -> None:
    """Set columns of a lesson, within `recorded`."""
    sets = ", ".join(f"{name} = ?" for name in values)
    conn.execute(f"UPDATE lessons SET {sets} WHERE id = ?", [*values.values(), lesson_id])
