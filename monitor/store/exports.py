"""The ledger of wiki pages that we wrote: one row a wiki and lesson."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.store import audit
from monitor.store.db import Connection, Row, stamp


@dataclass(frozen=True, slots=True)
class Entry:
    """What we know of a page."""

    page: str
    page_id: str
    revision: str
    source_hash: str
    stored_hash: str
    state: str
    """written, drift, detached, gone, blocked or failed."""
    error: str = ""


def known(conn: Connection, wiki: str) -> dict[int, Entry]:
    """Every page of a wiki, by lesson."""
    rows = conn.execute("SELECT * FROM exports WHERE wiki = ?", (wiki,))
    return {row["lesson_id"]: _entry(row) for row in rows}


def _entry(row: Row) -> Entry:
    return Entry(
        row["page"], row["page_id"], row["revision"], row["source_hash"], row["stored_hash"], row["state"], row["error"]
    )  # fmt: skip


def record(conn: Connection, wiki: str, lesson_id: int, entry: Entry, *, now: datetime) -> None:
    """Write what became of a page."""
    conn.execute(
        "INSERT INTO exports (wiki, lesson_id, page, page_id, revision, source_hash, stored_hash, state,"
        " error, exported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (wiki, lesson_id) DO UPDATE SET"
        " page = excluded.page, page_id = excluded.page_id, revision = excluded.revision,"
        " source_hash = excluded.source_hash, stored_hash = excluded.stored_hash, state = excluded.state,"
        " error = excluded.error, exported_at = excluded.exported_at",
        (
            wiki, lesson_id, entry.page, entry.page_id, entry.revision, entry.source_hash, entry.stored_hash,
            entry.state, entry.error, stamp(now),
        ),
    )  # fmt: skip
    audit.record(
        conn, "failwatch", f"export.{entry.state}", f"lesson:{lesson_id}", now=now,
        after={"wiki": wiki, "page": entry.page, "error": entry.error},
    )  # fmt: skip
