"""Places in the queue: what they are made from, and where they are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.store.db import Connection, Row, stamp

OPEN = "status IN ('new', 'watching', 'relevant')"
"""Word for word as in the index of what is due."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident stands, and why."""

    incident_id: int
    rank: float
    value: float
    parts: Sequence[tuple[str, float, str]]
    is_drawn: bool
    due_at: datetime
    developing: int
    developing_at: str | None


def due(conn: Connection, *, now: datetime, limit: int) -> list[int]:
    """Open incidents whose place is to be reckoned anew, the most urgent first."""
    rows = conn.execute(
        f"SELECT id FROM incidents WHERE {OPEN} AND rank_due_at <= ? ORDER BY rank_due_at LIMIT ?",
        (stamp(now), limit),
    )
    return [row["id"] for row in rows]


def hasten(conn: Connection, *, top: int | None = None) -> None:
    """Make places due at once: those at the top of the queue, or all."""
    chosen = f"SELECT id FROM incidents WHERE {OPEN}"
    if top is not None:
        chosen = f"SELECT id FROM incidents WHERE status = 'new' ORDER BY rank DESC LIMIT {top}"
    conn.execute(f"UPDATE incidents SET rank_due_at = '' WHERE id IN ({chosen})")


def incidents(conn: Connection, numbers: Sequence[int]) -> list[Row]:
    """Incidents with their first post as it is learnt from; those without posts are left out."""
    return conn.execute(
        "SELECT incidents.*, posts.id AS post_id, posts.title AS post_title,"
        " CASE WHEN length(posts.summary) > length(posts.text) THEN posts.summary ELSE posts.text END"
        "  AS post_text, posts.canonical_url, feeds.title AS feed_title,"
        " (SELECT json_group_array(rule) FROM matches JOIN rules ON rules.id = rule_id"
        "  WHERE matches.post_id = posts.id) AS rules"
        " FROM incidents JOIN posts ON posts.id = (SELECT post_id FROM incident_posts"
        "  JOIN posts AS p ON p.id = post_id WHERE incident_id = incidents.id"
        "  ORDER BY is_known, p.published_at, p.id LIMIT 1)"
        " JOIN feeds ON feeds.id = posts.feed_id"
        " WHERE incidents.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    ).fetchall()


_STANDS = (
    "title", "organisation", "status", "score", "posts", "sources", "last_post_at", "merged_into",
)  # fmt: skip
"""What a place is reckoned from, as in the trigger that makes it due."""


def unchanged(conn: Connection, rows: Sequence[Row]) -> set[int]:
    """Those of `rows` that still are as they were read."""
    now = conn.execute(
        f"SELECT id, {', '.join(_STANDS)} FROM incidents WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([row["id"] for row in rows]),),
    )
    stands = {row["id"]: [row[name] for name in _STANDS] for row in now}
    return {row["id"] for row in rows if [row[name] for name in _STANDS] == stands.get(row["id"])}


def sightings(conn: Connection, numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """(address, time) of every post of these incidents."""
    found: dict[int, list[tuple[str, str]]] = {number: [] for number in numbers}
    for row in conn.execute(
        "SELECT incident_id, canonical_url, published_at FROM incident_posts"
        " JOIN posts ON posts.id = post_id"
        " WHERE incident_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    ):
        found[row["incident_id"]].append((row["canonical_url"], row["published_at"]))
    return found


def decided(conn: Connection, *, limit: int) -> list[tuple[int, str, str]]:
    """The newest decided incidents: number, title, status."""
    rows = conn.execute(
        "SELECT id, title, status FROM incidents WHERE decided_at IS NOT NULL"
        " AND status IN ('relevant', 'dismissed') AND casebook_id IS NULL"
        " ORDER BY decided_at DESC LIMIT ?",
        (limit,),
    )
    return [(row["id"], row["title"], row["status"]) for row in rows]


def rank_at(conn: Connection, share: float) -> float:
    """The rank above which this share of the undecided incidents lies."""
    total: int = conn.execute("SELECT count(*) FROM incidents WHERE status = 'new'").fetchone()[0]
    row = conn.execute(
        "SELECT rank FROM incidents WHERE status = 'new' ORDER BY rank DESC LIMIT 1 OFFSET ?",
        (min(int(share * total), max(total - 1, 0)),),
    ).fetchone()
    return float(row["rank"]) if row else 0.0


def put(conn: Connection, places: Iterable[Place], *, now: datetime) -> None:
    """Write places, in the caller's transaction."""
    for place in places:
        conn.execute(
            "UPDATE incidents SET rank = ?, is_drawn = ?, rank_due_at = ?, developing = ?,"
            " developing_at = ? WHERE id = ?",
            (
                place.rank, int(place.is_drawn), stamp(place.due_at), place.developing,
                place.developing_at, place.incident_id,
            ),
        )  # fmt: skip
        conn.execute(
            "INSERT OR REPLACE INTO ranks (incident_id, parts, value, ranked_at) VALUES (?, ?, ?, ?)",
            (
                place.incident_id, json.dumps(place.parts, ensure_ascii=False), place.value,
                stamp(now),
            ),
        )  # fmt: skip


def arithmetic(
    conn: Connection, numbers: Sequence[int]
) -> dict[int, tuple[list[tuple[str, float, str]], float]]:
    """The parts of each place, and their product; of those that have been reckoned."""
    rows = conn.execute(
        "SELECT * FROM ranks WHERE incident_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    )
    return {
        row["incident_id"]: ([tuple(part) for part in json.loads(row["parts"])], row["value"])
        for row in rows
    }
