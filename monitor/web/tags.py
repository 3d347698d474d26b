"""The team's vocabulary: tags, the words that mean the same, and tags made one."""

from __future__ import annotations

from typing import Any

from monitor.model import Role
from monitor.store import changes, remarks
from monitor.store.db import Connection, Row
from monitor.web.access import may
from monitor.web.api import take_back
from monitor.web.ds import Response, posted, read, render, site, write


async def page(datasette: Any, request: Any) -> Response:
    """Every tag, with its synonyms and how many incidents bear it."""
    did, now = request.args.get("did") or "", site(datasette).clock()

    def ask(conn: Connection) -> tuple[list[Row], Row | None]:
        done = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        is_ours = (
            done is not None and done["what"].startswith("tag.") and changes.can_undo(done, now)
        )
        return remarks.vocabulary(conn), done if is_ours else None

    tags, done = await read(datasette, ask)
    return await render(datasette, request, "failwatch_tags.html", tags=tags, done=done)


def _back(change: int) -> Response:
    return Response.redirect(f"/-/tags?did={change}" if change else "/-/tags", status=303)


async def merge(datasette: Any, request: Any) -> Response:
    """Make two tags one."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    change = await write(
        datasette,
        lambda conn: remarks.merge_tags(
            conn, str(form.get("tag", "")), str(form.get("into", "")), actor=actor, now=now
        ),
    )
    return _back(change)


async def synonyms(datasette: Any, request: Any) -> Response:
    """Say which words mean a tag."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    words = str(form.get("synonyms", "")).split(",")
    change = await write(
        datasette,
        lambda conn: remarks.set_synonyms(
            conn, str(form.get("tag", "")), words, actor=actor, now=now
        ),
    )
    return _back(change)


async def undo(datasette: Any, request: Any) -> Response:
    """Take a change of the vocabulary back."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    number = str(form.get("change", ""))
    known = number if number.isdecimal() and len(number) < 19 else "0"
    all_of_it = may(request.actor, Role.EDITOR)
    await write(
        datasette, lambda conn: take_back(conn, known, actor=actor, now=now, all_of_it=all_of_it)
    )
    return _back(0)
