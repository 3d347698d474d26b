"""Whole results as CSV or JSON, written while they are read, however many there are."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from monitor.errors import Refused
from monitor.flow import lookup
from monitor.store import queue, seen, trail, wording
from monitor.store.db import Connection, Row, stamp
from monitor.web import asked as asking
from monitor.web import audit, posts, sheet
from monitor.web.ds import Response, read, site, stream
from monitor.web.triage import filters_of

BATCH = 500
_POSTS = (
    "id", "title", "url", "feed_title", "author", "language", "published_at", "seen_at", "score", "flagged",
    "summary", "text",
)  # fmt: skip
_AUDIT = ("id", "at", "actor", "action", "item", "before", "after")
_INCIDENTS = (
    "id", "title", "organisation", "status", "reason", "severity", "score", "posts", "sources", "first_post_at",
    "last_post_at", "created_at", "decided_at", "decided_by", "owner", "due_on",
)  # fmt: skip

Rows = AsyncIterator[Sequence[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written out: its columns, and its rows a batch at a time."""

    name: str
    columns: tuple[str, ...]
    rows: Rows


async def _pages(
    datasette: Any, ask: Callable[[Any, Connection], list[Row]], mark: Callable[[Row], Any]
) -> AsyncIterator[list[Row]]:
    """Batches by keyset: no transaction stays open while somebody's network is slow."""
    after: Any = None
    while True:
        rows = await read(datasette, partial(ask, after))
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = mark(rows[-1])


async def _posts_by_query(datasette: Any, asked: asking.Asked) -> Rows:
    read_as = await posts.compiled(datasette, asked)
    if read_as.tried is None:
        raise Refused(read_as.error)
    tried, filters = read_as.tried, asked.filters

    def look(where: seen.Filters, conn: Connection) -> lookup.Looked:
        return lookup.run(conn, tried, where, seconds=time.monotonic)

    async def rows() -> Rows:
        place = filters.after
        while True:
            found: lookup.Looked = await site(datasette).slowly(
                partial(look, replace(filters, after=place))
            )
            yield [_picked(row, _POSTS) for row in found.rows]
            if (place := found.stopped_at) is None:
                return

    return rows()


def _picked(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in columns}


async def _of_posts(datasette: Any, request: Any) -> Sheet:
    asked = asking.read(request.args)
    if asked.is_query:
        return Sheet("posts", _POSTS, await _posts_by_query(datasette, asked))
    if asked.text.strip():
        wording.fts(asked.text)

    async def rows() -> Rows:
        if asked.text.strip():
            pages = _pages(datasette, lambda below, conn: seen.matching(conn, asked.filters, below, BATCH), lambda row: row["id"])  # fmt: skip
        else:
            pages = _pages(datasette, lambda place, conn: seen.page(conn, replace(asked.filters, after=place), BATCH),
                           lambda row: (row["published_at"], row["id"]))  # fmt: skip
        async for batch in pages:
            yield [_picked(row, _POSTS) for row in batch]

    return Sheet("posts", _POSTS, rows())


async def _of_audit(datasette: Any, request: Any) -> Sheet:
    asked = audit.filters(request.args)

    async def rows() -> Rows:
        pages = _pages(datasette, lambda after, conn: trail.page(conn, replace(asked, after=after or 0), BATCH), lambda row: row["id"])  # fmt: skip
        async for batch in pages:
            yield [_picked(row, _AUDIT) for row in batch]

    return Sheet("audit", _AUDIT, rows())


async def _of_incidents(datasette: Any, request: Any) -> Sheet:
    asked = replace(
        filters_of(request.args, request.actor["id"]), now=stamp(site(datasette).clock())
    )

    def ask(conn: Connection) -> list[int]:
        return queue.numbers(conn, asked)

    def some(part: list[int], conn: Connection) -> list[dict[str, Any]]:
        found, tags = queue.by_number(conn, part), queue.tags(conn, part)
        return [_picked(row, _INCIDENTS) | {"tags": ", ".join(tags[row["id"]])} for row in found]

    numbers = await read(datasette, ask)

    async def rows() -> Rows:
        for start in range(0, len(numbers), BATCH):
            part = numbers[start : start + BATCH]
            yield await read(datasette, partial(some, part))

    return Sheet("incidents", (*_INCIDENTS, "tags"), rows())


_SHEETS = {"posts": _of_posts, "incidents": _of_incidents, "audit": _of_audit}


async def file(datasette: Any, request: Any) -> Response:
    """A whole result as a file."""
    kind, form = request.url_vars["kind"], request.url_vars["form"]
    made = await _SHEETS[kind](datasette, request)
    name = f"failwatch-{kind}-{site(datasette).clock():%Y-%m-%d}.{form}"
    written = _csv(made) if form == "csv" else _json(made)
    content_type = "text/csv; charset=utf-8" if form == "csv" else "application/json; charset=utf-8"
    return stream(written, content_type, name)


async def _csv(made: Sheet) -> AsyncIterator[str]:
    yield sheet.BOM + sheet.lines([made.columns])
    async for batch in made.rows:
        yield sheet.lines([row[name] for name in made.columns] for row in batch)


async def _json(made: Sheet) -> AsyncIterator[str]:
    is_first = True
    yield "["
    async for batch in made.rows:
        for row in batch:
            text = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace").decode()
            yield ("\n" if is_first else ",\n") + text
            is_first = False
    yield "\n]\n"
