"""A person picks a stored post: it starts an incident, or tells of one that there is."""

from __future__ import annotations

from datetime import datetime

from monitor.errors import Refused
from monitor.model import Judged, Verdict
from monitor.store import incidents, placing, posts, rulebook
from monitor.store.db import Connection, moment

WHY = "a person took it for a failure"


def start(conn: Connection, post_id: int, *, actor: str, now: datetime) -> int:
    """Make an incident of a post that tells of none yet; returns its number. Raises `Refused`."""
    found = rulebook.posts(conn, [post_id])
    if not found:
        raise Refused(f"There is no post {post_id} (any more).")
    known = incidents.of_post(conn, post_id)
    if known is not None:
        raise Refused(f"The post tells of incident {known} already: open that one.")
    row = found[0]
    matches = tuple(rulebook.matches(conn, [post_id])[post_id])
    judged = Judged(posts.as_post(row), Verdict(matches, row["score"], bool(row["flagged"])))
    return incidents.start(
        conn, post_id, judged, published_at=moment(row["published_at"]), why=WHY, now=now, by=actor
    )


def add(conn: Connection, post_id: int, incident: str, *, actor: str, now: datetime) -> int:
    """Let a post tell of an incident, named by its number; returns the number. Raises `Refused`."""
    number, _, _ = incident.strip().lstrip("#").partition(" ")
    number = number.rstrip(":")
    if not number.isdecimal() or len(number) > 18:
        raise Refused("Write the number of the incident, such as 17; it stands in its address.")
    placing.link(conn, int(number), post_id, actor=actor, now=now)
    return int(number)
