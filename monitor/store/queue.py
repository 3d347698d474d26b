"""What the triage queue and the incident page show: read-only questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.errors import Refused
from monitor.store.db import Connection, Row
from monitor.store.wording import fts
from monitor.text import order

PAGE = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; empty means all."""

    status: str = "new"
    severity: int = 1
    tag: str = ""
    owner: str = ""
    """Who sees to it; `-`: nobody."""
    words: str = ""
    """Words that the title or the organisation holds; they may go on there."""
    now: str = ""
    """Snoozed incidents come back when this time has passed theirs; empty: by the machine's clock."""
    after: tuple[float, str, int] | None = None
    """Where the page before ended: rank, time of the last post, number."""


_CLOCK = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"


def _where(filters: Filters) -> tuple[str, dict[str, object]]:
    parts = [
        "severity >= :severity",
        "merged_into IS NULL",
        f"(snoozed_until IS NULL OR snoozed_until <= iif(:now = '', {_CLOCK}, :now))",
    ]
    named: dict[str, object] = {"severity": filters.severity, "now": filters.now}
    if filters.status:
        parts.append("status = :status")
        named["status"] = filters.status
    if filters.tag:
        parts.append(
            "id IN (SELECT incident_id FROM incident_tags JOIN tags ON tags.id = tag_id"
            " WHERE name = :tag)"
        )
        named["tag"] = filters.tag
    if filters.owner:
        parts.append("owner = iif(:owner = '-', '', :owner)")
        named["owner"] = filters.owner
    if filters.words.strip():
        try:
            # Of the index's columns the one with title and organisation; words may go on.
            named["words"] = f"title : ({fts(filters.words, is_prefix=True)})"
            parts.append("id IN (SELECT rowid FROM incidents_fts WHERE incidents_fts MATCH :words)")
        except Refused:
            parts.append("0")
    if filters.after:
        named |= dict(zip(("rank", "last", "id"), filters.after, strict=True))
        parts.append("(rank, last_post_at, id) < (:rank, :last, :id)")
    return " AND ".join(parts), named


def page(conn: Connection, filters: Filters) -> list[Row]:
    """Incidents in the order of the queue, then newest; one more than `PAGE` if there is a next page."""
    where, values = _where(filters)
    return conn.execute(
        f"SELECT * FROM incidents WHERE {where} ORDER BY rank DESC, last_post_at DESC, id DESC LIMIT {PAGE + 1}",
        values,
    ).fetchall()


def newest(conn: Connection, filters: Filters, limit: int) -> list[Row]:
    """The incidents that were told of last, for a feed."""
    where, values = _where(replace(filters, after=None))
    return conn.execute(
        f"SELECT * FROM incidents WHERE {where} ORDER BY last_post_at DESC, id DESC LIMIT :limit",
        values | {"limit": limit},
    ).fetchall()


def numbers(conn: Connection, filters: Filters) -> list[int]:
    """The numbers of all incidents that fit, oldest first, for a file."""
    where, values = _where(replace(filters, after=None))
    return [row["id"] for row in conn.execute(f"SELECT id FROM incidents WHERE {where} ORDER BY id", values)]  # fmt: skip


def by_number(conn: Connection, incident_ids: Sequence[int]) -> list[Row]:
    """Incidents of these numbers, oldest first."""
    return conn.execute(
        "SELECT * FROM incidents WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(incident_ids)),),
    ).fetchall()


def count(conn: Connection, filters: Filters) -> int:
    """How many incidents there are in all, whatever the page."""
    where, values = _where(replace(filters, after=None))
    total: int = conn.execute(f"SELECT count(*) FROM incidents WHERE {where}", values).fetchone()[0]
    return total


def first_posts(conn: Connection, incident_ids: Sequence[int]) -> dict[int, Row]:
    """The first post of each incident, with its feed's title: what was drawn later does not count."""
    rows = conn.execute(
        "SELECT incident_id, posts.*, feeds.title AS feed_title FROM incident_posts"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
        " WHERE incident_id IN (SELECT value FROM json_each(?))"
        " ORDER BY is_known DESC, posts.published_at DESC, posts.id DESC",
        (json.dumps(list(incident_ids)),),
    )
    return {row["incident_id"]: row for row in rows}


def posts(conn: Connection, incident_id: int) -> list[Row]:
    """Every post of an incident, oldest first."""
    return conn.execute(
        "SELECT posts.*, feeds.title AS feed_title, why, linked_by, is_known FROM incident_posts"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
        " WHERE incident_id = ? ORDER BY posts.published_at, posts.id",
        (incident_id,),
    ).fetchall()


