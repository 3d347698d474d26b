"""What grouping needs of the database: copies, incidents by what they are known by, suggestions.

Terms and names of incidents are reckoned from their posts. Any change of a link, by whomever, marks the
incident as stale (triggers), and it is read anew before the next post is grouped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.store import changes, standing
from monitor.store.db import Connection, Row, stamp
from monitor.store.images import Reach

MOST_STALE = 200
"""Incidents that are read anew before one batch, the latest; the others wait for the next."""

_COUNTS = "(flagged OR linked_by <> 'failwatch')"
"""Links of posts that tell of an incident by themselves; what was merely drawn does not shape it."""


def stale(conn: Connection) -> list[int]:
    """Incidents whose posts changed since they were read."""
    rows = conn.execute(
        "SELECT incident_id FROM incident_stale ORDER BY incident_id DESC LIMIT ?", (MOST_STALE,)
    )
    return [row["incident_id"] for row in rows]


def posts_of(conn: Connection, incident_id: int, *, limit: int, lead: int) -> list[Row]:
    """Title and text of the posts that shape an incident, oldest first."""
    return conn.execute(
        "SELECT title, substr(iif(length(text) < length(summary), summary, text), 1, ?) AS text"
        " FROM incident_posts JOIN posts ON posts.id = post_id"
        f" WHERE incident_id = ? AND {_COUNTS} ORDER BY published_at, post_id LIMIT ?",
        (lead, incident_id, limit),
    ).fetchall()


def shape(
    conn: Connection,
    incident_id: int,
    terms: Mapping[str, float],
    keys: Iterable[str],
    *,
    extent: float,
) -> None:
    """Keep what an incident is known by; without terms and keys it is found by nothing."""
    conn.execute("DELETE FROM incident_traits WHERE incident_id = ?", (incident_id,))
    names = sorted(keys)
    if terms or names:
        weights = {term: round(weight, 4) for term, weight in terms.items()}
        conn.execute(
            "INSERT INTO incident_traits (incident_id, terms, keys, extent) VALUES (?, ?, ?, ?)",
            (incident_id, json.dumps(weights, ensure_ascii=False), json.dumps(names, ensure_ascii=False), extent),
        )  # fmt: skip
    conn.execute("DELETE FROM incident_stale WHERE incident_id = ?", (incident_id,))


def rarest(conn: Connection, keys: Iterable[str], *, limit: int) -> list[tuple[str, int]]:
    """Those of some names that fewest incidents share, with how many do (of many, about so many)."""
    rows = conn.execute(
        "SELECT value AS name, (SELECT count(*) FROM (SELECT 1 FROM incident_keys WHERE key = value"
        " LIMIT 2000)) AS held FROM json_each(?) WHERE held > 0 ORDER BY held, name LIMIT ?",
        (json.dumps(sorted(keys)), limit),
    )
    return [(row["name"], row["held"]) for row in rows]


def sharing(
    conn: Connection,
    keys: Iterable[tuple[str, int]],
    *,
    post_id: int,
    dismissed_since: datetime,
    limit: int,
) -> list[Row]:
    """Incidents that share a name with a post, those that share rare ones first, the latest of equals.

    Not: shipped cases, merged numbers, incidents that a person keeps the post apart from, and
    dismissed ones that nobody has told of since: a copy of a dismissed story is no news, a
    follow-up weeks later is.
    """
    return conn.execute(
        "WITH near AS (SELECT incident_id, sum(1.0 / (value ->> 1)) AS shared FROM json_each(?)"
        "  JOIN incident_keys ON incident_keys.key = value ->> 0 GROUP BY incident_id),"
        " open AS (SELECT incidents.id, shared, first_post_at, last_post_at FROM near"
        "  JOIN incidents ON incidents.id = incident_id WHERE casebook_id IS NULL AND merged_into IS NULL"
        "  AND (status <> 'dismissed' OR last_post_at >= ?)"
        "  AND coalesce((SELECT kind FROM overrules WHERE post_id = ? AND overrules.incident_id = incidents.id"
        "   ORDER BY overrules.id DESC LIMIT 1), '') <> 'apart'"
        "  ORDER BY shared DESC, last_post_at DESC, id LIMIT ?)"
        " SELECT id, first_post_at, last_post_at, terms, keys, extent FROM open"
        " JOIN incident_traits ON incident_id = id ORDER BY id",
        (json.dumps(list(keys)), stamp(dismissed_since), post_id, limit),
    ).fetchall()


def counts(conn: Connection, terms: Iterable[str]) -> dict[str, int]:
    """In how many incidents each of these terms stands."""
    rows = conn.execute(
        "SELECT term, incidents FROM incident_terms WHERE term IN (SELECT value FROM json_each(?))",
        (json.dumps(list(terms)),),
    )
    return {row["term"]: row["incidents"] for row in rows}


def incidents(conn: Connection) -> int:
    """About how many incidents there are: numbers are never given twice."""
    found: int = conn.execute("SELECT coalesce(max(id), 0) AS n FROM incidents").fetchone()["n"]
    return found


def keep_sketch(conn: Connection, post_id: int, hashes: Iterable[int]) -> None:
    """Store a post's sketch in the place of a former one."""
    conn.execute("DELETE FROM sketches WHERE post_id = ?", (post_id,))
    conn.executemany(
        "INSERT INTO sketches (hash, post_id) VALUES (?, ?)", [(h, post_id) for h in sorted(hashes)]
    )


