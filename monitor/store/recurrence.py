"""Lessons of the past that a new incident may be another case of."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from monitor.errors import Refused
from monitor.store import audit, learning, standing
from monitor.store.db import Connection, Row, stamp


def lessons(
    conn: Connection, incident_id: int, past: Collection[int], roles: Collection[str]
) -> list[Row]:
    """Lessons that a team wrote on past incidents, for an incident that is on none of them.

    Each with how many incidents came to it since it was written, and what of its actions is left.
    """
    marks = ", ".join("?" for _ in roles)
    return conn.execute(
        "SELECT lessons.id, lessons.title, stage, min(via.incident_id) AS via,"
        " (SELECT count(*) FROM lesson_incidents AS li JOIN incidents ON incidents.id = li.incident_id"
        "  WHERE li.lesson_id = lessons.id AND incidents.created_at > lessons.created_at"
        "  AND incidents.casebook_id IS NULL) AS since,"
        " (SELECT count(*) FROM actions WHERE lesson_id = lessons.id AND state = 'open') AS open_actions"
        " FROM lessons JOIN lesson_incidents AS via ON via.lesson_id = lessons.id"
        f" WHERE via.incident_id IN (SELECT value FROM json_each(?)) AND seen_by IN ({marks})"
        " AND updated_by <> 'casebook'"
        " AND NOT EXISTS (SELECT 1 FROM lesson_incidents WHERE lesson_id = lessons.id AND incident_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM lesson_unfits WHERE lesson_id = lessons.id AND incident_id = ?)"
        " GROUP BY lessons.id ORDER BY lessons.id",
        (json.dumps(sorted(past)), *roles, incident_id, incident_id),
    ).fetchall()


def unfit(
    conn: Connection,
    lesson_id: int,
    incident_id: int,
    *,
    roles: Collection[str],
    actor: str,
    now: datetime,
) -> None:
    """Say that an incident is no case of a lesson: it is not asked again."""
    learning.current(conn, lesson_id, roles)
    standing.current(conn, incident_id)
    added = conn.execute(
        "INSERT OR IGNORE INTO lesson_unfits (lesson_id, incident_id, said_by, said_at) VALUES (?, ?, ?, ?)",
        (lesson_id, incident_id, actor, stamp(now)),
    )  # fmt: skip
    if not added.rowcount:
        raise Refused("Somebody has said so already.")
    audit.record(
        conn, actor, "lesson.unfit", f"lesson:{lesson_id}", now=now, after={"incident": incident_id}
    )
