"""Views of the queue that people keep: each for themselves, or for all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from monitor.errors import Refused
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.text import one_line, order

MOST = 30
"""Views that one person keeps."""
NAME = 40
KEYS = ("status", "severity", "owner", "tag", "q")
"""What a view holds: the filters of the queue, nothing else of an address."""


def query(values: Mapping[str, str]) -> str:
    """The filters among `values`, as an address holds them, always in the same order."""
    return urlencode([(key, values[key][:200]) for key in KEYS if values.get(key)])


def seen_by(conn: Connection, name: str) -> list[Row]:
    """A person's own views and those that colleagues share, by name."""
    rows = conn.execute(
        "SELECT * FROM queue_views WHERE owner = ? OR is_shared ORDER BY owner", (name,)
    ).fetchall()
    return sorted(rows, key=lambda row: order(row["name"]))


def keep(
    conn: Connection, name: str, filters: str, *, is_shared: bool, actor: str, now: datetime
) -> int:
    """Keep a view; one of the same name and owner is replaced. Returns its number. Raises `Refused`."""
    name = one_line(name, NAME)
    if not name:
        raise Refused("Give the view a name.")
    filters = query(dict(parse_qsl(filters)))
    known = conn.execute(
        "SELECT * FROM queue_views WHERE owner = ? AND name = ?", (actor, name)
    ).fetchone()
    held = conn.execute("SELECT count(*) FROM queue_views WHERE owner = ?", (actor,)).fetchone()[0]
    if known is None and held >= MOST:
        raise Refused(f"You keep {MOST} views already: remove one first.")
    number: int = conn.execute(
        "INSERT INTO queue_views (name, query, owner, is_shared, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (owner, name) DO UPDATE SET name = excluded.name, query = excluded.query,"
        " is_shared = excluded.is_shared RETURNING id",
        (name, filters, actor, int(is_shared), stamp(now)),
    ).fetchone()["id"]
    before = {key: known[key] for key in ("name", "query", "is_shared")} if known else {}
    after = {"name": name, "query": filters, "is_shared": int(is_shared)}
    audit.record(conn, actor, "view.keep", f"view:{number}", now=now, before=before, after=after)
    return number


def remove(conn: Connection, number: int, *, actor: str, is_editor: bool, now: datetime) -> str:
    """Remove a view: one's own, or as an editor one that is shared. Returns its name. Raises `Refused`."""
    row = conn.execute("SELECT * FROM queue_views WHERE id = ?", (number,)).fetchone()
    if row is None or not (row["owner"] == actor or row["is_shared"]):
        raise Refused("There is no such view: somebody may have removed it.")
    if row["owner"] != actor and not is_editor:
        raise Refused(
            f"“{row['name']}” is a view of {row['owner']}: only they and editors remove it."
        )
    conn.execute("DELETE FROM queue_views WHERE id = ?", (number,))
    before = {key: row[key] for key in ("name", "query", "owner", "is_shared")}
    audit.record(conn, actor, "view.remove", f"view:{number}", now=now, before=before)
    return str(row["name"])
