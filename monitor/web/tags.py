"""The team's vocabulary: tags, the words that mean the same, and tags made one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitor.errors import Refused, StaleVersion
from monitor.model import Role
from monitor.store import changes, remarks
from monitor.store.db import Connection, Row
from monitor.web.access import may
from monitor.web.api import take_back
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.typed import Typed, refused


async def page(datasette: Any, request: Any) -> Response:
    """Every tag, with its synonyms and how many incidents bear it."""
    return await _shown(datasette, request, Typed())


async def _shown(datasette: Any, request: Any, typed: Typed) -> Response:
    did, now = request.args.get("did") or "", site(datasette).clock()

    def ask(conn: Connection) -> tuple[list[Row], Row | None]:
        done = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        is_ours = (
            done is not None and done["what"].startswith("tag.") and changes.can_undo(done, now)
        )
        return remarks.vocabulary(conn), done if is_ours else None

    tags, done = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_tags.html", tags=tags, done=done, typed=typed,
        status=typed.status,
    )  # fmt: skip


def _back(change: int) -> Response:
    return Response.redirect(f"/-/tags?did={change}" if change else "/-/tags", status=303)


Form = dict[str, Any]


async def _change(
    datasette: Any, request: Any, typed: tuple[str, Form], work: Callable[[Connection], int]
) -> Response:
    """Do it; if it is refused, the page comes back with what was typed."""
    try:
        return _back(await write(datasette, work))
    except (Refused, StaleVersion) as error:
        return await _shown(datasette, request, refused(*typed, error))


async def merge(datasette: Any, request: Any) -> Response:
    """Make two tags one."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    name, into = str(form.get("tag", "")), str(form.get("into", ""))

    def work(conn: Connection) -> int:
        return remarks.merge_tags(conn, name, into, actor=actor, now=now)

    return await _change(datasette, request, ("merge", form), work)


async def synonyms(datasette: Any, request: Any) -> Response:
    """Say which words mean a tag."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    name, words = str(form.get("tag", "")), str(form.get("synonyms", "")).split(",")

    def work(conn: Connection) -> int:
        return remarks.set_synonyms(conn, name, words, actor=actor, now=now)

    return await _change(datasette, request, ("synonyms", form), work)


async def undo(datasette: Any, request: Any) -> Response:
    """Take a change of the vocabulary back."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    number = str(form.get("change", ""))
    known = number if number.isdecimal() and len(number) < 19 else "0"
    all_of_it = may(request.actor, Role.EDITOR)

    def work(conn: Connection) -> int:
        take_back(conn, known, actor=actor, now=now, all_of_it=all_of_it)
        return 0

    return await _change(datasette, request, ("undo", form), work)
