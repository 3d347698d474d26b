"""A poll, from a claimed feed to stored posts, incidents, queued alerts and the next due time.

    gather                                      no database; may run anywhere
      fetch     PollJob  -> Fetched | NotModified | FetchFailed       feeds.fetch
      parse     bytes    -> ParsedFeed | ParseFailed                  feeds.child
      judge     Post     -> Verdict                                   rules.match
    settle                                      short transactions; the only exit
      ingest    judged posts -> posts, incidents, outbox rows         flow.ingest
      plan      outcome  -> next due time and its reason              feeds.schedule
      record    the poll's row, good or bad; ends the lease           store.feeds

Settle is idempotent: a worker killed between two batches leaves the lease to run out, and the
next poll finds the posts that were saved and goes on with the rest.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from monitor.feeds import schedule
from monitor.flow.ingest import Ingested, Newsroom, ingest
from monitor.model import (
    Fetched,
    FetchFailed,
    Judged,
    NotModified,
    ParsedFeed,
    ParseFailed,
    PollJob,
    PollResult,
    Post,
    Verdict,
)
from monitor.store import feeds
from monitor.store.db import Connection, transaction

log = logging.getLogger(__name__)

BATCH = 200
"""Posts a transaction: keeps the write lock well under the second that web writes wait."""

LEASE = timedelta(minutes=15)
"""Longer than any poll can take, queueing for its host included."""


class Fetch(Protocol):
    """Gets one feed over the network."""

    async def get(self, job: PollJob) -> Fetched | NotModified | FetchFailed:
        """Fetch, under limits; failures are values."""


class Parse(Protocol):
    """Reads one feed's bytes."""

    async def parse(self, fetched: Fetched, language: str) -> ParsedFeed | ParseFailed:
        """Parse, under limits; failures are values."""


Judge = Callable[[Post, str], Verdict]
"""(post, feed title) -> what the rules in force say of it."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a poll works with; made by `app`."""

    conn: Connection
    fetch: Fetch
    parse: Parse
    judge: Judge
    newsroom: Callable[[], Newsroom]
    """Asked anew at each settle, since subscribers and rules change while a feed is fetched."""
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    """In [0, 1)."""
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One connection, one writer at a time."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll came to: what the progress bar counts and `failwatch poll` prints."""

    url: str
    title: str
    outcome: str
    status: int | None
    bytes: int
    ms: int
    entries: int
    new_posts: int
    flagged: int
    incidents: int
    alerts: int
    malformed: str
    error: str
    next_poll_at: datetime
    next_poll_why: str


async def gather(job: PollJob, *, fetch: Fetch, parse: Parse, judge: Judge) -> PollResult:
    """Fetch, parse and judge one feed; touches no database."""
    fetched = await fetch.get(job)
    if not isinstance(fetched, Fetched):
        return PollResult(job, fetched, None)
    body_hash = hashlib.sha256(fetched.body).hexdigest()
    if body_hash == job.body_hash:
        return PollResult(job, fetched, None, body_hash=body_hash)
    parsed = await parse.parse(fetched, job.language)
    if isinstance(parsed, ParseFailed):
        return PollResult(job, fetched, parsed)
    judged = await asyncio.to_thread(
        lambda: tuple(Judged(post, judge(post, job.title)) for post in parsed.posts)
    )
    return PollResult(job, fetched, parsed, judged, body_hash)


def settle(
    conn: Connection, result: PollResult, *, newsroom: Newsroom, now: datetime, jitter: float
) -> Polled:
    """Write all that a poll found, and that it took place; the only exit of a poll."""
    *early, last = _batches(result.judged)
    total = Ingested()
    feed_id, is_backlog = result.job.feed_id, result.job.is_first
    for batch in early:
        with transaction(conn):
            total += ingest(conn, feed_id, batch, newsroom=newsroom, is_backlog=is_backlog, now=now)
    with transaction(conn):
        total += ingest(conn, feed_id, last, newsroom=newsroom, is_backlog=is_backlog, now=now)
        record = _record(conn, result, total.new_posts, now=now, jitter=jitter)
        feeds.record(conn, feed_id, record, now=now)
    return Polled(
        url=result.job.url,
        title=result.job.title,
        outcome=record.outcome,
        status=record.status,
        bytes=record.bytes,
        ms=record.ms,
        entries=record.entries,
        new_posts=total.new_posts,
        flagged=total.flagged,
        incidents=total.incidents,
        alerts=total.alerts,
        malformed=record.malformed,
        error=record.error,
        next_poll_at=record.next_poll_at,
        next_poll_why=record.next_poll_why,
    )


