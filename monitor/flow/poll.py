"""A poll, from a claimed feed to stored posts, incidents, queued alerts and the next due time.

    gather                                      no database; may run anywhere
      fetch     PollJob  -> Fetched | NotModified | FetchFailed       feeds.fetch
      parse     bytes    -> ParsedFeed | ParseFailed                  feeds.child
      judge     Post     -> Verdict                                   rules.match
    settle                                      short transactions; the only exit
      ingest    judged posts -> posts, incidents, outbox rows         flow.ingest
      want      new teasers  -> pages that are read afterwards        flow.pages
      plan      outcome  -> next due time and its reason              flow.recording, feeds.schedule
      record    the poll's row, good or bad; ends the lease           store.feeds

Settle is idempotent: a worker killed between two batches leaves the lease to run out, and the
next poll finds the posts that were saved and goes on with the rest.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.flow import pages, recording
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
from monitor.store import pages as wanted_pages
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
    pages: str = "matched"
    """`polling: pages:` of failwatch.yaml: whose pages are wanted."""
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
    pages: int
    """Pages that are to be read for its new posts."""
    pages_left: int
    """Pages of older new posts that are not."""
    malformed: str
    error: str
    next_poll_at: datetime
    next_poll_why: str

    @property
    def summary(self) -> str:
        """What it came to, in a few words."""
        pages_said = f", {self.pages} pages to read" if self.pages else ""
        pages_said += f", {self.pages_left} older ones left" if self.pages_left else ""
        return f"{self.outcome}, {self.new_posts} new, {self.flagged} flagged{pages_said}"


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
    conn: Connection,
    result: PollResult,
    *,
    newsroom: Newsroom,
    now: datetime,
    jitter: float,
    mode: str = "matched",
) -> Polled:
    """Write all that a poll found, and that it took place; the only exit of a poll."""
    *early, last = _batches(result.judged)
    total, asked, left = Ingested(), 0, 0
    job = result.job

    def take(batch: Sequence[Judged]) -> None:
        nonlocal total, asked, left
        found = ingest(
            conn, job.feed_id, batch, newsroom=newsroom, is_backlog=job.is_first, now=now
        )
        more, less = _want(conn, job, found, mode=mode, now=now)
        total, asked, left = total + replace(found, saved=()), asked + more, left + less

    for batch in early:
        with transaction(conn):
            take(batch)
    with transaction(conn):
        take(last)
        record = recording.recorded(conn, result, total.new_posts, now=now, jitter=jitter)
        record = replace(record, pages=asked, pages_left=left)
        feeds.record(conn, job.feed_id, record, now=now)
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
        pages=record.pages,
        pages_left=record.pages_left,
        malformed=record.malformed,
        error=record.error,
        next_poll_at=record.next_poll_at,
        next_poll_why=record.next_poll_why,
    )


def _want(
    conn: Connection, job: PollJob, found: Ingested, *, mode: str, now: datetime
) -> tuple[int, int]:
    """Want the pages of new teasers: how many are wanted, how many are left."""
    whys = (
        (saved.id, pages.why_wanted(saved, is_listed=job.full_text, mode=mode))
        for saved in found.saved
    )
    wanted = [(post_id, why) for post_id, why in whys if why]
    return wanted_pages.want(conn, job.feed_id, wanted, is_backlog=job.is_first, now=now)


def _batches(judged: Sequence[Judged]) -> list[Sequence[Judged]]:
    """Cut into batches; always at least one, maybe empty, for the poll's own row."""
    return [judged[i : i + BATCH] for i in range(0, len(judged), BATCH)] or [()]


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
            lambda: settle(
                tools.conn, result, newsroom=newsroom, now=now, jitter=jitter, mode=tools.pages
            )
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
