"""The weekly digest: made once a week, told to everybody who wants it.

    gather    the week's figures, what waits, advice on rules    store, flow.quality
    settle    the digest and an outbox row a subscriber, or nothing if the week has one

The database says whether a week's digest was made, so a kill, a restart or a week without power make
neither two of one week nor one of a week long gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerts import digest
from monitor.alerts.digest import Digest, Due, Story
from monitor.flow import quality, recall
from monitor.model import RuleSource, Subscriber
from monitor.rules.recall import estimate, sentences
from monitor.settings import DigestSettings
from monitor.store import digests, outbox
from monitor.store import recall as drawn
from monitor.store.db import Connection, Row, stamp, transaction

OLDEST = 5
"""Undecided incidents that are listed."""

UNREAD = timedelta(days=2)
"""A feed that could not be read for this long is told of."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What making a digest works with."""

    settings: DigestSettings
    live: Sequence[RuleSource]
    """The rules in force."""
    subscribers: tuple[Subscriber, ...]
    message_id: Callable[[int, int], str]
    """(digest, subscriber) -> the Message-ID that every attempt will bear."""
    reminder_id: Callable[[int, int], str]
    """The same for (reminder, subscriber)."""


def make(conn: Connection, desk: Desk, *, now: datetime) -> int:
    """Make the last week's digest unless it was made; returns how many mails were queued."""
    due = digest.last_due(now, desk.settings)
    if not desk.settings.is_on or digests.is_made(conn, due.week) or not _has_begun(conn, due):
        return 0
    due = unbroken(conn, due)
    told = gather(conn, desk.live, due, now=now)
    with transaction(conn):
        number = digests.keep(
            conn, due.week, digest.as_json(told), since=due.since, until=due.until, now=now
        )
        if number is None:
            return 0
        planned = [
            (person.id, desk.message_id(number, person.id), digest.WHY)
            for person in desk.subscribers
            if person.wants_digest and not person.is_paused
        ]
        return outbox.enqueue_digest(conn, number, planned, now=now)


def unbroken(conn: Connection, due: Due) -> Due:
    """The span from where the last digest ended, so that a stop or another day leaves no gap."""
    return replace(due, since=digests.told_until(conn) or due.since)


def _has_begun(conn: Connection, due: Due) -> bool:
    """Whether Failwatch was in use when it was due: a new house has no week to tell of."""
    first = conn.execute("SELECT min(at) FROM audit").fetchone()[0]
    return first is not None and first < stamp(due.until)


def gather(conn: Connection, live: Sequence[RuleSource], due: Due, *, now: datetime) -> Digest:
    """What a digest would say; writes nothing."""
    weeks = recall.weeks(conn)
    return Digest(
        week=due.week,
        since=stamp(due.since),
        until=stamp(due.until),
        started=_stories(digests.started(conn, due.since, due.until, digest.SHOWN)),
        started_in_all=digests.count_started(conn, due.since, due.until),
        waiting=_stories(digests.waiting(conn, now, OLDEST)),
        waiting_in_all=digests.count_waiting(conn, now),
        decided=digests.decided(conn, due.since, due.until),
        feeds=tuple(digests.troubled_feeds(conn, now - UNREAD)),
        rules=(*quality.pressing(conn, live, now=now), *quality.contradicted(conn, live)),
        recall=tuple(sentences(estimate(weeks))) if weeks else (),
        unseen=drawn.count_waiting(conn),
    )


def _stories(rows: Sequence[Row]) -> tuple[Story, ...]:
    return tuple(
        Story(
            row["id"], row["title"], row["severity"], row["posts"], row["sources"], row["status"],
            row["created_at"],
        )
        for row in rows
    )  # fmt: skip
