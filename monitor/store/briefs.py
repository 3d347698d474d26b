"""An incident as a mail tells it."""

from __future__ import annotations

import json

from monitor.errors import Refused
from monitor.model import IncidentBrief, Severity
from monitor.store.db import Connection, Row, moment
from monitor.text import one_line


def brief(conn: Connection, incident_id: int) -> IncidentBrief:
    """An incident as a mail tells it, by its first flagged post; raises `Refused` if there is none."""
    row = conn.execute(
        "SELECT incidents.id, incidents.title, organisation, severity, incidents.score,"
        " posts.id AS post, posts.title AS post_title, posts.text, posts.summary, posts.url,"
        " author, posts.published_at, feeds.title AS feed"
        " FROM incidents JOIN incident_posts ON incident_id = incidents.id"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
        " WHERE incidents.id = ? ORDER BY is_known, posts.flagged DESC, posts.published_at, posts.id LIMIT 1",
        (incident_id,),
    ).fetchone()
    if row is None:
        raise Refused(f"There is no incident {incident_id}, or it has no posts.")
    tags = conn.execute(
        "SELECT name FROM incident_tags JOIN tags ON tags.id = tag_id"
        " WHERE incident_id = ? ORDER BY name",
        (incident_id,),
    )
    return IncidentBrief(
        id=row["id"],
        title=row["title"],
        organisation=row["organisation"],
        severity=Severity(row["severity"]),
        score=row["score"],
        tags=tuple(tag["name"] for tag in tags),
        text=max(row["text"], row["summary"], key=len),
        url=row["url"],
        feed_title=row["feed"],
        published_at=moment(row["published_at"]),
        why=_why(conn, row),
    )


def _why(conn: Connection, post: Row) -> tuple[str, ...]:
    """One line a matching rule, in the same words as `rules.explain`."""
    texts = {
        "title": post["post_title"],
        "text": max(post["text"], post["summary"], key=len),
        "url": post["url"],
        "author": post["author"],
        "feed": post["feed"],
    }
    lines = []
    for row in conn.execute(
        "SELECT rules.title, matches.weight, spans FROM matches JOIN rules ON rules.id = rule_id"
        " WHERE post_id = ? ORDER BY matches.weight DESC, rules.rule",
        (post["post"],),
    ):
        hits = (texts.get(field, "")[a:b] for field, a, b in json.loads(row["spans"]))
        words = dict.fromkeys(word for hit in hits if (word := one_line(hit, 60)))
        said = ", ".join(f"“{word}”" for word in words) or "the post as a whole"
        lines.append(f"{row['title']}: {said} (weight {row['weight']:.2f})")
    return tuple(lines)
