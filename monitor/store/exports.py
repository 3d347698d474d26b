"""The ledger of wiki pages that we wrote: one row a wiki and page; and the runs that wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import Refused
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp

FIELDS = (
    "lesson_id", "title", "page", "page_id", "url", "revision", "intent_hash", "stored_hash",
    "stored", "people", "state", "reason", "diff", "wish",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What we know of a page."""

    lesson_id: int | None = None
    title: str = ""
    page: str = ""
    page_id: str = ""
    url: str = ""
    revision: str = ""
    intent_hash: str = ""
    stored_hash: str = ""
    stored: str = ""
    people: str = ""
    state: str = "wanted"
    """wanted, written, withdrawn, drift, detached, gone, blocked, conflict, left or failed."""
    reason: str = ""
    diff: str = ""
    wish: str = ""
    """overwrite or leave, if somebody decided."""


def known(conn: Connection, wiki: str) -> dict[str, Entry]:
    """Every page of a wiki, by key."""
    rows = conn.execute("SELECT * FROM exports WHERE wiki = ? ORDER BY id", (wiki,))
    return {row["key"]: Entry(*(row[name] for name in FIELDS)) for row in rows}


def keep(conn: Connection, wiki: str, key: str, entry: Entry, *, now: datetime) -> None:
    """Write down what we know of a page."""
    names = ("wiki", "key", *FIELDS, "exported_at")
    values = (wiki, key, *(getattr(entry, name) for name in FIELDS), stamp(now))
    sets = ", ".join(f"{name} = excluded.{name}" for name in (*FIELDS, "exported_at"))
    marks = ", ".join("?" for _ in names)
    conn.execute(
        f"INSERT INTO exports ({', '.join(names)}) VALUES ({marks})"
        f" ON CONFLICT (wiki, key) DO UPDATE SET {sets}",
        values,
    )


def record(conn: Connection, wiki: str, key: str, entry: Entry, *, now: datetime) -> None:
    """Write down what became of a page, in the audit log too."""
    keep(conn, wiki, key, entry, now=now)
    item = f"lesson:{entry.lesson_id}" if entry.lesson_id else f"page:{key}"
    after = {"wiki": wiki, "page": entry.page, "revision": entry.revision, "error": entry.reason}
    audit.record(conn, "failwatch", f"export.{entry.state}", item, now=now, after=after)


def intend(
    conn: Connection, wiki: str, pages: Iterable[tuple[str, Entry]], *, now: datetime
) -> None:
    """Note what is about to be written, so that a kill right after it is understood."""
    for key, entry in pages:
        keep(conn, wiki, key, entry, now=now)


def resolve(conn: Connection, wiki: str, key: str, wish: str, *, actor: str, now: datetime) -> None:
    """Decide what becomes of a page that was left alone; raises `Refused`."""
    row = conn.execute(
        "SELECT state, wish FROM exports WHERE wiki = ? AND key = ?", (wiki, key)
    ).fetchone()
    if row is None:
        raise Refused(f"The wiki {wiki} has no page {key}: see `failwatch lessons pages`.")
    conn.execute("UPDATE exports SET wish = ? WHERE wiki = ? AND key = ?", (wish, wiki, key))
    audit.record(
        conn, actor, "export.resolve", f"page:{key}", now=now,
        before={"wish": row["wish"], "state": row["state"]}, after={"wish": wish, "wiki": wiki},
    )  # fmt: skip


def pages(conn: Connection) -> list[Row]:
    """Every page on every wiki, those that need somebody first."""
    return conn.execute(
        "SELECT exports.*, lessons.title AS lesson FROM exports LEFT JOIN lessons ON lessons.id = lesson_id"
        " ORDER BY wiki, state IN ('written', 'withdrawn', 'left'), exports.id"
    ).fetchall()


def begin(conn: Connection, wiki: str, *, asked_by: str, now: datetime) -> int:
    """Open the record of a run; returns its number."""
    made = conn.execute(
        "INSERT INTO export_runs (wiki, started_at, asked_by) VALUES (?, ?, ?)",
        (wiki, stamp(now), asked_by),
    )
    return int(made.lastrowid or 0)


def end(
    conn: Connection, run: int, counts: Mapping[str, int], *, error: str, now: datetime
) -> None:
    """Close the record of a run."""
    conn.execute(
        "UPDATE export_runs SET ended_at = ?, written = ?, unchanged = ?, left_alone = ?, failed = ?,"
        " error = ? WHERE id = ?",
        (
            stamp(now), counts.get("written", 0), counts.get("unchanged", 0), counts.get("left", 0),
            counts.get("failed", 0), error, run,
        ),
    )  # fmt: skip


def runs(conn: Connection, limit: int = 20) -> list[Row]:
    """The last runs, newest first."""
    return conn.execute("SELECT * FROM export_runs ORDER BY id DESC LIMIT ?", (limit,)).fetchall()


def last_start(conn: Connection, wiki: str) -> str:
    """When the last run on a wiki began; empty before the first."""
    row = conn.execute(
        "SELECT started_at FROM export_runs WHERE wiki = ? ORDER BY id DESC LIMIT 1", (wiki,)
    ).fetchone()
    return row["started_at"] if row else ""


def ask(conn: Connection, lesson_id: int, *, actor: str, now: datetime) -> None:
    """Want a lesson on the wikis now; the worker sees to it."""
    conn.execute(
        "INSERT INTO export_wishes (lesson_id, asked_by, asked_at) VALUES (?, ?, ?)"
        " ON CONFLICT (lesson_id) DO UPDATE SET asked_by = excluded.asked_by, asked_at = excluded.asked_at",
        (lesson_id, actor, stamp(now)),
    )
    audit.record(conn, actor, "export.ask", f"lesson:{lesson_id}", now=now)


def asked(conn: Connection) -> dict[int, str]:
    """Lessons that are wanted on the wikis now, and who asked."""
    rows = conn.execute("SELECT lesson_id, asked_by FROM export_wishes ORDER BY asked_at")
    return {row["lesson_id"]: row["asked_by"] for row in rows}


def done(conn: Connection, lesson_ids: Iterable[int]) -> None:
    """Forget wishes that were seen to."""
    conn.executemany(
        "DELETE FROM export_wishes WHERE lesson_id = ?", [(number,) for number in lesson_ids]
    )


def of_lesson(conn: Connection, lesson_id: int) -> list[Row]:
    """The pages of a lesson, one a wiki."""
    return conn.execute(
        "SELECT * FROM exports WHERE lesson_id = ? ORDER BY wiki", (lesson_id,)
    ).fetchall()


def is_wished(conn: Connection, lesson_id: int) -> bool:
    """Whether somebody wants a lesson on the wikis now."""
    row = conn.execute("SELECT 1 FROM export_wishes WHERE lesson_id = ?", (lesson_id,)).fetchone()
    return row is not None
