"""Pages of posts: which are wanted, which are being read, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.addresses import host
from monitor.model import Post
from monitor.store.db import Connection, stamp
from monitor.store.posts import as_post

A_FEED = 10
"""Pages that one feed may have waiting; of more, the oldest posts' are left."""

A_HOST = 3
"""Pages of one host that may be under way; they are asked for one after the other."""

TRIES = 3
LOOKED_THROUGH = 500
"""Waiting pages that a claim looks at, so that one host's crowd neither blocks nor costs much."""


@dataclass(frozen=True, slots=True)
class PageJob:
    """One claimed page: all that reading it needs, so that it can run anywhere."""

    post_id: int
    feed_id: int
    feed_title: str
    post: Post
    content_hash: str
    """Of the post when it was claimed."""
    is_held: bool
    """The post's text is its page's already; its title has changed since."""
    is_backlog: bool
    tries: int
    """This one included."""


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What a try leaves behind."""

    state: str
    """`read`, `nothing`, `refused`, `failed`, `left`, or `wanted` for another try."""
    outcome: str
    status: int | None = None
    next_try_at: datetime | None = None


def want(
    conn: Connection,
    feed_id: int,
    wanted: Iterable[tuple[int, str]],
    *,
    is_backlog: bool,
    now: datetime,
) -> tuple[int, int]:
    """Want pages of a feed's new posts, as (post, `listed` or `matched`); returns (wanted, left)."""
    added = 0
    for post_id, why in wanted:
        row = conn.execute("SELECT url FROM posts WHERE id = ?", (post_id,)).fetchone()
        if not row["url"]:
            continue
        added += conn.execute(
            "INSERT OR IGNORE INTO pages"
            " (post_id, host, state, why, is_backlog, wanted_at, next_try_at)"
            " VALUES (?, ?, 'wanted', ?, ?, ?, ?)",
            (post_id, host(row["url"]), why, int(is_backlog), stamp(now), stamp(now)),
        ).rowcount
    if not added:
        return 0, 0
    left = conn.execute(
        "UPDATE pages SET state = 'left', outcome = ? WHERE post_id IN ("
        " SELECT post_id FROM pages JOIN posts ON posts.id = post_id"
        " WHERE feed_id = ? AND state = 'wanted' AND tries = 0"
        " ORDER BY published_at DESC, posts.id DESC LIMIT -1 OFFSET ?)",
        (f"Left: {A_FEED} newer posts of this feed had their pages read.", feed_id, A_FEED),
    ).rowcount
    return max(0, added - left), left


def claim(conn: Connection, *, now: datetime, limit: int, lease: timedelta) -> tuple[PageJob, ...]:
    """Lease pages that wait, newest posts first, a few a host; ends those tried often enough."""
    conn.execute(
        "UPDATE pages SET state = 'failed', lease_until = NULL,"
        " outcome = 'Reading it was broken off each time.'"
        " WHERE state = 'wanted' AND tries >= ? AND (lease_until IS NULL OR lease_until < ?)",
        (TRIES, stamp(now)),
    )
    under_way = Counter(
        row["host"]
        for row in conn.execute("SELECT host FROM pages WHERE lease_until >= ?", (stamp(now),))
    )
    waiting = conn.execute(
        "SELECT post_id, host FROM pages JOIN posts ON posts.id = post_id"
        " WHERE state = 'wanted' AND next_try_at <= ?"
        " AND (lease_until IS NULL OR lease_until < ?)"
        " ORDER BY published_at DESC LIMIT ?",
        (stamp(now), stamp(now), LOOKED_THROUGH),
    ).fetchall()
    taken: list[int] = []
    for row in waiting:
        if len(taken) < limit and under_way[row["host"]] < A_HOST:
            under_way[row["host"]] += 1
            taken.append(row["post_id"])
    return tuple(_take(conn, post_id, stamp(now + lease)) for post_id in taken)


def _take(conn: Connection, post_id: int, until: str) -> PageJob:
    conn.execute(
        "UPDATE pages SET lease_until = ?, tries = tries + 1 WHERE post_id = ?", (until, post_id)
    )
    row = conn.execute(
        "SELECT posts.*, tries, is_backlog, feeds.title AS feed_title FROM pages"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id WHERE post_id = ?",
        (post_id,),
    ).fetchone()
    return PageJob(
        post_id=post_id,
        feed_id=row["feed_id"],
        feed_title=row["feed_title"],
        post=as_post(row),
        content_hash=row["content_hash"],
        is_held=row["text_from"] == "page",
        is_backlog=bool(row["is_backlog"]),
        tries=row["tries"],
    )


def is_as_claimed(conn: Connection, job: PageJob) -> bool:
    """Whether the post is still what it was when its page was claimed."""
    row = conn.execute(
        "SELECT content_hash, text_from FROM posts WHERE id = ?", (job.post_id,)
    ).fetchone()
    is_held = row["text_from"] == "page"
    return bool(row["content_hash"] == job.content_hash and is_held == job.is_held)


def record(conn: Connection, job: PageJob, found: PageRecord, *, now: datetime) -> None:
    """Write what came of a try; ends the lease."""
    conn.execute(
        "UPDATE pages SET lease_until = NULL, tried_at = ?, state = ?, outcome = ?, status = ?,"
        " next_try_at = coalesce(?, next_try_at) WHERE post_id = ?",
        (
            stamp(now), found.state, found.outcome, found.status,
            stamp(found.next_try_at) if found.next_try_at else None, job.post_id,
        ),
    )  # fmt: skip


def again(conn: Connection, job: PageJob) -> None:
    """End the lease without an outcome: the post changed meanwhile, so the try counts for nothing."""
    conn.execute(
        "UPDATE pages SET lease_until = NULL, tries = max(tries - 1, 0) WHERE post_id = ?",
        (job.post_id,),
    )


def release_all(conn: Connection) -> int:
    """Drop every lease: for the one worker's start, when whoever held them is dead."""
    return conn.execute(
        "UPDATE pages SET lease_until = NULL WHERE lease_until IS NOT NULL"
    ).rowcount
