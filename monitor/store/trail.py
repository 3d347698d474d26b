"""What the Audit page asks of the log: read-only, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.store.db import Connection, Row

PAGE = 60


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log is narrowed to; empty means all."""

    actor: str = ""
    kind: str = ""
    """An action, such as `incident.status`, or its noun, such as `incident`."""
    since: str = ""
    until: str = ""
    """Days, both included."""
    item: str = ""
    """Such as `incident:17`."""
    after: int = 0
    """Number of the last row of the page before."""


def page(conn: Connection, filters: Filters, limit: int = PAGE + 1) -> list[Row]:
    """Rows of the log with the words of the change, if it has any; one more if there is a next page."""
    parts, named = ["1"], dict[str, object]()
    if filters.actor:
        parts.append("audit.actor = :actor")
        named["actor"] = filters.actor
    if filters.kind:
        # `/` follows `.` in the alphabet: all actions of a noun lie between the two.
        is_action = "." in filters.kind
        parts.append("action = :kind" if is_action else "action > :kind || '.' AND action < :kind || '/'")  # fmt: skip
        named["kind"] = filters.kind
    if filters.since or filters.until:
        # Numbers grow with time, so a span of days is a span of numbers.
        parts.append(
            "audit.id >= coalesce((SELECT min(id) FROM audit WHERE at >= :since), 9e18)"
            " AND audit.id <= coalesce((SELECT max(id) FROM audit WHERE at <= :until), 0)"
        )
        named |= {"since": filters.since, "until": f"{filters.until or '9999'}~"}
    if filters.item:
        parts.append("item = :item")
        named["item"] = filters.item
    if filters.after:
        parts.append("audit.id < :after")
        named["after"] = filters.after
    return conn.execute(
        "SELECT audit.*, changes.words, changes.undone_at, changes.undone_by FROM audit"
        " LEFT JOIN changes ON changes.audit_id = audit.id"
        f" WHERE {' AND '.join(parts)} ORDER BY audit.id DESC LIMIT :limit",
        named | {"limit": limit},
    ).fetchall()


def actors(conn: Connection) -> list[str]:
    """Everybody who ever did something, without reading the whole log."""
    return _distinct(conn, "actor")


def kinds(conn: Connection) -> list[str]:
    """Every kind of thing that was ever done."""
    return _distinct(conn, "action")


def _distinct(conn: Connection, column: str) -> list[str]:
    rows = conn.execute(
        f"WITH RECURSIVE next(word) AS (SELECT min({column}) FROM audit UNION ALL"
        f" SELECT (SELECT min({column}) FROM audit WHERE {column} > word) FROM next WHERE word IS NOT NULL)"
        " SELECT word FROM next WHERE word IS NOT NULL"
    )
    return [row["word"] for row in rows]
