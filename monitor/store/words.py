"""The words of stored posts, by the search index: read-only."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.store.db import Connection


def posts_with(conn: Connection, phrases: Sequence[str], since: str) -> int:
    """How many posts published since a time hold one of these words or phrases."""
    quoted = " OR ".join('"' + phrase.replace('"', " ") + '"' for phrase in phrases)
    row = conn.execute(
        "SELECT count(*) AS posts FROM posts WHERE published_at >= ? AND id IN"
        " (SELECT rowid FROM posts_fts WHERE posts_fts MATCH ?)",
        (since, f"{{title summary text}} : ({quoted})"),
    ).fetchone()
    count: int = row["posts"]
    return count


def beginning(conn: Connection, stem: str, limit: int) -> list[tuple[str, int]]:
    """The words of all stored posts that begin so, and how many posts hold each; most first."""
    conn.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.posts_words USING fts5vocab('main', 'posts_fts', 'row')"
    )
    rows = conn.execute(
        "SELECT term, doc FROM temp.posts_words WHERE term >= ? AND term < ? ORDER BY doc DESC, term"
        " LIMIT ?",
        (stem, stem + "\U0010ffff", limit),
    )
    return [(row["term"], row["doc"]) for row in rows]
