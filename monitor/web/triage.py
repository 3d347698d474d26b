"""The triage queue: one story a line, decided in a keystroke, never overwritten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from monitor.model import Status
from monitor.store import audit, known, queue, triage, views
from monitor.store.db import Connection, stamp
from monitor.web import show
from monitor.web.access import local
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.people import people
from monitor.web.placed import Placed, placed

SHOWN_RULES = 3
"""The strongest matches of a post, which the queue names and marks; the rest is on its page."""


@dataclass(frozen=True, slots=True)
class Item:
    """An incident as the queue shows it."""

    row: Any
    title: Any
    snippet: Any
    why: list[dict[str, Any]]
    tags: list[str]
    source: str
    feed: str
    age: str
    drawn: tuple[int, str]
    """How many posts it drew that no rule flags, and why the last of them."""
    place: Placed


def filters_of(args: Any, me: str = "") -> queue.Filters:
    """What an address narrows the queue to; the owner `me` is who asks."""
    status = args.get("status") or "new"
    severity = args.get("severity") or "1"
    after = None
    parts = (args.get("after") or "").split("~")
    if len(parts) == 3:
        try:
            after = (float(parts[0]), parts[1][:20], int(parts[2][:18]))
        except ValueError:
            after = None
    return queue.Filters(
        status="" if status == "all" else status if status in set(Status) else "new",
        severity=int(severity) if severity in {"1", "2", "3", "4"} else 1,
        tag=(args.get("tag") or "")[:60],
        owner=me if args.get("owner") == "me" else (args.get("owner") or "")[:64],
        words=(args.get("q") or "")[:200],
        after=after,
    )


def items(conn: Connection, rows: list[Any], now: datetime) -> list[Item]:
    """Incidents with all that a line of the queue shows, in a fixed number of questions."""
    numbers = [row["id"] for row in rows]
    first = queue.first_posts(conn, numbers)
    matches = queue.matches(conn, [post["id"] for post in first.values()])
    tags, drawn = queue.tags(conn, numbers), known.joined(conn, numbers)
    places = placed(conn, rows, now)
    made = []
    for row in rows:
        post = first[row["id"]]
        found = matches[post["id"]]
        # Only what the strongest rules found is marked: a line full of marks shows nothing.
        strongest = found[:SHOWN_RULES]
        text = max(post["text"], post["summary"], key=len)
        texts = {"title": post["title"], "text": text, "url": post["url"]}
        is_same = row["title"] == post["title"]
        made.append(
            Item(
                row=row,
                title=show.marked(row["title"], show.ranges(strongest, "title") if is_same else []),
                snippet=show.snippet(text, show.ranges(strongest, "text")),
                why=show.why(found, texts),
                tags=tags[row["id"]],
                source=show.web_link(post["url"]),
                feed=post["feed_title"],
                age=show.age(row["last_post_at"], now),
                drawn=drawn.get(row["id"], (0, "")),
                place=places[row["id"]],
            )
        )
    return made


async def page(datasette: Any, request: Any) -> Response:
    """The queue; its address holds the filters and the place."""
    now = site(datasette).clock()
    filters = replace(filters_of(request.args, request.actor["id"]), now=stamp(now))
    name = request.actor["id"]

    def ask(conn: Connection) -> tuple[list[Item], bool, int, list[str], Any, list[Any], int]:
        rows = queue.page(conn, filters)
        did = request.args.get("did") or ""
        done = queue.incident(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        shown = items(conn, rows[: queue.PAGE], now)
        return (
            shown,
            len(rows) > queue.PAGE,
            queue.count(conn, filters),
            queue.vocabulary(conn),
            done,
            views.seen_by(conn, name),
            audit.last(conn),
        )

    shown, has_more, total, vocabulary, done, kept_views, seen = await read(datasette, ask)
    names = await people(datasette)
    kept = {key: value for key in views.KEYS if (value := request.args.get(key))}
    back = "/-/triage" + (f"?{urlencode(kept)}" if kept else "")
    following = ""
    if has_more:
        last = shown[-1].row
        following = "/-/triage?" + urlencode(
            kept | {"after": f"{last['rank']!r}~{last['last_post_at']}~{last['id']}"}
        )
    return await render(
        datasette, request, "failwatch_triage.html", items=shown, total=total, next=following,
        filters=filters, vocabulary=vocabulary, back=back, done=done, selected=request.args.get("sel") or "",
        reasons=triage.REASONS, statuses=list(Status), most=SHOWN_RULES, severities=show.SEVERITIES,
        views=kept_views, here=views.query(kept), seen=seen, people=names, today=now.date(),
        owner=request.args.get("owner") or "",
    )  # fmt: skip


def answer(
    request: Any, form: dict[str, Any], values: dict[str, Any], *, did: int | None = None
) -> Response:
    """Tell a script what came of it, or send a form back to its place."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return Response.json({"ok": True, **values})
    back = local(str(form.get("back", "")), "/-/triage")
    if did is not None and back.startswith("/-/triage"):
        back += f"{'&' if '?' in back else '?'}did={did}"
    return Response.redirect(back, status=303)


def _version(form: dict[str, Any]) -> int:
    text = str(form.get("version", ""))
    return int(text) if text.isdecimal() and len(text) < 19 else 0


async def decide(datasette: Any, request: Any) -> Response:
    """Set an incident's status."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    status, reason = str(form.get("status", "")), str(form.get("reason", ""))
    version = await write(
        datasette,
        lambda conn: triage.decide(
            conn, number, version=_version(form), status=status, reason=reason,
            actor=request.actor["id"], now=now,
        ),
    )  # fmt: skip
    return answer(request, form, {"id": number, "status": status, "version": version}, did=number)


async def undo(datasette: Any, request: Any) -> Response:
    """Take the last decision on an incident back."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    status, version = await write(
        datasette,
        lambda conn: triage.undo(
            conn, number, version=_version(form), actor=request.actor["id"], now=now
        ),
    )
    return answer(request, form, {"id": number, "status": status, "version": version})


async def tag(datasette: Any, request: Any) -> Response:
    """Put a tag on an incident."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    name = await write(
        datasette,
        lambda conn: triage.tag(
            conn, number, str(form.get("tag", "")), actor=request.actor["id"], now=now
        ),
    )
    return answer(request, form, {"id": number, "tag": name})
