"""Feeds and their polls: what `feeds.yaml` asks for, what is due, what a poll found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.addresses import host
from monitor.model import FeedSettings, PollJob
from monitor.store import audit
from monitor.store.db import Connection, Row, moment, stamp

SPREAD = timedelta(minutes=10)
"""First polls of new feeds are spread over this long, so that a start is no burst."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What changed when the table followed `feeds.yaml`."""

    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class PollRecord:
    """What a poll leaves behind on its feed and in `polls`."""

    outcome: str
    """`new`, `unchanged`, `moved`, `gone` or `failed`."""
    next_poll_at: datetime
    next_poll_why: str
    status: int | None = None
    bytes: int = 0
    ms: int = 0
    entries: int = 0
    new_posts: int = 0
    pages: int = 0
    """Pages wanted for its new posts."""
    pages_left: int = 0
    malformed: str = ""
    error: str = ""
    etag: str | None = None
    """None leaves the stored validator as it is; so for the next two."""
    last_modified: str | None = None
    body_hash: str | None = None
    moved_to: str = ""
    posts_rate: float | None = None


def sync(conn: Connection, feeds: Sequence[FeedSettings], *, now: datetime) -> Synced:
    """Make the table follow `feeds.yaml`; a feed that left it keeps its posts and is not polled."""
    known = {r["url"]: r for r in conn.execute("SELECT * FROM feeds WHERE state <> 'shipped'")}
    added = changed = 0
    for settings in feeds:
        row = known.pop(settings.url, None)
        if row is None:
            _add(conn, settings, now)
            added += 1
        elif _update(conn, settings, row, now):
            changed += 1
    gone = [r for r in known.values() if r["state"] != "removed"]
    for row in gone:
        conn.execute("UPDATE feeds SET state = 'removed' WHERE id = ?", (row["id"],))
        audit.record(conn, "failwatch", "feed.remove", f"feed:{row['id']}", now=now)
    return Synced(added, changed, len(gone))


def _columns(settings: FeedSettings) -> dict[str, object]:
    return {
        "title": settings.title or host(settings.url) or settings.url,
        "language": settings.language,
        "category": settings.category,
        "tags": json.dumps(settings.tags),
        "every_seconds": int(settings.every.total_seconds()) if settings.every else None,
        "full_text": int(settings.full_text),
    }


def _add(conn: Connection, settings: FeedSettings, now: datetime) -> None:
    values = _columns(settings) | {
        "url": settings.url,
        "fetch_url": settings.url,
        "state": "active" if settings.enabled else "disabled",
        "next_poll_at": stamp(now),
        "next_poll_why": "new: not polled yet",
        "created_at": stamp(now),
    }
    names = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    added = conn.execute(f"INSERT INTO feeds ({names}) VALUES ({marks})", list(values.values()))
    audit.record(
        conn,
        "failwatch",
        "feed.add",
        f"feed:{added.lastrowid}",
        now=now,
        after={"url": settings.url},
    )


def _update(conn: Connection, settings: FeedSettings, row: Row, now: datetime) -> bool:
    wanted = _columns(settings)
    if settings.enabled:
        # `gone` is the publisher's word and stays until a person removes the feed and adds it anew.
        wanted["state"] = row["state"] if row["state"] in {"active", "gone"} else "active"
    else:
        wanted["state"] = "disabled"
    before = {name: row[name] for name, value in wanted.items() if row[name] != value}
    if not before:
        return False
    if wanted["state"] == "active" and row["state"] != "active":
        wanted |= {"next_poll_at": stamp(now), "next_poll_why": "switched on: polled at once"}
    sets = ", ".join(f"{name} = ?" for name in wanted)
    conn.execute(f"UPDATE feeds SET {sets} WHERE id = ?", [*wanted.values(), row["id"]])
    audit.record(
        conn,
        "failwatch",
        "feed.change",
        f"feed:{row['id']}",
        now=now,
        before=before,
        after={name: wanted[name] for name in before},
    )
    return True


def claim(
    conn: Connection,
    *,
    now: datetime,
    limit: int,
    lease: timedelta,
    urls: Sequence[str] | None = None,
    ignore_schedule: bool = False,
) -> tuple[PollJob, ...]:
    """Lease feeds and return them as jobs: the due ones, or those named, or all.

    A feed that is named or polled by `ignore_schedule` is taken before its time, but never one
    that is leased: two polls of a feed at once would only ask its publisher twice.
    """
    where = ["state = 'active'", "(lease_until IS NULL OR lease_until < :now)"]
    if urls is None and not ignore_schedule:
        where.append("next_poll_at <= :now")
    if urls is not None:
        where.append("url IN (SELECT value FROM json_each(:urls))")
    rows = conn.execute(
        "UPDATE feeds SET lease_until = :until WHERE id IN ("
        f" SELECT id FROM feeds WHERE {' AND '.join(where)} ORDER BY next_poll_at, id LIMIT :limit"
        ") RETURNING *",
        {
            "now": stamp(now),
            "until": stamp(now + lease),
            "limit": limit,
            "urls": json.dumps(list(urls or ())),
        },
    ).fetchall()
    return tuple(_job(row) for row in sorted(rows, key=lambda r: (r["next_poll_at"], r["id"])))


