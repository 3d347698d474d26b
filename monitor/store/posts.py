"""Posts: stored once each, flagged or not, with their earlier texts and their matches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Judged, Match, Post
from monitor.store.db import Connection, Row, stamp
from monitor.text import digest, title_key

VERSIONS_KEPT = 20
"""A page that changes at every poll must not fill the disk."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A post that is new, or whose text its publisher changed."""

    id: int
    judged: Judged
    is_new: bool
    was_flagged: bool
    published_at: datetime


def content_hash(post: Post) -> str:
    """What says that a publisher changed a post."""
    return digest(post.title, post.text)


def save(
    conn: Connection,
    feed_id: int,
    judged: Sequence[Judged],
    *,
    rule_ids: Mapping[str, int],
    now: datetime,
) -> tuple[Saved, ...]:
    """Store what is new and what changed; posts seen before as they are leave no trace.

    Idempotent: the same batch again saves nothing.
    """
    guids = json.dumps([j.post.guid for j in judged])
    known = {
        r["guid"]: r
        for r in conn.execute(
            "SELECT id, guid, content_hash, title, text, text_from, flagged, published_at FROM posts"
            " WHERE feed_id = ? AND guid IN (SELECT value FROM json_each(?))",
            (feed_id, guids),
        )
    }
    saved: dict[str, Saved] = {}
    for item in judged:
        guid = item.post.guid
        if guid in saved:
            continue
        row = known.get(guid)
        if row is None:
            saved[guid] = _insert(conn, feed_id, item, now=now)
        elif row["content_hash"] == content_hash(item.post):
            continue
        elif row["text_from"] == "page" and len(item.post.text) < len(row["text"]):
            _hold(conn, row, item.post, now=now)
            continue
        else:
            saved[guid] = _replace(conn, row, item, now=now)
        save_matches(conn, saved[guid].id, item.verdict.matches, rule_ids)
    return tuple(saved.values())


def _published(post: Post, now: datetime) -> datetime:
    """The feed's date; a missing date, or one from the future, becomes the time it was seen."""
    return min(post.published_at, now) if post.published_at else now


def _insert(conn: Connection, feed_id: int, item: Judged, *, now: datetime) -> Saved:
    post, verdict = item.post, item.verdict
    published_at = _published(post, now)
    added = conn.execute(
        "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, author, summary,"
        " text, language, published_at, seen_at, content_hash, score, flagged)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            feed_id, post.guid, post.url, post.canonical_url, post.title, title_key(post.title),
            post.author, post.summary, post.text, post.language, stamp(published_at), stamp(now),
            content_hash(post), verdict.score, int(verdict.flagged),
        ),
    )  # fmt: skip
    return Saved(
        id=int(added.lastrowid or 0),
        judged=item,
        is_new=True,
        was_flagged=False,
        published_at=published_at,
    )


def _hold(conn: Connection, row: Row, post: Post, *, now: datetime) -> None:
    """Take over a changed teaser beside the page's text, which stays.

    With another title the page is wanted once more, and the post judged anew when that is settled.
    """
    conn.execute(
        "UPDATE posts SET summary = ?, content_hash = ? WHERE id = ?",
        (post.summary, content_hash(post), row["id"]),
    )
    if post.title == row["title"]:
        return
    _keep_version(conn, row, now=now)
    conn.execute(
        "UPDATE posts SET title = ?, title_key = ? WHERE id = ?",
        (post.title, title_key(post.title), row["id"]),
    )
    conn.execute(
        "UPDATE pages SET state = 'wanted', tries = 0, next_try_at = ? WHERE post_id = ?",
        (stamp(now), row["id"]),
    )


