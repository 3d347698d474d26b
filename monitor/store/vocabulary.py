"""What the team's tags speak of: what went wrong, in which sector, on which channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.errors import Refused
from monitor.store import audit
from monitor.store.db import Connection

KINDS = {"": "what went wrong", "sector": "a sector", "channel": "a channel"}


def set_kind(conn: Connection, name: str, kind: str, *, actor: str, now: datetime) -> None:
    """Say what a tag speaks of; Insights counts by it. Raises `Refused`."""
    if kind not in KINDS:
        raise Refused(f"A tag speaks of {', '.join(KINDS.values())}.")
    row = conn.execute("SELECT id, name, kind FROM tags WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise Refused(f"There is no tag {name} (any more).")
    if row["kind"] == kind:
        return
    conn.execute("UPDATE tags SET kind = ? WHERE id = ?", (kind, row["id"]))
    audit.record(
        conn, actor, "tag.kind", f"tag:{row['id']}", now=now,
        before={"tag": row["name"], "kind": KINDS[row["kind"]]}, after={"tag": row["name"], "kind": KINDS[kind]},
    )  # fmt: skip


def shipped(conn: Connection, names: Sequence[str], kind: str) -> None:
    """Tags that come with Failwatch as sectors or channels; what a team says of a tag stays."""
    conn.executemany(
        "UPDATE tags SET kind = ? WHERE name = ? AND kind = ''", [(kind, name) for name in names]
    )
