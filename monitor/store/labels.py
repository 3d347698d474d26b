"""What taking a change back says: labels of grouping are turned round, and questions asked again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.store.db import Connection, stamp
from monitor.store.images import Image


def ask_again(conn: Connection, number: int) -> None:
    """Open the suggestion whose answer a change was; a "no" leaves no label behind."""
    of = "FROM suggestions WHERE change_id = ?"
    conn.execute(
        "DELETE FROM overrules WHERE kind = 'apart'"
        f" AND (post_id, incident_id, by, at) IN (SELECT post_id, incident_id, answered_by, answered_at {of}"
        " AND answer = 'no')",
        (number,),
    )
    conn.execute(
        "UPDATE suggestions SET answer = '', answered_by = '', answered_at = NULL, change_id = NULL"
        " WHERE change_id = ?",
        (number,),
    )


def reverse(conn: Connection, rows: Iterable[Image], *, actor: str, now: datetime) -> None:
    """To take a judgement back is one too: what was put together is apart, and the reverse."""
    for image in rows:
        if image.table == "overrules" and image.before is None and image.after is not None:
            put = image.after
            conn.execute(
                "INSERT INTO overrules (kind, post_id, incident_id, by, at)"
                " SELECT ?, ?, id, ?, ? FROM incidents WHERE id = ? AND merged_into IS NULL",
                (
                    "apart" if put["kind"] == "join" else "join", put["post_id"], actor,
                    stamp(now), put["incident_id"],
                ),
            )  # fmt: skip
