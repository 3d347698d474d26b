"""What waits for people: owned and overdue, snoozed, revisits, second readings, mentions. Read-only."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.store.db import Connection, Row, stamp

MOST = 60
"""Rows of one list; whoever has more needs a colleague, not a longer page."""

_OPEN = "merged_into IS NULL AND status IN ('new', 'watching', 'relevant')"


def owned(conn: Connection, owner: str = "") -> list[Row]:
    """Open incidents that somebody owns, or one person; those due first."""
    # Of everybody's, the index gives those due first, and so it is read no further than needed.
    whose = (
        "WHERE owner <> '' AND owner = :owner"
        if owner
        else "INDEXED BY incidents_owned WHERE owner <> ''"
    )
    return conn.execute(
        f"SELECT * FROM incidents {whose} AND {_OPEN}"
        " ORDER BY due_on IS NULL, due_on, id LIMIT :most",
        {"owner": owner, "most": MOST},
    ).fetchall()


def overdue(conn: Connection, now: datetime) -> list[Row]:
    """Open incidents whose day has passed, the longest overdue first."""
    return conn.execute(
        f"SELECT * FROM incidents WHERE {_OPEN} AND due_on < ? ORDER BY due_on, id LIMIT ?",
        (now.date().isoformat(), MOST),
    ).fetchall()


def snoozed(conn: Connection, now: datetime) -> list[Row]:
    """Incidents that are left out of the queue for now, those that come back first on top."""
    return conn.execute(
        "SELECT * FROM incidents WHERE snoozed_until > ? AND merged_into IS NULL"
        " ORDER BY snoozed_until, id LIMIT ?",
        (stamp(now), MOST),
    ).fetchall()


def revisits_due(conn: Connection, now: datetime) -> list[Row]:
    """Looks that are due: only the latest of an incident, since an older one was overtaken."""
    return conn.execute(
        "SELECT one.*, incidents.title, organisation, owner FROM revisits AS one INDEXED BY revisits_open"
        " JOIN incidents ON incidents.id = incident_id WHERE outcome = '' AND due_at <= :now"
        " AND merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM revisits AS later WHERE later.incident_id ="
        " one.incident_id AND later.days > one.days AND later.outcome = '' AND later.due_at <= :now)"
        " ORDER BY due_at, incident_id LIMIT :most",
        {"now": stamp(now), "most": MOST},
    ).fetchall()


def revisits_of(conn: Connection, incident_id: int) -> list[Row]:
    """Every revisit of an incident, done or to come."""
    return conn.execute(
        "SELECT * FROM revisits WHERE incident_id = ? ORDER BY days", (incident_id,)
    ).fetchall()


def to_read(conn: Connection, reader: str) -> list[Row]:
    """Incidents in the sample that others decided on: without how they decided."""
    return conn.execute(
        "SELECT second_readings.id, incident_id, incidents.title, organisation, severity,"
        " first_post_at FROM second_readings JOIN incidents ON incidents.id = incident_id"
        " WHERE answer = '' AND first_by <> ? AND merged_into IS NULL ORDER BY asked_at LIMIT ?",
        (reader, MOST),
    ).fetchall()


def readings(conn: Connection, *, since: datetime | None = None) -> list[tuple[str, str]]:
    """What the first and the second reader said, of every incident that both have read."""
    rows = conn.execute(
        "SELECT first_status, answer FROM second_readings WHERE answer <> '' AND answered_at >= ?",
        (stamp(since) if since else "",),
    )
    return [(row["first_status"], row["answer"]) for row in rows]


def mentions(conn: Connection, name: str, *, now: datetime) -> list[Row]:
    """Notes that name a person: those not looked at, and those of the last week."""
    return conn.execute(
        "SELECT notes.id, incident_id, author, notes.text, notes.created_at, incidents.title, seen_at"
        " FROM mentions JOIN notes ON notes.id = note_id JOIN incidents ON incidents.id = incident_id"
        " WHERE name = ? AND (seen_at IS NULL OR seen_at >= ?) ORDER BY notes.id DESC LIMIT ?",
        (name, stamp(now - timedelta(days=7)), MOST),
    ).fetchall()


def saw_mentions(conn: Connection, name: str, incident_id: int, *, now: datetime) -> None:
    """Note that a person has looked at the notes that name them; no change that the log keeps."""
    conn.execute(
        "UPDATE mentions SET seen_at = ? WHERE name = ? AND seen_at IS NULL"
        " AND note_id IN (SELECT id FROM notes WHERE incident_id = ?)",
        (stamp(now), name, incident_id),
    )


def unseen(conn: Connection, name: str) -> int:
    """How many notes name a person who has not looked yet."""
    count: int = conn.execute(
        "SELECT count(*) FROM mentions WHERE name = ? AND seen_at IS NULL", (name,)
    ).fetchone()[0]
    return count


def counts(conn: Connection, name: str, now: datetime) -> dict[str, int]:
    """How much waits, for Home: mine and due, everybody's overdue, revisits, readings, mentions."""
    row = conn.execute(
        f"SELECT (SELECT count(*) FROM incidents WHERE owner <> '' AND owner = :name AND {_OPEN}) AS mine,"
        f" (SELECT count(*) FROM incidents WHERE {_OPEN} AND due_on < :today) AS overdue,"
        " (SELECT count(DISTINCT incident_id) FROM revisits WHERE outcome = '' AND due_at <= :now) AS revisits,"
        " (SELECT count(*) FROM second_readings WHERE answer = '' AND first_by <> :name) AS second",
        {"name": name, "today": now.date().isoformat(), "now": stamp(now)},
    ).fetchone()
    return dict(row) | {"mentions": unseen(conn, name)}
