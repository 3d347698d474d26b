"""Everything that was seen, flagged or not: found by words and filters, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.store import rulebook
from monitor.store.db import Connection, Row
from monitor.store.wording import fts
from monitor.text import order

PAGE = 30
MOST_HITS = 10_000
"""Posts with the words that are put in order of publication: those seen last."""

Place = tuple[str, int]
"""Where a page ended: when its last post was published, and its number."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the posts are narrowed to; empty means all."""

    words: str = ""
    """Words, `"phrases"`, beginnings`*`, and -words that must not be there."""
    feed: int = 0
    language: str = ""
    """Two letters, or `unknown`."""
    flagged: str = ""
    """`yes` or `no`."""
    since: str = ""
    until: str = ""
    """Days of publication, both included."""
    incident: str = ""
    """`yes`, `no`, or a number."""
    after: Place | None = None


_FACTS = "posts.id, posts.published_at, posts.feed_id, posts.flagged, posts.language"


def _where(filters: Filters) -> tuple[str, dict[str, object]]:
    parts = ["1"]
    named: dict[str, object] = {}
    if filters.feed:
        parts.append("posts.feed_id = :feed")
        named["feed"] = filters.feed
    if filters.language:
        parts.append("posts.language = :language")
        named["language"] = "" if filters.language == "unknown" else filters.language
    if filters.flagged:
        parts.append("posts.flagged = :flagged")
        named["flagged"] = int(filters.flagged == "yes")
    if filters.since:
        parts.append("posts.published_at >= :since")
        named["since"] = filters.since
    if filters.until:
        # `~` sorts after every letter and digit of a time on that day.
        parts.append("posts.published_at <= :until")
        named["until"] = f"{filters.until}~"
    if filters.incident in {"yes", "no"}:
        known = "EXISTS (SELECT 1 FROM incident_posts WHERE post_id = posts.id)"
        parts.append(known if filters.incident == "yes" else f"NOT {known}")
    elif filters.incident:
        parts.append("posts.id IN (SELECT post_id FROM incident_posts WHERE incident_id = :told)")
        named["told"] = int(filters.incident)
    if filters.after:
        parts.append("(posts.published_at, posts.id) < (:at, :id)")
        named |= dict(zip(("at", "id"), filters.after, strict=True))
    return " AND ".join(parts), named


def places(conn: Connection, filters: Filters, limit: int = PAGE + 1) -> list[Place]:
    """Time and number of the posts of a page, newest first. Raises `Refused` for no words."""
    where, named = _where(filters)
    source = "posts"
    if filters.words.strip():
        named["match"] = fts(filters.words)
        # Both sides read indexes alone; the texts of the page's posts are read afterwards.
        source = (
            "(SELECT rowid AS hit FROM posts_fts WHERE posts_fts MATCH :match"
            f" ORDER BY rowid DESC LIMIT {MOST_HITS}) CROSS JOIN posts INDEXED BY posts_facts ON posts.id = hit"
        )
    rows = conn.execute(
        f"SELECT posts.id, posts.published_at FROM {source} WHERE {where}"
        " ORDER BY posts.published_at DESC, posts.id DESC LIMIT :limit",
        named | {"limit": limit},
    )
    return [(row["published_at"], row["id"]) for row in rows]


def page(conn: Connection, filters: Filters, limit: int = PAGE + 1) -> list[Row]:
    """The posts themselves, with their feeds' titles; one more than `PAGE` if there is a next page."""
    return rulebook.posts(conn, [number for _, number in places(conn, filters, limit)])


def matching(conn: Connection, filters: Filters, below: int | None, limit: int) -> list[Row]:
    """Posts that have the words, last seen first, below a number: every one, for a file."""
    where, named = _where(replace(filters, after=None))
    rows = conn.execute(
        "SELECT posts_fts.rowid AS hit FROM posts_fts CROSS JOIN posts INDEXED BY posts_facts ON posts.id = posts_fts.rowid"
        f" WHERE posts_fts MATCH :match AND posts_fts.rowid < :below AND {where}"
        " ORDER BY posts_fts.rowid DESC LIMIT :limit",
        named | {"match": fts(filters.words), "below": below or 2**62, "limit": limit},
    )
    return rulebook.posts(conn, [row["hit"] for row in rows])


def count(conn: Connection, text: str) -> int:
    """How many posts have the words; `MOST_HITS` stands for as many or more."""
    row = conn.execute(
        "SELECT count(*) AS posts FROM (SELECT 1 FROM posts_fts WHERE posts_fts MATCH ? LIMIT ?)",
        (fts(text), MOST_HITS),
    ).fetchone()
    total: int = row["posts"]
    return total


def all_of(conn: Connection, filters: Filters, batch: int) -> Iterator[list[Row]]:
    """Every post that fits, in batches; a reader may stop between two of them."""
    while rows := page(conn, filters, batch):
        yield rows
        filters = replace(filters, after=(rows[-1]["published_at"], rows[-1]["id"]))


def feeds(conn: Connection) -> list[Row]:
    """The feeds to choose from: number and title."""
    rows = conn.execute("SELECT id, title FROM feeds").fetchall()
    return sorted(rows, key=lambda row: order(row["title"]))


def languages(conn: Connection) -> list[str]:
    """The languages to choose from, without looking through all posts."""
    rows = conn.execute(
        "WITH RECURSIVE next(code) AS (SELECT min(language) FROM posts UNION ALL"
        " SELECT (SELECT min(language) FROM posts WHERE language > code) FROM next WHERE code IS NOT NULL)"
        " SELECT code FROM next WHERE code IS NOT NULL"
    )
    return [row["code"] for row in rows]


def open_incidents(conn: Connection, limit: int = 40) -> list[Row]:
    """The incidents that a post may be added to: those told of last and not dismissed."""
    return conn.execute(
        "SELECT id, title, organisation FROM incidents INDEXED BY incidents_last"
        " WHERE status IN ('new', 'watching', 'relevant') AND merged_into IS NULL AND casebook_id IS NULL"
        " ORDER BY last_post_at DESC, id DESC LIMIT ?",
        (limit,),
    ).fetchall()
