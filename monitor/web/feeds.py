"""Feeds: whether each is well, when it is read next and why then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from monitor.store import queue
from monitor.store.db import Connection, stamp
from monitor.web import show
from monitor.web.ds import Response, read, render, site
from monitor.web.home import faults


async def page(datasette: Any, request: Any) -> Response:
    """The health of every feed, worst first."""
    now = site(datasette).clock()

    def ask(conn: Connection) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        rows = [
            {
                "row": row,
                "last": show.age(row["last_polled_at"], now) if row["last_polled_at"] else "never",
                "next": show.until(row["next_poll_at"], now)
                if row["next_poll_at"] and row["state"] == "active"
                else "",
                "link": show.web_link(row["url"]),
            }
            for row in queue.feeds(conn, stamp(now - timedelta(days=7)))
        ]
        return rows, faults(conn, now)

    rows, found = await read(datasette, ask)
    failing = sum(1 for r in rows if r["row"]["failures"] or r["row"]["state"] == "gone")
    return await render(
        datasette, request, "failwatch_feeds.html", feeds=rows, faults=found, failing=failing,
        database=next(iter(datasette.databases)),
    )  # fmt: skip