def _job(row: Row) -> PollJob:
    return PollJob(
        feed_id=row["id"],
        url=row["fetch_url"],
        title=row["title"],
        language=row["language"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        every=timedelta(seconds=row["every_seconds"]) if row["every_seconds"] else None,
        failures=row["failures"],
        is_first=row["last_success_at"] is None,
        full_text=bool(row["full_text"]),
    )


def release_all(conn: Connection) -> int:
    """Drop every lease: for the one worker's start, when whoever held them is dead."""
    return conn.execute(
        "UPDATE feeds SET lease_until = NULL WHERE lease_until IS NOT NULL"
    ).rowcount


def learnt(conn: Connection, feed_id: int) -> tuple[float, datetime | None]:
    """Posts a day as learnt so far, and the last successful poll."""
    row = conn.execute(
        "SELECT posts_rate, last_success_at FROM feeds WHERE id = ?", (feed_id,)
    ).fetchone()
    last = row["last_success_at"]
    return row["posts_rate"], moment(last) if last else None


def record(conn: Connection, feed_id: int, poll: PollRecord, *, now: datetime) -> None:
    """Write the poll's row and its consequences for the feed; ends the lease."""
    conn.execute(
        "INSERT INTO polls"
        " (feed_id, polled_at, outcome, status, bytes, ms, entries, new_posts, pages, pages_left,"
        " malformed, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            feed_id, stamp(now), poll.outcome, poll.status, poll.bytes, poll.ms,
            poll.entries, poll.new_posts, poll.pages, poll.pages_left, poll.malformed, poll.error,
        ),
    )  # fmt: skip
    failed = poll.outcome in {"failed", "gone"}
    conn.execute(
        "UPDATE feeds SET lease_until = NULL, last_polled_at = :now, last_outcome = :outcome,"
        " last_error = :error, next_poll_at = :next, next_poll_why = :why,"
        " failures = CASE WHEN :failed THEN failures + 1 ELSE 0 END,"
        " last_success_at = CASE WHEN :failed THEN last_success_at ELSE :now END,"
        " malformed = CASE WHEN :parsed THEN :malformed ELSE malformed END,"
        " etag = coalesce(:etag, etag), last_modified = coalesce(:last_modified, last_modified),"
        " body_hash = coalesce(:body_hash, body_hash), posts_rate = coalesce(:rate, posts_rate)"
        " WHERE id = :id",
        {
            "id": feed_id,
            "now": stamp(now),
            "outcome": poll.outcome,
            "error": poll.error,
            "next": stamp(poll.next_poll_at),
            "why": poll.next_poll_why,
            "failed": failed,
            "parsed": poll.body_hash is not None,
            "malformed": poll.malformed,
            "etag": poll.etag,
            "last_modified": poll.last_modified,
            "body_hash": poll.body_hash,
            "rate": poll.posts_rate,
        },
    )
    if poll.moved_to:
        _move(conn, feed_id, poll.moved_to, now)
    if poll.outcome == "gone":
        conn.execute(
            "UPDATE feeds SET state = 'gone', next_poll_at = NULL WHERE id = ?", (feed_id,)
        )
        audit.record(conn, "failwatch", "feed.gone", f"feed:{feed_id}", now=now)


def _move(conn: Connection, feed_id: int, moved_to: str, now: datetime) -> None:
    """Follow a permanent redirect: validators belong to the old address and are dropped."""
    row = conn.execute("SELECT fetch_url FROM feeds WHERE id = ?", (feed_id,)).fetchone()
    conn.execute("UPDATE feeds SET fetch_url = ? WHERE id = ?", (moved_to, feed_id))
    audit.record(
        conn,
        "failwatch",
        "feed.move",
        f"feed:{feed_id}",
        now=now,
        before={"fetch_url": row["fetch_url"]},
        after={"fetch_url": moved_to},
    )


def listing(conn: Connection) -> list[dict[str, object]]:
    """Every feed of `feeds.yaml` with its health, worst first."""
    rows = conn.execute(
        "SELECT id, url, fetch_url, title, language, category, state, last_polled_at, last_outcome,"
        " last_error, malformed, failures, next_poll_at, next_poll_why"
        " FROM feeds WHERE state NOT IN ('removed', 'shipped')"
        " ORDER BY failures DESC, category, title"
    )
    return [dict(row) for row in rows]


def prune_polls(conn: Connection, *, before: datetime) -> int:
    """Delete polls older than `before`; the last of each feed stays."""
    return conn.execute(
        "DELETE FROM polls WHERE polled_at < ? AND id NOT IN"
        " (SELECT max(id) FROM polls GROUP BY feed_id)",
        (stamp(before),),
    ).rowcount
