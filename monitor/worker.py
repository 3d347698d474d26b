"""The worker: polls what is due, sends what is queued, takes up changed files; one a data folder.

APScheduler is only the clock: what is due stands in the database, so that a kill loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import app
from monitor.config.load import fingerprint
from monitor.errors import ConfigError, DataInUse
from monitor.flow import files, lookover, pages, poll, ranking, recall, remind
from monitor.model import PollJob, Post, Verdict
from monitor.store import feeds, health
from monitor.store import pages as wanted_pages
from monitor.store.db import Connection, transaction

log = logging.getLogger("failwatch.worker")

IN_FLIGHT = 32
"""Feeds claimed at once: enough to keep the fetcher's 16 busy, few enough to let go of quickly."""

DRAIN_SECONDS = 5.0
"""How long a stop waits for polls under way; the rest is polled again at the next start."""

BUSY = (
    "Another Failwatch worker is running on this data folder. Stop it first, or use another --data."
)


class Client(poll.Fetch, pages.Fetch, Protocol):
    """Gets feeds and pages, each host's one after the other."""


@dataclass(slots=True)
class Worker:
    """The worker's state: what is in force now and what is under way."""

    root: Path
    environ: Mapping[str, str]
    data: app.Data
    main: Connection
    private: Connection
    loaded: files.Loaded
    parser: poll.Parse
    page_parser: pages.Read
    """Of its own, so that no page keeps a feed waiting."""
    fetcher: Client
    fetcher_exit: AsyncExitStack
    rule_ids: dict[str, int] = field(default_factory=dict)
    seen: str = ""
    """Fingerprint of the files last looked at, good or bad."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    reading: set[asyncio.Task[None]] = field(default_factory=set)
    """Pages under way."""
    places: ranking.Desk = field(default_factory=ranking.Desk)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def tools(self) -> poll.Tools:
        """What a poll starting now works with."""
        return poll.Tools(
            conn=self.main,
            fetch=self.fetcher,
            parse=self.parser,
            judge=self._judge,
            newsroom=lambda: app.newsroom(self.loaded, self.data, self.private, self.rule_ids),
            clock=app.now,
            jitter=app.jitter,
            pages=self.loaded.config.settings.polling.pages,
            writing=self.writing,
        )

    def page_tools(self) -> pages.Tools:
        """What reading a page now works with."""
        return pages.Tools(
            conn=self.main,
            fetch=self.fetcher,
            read=self.page_parser,
            judge=self._judge,
            newsroom=lambda: app.newsroom(self.loaded, self.data, self.private, self.rule_ids),
            clock=app.now,
            mode=self.loaded.config.settings.polling.pages,
            writing=self.writing,
        )

    def _judge(self, post: Post, feed: str) -> Verdict:
        """By the rules in force when it is asked, not when the poll began."""
        return self.loaded.judge(post, feed)

    async def tick(self) -> None:
        """Claim what is due, as far as there is room, and poll it beside the rest."""
        room = IN_FLIGHT - len(self.tasks)
        if room <= 0:
            return
        async with self.writing:
            with transaction(self.main):
                jobs = feeds.claim(self.main, now=app.now(), limit=room, lease=poll.LEASE)
        for job in jobs:
            task = asyncio.create_task(self._poll(job))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _poll(self, job: PollJob) -> None:
        try:
            polled = await poll.one(job, self.tools())
        except Exception:  # the lease runs out and the feed is polled again; the fault is shown
            log.exception("could not record the poll of %s", job.title)
            return
        say = log.warning if polled.error else log.info
        say("%s: %s", polled.title, polled.error or polled.summary)

    async def read_pages(self) -> None:
        """Begin with pages that wait, beside the polls."""
        await pages.begin(self.page_tools(), self.reading)

    async def send(self) -> None:
        """Hand queued mails to the mail server, from a thread with connections of its own."""
        settings = self.loaded.config.settings
        if settings.mail.host:
            with suppress(DataInUse):  # `failwatch alerts send` is at it just now
                await asyncio.to_thread(app.deliver_now, self.data, settings)

    async def to_wikis(self) -> None:
        """Export what is due, in a thread that no stop waits for: the next run goes on from there."""
        due = (self.data, self.loaded.config.settings)
        threading.Thread(target=app.export_due, args=due, name="export", daemon=True).start()

    async def reload(self) -> None:
        """Take up changed files; a broken change is shown, and the last good one stays in force."""
        mark = await asyncio.to_thread(fingerprint, self.root)
        if mark == self.seen:
            return
        self.seen = mark
        try:
            loaded, told = await asyncio.to_thread(
                files.stand_on, self.root, self.environ, self.data.kept_rules
            )
        except ConfigError as error:
            log.error("The changed files are refused; the last good ones stay in force.\n%s", error)  # noqa: TRY400  # the faults are the message
            await self._say("config", str(error))
            return
        async with self.writing:
            await self._adopt(loaded)
        if told:
            log.error("Packs are refused; their last good version stays in force.\n%s", told)
            await self._say("config", told)
        else:
            log.info("Took up the changed files.")
        await self.look_over()

    async def _adopt(self, loaded: files.Loaded) -> None:
        polling = loaded.config.settings.polling
        if polling != self.loaded.config.settings.polling:
            await self._renew_fetcher(loaded)
        self.loaded = loaded
        self.rule_ids = app.adopt(self.main, loaded)

    async def _renew_fetcher(self, loaded: files.Loaded) -> None:
        """Swap the client; the old one is closed once the polls that use it are done."""
        old, under_way = self.fetcher_exit, (*self.tasks, *self.reading)
        self.fetcher_exit = AsyncExitStack()
        self.fetcher = await self.fetcher_exit.enter_async_context(app.fetcher(loaded))

        async def close() -> None:
            await asyncio.gather(*under_way, return_exceptions=True)
            await old.aclose()

        task = asyncio.create_task(close())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def look_over(self) -> None:
        """Hold the rules against what came in lately, and say which terms are too broad."""

        def told() -> str:
            with app.stores(self.data) as (main, _):
                return "\n".join(map(str, lookover.run(main, self.loaded.rule_set)))

        await self._say("rules", await asyncio.to_thread(told))

    async def beat(self) -> None:
        """Say that the worker lives; Home shows how long ago."""
        await self._say("worker", "")

    async def rank(self) -> None:
        """Bring the order of the queue in step with what came in and what was decided."""
        async with self.writing:
            stores = (self.main, self.private)
            await asyncio.to_thread(app.rank, self.data, self.loaded, stores, self.places)

    async def tidy(self) -> None:
        """Nightly: drop old polls, keep the query planner's figures fresh."""
        keep = self.loaded.config.settings.retention.polls_days
        async with self.writing:
            with transaction(self.main):
                feeds.prune_polls(self.main, before=app.now() - timedelta(days=keep))
            self.main.execute("PRAGMA optimize")

    async def weekly(self) -> None:
        """Draw the recall sample, make the digest and reminders, once due; the database says if they were."""
        wanted = self.loaded.config.settings.recall_posts
        desk = app.desk(self.loaded, self.data, self.private)
        async with self.writing:
            drawn = await asyncio.to_thread(
                lambda: recall.draw(self.main, wanted, pick=app.pick, now=app.now())
            )
            told = await asyncio.to_thread(lambda: remind.by_date(self.main, desk, now=app.now()))
        if drawn or told:
            log.info("Drawn for the page Recall: %d posts. Mails queued: %d.", drawn, told)

    async def _say(self, topic: str, fault: str) -> None:
        async with self.writing:
            with transaction(self.main):
                health.report(self.main, topic, fault=fault, now=app.now())

    async def drain(self) -> None:
        """Let polls under way finish, for `DRAIN_SECONDS`; then give them up."""
        if not (under_way := self.tasks | self.reading):
            return
        _, late = await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _schedule(worker: Worker) -> AsyncIOScheduler:
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        # Never skip what is late: a suspended laptop must catch up, once.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    often = ((worker.tick, 1), (worker.read_pages, 2), (worker.reload, 2), (worker.rank, 3))
    for job, seconds in (*often, (worker.send, 5), (worker.to_wikis, 10)):
        scheduler.add_job(job, "interval", seconds=seconds)
    scheduler.add_job(worker.beat, "interval", seconds=30, next_run_time=app.now())
    scheduler.add_job(worker.tidy, "cron", hour=3, minute=30)
    scheduler.add_job(worker.weekly, "interval", minutes=10, next_run_time=app.now())
    scheduler.add_job(worker.look_over, "interval", hours=6, next_run_time=app.now())

    def told(event: JobExecutionEvent) -> None:
        log.error("%s failed", event.job_id, exc_info=event.exception)

    scheduler.add_listener(told, EVENT_JOB_ERROR)
    return scheduler


