"""The recall audit: posts that no rule flagged, drawn by chance, answered in a keystroke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from monitor.flow import recall as flow
from monitor.rules.recall import Week, estimate, sentences
from monitor.store import recall
from monitor.store.db import Connection, Row
from monitor.web import show
from monitor.web.ds import Response, posted, read, render, site, write

MOST = 50
"""Posts on the page; the rest follows when these are answered."""

WEEKS = 12
"""Weeks in the table."""

SHOWN = 1_200
"""Characters of a text that are shown at once; the rest unfolds."""


@dataclass(frozen=True, slots=True)
class Item:
    """A post as the page shows it: without what the rules said, which would sway people."""

    row: Row
    title: str
    text: str
    rest: str
    link: str
    day: str


def _item(row: Row) -> Item:
    text = max(row["text"], row["summary"], key=len)
    cut = len(text)
    if len(text) > SHOWN:
        blank = text.rfind(" ", SHOWN - 100, SHOWN)
        cut = blank if blank > 0 else SHOWN
    return Item(
        row, row["title"] or "(no title)", text[:cut], text[cut:].lstrip(),
        show.web_link(row["url"]), show.day(row["published_at"]),
    )  # fmt: skip


async def page(datasette: Any, request: Any) -> Response:
    """What waits, and what the answers say so far."""
    did = request.args.get("did") or ""

    def ask(conn: Connection) -> tuple[list[Item], int, list[Week], Row | None]:
        done = recall.find(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        waiting = [_item(row) for row in recall.waiting(conn, MOST)]
        return waiting, recall.count_waiting(conn), flow.weeks(conn), done

    items, total, weeks, done = await read(datasette, ask)
    files = await site(datasette).files()
    is_off = bool(files.loaded and not files.loaded.config.settings.recall_posts)
    return await render(
        datasette, request, "failwatch_recall.html", items=items, total=total, is_off=is_off,
        weeks=weeks[: -WEEKS - 1 : -1], said=sentences(estimate(weeks)) if weeks else [],
        done=done if done and done["answer"] else None,
    )  # fmt: skip


def _version(form: dict[str, Any]) -> int:
    text = str(form.get("version", ""))
    return int(text) if text.isdecimal() and len(text) < 19 else 0


async def _done(datasette: Any, request: Any, number: int, version: int) -> Response:
    """The new estimate for our script; back to the page for a form."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return Response.redirect(f"/-/recall?did={number}", status=303)
    weeks = await read(datasette, flow.weeks)
    return Response.json(
        {"ok": True, "id": number, "version": version, "said": sentences(estimate(weeks))}
    )


async def answer(datasette: Any, request: Any) -> Response:
    """Say what a post is."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    said = str(form.get("answer", "")) or "nothing"
    version = await write(
        datasette,
        lambda conn: flow.answer(
            conn, number, said, version=_version(form), actor=request.actor["id"], now=now
        ),
    )
    return await _done(datasette, request, number, version)


async def undo(datasette: Any, request: Any) -> Response:
    """Take an answer back."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    version = await write(
        datasette,
        lambda conn: flow.undo(
            conn, number, version=_version(form), actor=request.actor["id"], now=now
        ),
    )
    return await _done(datasette, request, number, version)
