"""The append-only log: who changed what, from what to what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from monitor.store.db import Connection, stamp


def record(
    conn: Connection,
    actor: str,
    action: str,
    item: str,
    *,
    now: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> int:
    """Add a row; call it inside the transaction of the change that it tells of. Returns its number.

    `actor` is a person's name or `failwatch`; `action` is `noun.verb`; `item` is `noun:number`.
    """
    added = conn.execute(
        "INSERT INTO audit (at, actor, action, item, before, after) VALUES (?, ?, ?, ?, ?, ?)",
        (
            stamp(now),
            actor,
            action,
            item,
            json.dumps(dict(before or {}), ensure_ascii=False, default=str),
            json.dumps(dict(after or {}), ensure_ascii=False, default=str),
        ),
    )
    return int(added.lastrowid or 0)


def last(conn: Connection) -> int:
    """The number of the last change: what was reckoned from the database before it still holds."""
    number: int = conn.execute("SELECT coalesce(max(id), 0) AS last FROM audit").fetchone()["last"]
    return number
