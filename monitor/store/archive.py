"""Stored posts read again, to be judged anew, and what the rules say of them put in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Judged, Match, Post
from monitor.store import audit, changes
from monitor.store.db import Connection, Row, moment, stamp
from monitor.store.images import Reach
from monitor.store.posts import Saved, as_post, save_matches

WITHDRAWN = "no rule flags it any more"
"""Why Failwatch itself dismissed an incident."""


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as it lies in the database."""

    id: int
    post: Post
    feed: str
    """The feed's title."""
    content_hash: str
    is_flagged: bool
    matches: frozenset[tuple[str, float]]
    """Version and weight of every rule that hits it, as stored."""
    rules: frozenset[str]
    """Their ids."""


def read(
    conn: Connection, *, after: int, since: datetime, limit: int, shipped: bool = False
) -> tuple[StoredPost, ...]:
    """The next posts by number, published since a time; the casebook's only if asked for."""
    rows = conn.execute(
        "SELECT posts.*, feeds.title AS feed_title FROM posts JOIN feeds ON feeds.id = feed_id"
        " WHERE posts.id > ? AND published_at >= ? AND (? OR feeds.state <> 'shipped')"
        " ORDER BY posts.id LIMIT ?",
        (after, stamp(since), shipped, limit),
    ).fetchall()
    said = _said(conn, [row["id"] for row in rows])
    return tuple(
        StoredPost(
            id=row["id"],
            post=as_post(row),
            feed=row["feed_title"],
            content_hash=row["content_hash"],
            is_flagged=bool(row["flagged"]),
            matches=frozenset((m["version"], m["weight"]) for m in said.get(row["id"], ())),
            rules=frozenset(m["rule"] for m in said.get(row["id"], ())),
        )
        for row in rows
    )


def count(conn: Connection, since: datetime) -> int:
    """How many posts `read` will give in all."""
    row = conn.execute(
        "SELECT count(*) AS posts FROM posts JOIN feeds ON feeds.id = feed_id"
        " WHERE published_at >= ? AND feeds.state <> 'shipped'",
        (stamp(since),),
    ).fetchone()
    number: int = row["posts"]
    return number


def _said(conn: Connection, post_ids: Sequence[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in conn.execute(
        "SELECT post_id, rule, version, matches.weight FROM matches JOIN rules ON rules.id = rule_id"
        " WHERE post_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(post_ids)),),
    ):
        found.setdefault(row["post_id"], []).append(row)
    return found


def rejudge(
    conn: Connection, stored: StoredPost, judged: Judged, *, rule_ids: Mapping[str, int]
) -> Saved | None:
    """Put a new verdict in place; None if the post was changed since it was read, or is gone."""
    row = conn.execute(
        "SELECT content_hash, text, flagged, published_at FROM posts WHERE id = ?", (stored.id,)
    ).fetchone()
    # The hash is of what the feed gave; the text may have been read from the page meanwhile.
    if row is None or (row["content_hash"], row["text"]) != (stored.content_hash, stored.post.text):
        return None
    verdict = judged.verdict
    conn.execute("DELETE FROM matches WHERE post_id = ?", (stored.id,))
    save_matches(conn, stored.id, verdict.matches, rule_ids)
    conn.execute(
        "UPDATE posts SET score = ?, flagged = ? WHERE id = ?",
        (verdict.score, int(verdict.flagged), stored.id),
    )
    return Saved(
        id=stored.id,
        judged=judged,
        is_new=False,
        was_flagged=bool(row["flagged"]),
        published_at=moment(row["published_at"]),
    )


def as_said(matches: Sequence[Match]) -> frozenset[tuple[str, float]]:
    """Matches as `StoredPost.matches` holds them."""
    return frozenset((m.version, m.weight) for m in matches)


def linked(conn: Connection, post_id: int) -> list[Row]:
    """The incidents of a post."""
    return conn.execute(
        "SELECT incidents.*, linked_by, is_known FROM incident_posts"
        " JOIN incidents ON incidents.id = incident_id WHERE post_id = ?",
        (post_id,),
    ).fetchall()


def withdraw(conn: Connection, incident_id: int, *, now: datetime) -> bool:
    """Dismiss an incident that no rule supports any more, if no person ever touched it.

    It is a decision like another, by `failwatch`: shown, audited, and undone by a key.
    """
    reach: Reach = [("incidents", "id = ?", (incident_id,))]
    with changes.recorded(
        conn, "incident.status", incident_id, reach, actor="failwatch", now=now
    ) as change:
        changed = conn.execute(
            "UPDATE incidents SET status = 'dismissed', reason = :reason, decided_at = :now,"
            " decided_by = 'failwatch', version = version + 1"
            " WHERE id = :id AND status = 'new' AND decided_by = '' AND casebook_id IS NULL"
            " AND organisation = '' AND owner = '' AND severity_by = ''"
            " AND NOT EXISTS (SELECT 1 FROM incident_posts JOIN posts ON posts.id = post_id"
            "  WHERE incident_id = :id AND (flagged OR linked_by <> 'failwatch'))"
            " AND NOT EXISTS (SELECT 1 FROM notes WHERE incident_id = :id)"
            " AND NOT EXISTS (SELECT 1 FROM lesson_incidents WHERE incident_id = :id)"
            " AND NOT EXISTS (SELECT 1 FROM incident_tags"
            "  WHERE incident_id = :id AND tagged_by NOT IN ('rules', 'casebook'))",
            {"id": incident_id, "reason": WITHDRAWN, "now": stamp(now)},
        )
        change.words = f"dismissed it ({WITHDRAWN})"
        change.before = {"status": "new", "reason": ""}
        change.after = {"status": "dismissed", "reason": WITHDRAWN}
    return bool(changed.rowcount)


def bring_back(conn: Connection, incident_id: int, *, now: datetime) -> bool:
    """Take back what `withdraw` did, since a rule flags the story again."""
    changed = conn.execute(
        "UPDATE incidents SET status = 'new', reason = '', decided_at = NULL, decided_by = '',"
        " version = version + 1 WHERE id = ? AND status = 'dismissed' AND decided_by = 'failwatch'"
        " AND reason = ?",
        (incident_id, WITHDRAWN),
    )
    if changed.rowcount:
        audit.record(
            conn, "failwatch", "incident.status", f"incident:{incident_id}", now=now,
            before={"status": "dismissed", "reason": WITHDRAWN},
            after={"status": "new", "reason": ""},
        )  # fmt: skip
    return bool(changed.rowcount)
