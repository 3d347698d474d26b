"""What the pages of the rules show: read-only questions about rules, their matches and decisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Match, Post, Severity
from monitor.store.db import Connection, Row
from monitor.store.posts import as_post

PAGE = 20
ALONE = 5_000
"""Flagged posts of a rule that are looked through for those that nothing else would have flagged."""


@dataclass(frozen=True, slots=True)
class Use:
    """How much a rule found lately."""

    matches: int = 0
    """Posts since the time that was asked for."""
    last: str = ""
    """When the newest post that it ever matched was published; empty if there is none."""


def use(conn: Connection, since: str) -> dict[str, Use]:
    """How much each rule found since a time, all its versions together."""
    lately = conn.execute(
        "SELECT rule, count(DISTINCT post_id) AS posts, max(published_at) AS last FROM posts"
        " JOIN matches ON post_id = posts.id JOIN rules ON rules.id = rule_id"
        " WHERE published_at >= ? GROUP BY rule",
        (since,),
    ).fetchall()
    found = {row["rule"]: Use(row["posts"], row["last"]) for row in lately}
    # Only the rules that were silent are asked for all their matches: they have few.
    for row in conn.execute(
        "SELECT rule, max(published_at) AS last FROM rules JOIN matches ON rule_id = rules.id"
        " JOIN posts ON posts.id = post_id"
        " WHERE rule NOT IN (SELECT value FROM json_each(?)) GROUP BY rule",
        (json.dumps(list(found)),),
    ):
        found[row["rule"]] = Use(0, row["last"])
    return found


def versions(conn: Connection, rule: str) -> list[Row]:
    """Every meaning that a rule ever had, newest first."""
    return conn.execute("SELECT * FROM rules WHERE rule = ? ORDER BY id DESC", (rule,)).fetchall()


_CAUGHT = "SELECT post_id FROM matches WHERE rule_id IN (SELECT id FROM rules WHERE rule = :rule)"
_DECIDED = "status IN ('relevant', 'dismissed') AND decided_by <> ''"
_POST = "SELECT posts.*, feeds.title AS feed_title FROM posts JOIN feeds ON feeds.id = feed_id"


def caught(conn: Connection, rule: str, page: int) -> list[Row]:
    """Posts that a rule matched, newest first; one more than `PAGE` if there is a next page."""
    return conn.execute(
        f"{_POST} WHERE posts.id IN ({_CAUGHT}) ORDER BY published_at DESC, posts.id DESC"
        " LIMIT :limit OFFSET :skip",
        {"rule": rule, "limit": PAGE + 1, "skip": page * PAGE},
    ).fetchall()


def caught_days(conn: Connection, rule: str, since: str) -> list[tuple[str, bool]]:
    """When each post that a rule matched since a time was published, and whether it is flagged."""
    rows = conn.execute(
        f"SELECT published_at, flagged FROM posts WHERE id IN ({_CAUGHT}) AND published_at >= :since",
        {"rule": rule, "since": since},
    )
    return [(row["published_at"], bool(row["flagged"])) for row in rows]


def count(conn: Connection, rule: str) -> int:
    """How many posts a rule ever matched."""
    row = conn.execute(
        f"SELECT count(*) AS posts FROM posts WHERE id IN ({_CAUGHT})", {"rule": rule}
    )
    total: int = row.fetchone()["posts"]
    return total


def flagged_by(conn: Connection, rule: str) -> list[int]:
    """The newest flagged posts that a rule matched: at most `ALONE`."""
    rows = conn.execute(
        f"SELECT id FROM posts WHERE id IN ({_CAUGHT}) AND flagged"
        " ORDER BY published_at DESC, id DESC LIMIT :limit",
        {"rule": rule, "limit": ALONE},
    )
    return [row["id"] for row in rows]


def posts(conn: Connection, post_ids: Sequence[int]) -> list[Row]:
    """These posts with their feeds' titles, in this order."""
    rows = conn.execute(
        f"{_POST} WHERE posts.id IN (SELECT value FROM json_each(?))", (json.dumps(list(post_ids)),)
    )
    found = {row["id"]: row for row in rows}
    return [found[number] for number in post_ids if number in found]


