"""What became of incidents since a change, for pages that are open meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.store import audit
from monitor.store.db import Connection

MOST = 200
"""Incidents told at once; whoever missed more is told to load the page again."""
BACK = 5_000
"""Rows of the log that are looked through at once, however long somebody was away."""
FAILWATCH = "failwatch"


@dataclass(frozen=True, slots=True)
class News:
    """What a page that has seen all up to a change must hear."""

    last: int
    """The number of the newest change now."""
    incidents: list[dict[str, object]]
    """What changed, as it is now, in the order of the changes."""
    is_cut: bool
    """Whether there was more than is told."""


def since(conn: Connection, seen: int) -> News:
    """Incidents that were changed after the change numbered `seen`, each once."""
    last = audit.last(conn)
    if last <= seen:
        return News(last, [], is_cut=False)
    # By number, not by item (hence the +): the newest rows, instead of all that tell of incidents.
    rows = conn.execute(
        "SELECT max(audit.id) AS change, incidents.id, version, status, reason, title, severity, owner, due_on,"
        " snoozed_until, merged_into, actor FROM audit JOIN incidents"
        " ON incidents.id = CAST(substr(item, 10) AS INTEGER)"
        " WHERE audit.id > ? AND +item GLOB 'incident:[0-9]*' GROUP BY incidents.id"
        " ORDER BY change LIMIT ?",
        (max(seen, last - BACK), MOST + 1),
    ).fetchall()
    told = [dict(row) | {"by_failwatch": row["actor"] == FAILWATCH} for row in rows[:MOST]]
    return News(last, told, is_cut=len(rows) > MOST or last - seen > BACK)