def _keep_version(conn: Connection, row: Row, *, now: datetime) -> None:
    conn.execute(
        "INSERT INTO post_versions (post_id, replaced_at, title, text, content_hash)"
        " VALUES (?, ?, ?, ?, ?)",
        (row["id"], stamp(now), row["title"], row["text"], row["content_hash"]),
    )
    conn.execute(
        "DELETE FROM post_versions WHERE post_id = ? AND id NOT IN"
        " (SELECT id FROM post_versions WHERE post_id = ? ORDER BY id DESC LIMIT ?)",
        (row["id"], row["id"], VERSIONS_KEPT),
    )


def _replace(conn: Connection, row: Row, item: Judged, *, now: datetime) -> Saved:
    post, verdict = item.post, item.verdict
    _keep_version(conn, row, now=now)
    conn.execute(
        "UPDATE posts SET title = ?, title_key = ?, summary = ?, text = ?, text_from = 'feed',"
        " content_hash = ?, score = ?, flagged = ? WHERE id = ?",
        (
            post.title, title_key(post.title), post.summary, post.text, content_hash(post),
            verdict.score, int(verdict.flagged), row["id"],
        ),
    )  # fmt: skip
    conn.execute("DELETE FROM matches WHERE post_id = ?", (row["id"],))
    return Saved(
        id=row["id"],
        judged=item,
        is_new=False,
        was_flagged=bool(row["flagged"]),
        published_at=_published(post, now),
    )


def retell(
    conn: Connection, post_id: int, judged: Judged, *, rule_ids: Mapping[str, int], now: datetime
) -> Saved:
    """Give a post the text of its page, and what the rules say of it now.

    Its publisher changed nothing: no version is kept, and the hash stays that of the feed's text.
    """
    before = conn.execute(
        "SELECT flagged, published_at FROM posts WHERE id = ?", (post_id,)
    ).fetchone()
    conn.execute(
        "UPDATE posts SET text = ?, text_from = 'page', score = ?, flagged = ? WHERE id = ?",
        (judged.post.text, judged.verdict.score, int(judged.verdict.flagged), post_id),
    )
    conn.execute("DELETE FROM matches WHERE post_id = ?", (post_id,))
    save_matches(conn, post_id, judged.verdict.matches, rule_ids)
    return Saved(
        id=post_id,
        judged=judged,
        is_new=False,
        was_flagged=bool(before["flagged"]),
        published_at=min(datetime.fromisoformat(before["published_at"]), now),
    )


def save_matches(
    conn: Connection, post_id: int, matches: Sequence[Match], rule_ids: Mapping[str, int]
) -> None:
    """Write what the rules in force say of a post; nothing may be there yet."""
    conn.executemany(
        "INSERT INTO matches (post_id, rule_id, weight, spans) VALUES (?, ?, ?, ?)",
        [
            (
                post_id,
                rule_ids[m.version],
                m.weight,
                json.dumps([[s.field, s.start, s.end] for s in m.spans]),
            )
            for m in matches
        ],
    )


def by_id(conn: Connection, post_id: int) -> tuple[Post, str] | None:
    """A stored post as a value, and its feed's title; None if there is no such number."""
    row = conn.execute(
        "SELECT posts.*, feeds.title AS feed_title FROM posts JOIN feeds ON feeds.id = feed_id"
        " WHERE posts.id = ?",
        (post_id,),
    ).fetchone()
    return (as_post(row), row["feed_title"]) if row else None


def number_of(conn: Connection, canonical_url: str) -> int:
    """The number of the first post seen at an address; 0 if there is none."""
    row = conn.execute(
        "SELECT coalesce(min(id), 0) AS number FROM posts WHERE canonical_url = ?",
        (canonical_url,),
    ).fetchone()
    number: int = row["number"]
    return number


def as_post(row: Row) -> Post:
    """A row of `posts` as a value."""
    return Post(
        guid=row["guid"],
        url=row["url"],
        canonical_url=row["canonical_url"],
        title=row["title"],
        author=row["author"],
        summary=row["summary"],
        text=row["text"],
        language=row["language"],
        published_at=datetime.fromisoformat(row["published_at"]),
    )
