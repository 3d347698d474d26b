"""What known incidents need of the database: open ones, how frequent words are, stored posts to look at.

Every question is bounded: so many incidents, so many posts, counting that stops at a limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.store.db import Connection, Row, stamp

MOST = 2_000
"""Open incidents that are read, the newest."""

CANDIDATES = 200
"""Stored posts that are looked at for one incident, the newest."""

_OPEN = "status IN ('new', 'watching', 'relevant') AND casebook_id IS NULL AND last_post_at >= ?"


def open_posts(conn: Connection, *, since: datetime, titles: int, lead: int) -> list[Row]:
    """The oldest posts of each open incident with a post since then, and when its story was told.

    Posts that joined because the incident was known do not count: no talk keeps it open by itself.
    """
    return conn.execute(
        f"WITH open AS (SELECT id, organisation FROM incidents WHERE {_OPEN}"
        " ORDER BY last_post_at DESC, id DESC LIMIT ?)"
        " SELECT * FROM (SELECT incident_id, organisation, title,"
        " substr(iif(length(text) < length(summary), summary, text), 1, ?) AS text,"
        " min(published_at) OVER story AS first_post_at, max(published_at) OVER story AS last_post_at,"
        " row_number() OVER (PARTITION BY incident_id ORDER BY published_at, post_id) AS place"
        " FROM open JOIN incident_posts ON incident_id = open.id AND NOT is_known"
        " JOIN posts ON posts.id = post_id WINDOW story AS (PARTITION BY incident_id))"
        " WHERE place <= ? AND last_post_at >= ? ORDER BY incident_id, place",
        (stamp(since), MOST, lead, titles, stamp(since)),
    ).fetchall()


def in_incidents(conn: Connection, post_ids: Iterable[int]) -> set[int]:
    """Those of these posts that belong to an incident, whatever its status."""
    rows = conn.execute(
        "SELECT DISTINCT post_id FROM incident_posts"
        " WHERE post_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(post_ids)),),
    )
    return {row["post_id"] for row in rows}


def stored_posts(conn: Connection) -> int:
    """About how many posts are stored: none is ever deleted."""
    count: int = conn.execute("SELECT coalesce(max(id), 0) AS posts FROM posts").fetchone()["posts"]
    return count


def count(conn: Connection, phrases: Sequence[str], *, limit: int) -> int:
    """How many stored posts hold one of these words or phrases; counts no further than the limit."""
    row = conn.execute(
        "SELECT count(*) AS posts FROM (SELECT 1 FROM posts_fts WHERE posts_fts MATCH ? LIMIT ?)",
        (f"{{title summary text}} : ({_any(phrases)})", limit),
    ).fetchone()
    found: int = row["posts"]
    return found


def _any(phrases: Iterable[str]) -> str:
    return " OR ".join('"' + phrase.replace('"', " ") + '"' for phrase in phrases)


def due(conn: Connection, *, since: datetime, limit: int) -> list[int]:
    """Open incidents that are new, were decided on, or renamed since stored posts were searched."""
    rows = conn.execute(
        f"SELECT id FROM incidents WHERE {_OPEN}"
        " AND (looked_back_at IS NULL OR looked_back_at <= decided_at) ORDER BY id DESC LIMIT ?",
        (stamp(since), limit),
    )
    return [row["id"] for row in rows]


def looked_back(conn: Connection, incident_id: int, *, now: datetime) -> None:
    """Note that stored posts were searched for this incident."""
    conn.execute("UPDATE incidents SET looked_back_at = ? WHERE id = ?", (stamp(now), incident_id))


def earlier(
    conn: Connection,
    *,
    any_of: Sequence[str],
    and_any_of: Sequence[str],
    since: datetime,
    until: datetime,
) -> list[int]:
    """Unflagged posts of a span that hold one of each, and belong to no incident; newest first."""
    first = conn.execute(
        "SELECT min(id) AS first FROM posts WHERE published_at BETWEEN ? AND ?",
        (stamp(since), stamp(until)),
    ).fetchone()["first"]
    if first is None:
        return []
    query = f"({_any(any_of)})" + (f" AND ({_any(and_any_of)})" if and_any_of else "")
    rows = conn.execute(
        "WITH found AS (SELECT rowid AS id FROM posts_fts WHERE posts_fts MATCH ? AND rowid >= ?"
        " ORDER BY rowid DESC LIMIT ?)"
        " SELECT posts.id FROM found JOIN posts USING (id) JOIN feeds ON feeds.id = feed_id"
        " WHERE published_at BETWEEN ? AND ? AND NOT flagged AND state <> 'shipped'"
        " AND NOT EXISTS (SELECT 1 FROM incident_posts WHERE post_id = posts.id)"
        " ORDER BY posts.id DESC LIMIT ?",
        (
            f"{{title summary text}} : ({query})", first, 5 * CANDIDATES,
            stamp(since), stamp(until), CANDIDATES,
        ),
    )  # fmt: skip
    return [row["id"] for row in rows]


def joined(conn: Connection, incident_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """For each incident that drew posts: how many, and why the last of them."""
    rows = conn.execute(
        "SELECT incident_id, count(*) AS posts, max(linked_at), why FROM incident_posts"
        " WHERE is_known AND incident_id IN (SELECT value FROM json_each(?)) GROUP BY incident_id",
        (json.dumps(list(incident_ids)),),
    )
    return {row["incident_id"]: (row["posts"], row["why"]) for row in rows}


def incidents_of(conn: Connection, post_id: int) -> list[Row]:
    """The incidents that a post belongs to, with who linked it and why, oldest first."""
    return conn.execute(
        "SELECT incident_id, incidents.title, status, linked_by, why, is_known FROM incident_posts"
        " JOIN incidents ON incidents.id = incident_id WHERE post_id = ? ORDER BY incident_id",
        (post_id,),
    ).fetchall()