def _batches(judged: Sequence[Judged]) -> list[Sequence[Judged]]:
    """Cut into batches; always at least one, maybe empty, for the poll's own row."""
    return [judged[i : i + BATCH] for i in range(0, len(judged), BATCH)] or [()]


def _record(
    conn: Connection, result: PollResult, new_posts: int, *, now: datetime, jitter: float
) -> feeds.PollRecord:
    job = result.job
    match result.fetched, result.parsed:
        case FetchFailed() as failed, _:
            return _failure(job, failed, now, jitter)
        case Fetched() as fetched, ParseFailed(reason):
            failed = FetchFailed(
                reason, status=fetched.status, bytes=len(fetched.body), ms=fetched.ms
            )
            return _failure(job, failed, now, jitter)
        case _:
            return _success(conn, result, new_posts, now=now, jitter=jitter)


def _failure(job: PollJob, failed: FetchFailed, now: datetime, jitter: float) -> feeds.PollRecord:
    following = schedule.after_failure(
        now,
        every=job.every,
        failures=job.failures + 1,
        retry_after=failed.retry_after,
        jitter=jitter,
    )
    return feeds.PollRecord(
        outcome="gone" if failed.is_gone else "failed",
        next_poll_at=following.at,
        next_poll_why="polling has ended" if failed.is_gone else following.reason,
        status=failed.status,
        bytes=failed.bytes,
        ms=failed.ms,
        error=failed.reason,
    )


def _success(
    conn: Connection, result: PollResult, new_posts: int, *, now: datetime, jitter: float
) -> feeds.PollRecord:
    fetched, parsed, job = result.fetched, result.parsed, result.job
    if isinstance(fetched, FetchFailed) or isinstance(parsed, ParseFailed):
        raise TypeError("a failure is recorded by _failure")
    rate, last_success = feeds.learnt(conn, job.feed_id)
    since = last_success or _oldest(result, now)
    rate = schedule.learn_rate(rate, new_posts=new_posts, elapsed=now - since)
    following = schedule.after_success(
        now,
        every=job.every,
        rate=rate,
        fresh_for=fetched.fresh_for,
        ttl=parsed.ttl if parsed else None,
        jitter=jitter,
    )
    answer = fetched if isinstance(fetched, Fetched) else None
    outcome = "moved" if fetched.moved_to else "new" if new_posts else "unchanged"
    return feeds.PollRecord(
        outcome=outcome,
        next_poll_at=following.at,
        next_poll_why=following.reason,
        status=answer.status if answer else 304,
        bytes=len(answer.body) if answer else 0,
        ms=fetched.ms,
        entries=len(parsed.posts) + parsed.dropped if parsed else 0,
        new_posts=new_posts,
        malformed=parsed.malformed if parsed else "",
        etag=answer.etag if answer else None,
        last_modified=answer.last_modified if answer else None,
        body_hash=result.body_hash if parsed else None,
        moved_to=fetched.moved_to,
        posts_rate=rate,
    )


def _oldest(result: PollResult, now: datetime) -> datetime:
    """Since when a feed's first answer tells of its pace: its oldest post, at least a day."""
    dates = [j.post.published_at for j in result.judged if j.post.published_at]
    return min([*dates, now - timedelta(days=1)])


async def one(job: PollJob, tools: Tools) -> Polled:
    """Poll one claimed feed, whatever happens; a fault of ours is recorded as the feed's error."""
    try:
        result = await gather(job, fetch=tools.fetch, parse=tools.parse, judge=tools.judge)
    except Exception as fault:  # one feed must never stop the others, and must never vanish
        log.exception("polling %s", job.title)
        reason = (
            f"Failwatch itself failed on this feed ({type(fault).__name__}: {fault}); see the log."
        )
        result = PollResult(job, FetchFailed(reason), None)
    async with tools.writing:
        newsroom = await asyncio.to_thread(tools.newsroom)
        now, jitter = tools.clock(), tools.jitter()
        return await asyncio.to_thread(
            lambda: settle(tools.conn, result, newsroom=newsroom, now=now, jitter=jitter)
        )


async def run(
    jobs: Sequence[PollJob], tools: Tools, *, on_done: Callable[[Polled], None]
) -> tuple[Polled, ...]:
    """Poll many feeds side by side; `on_done` hears of each as it is settled."""

    async def watched(job: PollJob) -> Polled:
        polled = await one(job, tools)
        on_done(polled)
        return polled

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watched(job)) for job in jobs]
    return tuple(task.result() for task in tasks)
