"""Past incidents that resemble one: what the full-text index says, and the lessons they left."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.store.db import Connection, Row

MOST = 30
"""Candidates that are looked at closely."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a past incident taught."""

    title: str
    text: str


def counts(conn: Connection, words: list[str]) -> dict[str, int]:
    """In how many incidents each word stands."""
    found = {}
    for word in words:
        row = conn.execute("SELECT doc FROM incidents_fts_words WHERE term = ?", (word,)).fetchone()
        if row:
            found[word] = int(row["doc"])
    return found


def total(conn: Connection) -> int:
    """About how many incidents there are: none is ever deleted."""
    number: int = conn.execute("SELECT coalesce(max(id), 0) FROM incidents").fetchone()[0]
    return number


def said_of(conn: Connection, incident_ids: list[int]) -> dict[int, str]:
    """Titles, beginnings and lessons of incidents, as one text each."""
    rows = conn.execute(
        "SELECT id, title || ' ' || summary || ' ' || lessons AS text FROM incident_words"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(incident_ids),),
    )
    return {row["id"]: row["text"] for row in rows}


def candidates(conn: Connection, incident_id: int, asked: tuple[str, ...]) -> list[Row]:
    """Past incidents that hold any of the words, best first by BM25; a title weighs double.

    Past: decided to be watched or relevant, or shipped. Rows of id, title, organisation, rank.
    """
    if not asked:
        return []
    query = " OR ".join('"' + word.replace('"', "") + '"' for word in asked)
    return conn.execute(
        "SELECT incidents.id, incidents.title, organisation,"
        " -bm25(incidents_fts, 2.0, 1.0, 1.0) AS fit FROM incidents_fts"
        " JOIN incidents ON incidents.id = incidents_fts.rowid"
        " WHERE incidents_fts MATCH ? AND incidents.id <> ? AND merged_into IS NULL"
        " AND (status IN ('watching', 'relevant') OR casebook_id IS NOT NULL)"
        " ORDER BY fit DESC, incidents.id LIMIT ?",
        (query, incident_id, MOST),
    ).fetchall()


def around(conn: Connection, incident_id: int, asked: tuple[str, ...]) -> list[Row]:
    """Open incidents that may be the same story, best first: whatever was decided on them."""
    if not asked:
        return []
    query = " OR ".join('"' + word.replace('"', "") + '"' for word in asked)
    return conn.execute(
        "SELECT incidents.id, incidents.title, status, last_post_at FROM incidents_fts"
        " JOIN incidents ON incidents.id = incidents_fts.rowid"
        " WHERE incidents_fts MATCH ? AND incidents.id <> ? AND merged_into IS NULL"
        " AND casebook_id IS NULL ORDER BY bm25(incidents_fts, 2.0, 1.0, 0.0), incidents.id DESC LIMIT 12",
        (query, incident_id),
    ).fetchall()


def lessons(conn: Connection, incident_ids: list[int]) -> dict[int, Lesson]:
    """The lesson of each neighbour that has one: its title, and the most useful of its answers."""
    rows = conn.execute(
        "SELECT incident_id, lessons.title, avoid, recover, change, why FROM lesson_incidents"
        " JOIN lessons ON lessons.id = lesson_id WHERE incident_id IN (SELECT value FROM json_each(?))"
        " AND seen_by = 'viewer' ORDER BY lessons.id DESC",
        (json.dumps(incident_ids),),
    )
    return {
        row["incident_id"]: Lesson(
            row["title"], row["change"] or row["avoid"] or row["recover"] or row["why"]
        )
        for row in rows
    }
