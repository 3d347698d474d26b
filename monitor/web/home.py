"""Home: what needs somebody now, and whether Failwatch is well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from monitor.flow import quality
from monitor.model import Role
from monitor.store import actions, agenda, audit, health, queue, recall
from monitor.store.db import Connection, stamp
from monitor.web import show
from monitor.web.access import may
from monitor.web.ds import FOR_ADMINS, KEPT_BACK, Response, read, render, site
from monitor.web.kept import kept

SILENT = timedelta(minutes=3)
"""A worker that has not spoken for this long is not running."""

TABLES = (
    "incidents",
    "posts",
    "lessons",
    "feeds",
    "rules",
    "matches",
    "rule_decisions",
    "recall_posts",
    "tags",
    "organisations",
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
        "wikis": "Wiki pages need somebody",
        "rules": "Rules are too broad: they hit more posts than failures can be",
    }
    for name, title in names.items():
        if name in topics and topics[name].fault:
            found.append({"title": title, "text": topics[name].fault})
    return found


async def pressing(datasette: Any) -> list[tuple[str, str]]:
    """Rules that need somebody; kept for a while, since it looks through a year of matches."""
    place = site(datasette)
    now, files = place.clock(), await place.files()
    if files.loaded is None:
        return []
    live = [rule.source for rule in files.loaded.rule_set.rules]
    last = await read(datasette, audit.last)
    mark = (last, files.loaded.config.fingerprint, f"{now:%F %H}")
    made = await kept(datasette, "pressing", mark, lambda conn: quality.pressing(conn, live, now=now))  # fmt: skip
    return made.value


def _tables(actor: dict[str, Any]) -> list[str]:
    """Tables that open to somebody."""
    kept = set() if may(actor, Role.ADMIN) else set(FOR_ADMINS)
    kept |= set() if may(actor, Role.EDITOR) else set(KEPT_BACK)
    return [name for name in TABLES if name not in kept]


async def page(datasette: Any, request: Any) -> Response:
    """The first page."""
    place = site(datasette)
    now = place.clock()

    def ask(conn: Connection) -> dict[str, Any]:
        return {
            "figures": queue.overview(conn, stamp(now - timedelta(days=1))),
            "faults": faults(conn, now),
            "top": queue.page(conn, queue.Filters())[:5],
            "unseen": recall.count_waiting(conn),
            "duties": agenda.counts(conn, request.actor["id"], now),
            "actions": actions.pressing(
                conn, request.actor["roles"], request.actor["id"], now.date().isoformat()
            ),
        }

    found = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_home.html", **found, pressing=await pressing(datasette),
        tables=_tables(request.actor), severities=show.SEVERITIES, database=next(iter(datasette.databases)),
    )  # fmt: skip
