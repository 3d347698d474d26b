"""Incidents as posts make them: started, joined, tagged by rules. People's part is in `triage`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.addresses import site
from monitor.model import Judged
from monitor.store import audit
from monitor.store.db import Connection, stamp
from monitor.text import one_line


def start(
    conn: Connection,
    post_id: int,
    judged: Judged,
    *,
    published_at: datetime,
    why: str,
    now: datetime,
    by: str = "failwatch",
) -> int:
    """Make an incident of its first post; returns its number."""
    title = one_line(judged.post.title or judged.post.text) or "(no title)"
    added = conn.execute(
        "INSERT INTO incidents (title, severity, score, first_post_at, last_post_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            title, int(judged.verdict.severity), judged.verdict.score,
            stamp(published_at), stamp(published_at), stamp(now),
        ),
    )  # fmt: skip
    number = int(added.lastrowid or 0)
    audit.record(
        conn, by, "incident.start", f"incident:{number}", now=now,
        after={"post": post_id, "title": title, "score": round(judged.verdict.score, 3)},
    )  # fmt: skip
    _link(conn, number, post_id, by=by, why=why, now=now)
    add_tags(conn, number, judged.verdict.tags, by="rules")
    recount(conn, number)
    return number


def join(
    conn: Connection,
    incident_id: int,
    post_id: int,
    judged: Judged,
    *,
    why: str,
    now: datetime,
    by: str = "failwatch",
    is_known: bool = False,
) -> None:
    """Add a post to an incident; its status is a person's and stays.

    `is_known`: no rule flags the post, the incident drew it. It makes an incident longer, not graver:
    what the rules half suspect of it neither raises severity and score nor gives tags. Should rules
    flag it later, it is joined again and counts in full.
    """
    if by == "failwatch" and is_apart(conn, incident_id, post_id):
        return
    if not _link(conn, incident_id, post_id, by=by, why=why, now=now, is_known=is_known):
        return
    audit.record(
        conn, by, "incident.join", f"incident:{incident_id}", now=now,
        after={"post": post_id, "why": why},
    )  # fmt: skip
    if not is_known:
        conn.execute(
            f"UPDATE incidents SET {_GRAVER}, score = max(score, ?) WHERE id = ?",
            (int(judged.verdict.severity), judged.verdict.score, incident_id),
        )
        add_tags(conn, incident_id, judged.verdict.tags, by="rules")
    recount(conn, incident_id)


_GRAVER = "severity = iif(severity_by = '', max(severity, ?), severity)"
"""More grave by what a rule found, unless a person has said how grave it is."""


def is_apart(conn: Connection, incident_id: int, post_id: int) -> bool:
    """Whether a person's last word is that a post does not tell of an incident."""
    row = conn.execute(
        "SELECT kind FROM overrules WHERE post_id = ? AND incident_id = ? ORDER BY id DESC LIMIT 1",
        (post_id, incident_id),
    ).fetchone()
    return row is not None and row["kind"] == "apart"


def reassess(conn: Connection, post_id: int, judged: Judged) -> None:
    """Let a post's incidents know that its text turned out to say more."""
    rows = conn.execute(
        f"UPDATE incidents SET {_GRAVER}, score = max(score, ?) WHERE id IN"
        " (SELECT incident_id FROM incident_posts WHERE post_id = ?) RETURNING id",
        (int(judged.verdict.severity), judged.verdict.score, post_id),
    ).fetchall()
    for row in rows:
        add_tags(conn, row["id"], judged.verdict.tags, by="rules")


def leave(conn: Connection, incident_id: int, post_id: int, *, by: str, now: datetime) -> None:
    """Take a post out of an incident that others tell of too."""
    gone = conn.execute(
        "DELETE FROM incident_posts WHERE incident_id = ? AND post_id = ?", (incident_id, post_id)
    )
    if gone.rowcount:
        audit.record(
            conn, by, "incident.leave", f"incident:{incident_id}", now=now, before={"post": post_id}
        )
        recount(conn, incident_id)


def _link(
    conn: Connection,
    incident_id: int,
    post_id: int,
    *,
    by: str,
    why: str,
    now: datetime,
    is_known: bool = False,
) -> bool:
    """Link a post; False if it was linked as firmly before."""
    linked = conn.execute(
        "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at, is_known)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET linked_by = excluded.linked_by,"
        " why = excluded.why, linked_at = excluded.linked_at, is_known = 0"
        " WHERE is_known AND NOT excluded.is_known",
        (incident_id, post_id, by, why, stamp(now), int(is_known)),
    )
    return linked.rowcount > 0


def add_tags(conn: Connection, incident_id: int, tags: Sequence[str], *, by: str) -> None:
    """Put tags on an incident; new words join the vocabulary, present ones keep their author."""
    for name in tags:
        conn.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", (name,))
        conn.execute(
            "INSERT OR IGNORE INTO incident_tags (incident_id, tag_id, tagged_by)"
            " SELECT ?, id, ? FROM tags WHERE name = ?",
            (incident_id, by, name),
        )


def recount(conn: Connection, incident_id: int) -> None:
    """Count an incident's posts and independent sources anew; its times stay if it has none left.

    Copies count with the first of them, whoever printed it: thirty papers that carry one wire report are
    one source.
    """
    rows = conn.execute(
        "SELECT coalesce(first.canonical_url, posts.canonical_url) AS address, posts.published_at"
        " FROM incident_posts JOIN posts ON posts.id = post_id"
        " LEFT JOIN posts AS first ON first.id = posts.copy_of WHERE incident_id = ?",
        (incident_id,),
    ).fetchall()
    sources = {site(row["address"]) for row in rows}
    times = [row["published_at"] for row in rows]
    conn.execute(
        "UPDATE incidents SET posts = ?, sources = ?, first_post_at = coalesce(?, first_post_at),"
        " last_post_at = coalesce(?, last_post_at) WHERE id = ?",
        (
            len(rows), len(sources), min(times, default=None), max(times, default=None),
            incident_id,
        ),
    )  # fmt: skip


def drawn_by(conn: Connection, post_id: int) -> int | None:
    """The incident that drew a post though no rule flagged it, whatever became of it since.

    If it was dismissed, then with this post: that must not come back as news.
    """
    row = conn.execute(
        "SELECT min(incident_id) AS number FROM incident_posts WHERE post_id = ? AND is_known",
        (post_id,),
    ).fetchone()
    number: int | None = row["number"]
    return number


def of_post(conn: Connection, post_id: int) -> int | None:
    """The oldest incident that a post belongs to."""
    row = conn.execute(
        "SELECT min(incident_id) AS number FROM incident_posts WHERE post_id = ?", (post_id,)
    ).fetchone()
    return row["number"] if row else None
