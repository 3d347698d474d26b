"""Same incident? What grouping asks of people, and their answers, which are labels as well."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.errors import Refused
from monitor.store import changes, images, overrule, placing, standing
from monitor.store.db import Connection, Row, stamp


def suggest(
    conn: Connection, post_id: int, alike: Iterable[tuple[int, float, str]], *, now: datetime
) -> None:
    """Keep that a post may tell of incidents: (incident, likeness, why). Answers stay."""
    conn.executemany(
        "INSERT INTO suggestions (post_id, incident_id, likeness, why, made_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET likeness = excluded.likeness, why = excluded.why WHERE answer = ''",
        [(post_id, number, round(likeness, 4), why, stamp(now)) for number, likeness, why in alike],
    )


def of_incident(conn: Connection, incident_id: int, *, limit: int = 50) -> list[Row]:
    """Open suggestions that touch an incident, the most alike first.

    Both ways: posts of others that may tell of this one, and posts of this one that may tell of another.
    Rows of post_id, post_title, url, published_at, incident_id, incident_title, likeness, why.
    """
    return conn.execute(
        "SELECT post_id, posts.title AS post_title, url, published_at, suggestions.incident_id,"
        " incidents.title AS incident_title, likeness, why FROM suggestions"
        " JOIN posts ON posts.id = post_id JOIN incidents ON incidents.id = suggestions.incident_id"
        " WHERE answer = '' AND merged_into IS NULL AND (suggestions.incident_id = ?1"
        "  OR post_id IN (SELECT post_id FROM incident_posts WHERE incident_id = ?1))"
        " AND NOT EXISTS (SELECT 1 FROM incident_posts AS link WHERE link.post_id = suggestions.post_id"
        "  AND link.incident_id = suggestions.incident_id)"
        " ORDER BY likeness DESC, post_id LIMIT ?2",
        (incident_id, limit),
    ).fetchall()


def answer(
    conn: Connection,
    post_id: int,
    incident_id: int,
    *,
    is_same: bool,
    version: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Say whether a post tells of the incident; `version` is that of the incident as it was seen.

    Yes merges the incident that tells of nothing but this post and its copies, and links the post
    otherwise; no keeps them apart for good. Returns the number of the change; to take it back asks
    again. Raises `Refused` if nobody asked, or somebody answered already.
    """
    standing.current(conn, incident_id, version)
    row = conn.execute(
        "SELECT answer, answered_by FROM suggestions WHERE post_id = ? AND incident_id = ?",
        (post_id, incident_id),
    ).fetchone()
    if row is None:
        raise Refused(f"Nobody asked whether post {post_id} tells of incident {incident_id}.")
    if row["answer"]:
        raise Refused(f"{row['answered_by']} has answered {row['answer']} already.")
    change = (_join if is_same else _part)(conn, post_id, incident_id, actor=actor, now=now)
    # A merge may have carried the question along.
    conn.execute(
        "UPDATE suggestions SET answer = ?, answered_by = ?, answered_at = ?, change_id = ?"
        " WHERE post_id = ? AND incident_id = ?",
        ("yes" if is_same else "no", actor, stamp(now), change or None, post_id, incident_id),
    )
    return change


def _part(conn: Connection, post_id: int, incident_id: int, *, actor: str, now: datetime) -> int:
    here = "post_id = ? AND incident_id = ?"
    reach: images.Reach = [("suggestions", here, (post_id, incident_id))]
    with changes.recorded(
        conn, "incident.apart", incident_id, reach, actor=actor, now=now
    ) as change:
        conn.execute(f"UPDATE suggestions SET answer = 'no' WHERE {here}", (post_id, incident_id))
        placing.label(conn, "apart", [post_id], incident_id, by=actor, now=now)
        change.words = f"said that post {post_id} tells of something else"
        change.after = {"post": post_id}
    return change.id


def _join(conn: Connection, post_id: int, incident_id: int, *, actor: str, now: datetime) -> int:
    if post_id in placing.posts_of(conn, incident_id):
        return 0
    for own in _alone(conn, post_id, incident_id):
        return overrule.merge(conn, own, incident_id, version=None, actor=actor, now=now)
    return placing.link(conn, incident_id, post_id, actor=actor, now=now)


def _alone(conn: Connection, post_id: int, incident_id: int) -> list[int]:
    """Incidents that tell of nothing but a post and its copies."""
    rows = conn.execute(
        "WITH copies AS (SELECT other.id FROM posts AS own JOIN posts AS other"
        "  ON coalesce(other.copy_of, other.id) = coalesce(own.copy_of, own.id) WHERE own.id = ?1)"
        " SELECT incident_id FROM incident_posts JOIN incidents ON incidents.id = incident_id"
        " WHERE post_id = ?1 AND incident_id <> ?2 AND casebook_id IS NULL AND NOT EXISTS"
        "  (SELECT 1 FROM incident_posts AS more WHERE more.incident_id = incident_posts.incident_id"
        "   AND more.post_id NOT IN (SELECT id FROM copies)) ORDER BY incident_id",
        (post_id, incident_id),
    )
    return [row["incident_id"] for row in rows]
