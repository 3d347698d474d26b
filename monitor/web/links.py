"""Links to feeds of one's views: made, shown once, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.errors import Refused
from monitor.store import audit, feed_links
from monitor.store.db import Connection
from monitor.store.feed_links import View
from monitor.web.ds import Response, posted, render, site, write


async def _show(datasette: Any, request: Any, **values: Any) -> Response:
    place, number = site(datasette), request.actor["number"]
    rows = await place.private(lambda p: feed_links.of_account(p, number))
    links = [(row, View(row["view"], row["asked"]).address) for row in rows]
    values = {"made": "", "title": "", "address": "", "error": ""} | values
    return await render(datasette, request, "failwatch_links.html", links=links, base=place.public_url.rstrip("/"),
                        views=feed_links.VIEWS, **values)  # fmt: skip


async def page(datasette: Any, request: Any) -> Response:
    """One's links, and a form for another; `view` is the address of the view to show."""
    address = str(request.args.get("view") or "")[: feed_links.MAX_ASKED]
    return await _show(datasette, request, address=address, title=_title(address))


def _title(address: str) -> str:
    path = address.partition("?")[0]
    if path.startswith("/-/incidents/"):
        return f"Incident {path.rpartition('/')[2]}"
    return {"/-/posts": "Posts", "/-/triage": "Triage"}.get(path, "")


async def make(datasette: Any, request: Any) -> Response:
    """A new link; its address is shown on this one answer."""
    place, form, now = site(datasette), await posted(request), site(datasette).clock()
    title, address = str(form.get("title", "")), str(form.get("view", ""))
    number = request.actor["number"]
    try:
        view = feed_links.view_of(address)
        token = await place.private(lambda p: feed_links.make(p, number, title, view, now=now))
    except Refused as refused:
        return await _show(datasette, request, title=title, address=address, error=str(refused), status=422)  # fmt: skip
    await _note(datasette, request, "make", now=now, after={"title": title.strip()[:100], "view": view.address})  # fmt: skip
    return await _show(datasette, request, made=token)


async def revoke(datasette: Any, request: Any) -> Response:
    """End a link at once."""
    place, now = site(datasette), site(datasette).clock()
    account, number = request.actor["number"], int(request.url_vars["id"])
    title = await place.private(lambda p: feed_links.revoke(p, account, number, now=now))
    await _note(datasette, request, "revoke", now=now, after={"title": title, "link": number})
    return Response.redirect("/-/failwatch/links", status=303)


async def _note(datasette: Any, request: Any, verb: str, *, now: datetime, after: dict[str, Any]) -> None:  # fmt: skip
    actor, item = request.actor["id"], f"account:{request.actor['number']}"

    def work(conn: Connection) -> None:
        audit.record(conn, actor, f"feed_link.{verb}", item, now=now, after=after)

    await write(datasette, work)
