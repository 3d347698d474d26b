"""Posts: everything that was seen, searched by words or by our query language."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from monitor.errors import ConfigError, Refused
from monitor.flow import lookup, pick
from monitor.model import RuleSource, Severity
from monitor.rules import match, pack
from monitor.rules.pack import RuleSet
from monitor.store import queue, seen, wording
from monitor.store.db import Connection, Row
from monitor.store.posts import as_post
from monitor.web import asked as asking
from monitor.web import found, reading, show
from monitor.web.access import local
from monitor.web.asked import Asked
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.reading import Reading

QUERY_ID = "search"


@dataclass(frozen=True, slots=True)
class Results:
    """A page of posts."""

    lines: Sequence[found.Line]
    next: str = ""
    """Address of the older ones; empty if there are none."""
    said: str = ""
    """How much was looked through."""
    is_cut: bool = False
    """Whether a limit ended the search before a page was full."""


def _source(query: str) -> RuleSource:
    return RuleSource(QUERY_ID, QUERY_ID, Severity.MISSTEP, 0.5, query, (), ())


@lru_cache(maxsize=64)
def _marker(words: str) -> RuleSet | None:
    """What finds the words of a search in a text; None if they cannot be told apart there."""
    try:
        return pack.build([_source(wording.marks(words))], (), proven=False)
    except ConfigError:
        return None


def _marked(words: str, rows: Sequence[Row], conn: Connection) -> found.Spans:
    """The places to mark: the words that were looked for, else what the rules found."""
    if words.strip():
        marker = _marker(words)
        if marker is None:
            return {}
        return {
            row["id"]: [
                (s.field, s.start, s.end)
                for m in match.judge(marker, as_post(row)).matches
                for s in m.spans
            ]
            for row in rows
        }
    ids = [row["id"] for row in rows if row["flagged"]]
    return {
        number: [(name, start, end) for name in ("title", "text") for start, end in show.ranges(hits, name)]
        for number, hits in queue.matches(conn, ids).items()
    }  # fmt: skip


def _by_words(conn: Connection, asked: Asked) -> Results:
    filters = asked.filters
    rows = seen.page(conn, filters)
    shown, has_more = rows[: seen.PAGE], len(rows) > seen.PAGE
    after = (shown[-1]["published_at"], shown[-1]["id"]) if has_more else None
    said, is_cut = "", False
    if filters.words.strip():
        total = seen.count(conn, filters.words)
        is_cut = total >= seen.MOST_HITS
        whole = f"{total:,} {'post has' if total == 1 else 'posts have'} these words"
        said = f"The {total:,} posts seen last that have these words" if is_cut else whole
    spans = _marked(filters.words, shown, conn)
    return Results(
        found.lines(conn, shown, spans),
        next=asking.address(asked, after=after) if after else "",
        said=said + (" before the filters." if said and len(asking.kept(asked)) > 1 else "." if said else ""),
        is_cut=is_cut,
    )  # fmt: skip


async def _by_query(datasette: Any, asked: Asked, tried: RuleSet) -> Results:
    def look(conn: Connection) -> lookup.Looked:
        return lookup.run(conn, tried, asked.filters, seconds=time.monotonic)

    looked = await site(datasette).slowly(look)
    spans: Mapping[int, Any] = {
        number: [(s.field, s.start, s.end) for s in places] for number, places in looked.spans.items()
    }  # fmt: skip
    lines = await read(datasette, lambda conn: found.lines(conn, looked.rows, spans))
    said = f"Looked at {looked.looked_at:,} {'post' if looked.looked_at == 1 else 'posts'}"
    if looked.stopped_at:
        said += f", back to {show.day(looked.stopped_at[0])}"
    return Results(
        lines,
        next=asking.address(asked, after=looked.stopped_at) if looked.stopped_at else "",
        said=f"{said}.",
        is_cut=looked.stopped_at is not None and not looked.is_full,
    )


async def compiled(datasette: Any, asked: Asked) -> Reading:
    """The query of a search, ready to be run; or what is wrong with it."""
    files = await site(datasette).files()
    terms = files.loaded.config.terms if files.loaded else ()
    return await asyncio.to_thread(reading.read, _source(asked.text), terms)


async def search(datasette: Any, asked: Asked) -> tuple[Results | None, Reading, str]:
    """What is found; or what is wrong with the query and where; or with the words."""
    if asked.is_query:
        read_as = await compiled(datasette, asked)
        if read_as.tried is None:
            return None, read_as, read_as.error
        return await _by_query(datasette, asked, read_as.tried), read_as, ""
    try:
        return await read(datasette, lambda conn: _by_words(conn, asked)), Reading(), ""
    except Refused as refused:
        return None, Reading(), str(refused)


async def page(datasette: Any, request: Any) -> Response:
    """The posts; the address holds what is asked and the place."""
    asked = asking.read(request.args)
    results, read_as, error = await search(datasette, asked)

    def ask(conn: Connection) -> dict[str, Any]:
        return {
            "feeds": seen.feeds(conn),
            "languages": seen.languages(conn),
            "incidents": seen.open_incidents(conn),
        }

    known = await read(datasette, ask)
    first = replace(asked, filters=replace(asked.filters, after=None))
    return await render(
        datasette, request, "failwatch_posts.html", asked=asked, results=results, read_as=read_as, error=error,
        filters=asked.filters, back=asking.address(asked, after=asked.filters.after), first=asking.address(first), same=urlencode(asking.kept(first)),
        database=next(iter(datasette.databases)), did=_did(request), status=422 if error else 200, **known,
    )  # fmt: skip


def _did(request: Any) -> int:
    did = request.args.get("did") or ""
    return int(did) if did.isdecimal() and len(did) < 19 else 0


async def start(datasette: Any, request: Any) -> Response:
    """Make an incident of a post."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    actor = request.actor["id"]
    made = await write(datasette, lambda conn: pick.start(conn, number, actor=actor, now=now))
    return _done(request, form, made)


async def add(datasette: Any, request: Any) -> Response:
    """Add a post to an incident."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    actor, wanted = request.actor["id"], str(form.get("incident", ""))[:400]
    told = await write(datasette, lambda conn: pick.add(conn, number, wanted, actor=actor, now=now))
    return _done(request, form, told)


def _done(request: Any, form: dict[str, Any], incident: int) -> Response:
    """The incident's number for a script; back to the page for a form."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return Response.json({"ok": True, "incident": incident})
    back = local(str(form.get("back", "")), "/-/posts")
    return Response.redirect(f"{back}{'&' if '?' in back else '?'}did={incident}", status=303)
