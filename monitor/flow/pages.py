"""The page of a post whose feed gives a teaser only: from a stored post to its longer text.

    settle of a poll wants pages                                    flow.poll, store.pages
    gather                                      no database; may run anywhere
      fetch     PageJob -> Fetched | FetchFailed                    feeds.fetch
      read      bytes   -> Article | ParseFailed                    feeds.child
      judge     the post with its page's text -> Verdict            rules.match
    settle                                      one transaction
      tell      text, matches -> the post; incidents, outbox rows   store.posts, flow.ingest
      record    what came of it, good or bad; ends the lease        store.pages

A poll never waits for a page: posts are stored, judged and told of first, and once more when their
page was read. A worker killed in between leaves the lease to run out; a page is tried thrice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.feeds.article import Article
from monitor.flow.ingest import Ingested, Newsroom, follow
from monitor.model import Fetched, FetchFailed, Judged, ParseFailed, Post, Verdict
from monitor.store import incidents, pages, posts
from monitor.store.db import Connection, transaction
from monitor.store.pages import PageJob, PageRecord
from monitor.words import words

log = logging.getLogger(__name__)

TEASER = 60
"""Words below which a feed's text is a teaser, and the page may hold the story."""

LOOKED_AT = 6_000
"""Characters that are enough to count so many words in."""

LEASE = timedelta(minutes=5)
AT_ONCE = 4
WAIT = timedelta(minutes=20)
"""Before a second try; twice as long before the third."""


class Fetch(Protocol):
    """Gets one page over the network."""

    async def page(self, url: str) -> Fetched | FetchFailed:
        """Fetch, under limits; failures are values."""


class Read(Protocol):
    """Finds the text of a page."""

    async def article(self, fetched: Fetched) -> Article | ParseFailed:
        """Read, under limits; failures are values."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What reading pages works with; made by `app`'s callers."""

    conn: Connection
    fetch: Fetch
    read: Read
    judge: Callable[[Post, str], Verdict]
    newsroom: Callable[[], Newsroom]
    clock: Callable[[], datetime]
    mode: str = "matched"
    """`polling: pages:` of failwatch.yaml."""
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class PageResult:
    """What gather hands to settle."""

    job: PageJob
    record: PageRecord
    judged: Judged | None = None
    """None leaves the post as it is."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """What a page came to."""

    url: str
    record: PageRecord
    ingested: Ingested = field(default_factory=Ingested)


def is_teaser(text: str) -> bool:
    """Whether a text is too short to be the story."""
    return len(words(text[:LOOKED_AT])) < TEASER


def why_wanted(saved: posts.Saved, *, is_listed: bool, mode: str) -> str:
    """Why the page of a post is to be read: `listed`, `matched`, or empty if it is not."""
    post = saved.judged.post
    if mode == "never" or not saved.is_new or not post.url or not is_teaser(post.text):
        return ""
    if is_listed:
        return "listed"
    return "matched" if mode == "matched" and saved.judged.verdict.score > 0 else ""


async def gather(job: PageJob, tools: Tools) -> PageResult:
    """Fetch, read and judge one page; touches no database."""
    text, record = await _text(job, tools)
    if text is None and not job.is_held:
        return PageResult(job, record)
    post = job.post if text is None else replace(job.post, text=text)
    verdict = await asyncio.to_thread(tools.judge, post, job.feed_title)
    return PageResult(job, record, Judged(post, verdict))


async def _text(job: PageJob, tools: Tools) -> tuple[str | None, PageRecord]:
    """The post's new text, None if there is none, and what is to be recorded."""
    if tools.mode == "never":
        return None, PageRecord("left", "Left: failwatch.yaml says `pages: never`.")
    fetched = await tools.fetch.page(job.post.url)
    if isinstance(fetched, FetchFailed):
        return None, _refusal(job, fetched, tools.clock())
    found = await tools.read.article(fetched)
    if isinstance(found, ParseFailed):
        return None, PageRecord("nothing", found.reason, fetched.status)
    given = job.post.summary if job.is_held else job.post.text
    if len(found.text) <= len(given):
        return None, PageRecord(
            "nothing", "The page holds no more text than the feed gave.", fetched.status
        )
    if not tells_of(job.post, found):
        return None, PageRecord(
            "nothing",
            f"The page is about something else ({found.title or 'it has no title'}).",
            fetched.status,
        )
    return completed(given, found.text), PageRecord("read", "", fetched.status)


