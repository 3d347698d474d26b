"""Posts into the database: saved, grouped, and told of, in the caller's transaction.

    for each batch of judged posts
      save            new and changed posts, their matches            store.posts
      group           flagged newcomers join or start an incident     flow.grouping
      tell            a new incident -> one outbox row a subscriber   alerts.policy, store.outbox
      draw            unflagged posts on an open incident join it     flow.known

An incident and its alerts are written in one transaction: there is no moment at which one
exists without the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts import policy
from monitor.flow import known
from monitor.flow.grouping import place
from monitor.incidents import group
from monitor.model import Judged, Subscriber
from monitor.settings import Thresholds
from monitor.store import briefs, outbox, posts
from monitor.store.db import Connection

OLD_NEWS = timedelta(days=7)
"""A post older than this when first seen starts its incident without a mail."""


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What turning posts into incidents needs to know besides the posts."""

    rule_ids: Mapping[str, int]
    """Version of each rule in force -> its row."""
    subscribers: tuple[Subscriber, ...]
    message_id: Callable[[int, int], str]
    """(incident, subscriber) -> the Message-ID that every attempt will bear."""
    thresholds: Thresholds = group.STANDARD
    """How alike a post must be to join an incident, or to be suggested for it."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a batch, in numbers."""

    new_posts: int = 0
    flagged: int = 0
    incidents: int = 0
    alerts: int = 0
    drawn: int = 0
    """Posts that no rule flags and an open incident drew."""
    saved: tuple[posts.Saved, ...] = ()
    """The posts that are new or changed."""

    def __add__(self, other: Ingested) -> Ingested:
        """Sum two batches."""
        return Ingested(
            self.new_posts + other.new_posts,
            self.flagged + other.flagged,
            self.incidents + other.incidents,
            self.alerts + other.alerts,
            self.drawn + other.drawn,
            self.saved + other.saved,
        )


def ingest(
    conn: Connection,
    feed_id: int,
    judged: Sequence[Judged],
    *,
    newsroom: Newsroom,
    is_backlog: bool,
    now: datetime,
    is_drawn: bool = True,
) -> Ingested:
    """Save a batch and all that follows from it; `is_backlog` keeps it from sending mail.

    `is_drawn` says whether incidents may draw posts: what is flagged joins none without, what is not flagged neither.
    """
    saved = posts.save(conn, feed_id, judged, rule_ids=newsroom.rule_ids, now=now)
    return follow(conn, saved, newsroom=newsroom, is_backlog=is_backlog, now=now, is_drawn=is_drawn)


def follow(
    conn: Connection,
    saved: Sequence[posts.Saved],
    *,
    newsroom: Newsroom,
    is_backlog: bool,
    now: datetime,
    is_drawn: bool = True,
) -> Ingested:
    """Group and tell of posts that became flagged, draw what open incidents know; as `ingest` says."""
    newcomers = [s for s in saved if s.judged.verdict.flagged and not s.was_flagged]
    started = alerts = 0
    for post in sorted(newcomers, key=lambda s: (s.published_at, s.id)):
        placed = place(conn, post, now=now, thresholds=newsroom.thresholds, may_join=is_drawn)
        if placed.is_new:
            started += 1
            if not is_backlog and now - post.published_at <= OLD_NEWS:
                alerts += tell(conn, placed.incident_id, newsroom, now)
    drawn = known.draw(conn, saved, now=now) if is_drawn else 0
    return Ingested(
        sum(s.is_new for s in saved), len(newcomers), started, alerts, drawn, saved=tuple(saved)
    )


def tell(conn: Connection, incident_id: int, newsroom: Newsroom, now: datetime) -> int:
    """Queue a mail of an incident to everybody who wants one; returns how many."""
    planned = policy.plan(newsroom.subscribers, briefs.brief(conn, incident_id))
    rows = [
        (p.subscriber_id, newsroom.message_id(incident_id, p.subscriber_id), p.why) for p in planned
    ]
    outbox.enqueue(conn, incident_id, rows, now=now)
    return len(rows)
