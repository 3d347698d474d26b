"""The weekly digests that were made, and what goes into one."""

from __future__ import annotations

from datetime import datetime

from monitor.errors import Refused
from monitor.store import audit
from monitor.store.db import Connection, Row, moment, stamp

_LINE = "id, title, severity, posts, sources, status, created_at"
_OURS = "casebook_id IS NULL AND merged_into IS NULL"
"""The shipped cases are no news, and what was merged is told of by the other."""
_WAITS = f"{_OURS} AND status = 'new' AND (snoozed_until IS NULL OR snoozed_until <= ?)"


def is_made(conn: Connection, week: str) -> bool:
    """Whether the digest of a week was made."""
    return conn.execute("SELECT 1 FROM digests WHERE week = ?", (week,)).fetchone() is not None


def told_until(conn: Connection) -> datetime | None:
    """Up to when the last digest told; None before the first."""
    last = conn.execute("SELECT max(until) FROM digests").fetchone()[0]
    return moment(last) if last else None


def keep(
    conn: Connection, week: str, content: str, *, since: datetime, until: datetime, now: datetime
) -> int | None:
    """Keep a week's digest, in the caller's transaction; its number, or None if the week has one."""
    added = conn.execute(
        "INSERT INTO digests (week, since, until, content, made_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (week) DO NOTHING RETURNING id",
        (week, stamp(since), stamp(until), content, stamp(now)),
    ).fetchone()
    if added is None:
        return None
    number = int(added["id"])
    audit.record(
        conn, "failwatch", "digest.make", f"digest:{number}", now=now, after={"week": week}
    )
    return number


def content(conn: Connection, number: int) -> str:
    """What a digest says; raises `Refused` if there is none."""
    row = conn.execute("SELECT content FROM digests WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(f"There is no digest {number}.")
    return str(row["content"])


def started(conn: Connection, since: datetime, until: datetime, limit: int) -> list[Row]:
    """Incidents that were started in a span, the worst first."""
    return conn.execute(
        f"SELECT {_LINE} FROM incidents WHERE {_OURS} AND created_at >= ? AND created_at < ?"
        " AND status <> 'dismissed' ORDER BY severity DESC, score DESC, id LIMIT ?",
        (stamp(since), stamp(until), limit),
    ).fetchall()


def count_started(conn: Connection, since: datetime, until: datetime) -> int:
    """How many were started in a span and are not dismissed."""
    row = conn.execute(
        f"SELECT count(*) FROM incidents WHERE {_OURS} AND created_at >= ? AND created_at < ?"
        " AND status <> 'dismissed'",
        (stamp(since), stamp(until)),
    ).fetchone()
    return int(row[0])


def waiting(conn: Connection, now: datetime, limit: int) -> list[Row]:
    """Undecided incidents, the oldest first; not those that sleep."""
    return conn.execute(
        f"SELECT {_LINE} FROM incidents WHERE {_WAITS} ORDER BY created_at, id LIMIT ?",
        (stamp(now), limit),
    ).fetchall()


def count_waiting(conn: Connection, now: datetime) -> int:
    """How many incidents nobody has decided on."""
    row = conn.execute(f"SELECT count(*) FROM incidents WHERE {_WAITS}", (stamp(now),)).fetchone()
    return int(row[0])


def decided(conn: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Status -> incidents that people decided so in a span, and that are so still."""
    rows = conn.execute(
        f"SELECT status, count(*) AS n FROM incidents WHERE {_OURS} AND decided_at >= ? AND decided_at < ?"
        " AND status <> 'new' GROUP BY status",
        (stamp(since), stamp(until)),
    )
    return {row["status"]: row["n"] for row in rows}


def troubled_feeds(conn: Connection, silent_since: datetime) -> list[tuple[str, str]]:
    """Feeds that were not read since a time though they should be: title and what is wrong."""
    rows = conn.execute(
        "SELECT title, state, last_error FROM feeds WHERE state = 'gone'"
        " OR (state = 'active' AND failures > 0 AND coalesce(last_success_at, created_at) < ?)"
        " ORDER BY failures DESC, title",
        (stamp(silent_since),),
    )
    return [
        (row["title"], row["last_error"] or "gone for good" * (row["state"] == "gone"))
        for row in rows
    ]
