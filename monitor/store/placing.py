"""Which incident a post belongs to, as people say: moved, linked to a second one, taken out.

All in the caller's transaction. Each writes what it teaches into `overrules`: a post belongs to an
incident (`join`) or does not (`apart`); a new word of a person's replaces what they said before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.errors import Refused
from monitor.store import changes, images, incidents, standing
from monitor.store.db import Connection, Row, stamp


def label(
    conn: Connection,
    kind: str,
    post_ids: Iterable[int],
    incident_id: int,
    *,
    by: str,
    now: datetime,
) -> None:
    """Keep a judgement: these posts tell of the incident (`join`), or do not (`apart`)."""
    conn.executemany(
        "INSERT INTO overrules (kind, post_id, incident_id, by, at) VALUES (?, ?, ?, ?, ?)",
        [(kind, post, incident_id, by, stamp(now)) for post in post_ids],
    )


def posts_of(conn: Connection, incident_id: int) -> list[int]:
    """The posts of an incident, oldest first."""
    rows = conn.execute(
        "SELECT post_id FROM incident_posts JOIN posts ON posts.id = post_id WHERE incident_id = ?"
        " ORDER BY published_at, post_id",
        (incident_id,),
    )
    return [row["post_id"] for row in rows]


def chosen_of(conn: Connection, incident_id: int, post_ids: Sequence[int]) -> tuple[list[int], int]:
    """The chosen posts of an incident in order, and how many it keeps. Raises `Refused`."""
    held = posts_of(conn, incident_id)
    chosen = [post for post in held if post in set(post_ids)]
    if not chosen or len(chosen) != len(set(post_ids)):
        missing = sorted(set(post_ids) - set(held))
        if missing:
            raise Refused(f"Incident {incident_id} has no post {missing[0]} (any more).")
        raise Refused("Choose at least one post.")
    return chosen, len(held) - len(chosen)


def carry(
    conn: Connection,
    posts: Sequence[int],
    from_id: int,
    to_id: int,
    *,
    why: str,
    by: str,
    now: datetime,
) -> None:
    """Move links; one that the other incident has already stays, and is the person's from now on."""
    for post in posts:
        conn.execute(
            "DELETE FROM incident_posts WHERE incident_id = ? AND post_id = ?", (from_id, post)
        )
        link_row(conn, post, to_id, why=why, by=by, now=now)


def link_row(
    conn: Connection, post: int, incident_id: int, *, why: str, by: str, now: datetime
) -> None:
    """Link a post, by a person."""
    conn.execute(
        "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at, is_known)"
        " VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET linked_by = excluded.linked_by,"
        " why = excluded.why, linked_at = excluded.linked_at, is_known = 0",
        (incident_id, post, by, why, stamp(now)),
    )


def settle(conn: Connection, source: Row, *others: int) -> None:
    """Count and score anew what lost or gained posts."""
    for number in (source["id"], *others):
        incidents.recount(conn, number)
        conn.execute(
            "UPDATE incidents SET score = coalesce((SELECT max(posts.score) FROM incident_posts"
            " JOIN posts ON posts.id = post_id WHERE incident_id = incidents.id"
            " AND (NOT is_known OR flagged)), score) WHERE id = ?",
            (number,),
        )
    standing.raise_version(conn, source["id"], *others)


def move(
    conn: Connection,
    incident_id: int,
    post_id: int,
    to: int,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Put a post into another incident; returns the number of the change."""
    if incident_id == to:
        raise Refused("The post is there already: name another incident.")
    row = standing.current(conn, incident_id, version)
    standing.current(conn, to)
    chosen, left = chosen_of(conn, incident_id, [post_id])
    if not left:
        raise Refused(
            f"It is the only post of incident {incident_id}: merge the incident into {to} instead."
        )
    reach = images.everything_of(conn, [incident_id, to])
    with changes.recorded(conn, "incident.move", incident_id, reach, actor=actor, now=now) as c:
        carry(conn, chosen, incident_id, to, why=f"moved here from incident {incident_id}", by=actor, now=now)  # fmt: skip
        label(conn, "apart", chosen, incident_id, by=actor, now=now)
        label(conn, "join", chosen, to, by=actor, now=now)
        settle(conn, row, to)
        c.words = f"moved post {post_id} to incident {to}"
        c.before, c.after = {"post": post_id}, {"moved_to": to}
        c.also = {to: {"post": post_id, "moved_from": incident_id}}
    return c.id


def link(
    conn: Connection,
    incident_id: int,
    post_id: int,
    *,
    version: int | None = None,
    actor: str,
    now: datetime,
) -> int:
    """Let a post tell of this incident too; returns the number of the change."""
    row = standing.current(conn, incident_id, version)
    if conn.execute("SELECT 1 FROM posts WHERE id = ?", (post_id,)).fetchone() is None:
        raise Refused(f"There is no post {post_id}.")
    if post_id in posts_of(conn, incident_id):
        raise Refused(f"Post {post_id} tells of incident {incident_id} already.")
    reach = images.everything_of(conn, [incident_id])
    with changes.recorded(conn, "incident.link", incident_id, reach, actor=actor, now=now) as c:
        link_row(conn, post_id, incident_id, why="a person says that it tells of this", by=actor, now=now)  # fmt: skip
        label(conn, "join", [post_id], incident_id, by=actor, now=now)
        settle(conn, row)
        c.words, c.after = f"linked post {post_id}", {"post": post_id}
    return c.id


def unlink(
    conn: Connection,
    incident_id: int,
    post_id: int,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Take a post out of an incident that others tell of too; returns the number of the change."""
    row = standing.current(conn, incident_id, version)
    chosen, left = chosen_of(conn, incident_id, [post_id])
    if not left:
        raise Refused("It is the only post: dismiss the incident, or merge it into another.")
    reach = images.everything_of(conn, [incident_id])
    with changes.recorded(conn, "incident.unlink", incident_id, reach, actor=actor, now=now) as c:
        conn.execute(
            "DELETE FROM incident_posts WHERE incident_id = ? AND post_id = ?",
            (incident_id, post_id),
        )
        label(conn, "apart", chosen, incident_id, by=actor, now=now)
        settle(conn, row)
        c.words, c.before = f"took post {post_id} out", {"post": post_id}
    return c.id
