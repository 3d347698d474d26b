"""Incidents as they stand: where a number leads, and whether what a person saw still holds."""

from __future__ import annotations

import json
from datetime import datetime

from monitor.errors import Refused, StaleVersion
from monitor.store import changes
from monitor.store.db import Connection, Row
from monitor.store.images import Reach


def leads_to(conn: Connection, incident_id: int) -> int | None:
    """The incident behind a number, whatever it was merged into; None if there never was one."""
    row = conn.execute(
        "WITH RECURSIVE way (id, step) AS (SELECT id, 0 FROM incidents WHERE id = ?"
        " UNION ALL SELECT merged_into, step + 1 FROM incidents JOIN way USING (id)"
        " WHERE merged_into IS NOT NULL AND step < 100)"
        " SELECT id FROM way ORDER BY step DESC LIMIT 1",
        (incident_id,),
    ).fetchone()
    return row["id"] if row else None


def numbers_of(conn: Connection, incident_id: int) -> list[int]:
    """The number of an incident, and those of all that were merged into it."""
    rows = conn.execute(
        "WITH RECURSIVE all_of (id) AS (SELECT ? UNION SELECT incidents.id FROM incidents"
        " JOIN all_of ON merged_into = all_of.id) SELECT id FROM all_of ORDER BY id",
        (incident_id,),
    )
    return [row["id"] for row in rows]


def current(conn: Connection, incident_id: int, version: int | None = None) -> Row:
    """An incident that may be changed; `version` is the one that the person saw, None for any.

    Raises `Refused` if there is none, `StaleVersion` if it was merged or changed meanwhile.
    """
    row: Row | None = conn.execute(
        "SELECT * FROM incidents WHERE id = ?", (incident_id,)
    ).fetchone()
    if row is None:
        raise Refused(f"There is no incident {incident_id}.")
    if row["merged_into"]:
        raise StaleVersion(
            f"Incident {incident_id} was merged into incident {leads_to(conn, incident_id)}"
            f"{_by(conn, incident_id)}: look there. Nothing was changed."
        )
    if version is not None and row["version"] != version:
        raise StaleVersion(
            f"It was changed meanwhile{_by(conn, incident_id)}: now {row['status']}. Nothing was overwritten."
        )
    return row


def _by(conn: Connection, incident_id: int) -> str:
    row = conn.execute(
        "SELECT actor, action FROM audit WHERE item = 'incident:' || ? ORDER BY id DESC LIMIT 1",
        (incident_id,),
    ).fetchone()
    return f" by {row['actor']}" if row else ""


def raise_version(conn: Connection, *incident_ids: int) -> None:
    """Note that a person changed incidents, so that nobody overwrites it unseen."""
    conn.execute(
        "UPDATE incidents SET version = version + 1 WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(incident_ids),),
    )


def write(
    conn: Connection,
    row: Row,
    values: dict[str, object],
    *,
    what: str,
    words: str,
    actor: str,
    now: datetime,
) -> int:
    """Write columns of an incident as one change; returns the new version."""
    before = {name: row[name] for name in values}
    if before == values:
        return int(row["version"])
    reach: Reach = [("incidents", "id = ?", (row["id"],))]
    with changes.recorded(conn, what, row["id"], reach, actor=actor, now=now) as c:
        sets = ", ".join(f"{name} = ?" for name in values)
        conn.execute(
            f"UPDATE incidents SET {sets}, version = version + 1 WHERE id = ?",
            [*values.values(), row["id"]],
        )
        c.words, c.before, c.after = words, before, dict(values)
    return int(row["version"]) + 1