def matches(conn: Connection, post_ids: Sequence[int]) -> dict[int, list[Match]]:
    """What the rules said of posts, without the places: enough to do the sum again."""
    found: dict[int, list[Match]] = {number: [] for number in post_ids}
    for row in conn.execute(
        "SELECT post_id, rule, version, title, family, severity, matches.weight FROM matches"
        " JOIN rules ON rules.id = rule_id WHERE post_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(post_ids)),),
    ):
        found[row["post_id"]].append(
            Match(
                row["rule"], row["version"], row["title"], row["family"],
                Severity(row["severity"]), row["weight"], (), (),
            )
        )  # fmt: skip
    return found


def incidents(conn: Connection, post_ids: Sequence[int]) -> dict[int, Row]:
    """The oldest incident of each post that has one: its number, title, status and reason."""
    rows = conn.execute(
        "SELECT post_id, incidents.* FROM incident_posts JOIN incidents ON incidents.id = incident_id"
        " WHERE post_id IN (SELECT value FROM json_each(?)) ORDER BY incident_id DESC",
        (json.dumps(list(post_ids)),),
    )
    return {row["post_id"]: row for row in rows}


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored post as it is judged anew."""

    id: int
    post: Post
    feed: str
    published_at: str
    is_flagged: bool


def newest(
    conn: Connection, *, since: str, before: tuple[str, int] | None, limit: int
) -> list[Stored]:
    """Posts published since a time, newest first; `before` is time and number of the last one seen."""
    rows = conn.execute(
        f"{_POST} WHERE published_at >= ? AND (published_at, posts.id) < (?, ?)"
        " ORDER BY published_at DESC, posts.id DESC LIMIT ?",
        (since, *(before or ("9999", 0)), limit),
    )
    return [
        Stored(r["id"], as_post(r), r["feed_title"], r["published_at"], bool(r["flagged"]))
        for r in rows
    ]


def last_post(conn: Connection) -> int:
    """The number of the post that was stored last."""
    number: int = conn.execute("SELECT coalesce(max(id), 0) AS last FROM posts").fetchone()["last"]
    return number


def decided_of(conn: Connection, post_ids: Sequence[int]) -> tuple[int, int]:
    """Incidents of posts: how many are relevant, and how many people decided."""
    row = conn.execute(
        f"SELECT sum(status = 'relevant') AS hits, count(*) AS total FROM incidents WHERE {_DECIDED}"
        " AND id IN (SELECT incident_id FROM incident_posts"
        " WHERE post_id IN (SELECT value FROM json_each(?)))",
        (json.dumps(list(post_ids)),),
    ).fetchone()
    return row["hits"] or 0, row["total"] or 0


def changes(conn: Connection, item: str) -> list[Row]:
    """What people did to a rule by the pages, newest first."""
    return conn.execute(
        "SELECT * FROM audit WHERE item = ? ORDER BY id DESC LIMIT 50", (item,)
    ).fetchall()


def decided(conn: Connection, rule: str) -> list[tuple[str, int, int]]:
    """Decisions on the incidents that a rule flagged, month by month: month, relevant, decided."""
    rows = conn.execute(
        "SELECT substr(at, 1, 7) AS month, sum(is_hit) AS hits, count(*) AS total FROM"
        " (SELECT max(is_hit) AS is_hit, max(decided_at) AS at FROM rule_decisions"
        "  JOIN rules ON rules.id = rule_id WHERE rule = ? GROUP BY incident_id)"
        " GROUP BY month ORDER BY month",
        (rule,),
    )
    return [(row["month"], row["hits"], row["total"]) for row in rows]