def near(
    conn: Connection,
    post_id: int,
    hashes: Iterable[int],
    *,
    title_key: str,
    canonical_url: str,
    shared: int,
    limit: int,
) -> list[Row]:
    """Flagged posts that may be copies of one: they share runs of words, the title or the address."""
    return conn.execute(
        "WITH alike AS ("
        " SELECT * FROM (SELECT post_id AS id FROM sketches WHERE hash IN (SELECT value FROM json_each(?1))"
        "  GROUP BY post_id HAVING count(*) >= ?2 ORDER BY count(*) DESC, post_id LIMIT ?3)"
        " UNION SELECT * FROM (SELECT id FROM posts WHERE flagged AND title_key <> '' AND title_key = ?4"
        "  ORDER BY published_at DESC LIMIT ?3)"
        " UNION SELECT * FROM (SELECT id FROM posts WHERE flagged AND canonical_url <> '' AND canonical_url = ?5"
        "  ORDER BY published_at DESC LIMIT ?3))"
        " SELECT posts.id, canonical_url, title, published_at, copy_of,"
        " iif(length(text) < length(summary), summary, text) AS text"
        " FROM alike JOIN posts USING (id) WHERE id <> ?6 ORDER BY id",
        (json.dumps(list(hashes)), shared, limit, title_key, canonical_url, post_id),
    ).fetchall()


def siblings(conn: Connection, post_ids: Sequence[int]) -> list[Row]:
    """Everything folded with these posts: rows of id, published_at, canonical_url, copy_of."""
    return conn.execute(
        "WITH first AS (SELECT DISTINCT coalesce(copy_of, id) AS id FROM posts"
        " WHERE id IN (SELECT value FROM json_each(?)))"
        " SELECT posts.id, published_at, canonical_url, title_key, copy_of FROM posts"
        " WHERE id IN (SELECT id FROM first) OR copy_of IN (SELECT id FROM first)",
        (json.dumps(list(post_ids)),),
    ).fetchall()


def fold(conn: Connection, first: int, copies: Iterable[int]) -> None:
    """Fold copies under the first of them."""
    conn.execute(
        "UPDATE posts SET copy_of = iif(id = ?1, NULL, ?1) WHERE id = ?1"
        " OR id IN (SELECT value FROM json_each(?2))",
        (first, json.dumps(sorted(copies))),
    )


