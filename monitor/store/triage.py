"""Decisions on incidents: status, tags, notes, organisation; each with its audit row.

All in the caller's transaction. A decision names the version it was made on; if somebody else was
faster, `StaleVersion` says who, and nothing is written.
"""

from __future__ import annotations

import json
from datetime import datetime

from monitor.errors import Refused, StaleVersion
from monitor.model import Status
from monitor.store import audit, ledger
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

REASONS = ("not a failure", "no organisation", "duplicate", "too old", "off topic", "other")
"""Why an incident may be dismissed."""

MAX_NOTE = 10_000


def _incident(conn: Connection, incident_id: int) -> Row:
    row: Row | None = conn.execute(
        "SELECT * FROM incidents WHERE id = ?", (incident_id,)
    ).fetchone()
    if row is None:
        raise Refused(f"There is no incident {incident_id}.")
    return row


def decide(
    conn: Connection,
    incident_id: int,
    *,
    version: int,
    status: str,
    reason: str,
    actor: str,
    now: datetime,
) -> int:
    """Set the status; returns the new version. Raises `StaleVersion` or `Refused`."""
    row = _incident(conn, incident_id)
    if status not in set(Status):
        raise Refused(f"{one_line(status, 40)} is no status: use {', '.join(Status)}.")
    if status == Status.DISMISSED and reason not in REASONS:
        raise Refused(f"Say why it is dismissed: {', '.join(REASONS)}.")
    if row["version"] != version:
        by = f" by {row['decided_by']}" if row["decided_by"] else ""
        raise StaleVersion(
            f"It was changed meanwhile{by}: now {row['status']}. Nothing was overwritten."
        )
    _set(conn, row, status, reason if status == Status.DISMISSED else "", actor=actor, now=now)
    return version + 1


def _set(
    conn: Connection,
    row: Row,
    status: str,
    reason: str,
    *,
    actor: str,
    now: datetime,
    action: str = "status",
) -> None:
    conn.execute(
        "UPDATE incidents SET status = ?, reason = ?, decided_at = ?, decided_by = ?,"
        " version = version + 1 WHERE id = ?",
        (status, reason, stamp(now), actor, row["id"]),
    )
    ledger.keep(conn, row["id"], status, reason, now=now)
    audit.record(
        conn, actor, f"incident.{action}", f"incident:{row['id']}", now=now,
        before={"status": row["status"], "reason": row["reason"]},
        after={"status": status, "reason": reason},
    )  # fmt: skip


def undo(
    conn: Connection, incident_id: int, *, version: int, actor: str, now: datetime
) -> tuple[str, int]:
    """Take the last decision back; returns the status it has again, and the new version."""
    row = _incident(conn, incident_id)
    if row["version"] != version:
        raise StaleVersion(f"It was changed meanwhile by {row['decided_by']}; nothing was undone.")
    last = conn.execute(
        "SELECT action, before FROM audit WHERE item = ?"
        " AND action IN ('incident.status', 'incident.undo') ORDER BY id DESC LIMIT 1",
        (f"incident:{incident_id}",),
    ).fetchone()
    if last is None or last["action"] == "incident.undo":
        raise Refused("There is no decision to undo.")
    before = json.loads(last["before"])
    _set(conn, row, before["status"], before["reason"], actor=actor, now=now, action="undo")
    return before["status"], version + 1


def tag(conn: Connection, incident_id: int, name: str, *, actor: str, now: datetime) -> str:
    """Put a tag on; a new word joins the vocabulary. Returns the tag as the vocabulary spells it."""
    _incident(conn, incident_id)
    word = one_line(name, 60).strip("#, ")
    if not word:
        raise Refused("A tag needs at least one letter.")
    conn.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", (word,))
    spelt: str = conn.execute("SELECT name FROM tags WHERE name = ?", (word,)).fetchone()["name"]
    added = conn.execute(
        "INSERT OR IGNORE INTO incident_tags (incident_id, tag_id, tagged_by)"
        " SELECT ?, id, ? FROM tags WHERE name = ?",
        (incident_id, actor, spelt),
    )
    if added.rowcount:
        audit.record(
            conn, actor, "incident.tag", f"incident:{incident_id}", now=now, after={"tag": spelt}
        )
    return spelt


def untag(conn: Connection, incident_id: int, name: str, *, actor: str, now: datetime) -> None:
    """Take a tag off; the word stays in the vocabulary."""
    gone = conn.execute(
        "DELETE FROM incident_tags WHERE incident_id = ? AND tag_id IN (SELECT id FROM tags WHERE name = ?)",
        (incident_id, name),
    )
    if gone.rowcount:
        audit.record(
            conn, actor, "incident.untag", f"incident:{incident_id}", now=now, before={"tag": name}
        )


def note(conn: Connection, incident_id: int, text: str, *, actor: str, now: datetime) -> None:
    """Add a remark."""
    _incident(conn, incident_id)
    words = clean(text).strip()
    if not words:
        raise Refused("The note is empty.")
    if len(words) > MAX_NOTE:
        raise Refused(f"A note has at most {MAX_NOTE:,} characters; this one has {len(words):,}.")
    added = conn.execute(
        "INSERT INTO notes (incident_id, author, text, created_at) VALUES (?, ?, ?, ?)",
        (incident_id, actor, words, stamp(now)),
    )
    audit.record(
        conn, actor, "incident.note", f"incident:{incident_id}", now=now, after={"note": added.lastrowid}
    )  # fmt: skip


def set_organisation(
    conn: Connection, incident_id: int, name: str, *, actor: str, now: datetime
) -> None:
    """Say which organisation failed; an empty name takes it back."""
    row = _incident(conn, incident_id)
    word = one_line(name, 120)
    if word == row["organisation"]:
        return
    conn.execute(
        "UPDATE incidents SET organisation = ?, looked_back_at = NULL WHERE id = ?",
        (word, incident_id),
    )
    audit.record(
        conn, actor, "incident.organisation", f"incident:{incident_id}", now=now,
        before={"organisation": row["organisation"]}, after={"organisation": word},
    )  # fmt: skip