async def run(root: Path, data: app.Data, environ: Mapping[str, str]) -> None:
    """Work until SIGTERM or SIGINT; raises `DataInUse` or, at the start only, `ConfigError`."""
    loaded, told = files.stand_on(root, environ, data.kept_rules)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with data.lock("worker", BUSY), app.stores(data) as (main, private):
        async with app.parser() as parser, app.parser() as page_parser:
            fetcher_exit = AsyncExitStack()
            worker = Worker(
                root, environ, data, main, private, loaded,
                parser=parser,
                page_parser=page_parser,
                fetcher=await fetcher_exit.enter_async_context(app.fetcher(loaded)),
                fetcher_exit=fetcher_exit,
                seen=fingerprint(root),
            )  # fmt: skip
            await _begin(worker, told)
            scheduler = _schedule(worker)
            scheduler.start()
            log.info("The worker is running.")
            await stop.wait()
            scheduler.shutdown(wait=False)
            await worker.drain()
            await worker.fetcher_exit.aclose()
    log.info("The worker has stopped.")


async def _begin(worker: Worker, told: str) -> None:
    """Bring the database in step with the files, and undo what a killed worker left behind."""
    with transaction(worker.main):
        feeds.release_all(worker.main)
        wanted_pages.release_all(worker.main)
    worker.rule_ids = app.adopt(worker.main, worker.loaded)
    if told:
        log.error("Packs are refused; their last good version stays in force.\n%s", told)
        with transaction(worker.main):
            health.report(worker.main, "config", fault=told, now=app.now())
    app.recover_outbox(worker.data)
    room = app.newsroom(worker.loaded, worker.data, worker.private, worker.rule_ids)
    await app.import_casebook(worker.main, worker.loaded, room)
