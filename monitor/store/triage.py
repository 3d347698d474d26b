"""Decisions on incidents: status, severity, title, organisation; each with its audit row, undoable.

All in the caller's transaction. A decision names the version it was made on; if somebody else was
faster, `StaleVersion` says who, and nothing is written. Tags and notes are in `remarks`.
"""

from __future__ import annotations

from datetime import datetime

from monitor.errors import Refused
from monitor.model import Status
from monitor.store import changes, duties, ledger, organisations, standing
from monitor.store.db import Connection, stamp
from monitor.store.images import Reach
from monitor.store.remarks import MAX_NOTE, note, tag, untag
from monitor.text import one_line

__all__ = [
    "MAX_NOTE", "REASONS", "decide", "note", "set_organisation", "set_severity", "set_title", "tag",
    "undo", "untag",
]  # fmt: skip

REASONS = ("not a failure", "no organisation", "duplicate", "too old", "off topic", "other")
"""Why an incident may be dismissed."""

SEVERITIES = {1: "shortfall", 2: "misstep", 3: "backlash", 4: "crisis"}


def decide(
    conn: Connection,
    incident_id: int,
    *,
    version: int | None,
    status: str,
    reason: str,
    actor: str,
    now: datetime,
) -> int:
    """Set the status; returns the new version. Raises `StaleVersion` or `Refused`."""
    if status not in set(Status):
        raise Refused(f"{one_line(status, 40)} is no status: use {', '.join(Status)}.")
    if status == Status.DISMISSED and reason not in REASONS:
        raise Refused(f"Say why it is dismissed: {', '.join(REASONS)}.")
    row = standing.current(conn, incident_id, version)
    reason = reason if status == Status.DISMISSED else ""
    reach: Reach = [
        ("incidents", "id = ?", (incident_id,)),
        *(
            (table, "incident_id = ?", (incident_id,))
            for table in ("rule_decisions", "revisits", "second_readings")
        ),
    ]
    with changes.recorded(conn, "incident.status", incident_id, reach, actor=actor, now=now) as c:
        conn.execute(
            "UPDATE incidents SET status = ?, reason = ?, decided_at = ?, decided_by = ?,"
            " snoozed_until = NULL, version = version + 1 WHERE id = ?",
            (status, reason, stamp(now), actor, incident_id),
        )
        ledger.keep(conn, incident_id, status, reason, now=now)
        duties.follow(conn, row, status, actor=actor, now=now)
        c.words = f"made it {status}" + (f" ({reason})" if reason else "")
        c.before = {"status": row["status"], "reason": row["reason"]}
        c.after = {"status": status, "reason": reason}
    return int(row["version"]) + 1


def undo(
    conn: Connection, incident_id: int, *, version: int, actor: str, now: datetime
) -> tuple[str, int]:
    """Take the last decision back; returns the status it has again, and the new version."""
    standing.current(conn, incident_id, version)
    last = changes.last_of(conn, incident_id, "incident.status", now=now)
    if last is None:
        raise Refused("There is no decision of the last 24 hours to undo.")
    changes.undo(conn, last["id"], actor=actor, now=now, named="incident.undo")
    row = standing.current(conn, incident_id)
    return row["status"], row["version"]


def set_title(
    conn: Connection,
    incident_id: int,
    title: str,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Call an incident something else; returns the new version."""
    row = standing.current(conn, incident_id, version)
    words = one_line(title, 300)
    if not words:
        raise Refused("A title needs at least one letter.")
    return standing.write(
        conn, row, {"title": words}, what="incident.title", words=f"called it “{words}”",
        actor=actor, now=now,
    )  # fmt: skip


def set_severity(
    conn: Connection,
    incident_id: int,
    severity: int,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Say how grave it is; rules do not change it from then on. Returns the new version."""
    row = standing.current(conn, incident_id, version)
    if severity not in SEVERITIES:
        known = ", ".join(f"{n} {name}" for n, name in SEVERITIES.items())
        raise Refused(f"{severity} is no severity: use {known}.")
    if severity == row["severity"]:
        return int(row["version"])
    return standing.write(
        conn, row, {"severity": severity, "severity_by": actor}, what="incident.severity",
        words=f"made it a {SEVERITIES[severity]}", actor=actor, now=now,
    )  # fmt: skip


def set_organisation(
    conn: Connection,
    incident_id: int,
    name: str,
    *,
    version: int | None = None,
    actor: str,
    now: datetime,
) -> int:
    """Say which organisation failed; an empty name takes it back. Returns the new version."""
    row = standing.current(conn, incident_id, version)
    word = one_line(name, 120)
    if word == row["organisation"]:
        return int(row["version"])
    reach = organisations.of_one(incident_id)
    with changes.recorded(
        conn, "incident.organisation", incident_id, reach, actor=actor, now=now
    ) as change:
        organisations.clear(conn, incident_id)
        if word:
            organisations.failed(conn, incident_id, word, by=actor, now=now)
        # Stored posts are searched anew for the name; no part of what can be undone.
        conn.execute(
            "UPDATE incidents SET organisation = ?, version = version + 1, looked_back_at = NULL"
            " WHERE id = ?",
            (word, incident_id),
        )
        change.words = f"said that {word} failed" if word else "took the organisation's name away"
        change.before, change.after = {"organisation": row["organisation"]}, {"organisation": word}
    return int(row["version"]) + 1