def incidents_of(conn: Connection, post_ids: Sequence[int], *, for_post: int) -> list[int]:
    """The incidents that any of these posts belongs to, oldest first.

    Not those that a person keeps `for_post` apart from. Posts that were drawn lead nowhere.
    """
    rows = conn.execute(
        "SELECT DISTINCT incident_id FROM incident_posts AS link JOIN incidents ON id = incident_id"
        " WHERE link.post_id IN (SELECT value FROM json_each(?)) AND casebook_id IS NULL"
        " AND coalesce((SELECT kind FROM overrules WHERE post_id = ?"
        "  AND overrules.incident_id = link.incident_id ORDER BY overrules.id DESC LIMIT 1), '') <> 'apart'"
        " ORDER BY incident_id",
        (json.dumps(list(post_ids)), for_post),
    )
    return [row["incident_id"] for row in rows]


def is_only_copies(conn: Connection, incident_id: int, post_id: int) -> bool:
    """Whether an incident, untouched by people, tells of nothing but copies of a post."""
    row = conn.execute(
        "SELECT 1 FROM incidents WHERE id = ?1 AND status = 'new' AND version = 1 AND NOT EXISTS"
        " (SELECT 1 FROM incident_posts JOIN posts ON posts.id = post_id WHERE incident_id = ?1"
        "  AND (linked_by <> 'failwatch' OR coalesce(copy_of, posts.id) <>"
        "   (SELECT coalesce(copy_of, id) FROM posts WHERE id = ?2)))",
        (incident_id, post_id),
    ).fetchone()
    return row is not None


def reopen(conn: Connection, incident_id: int, *, silence: timedelta, now: datetime) -> None:
    """Note that an incident is told of again after a long silence: it develops, and waits once more.

    What people decided of it stays in its history, and in what was learnt from it.
    """
    row = standing.current(conn, incident_id)
    conn.execute("UPDATE incidents SET reopened_at = ? WHERE id = ?", (stamp(now), incident_id))
    if row["status"] not in {"relevant", "watching"}:
        return
    reach: Reach = [("incidents", "id = ?", (incident_id,))]
    with changes.recorded(
        conn, "incident.reopen", incident_id, reach, actor="failwatch", now=now
    ) as change:
        conn.execute(
            "UPDATE incidents SET status = 'new', decided_at = NULL, decided_by = '',"
            " snoozed_until = NULL, version = version + 1 WHERE id = ?",
            (incident_id,),
        )
        change.words = f"opened it again: told of after {silence.days} silent days"
        change.before, change.after = {"status": row["status"]}, {"status": "new"}


def labels(conn: Connection) -> list[Row]:
    """What people said last of each post and incident: post_id, incident_id, is_same, and both titles.

    Of a merged incident it is said of the one it was merged into.
    """
    return conn.execute(
        "WITH said AS (SELECT overrules.id, kind, post_id,"
        "  coalesce(merged_into, incident_id) AS incident_id FROM overrules"
        "  JOIN incidents ON incidents.id = incident_id WHERE casebook_id IS NULL)"
        " SELECT post_id, incident_id, kind = 'join' AS is_same, posts.title AS post_title,"
        " incidents.title AS incident_title, max(said.id) FROM said"
        " JOIN posts ON posts.id = post_id JOIN incidents ON incidents.id = incident_id"
        " GROUP BY post_id, incident_id ORDER BY post_id, incident_id"
    ).fetchall()


def others(conn: Connection, incident_id: int, post_id: int, *, limit: int, lead: int) -> list[Row]:
    """Title, text and time of an incident's posts that are no copies of one, oldest first."""
    return conn.execute(
        "SELECT title, substr(iif(length(text) < length(summary), summary, text), 1, ?1) AS text,"
        " published_at FROM incident_posts JOIN posts ON posts.id = post_id"
        f" WHERE incident_id = ?2 AND {_COUNTS} AND coalesce(copy_of, posts.id) <>"
        "  (SELECT coalesce(copy_of, id) FROM posts WHERE id = ?3)"
        " ORDER BY published_at, post_id LIMIT ?4",
        (lead, incident_id, post_id, limit),
    ).fetchall()