def matches(conn: Connection, post_ids: Sequence[int]) -> dict[int, list[Row]]:
    """What the rules said of posts, strongest first."""
    found: dict[int, list[Row]] = {number: [] for number in post_ids}
    for row in conn.execute(
        "SELECT post_id, rules.rule, rules.title, rules.family, matches.weight, spans FROM matches"
        " JOIN rules ON rules.id = rule_id WHERE post_id IN (SELECT value FROM json_each(?))"
        " ORDER BY matches.weight DESC, rules.rule",
        (json.dumps(list(post_ids)),),
    ):
        found[row["post_id"]].append(row)
    return found


def tags(conn: Connection, incident_ids: Sequence[int]) -> dict[int, list[str]]:
    """Tags of each incident, by name."""
    found: dict[int, list[str]] = {number: [] for number in incident_ids}
    for row in conn.execute(
        "SELECT incident_id, name FROM incident_tags JOIN tags ON tags.id = tag_id"
        " WHERE incident_id IN (SELECT value FROM json_each(?)) ORDER BY name",
        (json.dumps(list(incident_ids)),),
    ):
        found[row["incident_id"]].append(row["name"])
    return found


def vocabulary(conn: Connection) -> list[str]:
    """Every tag there is."""
    return sorted((row["name"] for row in conn.execute("SELECT name FROM tags")), key=order)


def incident(conn: Connection, incident_id: int) -> Row | None:
    """One incident."""
    row: Row | None = conn.execute(
        "SELECT * FROM incidents WHERE id = ?", (incident_id,)
    ).fetchone()
    return row


def aside(conn: Connection, incident_id: int) -> dict[str, list[Row]]:
    """What stands beside the posts: notes, responses, exports."""
    questions = {
        "notes": "SELECT * FROM notes WHERE incident_id = :id ORDER BY id",
        "responses": "SELECT * FROM responses WHERE incident_id = :id ORDER BY said_on, id",
        "exports": "SELECT exports.* FROM exports JOIN lesson_incidents USING (lesson_id)"
        " WHERE incident_id = :id ORDER BY wiki",
        "wanted": "SELECT export_wishes.* FROM export_wishes JOIN lesson_incidents USING (lesson_id)"
        " WHERE incident_id = :id",
    }
    return {
        name: conn.execute(sql, {"id": incident_id}).fetchall() for name, sql in questions.items()
    }


def history(conn: Connection, incident_ids: Sequence[int]) -> list[Row]:
    """What the log says of incidents and of those lessons that all may read, newest first."""
    numbers = json.dumps(list(incident_ids))
    return conn.execute(
        "SELECT * FROM audit WHERE item IN (SELECT 'incident:' || value FROM json_each(:ids))"
        " OR item IN (SELECT 'lesson:' || lesson_id FROM lesson_incidents JOIN lessons ON lessons.id = lesson_id"
        "  WHERE seen_by = 'viewer' AND incident_id IN (SELECT value FROM json_each(:ids))) ORDER BY id DESC LIMIT 200",
        {"ids": numbers},
    ).fetchall()


def feeds(conn: Connection, since: str) -> list[Row]:
    """Every feed with its posts and flagged posts since a time; worst first."""
    rows = conn.execute(
        "SELECT feeds.*, coalesce(posts, 0) AS week_posts, coalesce(flagged, 0) AS week_flagged"
        " FROM feeds LEFT JOIN (SELECT feed_id, count(*) AS posts, sum(flagged) AS flagged FROM posts"
        " WHERE seen_at >= ? GROUP BY feed_id) ON feed_id = feeds.id WHERE state <> 'removed'"
        " ORDER BY failures DESC, malformed <> '' DESC, state, category",
        (since,),
    ).fetchall()
    return sorted(
        rows,
        key=lambda r: (-r["failures"], not r["malformed"], r["state"], order(r["category"]), order(r["title"])),
    )  # fmt: skip


def overview(conn: Connection, since: str) -> dict[str, int]:
    """The figures of Home."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM incidents WHERE status = 'new'"
        f" AND (snoozed_until IS NULL OR snoozed_until <= {_CLOCK})) AS new,"
        " (SELECT count(*) FROM incidents WHERE status = 'watching') AS watching,"
        " (SELECT count(*) FROM incidents WHERE status = 'relevant') AS relevant,"
        " (SELECT count(*) FROM lessons WHERE casebook_id IS NULL) AS lessons,"
        " (SELECT count(*) FROM posts WHERE seen_at >= :since) AS posts_day,"
        " (SELECT count(*) FROM posts WHERE flagged AND seen_at >= :since) AS flagged_day,"
        " (SELECT count(*) FROM feeds WHERE state IN ('active', 'gone')) AS feeds,"
        " (SELECT count(*) FROM feeds WHERE state = 'gone' OR (state = 'active' AND failures > 0)) AS feeds_failing,"
        " (SELECT count(*) FROM alerts WHERE was_in_doubt) AS in_doubt,"
        " (SELECT count(*) FROM alerts WHERE state IN ('refused', 'expired')) AS undelivered",
        {"since": since},
    ).fetchone()
    return dict(row)