def _refusal(job: PageJob, failed: FetchFailed, now: datetime) -> PageRecord:
    """A server that said no is not asked again; one that said nothing is, `TRIES` times in all."""
    if failed.status is not None and failed.status < 500:
        return PageRecord("refused", failed.reason, failed.status)
    if job.tries >= pages.TRIES:
        return PageRecord("failed", failed.reason, failed.status)
    wait = max(WAIT * job.tries, failed.retry_after or timedelta())
    return PageRecord("wanted", failed.reason, failed.status, now + wait)


def tells_of(post: Post, page: Article) -> bool:
    """Whether a page is the post's: a consent form or a home page knows little of its title."""
    wanted = {word for word in words(post.title) if len(word) > 3 or not word.isascii()}
    known = set(words(f"{page.title}\n{page.text}"))
    return len(wanted) < 3 or 3 * len(wanted & known) >= len(wanted)


def completed(given: str, page: str) -> str:
    """The page's text, with what the feed gave before it unless the page says it too.

    So no page can take evidence away that the feed gave.
    """
    start = " ".join(words(given)[:8])
    return page if start in " ".join(words(page)) else f"{given}\n{page}"


def settle(conn: Connection, result: PageResult, *, newsroom: Newsroom, now: datetime) -> PageRead:
    """Write what a page came to, and all that follows from its text; the only exit."""
    job, record = result.job, result.record
    with transaction(conn):
        if not pages.is_as_claimed(conn, job):
            pages.again(conn, job)
            return PageRead(job.post.url, replace(record, state="wanted"))
        told = Ingested()
        if result.judged is not None:
            saved = posts.retell(
                conn, job.post_id, result.judged, rule_ids=newsroom.rule_ids, now=now
            )
            told = follow(conn, [saved], newsroom=newsroom, is_backlog=job.is_backlog, now=now)
            if saved.was_flagged and result.judged.verdict.flagged:
                incidents.reassess(conn, job.post_id, result.judged)
        pages.record(conn, job, record, now=now)
    return PageRead(job.post.url, record, told)


async def one(job: PageJob, tools: Tools) -> PageRead:
    """Read one claimed page, whatever happens; a fault of ours is recorded as the page's."""
    try:
        result = await gather(job, tools)
    except Exception as fault:  # one page must never stop the others
        log.exception("reading the page of post %d", job.post_id)
        reason = f"Failwatch itself failed on this page ({type(fault).__name__}); see the log."
        result = PageResult(job, PageRecord("failed", reason))
    async with tools.writing:
        newsroom = await asyncio.to_thread(tools.newsroom)
        now = tools.clock()
        return await asyncio.to_thread(
            lambda: settle(tools.conn, result, newsroom=newsroom, now=now)
        )


async def claim(tools: Tools, room: int) -> tuple[PageJob, ...]:
    """Take as many pages that wait as there is room for."""
    async with tools.writing:
        with transaction(tools.conn):
            return pages.claim(tools.conn, now=tools.clock(), limit=room, lease=LEASE)


async def begin(tools: Tools, reading: set[asyncio.Task[None]]) -> None:
    """Claim as many pages as `reading` has room for, and read them beside those in it."""

    async def read(job: PageJob) -> None:
        try:
            done = await one(job, tools)
        except Exception:  # the lease runs out and the page is tried again
            log.exception("could not record the page of post %d", job.post_id)
            return
        log.info("%s: %s", done.url, done.record.outcome or f"page {done.record.state}")

    room = AT_ONCE - len(reading)
    for job in await claim(tools, room) if room > 0 else ():
        task = asyncio.create_task(read(job))
        reading.add(task)
        task.add_done_callback(reading.discard)


async def run(tools: Tools) -> tuple[PageRead, ...]:
    """Read all pages that wait now, `AT_ONCE` side by side; later tries are left to later."""
    done: list[PageRead] = []
    while jobs := await claim(tools, AT_ONCE):
        done += await asyncio.gather(*(one(job, tools) for job in jobs))
    return tuple(done)
