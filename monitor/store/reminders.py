"""Reminders of actions: which are due, which were made, and what a mail says of one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from monitor.errors import Refused
from monitor.lessons.stages import ActionBrief, reminder
from monitor.store import audit, learning
from monitor.store.db import Connection, Row, stamp

AHEAD = timedelta(days=3)


def due(conn: Connection, today: date) -> list[tuple[Row, str]]:
    """Open actions with an owner for which a reminder is due that was not made, with its mark."""
    rows = conn.execute(
        "SELECT *, 0 AS files FROM actions WHERE state = 'open' AND owner <> '' AND due_on <> ''"
        " AND due_on <= ? ORDER BY id",
        ((today + AHEAD).isoformat(),),
    ).fetchall()
    marked = [(row, reminder(learning.as_task(row), today)) for row in rows]
    made = "SELECT 1 FROM reminders WHERE action_id = ? AND due_on = ? AND mark = ?"
    return [
        (row, mark)
        for row, mark in marked
        if mark and not conn.execute(made, (row["id"], row["due_on"], mark)).fetchone()
    ]


def make(conn: Connection, row: Row, mark: str, *, now: datetime) -> int:
    """Note that a reminder is made, in the caller's transaction; returns its number, 0 if it was."""
    added = conn.execute(
        "INSERT INTO reminders (action_id, due_on, mark, made_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (row["id"], row["due_on"], mark, stamp(now)),
    ).fetchone()
    if added is None:
        return 0
    audit.record(
        conn, "failwatch", "reminder.make", f"lesson:{row['lesson_id']}", now=now,
        after={"action": row["id"], "mark": mark},
    )  # fmt: skip
    return int(added["id"])


def brief(conn: Connection, number: int) -> ActionBrief:
    """What the mail of a reminder says, as it is now. Raises `Refused` if there is none."""
    row = conn.execute(
        "SELECT actions.*, mark, lessons.title AS lesson, lessons.stage FROM reminders"
        " JOIN actions ON actions.id = action_id JOIN lessons ON lessons.id = lesson_id"
        " WHERE reminders.id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise Refused(f"There is no reminder {number}.")
    names = ("id", "lesson_id", "lesson", "stage", "text", "owner", "due_on", "state", "mark")
    return ActionBrief(**{name: row[name] for name in names})
