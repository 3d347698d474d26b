"""What stands beside the queue: one incident to read, with the text of its posts and marked words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from monitor.flow import recurring, similar
from monitor.store import queue, standing
from monitor.store.db import Connection
from monitor.web import show
from monitor.web.ds import Response, fragment, read, site

LONGEST = 12_000
"""Characters of a post that are shown; the rest is at its source."""
OTHERS = 20
"""Further posts that are named."""
NEIGHBOURS = 3
GONE = "There is no incident {}: load the page again."


def told(
    conn: Connection, number: int, now: datetime, roles: Collection[str]
) -> dict[str, Any] | None:
    """All that the pane shows of an incident; of one that was merged, of the one it became."""
    leads = standing.leads_to(conn, number)
    row = queue.incident(conn, leads) if leads else None
    if row is None or leads is None:
        return None
    first = queue.first_posts(conn, [leads]).get(leads)
    others = [post for post in queue.posts(conn, leads) if first and post["id"] != first["id"]]
    past = similar.look(conn, leads)
    values: dict[str, Any] = {
        "again": recurring.look(conn, leads, past, roles),
        "incident": row,
        "age": show.age(row["last_post_at"], now),
        "others": [
            {"row": post, "link": show.web_link(post["url"]), "day": show.day(post["published_at"])}
            for post in others[-OTHERS:]
        ],
        "unnamed": max(0, len(others) - OTHERS),
        "past": past[:NEIGHBOURS],
        "post": None,
    }
    if first is None:
        return values
    found = queue.matches(conn, [first["id"]])[first["id"]]
    text = max(first["text"], first["summary"], key=len)
    texts = {"title": first["title"], "text": text, "url": first["url"]}
    shown = text[:LONGEST]
    spans = [span for span in show.ranges(found, "text") if span[1] <= len(shown)]
    return values | {
        "post": first,
        "title": show.marked(first["title"], show.ranges(found, "title")),
        "text": show.marked(shown, spans),
        "is_cut": len(text) > LONGEST,
        "link": show.web_link(first["url"]),
        "day": show.day(first["published_at"]),
        "why": show.why(found, texts),
    }


async def page(datasette: Any, request: Any) -> Response:
    """The pane of one incident, for the script of the queue."""
    number, now = int(request.url_vars["id"]), site(datasette).clock()
    values = await read(datasette, lambda conn: told(conn, number, now, request.actor["roles"]))
    headers = {"Cache-Control": "no-store"}
    if values is None:
        return Response.text(GONE.format(number), status=404, headers=headers)
    body = await fragment(
        datasette, request, "failwatch_pane.html", severities=show.SEVERITIES, **values
    )
    return Response.html(body, headers=headers)
