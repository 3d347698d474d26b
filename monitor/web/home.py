"""Home: what needs somebody now, and whether Failwatch is well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from monitor.flow import quality
from monitor.store import health, queue, recall
from monitor.store.db import Connection, stamp
from monitor.web import show
from monitor.web.ds import Response, read, render, site

SILENT = timedelta(minutes=3)
"""A worker that has not spoken for this long is not running."""

TABLES = (
    "incidents",
    "posts",
    "lessons",
    "feeds",
    "rules",
    "matches",
    "tags",
    "polls",
    "alerts",
    "audit",
)


def faults(conn: Connection, now: datetime) -> list[dict[str, str]]:
    """What is wrong with the worker, the files or the mail, with what to do."""
    topics = health.topics(conn)
    found = []
    worker = topics.get("worker")
    if worker is None:
        found.append(
            {
                "title": "The worker has not run yet",
                "text": "Feeds are not read and no mail is sent. Start it: failwatch worker, or failwatch up.",
            }
        )
    elif now - worker.at > SILENT:
        since = show.age(stamp(worker.at), now)
        found.append(
            {
                "title": f"The worker has been silent for {since}",
                "text": "Feeds are not read and no mail is sent. Start it again: failwatch worker, or failwatch up.",
            }
        )
    names = {
        "config": "A change to the files was refused; the last good version stays in force",
        "mail": "Mail cannot be sent",
    }
    for name, title in names.items():
        if name in topics and topics[name].fault:
            found.append({"title": title, "text": topics[name].fault})
    return found


async def page(datasette: Any, request: Any) -> Response:
    """The first page."""
    now, files = site(datasette).clock(), await site(datasette).files()
    live = [rule.source for rule in files.loaded.rule_set.rules] if files.loaded else []

    def ask(conn: Connection) -> dict[str, Any]:
        return {
            "figures": queue.overview(conn, stamp(now - timedelta(days=1))),
            "faults": faults(conn, now),
            "top": queue.page(conn, queue.Filters())[:5],
            "unseen": recall.count_waiting(conn),
            "pressing": quality.pressing(conn, live, now=now),
        }

    found = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_home.html", **found,
        tables=TABLES, severities=show.SEVERITIES, database=next(iter(datasette.databases)),
    )  # fmt: skip
