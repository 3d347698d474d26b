"""`failwatch poll` and `failwatch feeds …`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import click

from monitor import app
from monitor.cli.shared import Context, as_json, emit, plural, table
from monitor.config import edit
from monitor.flow import files, pages
from monitor.flow import poll as flow
from monitor.model import FeedSettings, FetchFailed, NotModified, ParseFailed, PollJob
from monitor.store import feeds as store
from monitor.store.db import Connection, transaction


@dataclass(frozen=True, slots=True)
class Round:
    """A round of polls, from the shell."""

    urls: tuple[str, ...] | None = None
    ignore_schedule: bool = False


async def poll_round(
    context: Context,
    loaded: files.Loaded,
    stores: tuple[Connection, Connection],
    wanted: Round,
    *,
    on_start: Callable[[int], None],
    on_done: Callable[[flow.Polled], None],
) -> tuple[flow.Polled, ...]:
    """Bring feeds and rules in step with the files, then poll what is wanted."""
    main, private = stores
    rule_ids = app.adopt(main, loaded)
    with transaction(main):
        jobs = store.claim(
            main,
            now=app.now(),
            limit=100_000,
            lease=flow.LEASE,
            urls=wanted.urls,
            ignore_schedule=wanted.ignore_schedule,
        )
    on_start(len(jobs))
    async with app.parser() as parser, app.fetcher(loaded) as fetcher:
        tools = flow.Tools(
            conn=main,
            fetch=fetcher,
            parse=parser,
            judge=loaded.judge,
            newsroom=lambda: app.newsroom(loaded, context.data, private, rule_ids),
            clock=app.now,
            jitter=app.jitter,
            pages=loaded.config.settings.polling.pages,
        )
        return await flow.run(jobs, tools, on_done=on_done)


async def read_pages(
    context: Context, loaded: files.Loaded, stores: tuple[Connection, Connection]
) -> tuple[pages.PageRead, ...]:
    """Read the pages that wait, as the worker would."""
    main, private = stores
    rule_ids = app.adopt(main, loaded)
    async with app.parser() as parser, app.fetcher(loaded) as fetcher:
        tools = pages.Tools(
            conn=main,
            fetch=fetcher,
            read=parser,
            judge=loaded.judge,
            newsroom=lambda: app.newsroom(loaded, context.data, private, rule_ids),
            clock=app.now,
            mode=loaded.config.settings.polling.pages,
        )
        return await pages.run(tools)


def with_progress(
    context: Context,
    loaded: files.Loaded,
    stores: tuple[Connection, Connection],
    wanted: Round,
) -> tuple[flow.Polled, ...]:
    """Poll with a progress bar on standard error, so that output stays clean for scripts."""
    with click.progressbar(
        length=1, label="Polling feeds", file=sys.stderr, show_pos=True, item_show_func=_shown
    ) as bar:

        def started(count: int) -> None:
            bar.length = count

        return asyncio.run(
            poll_round(
                context,
                loaded,
                stores,
                wanted,
                on_start=started,
                on_done=lambda polled: bar.update(1, polled),
            )
        )


def _shown(polled: flow.Polled | None) -> str:
    return polled.title[:40] if polled else ""


@click.command()
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--all", "every", is_flag=True, help="Poll every feed, due or not.")
@as_json
@click.pass_obj
def poll(context: Context, urls: tuple[str, ...], *, every: bool, as_json: bool) -> None:
    """Poll the feeds that are due, or those named.

    Example: failwatch poll https://www.prdaily.com/feed/
    """
    loaded = context.load()
    _must_know(loaded, urls)
    with context.stores() as stores:
        polled = with_progress(context, loaded, stores, Round(urls or None, every))
        read = asyncio.run(read_pages(context, loaded, stores))
    emit(
        [asdict(p) for p in polled],
        as_json=as_json,
        human=lambda: "\n".join(filter(None, (summary(polled), pages_summary(read)))),
    )
    if any(p.error for p in polled):
        sys.exit(1)


def _must_know(loaded: files.Loaded, urls: Sequence[str]) -> None:
    known = {feed.url for feed in loaded.config.feeds if feed.enabled}
    for url in urls:
        if url not in known:
            raise click.UsageError(
                f"{url} is not an enabled feed of feeds.yaml. See `failwatch feeds list`, or add it"
                f" with `failwatch feeds add {url}`."
            )


def summary(polled: Sequence[flow.Polled]) -> str:
    """What a round of polls came to, for a person."""
    if not polled:
        return "No feed is due."
    failed = [p for p in polled if p.error]
    lines = [f"{p.title}: {p.error}" for p in failed]
    lines.append(
        f"{plural(len(polled), 'feed')} polled, {len(failed)} failed:"
        f" {plural(sum(p.new_posts for p in polled), 'new post')},"
        f" {sum(p.flagged for p in polled):,} flagged,"
        f" {plural(sum(p.incidents for p in polled), 'new incident')},"
        f" {plural(sum(p.alerts for p in polled), 'alert')} queued."
    )
    return "\n".join(lines)


def pages_summary(read: Sequence[pages.PageRead]) -> str:
    """What reading pages came to, for a person; empty if none waited."""
    if not read:
        return ""
    whole = [page for page in read if page.record.state == "read"]
    lines = [f"{page.url}: {page.record.outcome}" for page in read if page.record.outcome]
    lines.append(
        f"{plural(len(read), 'page')} asked for, {len(whole)} read:"
        f" {sum(page.ingested.flagged for page in read):,} more flagged,"
        f" {plural(sum(page.ingested.incidents for page in read), 'new incident')},"
        f" {plural(sum(page.ingested.alerts for page in read), 'alert')} queued."
    )
    return "\n".join(lines)


@click.group()
def feeds() -> None:
    """Look after feeds.yaml.

    Example: failwatch feeds list
    """


@feeds.command("list")
@as_json
@click.pass_obj
def list_feeds(context: Context, *, as_json: bool) -> None:
    """List the feeds with their health, worst first.

    Example: failwatch feeds list --json
    """
    loaded = context.load()
    with context.stores() as (main, _):
        app.adopt(main, loaded)
        rows = store.listing(main)
    columns = {
        "title": 32,
        "category": 10,
        "state": 8,
        "last_outcome": 9,
        "next_poll_at": 20,
        "last_error": 60,
    }
    emit(rows, as_json=as_json, human=lambda: table(rows, columns))


@feeds.command()
@click.argument("urls", nargs=-1, metavar="[URL]...")
@as_json
@click.pass_obj
def check(context: Context, urls: tuple[str, ...], *, as_json: bool) -> None:
    """Fetch and read feeds without storing anything: those named, or all of feeds.yaml.

    Example: failwatch feeds check https://www.prdaily.com/feed/
    """
    loaded = context.load()
    wanted = urls or tuple(feed.url for feed in loaded.config.feeds if feed.enabled)
    found = asyncio.run(_check(loaded, wanted))
    emit(found, as_json=as_json, human=lambda: table(found, {"url": 60, "result": 100}))
    if not all(row["ok"] for row in found):
        sys.exit(1)


async def _check(loaded: files.Loaded, urls: Sequence[str]) -> list[dict[str, object]]:
    async with app.parser() as parser, app.fetcher(loaded) as fetcher:

        async def look(url: str) -> dict[str, object]:
            fetched = await fetcher.get(PollJob(feed_id=0, url=url, title=url, language=""))
            if isinstance(fetched, FetchFailed):
                return {"url": url, "ok": False, "result": fetched.reason}
            if isinstance(fetched, NotModified):
                return {"url": url, "ok": True, "result": "unchanged"}
            parsed = await parser.parse(fetched, "")
            if isinstance(parsed, ParseFailed):
                return {"url": url, "ok": False, "result": parsed.reason}
            note = f"; malformed: {parsed.malformed}" if parsed.malformed else ""
            moved = f"; moved for good to {fetched.moved_to}" if fetched.moved_to else ""
            result = (
                f"{parsed.title or '(no title)'}: {plural(len(parsed.posts), 'post')}{note}{moved}"
            )
            return {"url": url, "ok": True, "result": result}

        return list(await asyncio.gather(*(look(url) for url in urls)))


@feeds.command()
@click.argument("url")
@click.option("--title", default="", help="Name shown on pages and in mails.")
@click.option("--language", default="", help="Two letters, such as en.")
@click.option("--category", default="", help="A word to filter by, such as trade.")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option("--every", type=click.IntRange(min=15), help="Minutes between polls; else learnt.")
@click.option("--full-text", is_flag=True, help="Read the page of each teaser.")
@click.pass_obj
def add(
    context: Context,
    /,
    url: str,
    tags: tuple[str, ...],
    every: int | None,
    *,
    full_text: bool,
    **keys: str,
) -> None:
    """Add a feed to feeds.yaml; comments there are kept. A running worker takes it up by itself.

    Example: failwatch feeds add https://example.com/feed --category trade --language en
    """
    feed = FeedSettings(
        url=url,
        title=keys["title"],
        language=keys["language"],
        category=keys["category"],
        tags=tags,
        every=timedelta(minutes=every) if every else None,
        full_text=full_text,
    )
    edit.add_feed(context.root, feed)
    click.echo(f"Added {url} to feeds.yaml.")


@feeds.command()
@click.argument("url")
@click.pass_obj
def remove(context: Context, url: str) -> None:
    """Take a feed out of feeds.yaml; its posts stay.

    Example: failwatch feeds remove https://example.com/feed
    """
    if not edit.remove_feed(context.root, url):
        raise click.UsageError(f"{url} is not in feeds.yaml. See `failwatch feeds list`.")
    click.echo(f"Removed {url} from feeds.yaml; its posts stay.")
