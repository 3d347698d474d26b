"""Principles: the list, and one with what speaks for it and against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitor.errors import Refused, StaleVersion
from monitor.store import changes, principles, shipped
from monitor.store.db import Connection
from monitor.web.ds import Response, posted, read, render, site, write


async def page(datasette: Any, request: Any) -> Response:
    """All of them, or one."""
    return await shown(datasette, request, {}, "")


async def shown(datasette: Any, request: Any, typed: dict[str, Any], error: str) -> Response:
    """The page, perhaps with what was typed and refused."""
    text, roles, now = request.url_vars.get("id"), request.actor["roles"], site(datasette).clock()
    did = request.args.get("did") or ""

    def ask(conn: Connection) -> dict[str, Any]:
        one = principles.find(conn, int(text)) if text else None
        change = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        known = principles.listed(conn, roles)
        if one is not None and one["id"] not in {row["id"] for row in known}:
            raise Refused(f"There is no principle {text}, or it is not for your role.")
        return {
            "principle": one,
            "lessons": [dict(r) for r in principles.lessons(conn, one["id"], roles)] if one else [],
            "all": known,
            "of_cases": shipped.principles(conn),
            "done": change if change and changes.can_undo(change, now) else None,
        }

    found = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_principles.html", **found, typed=typed, error=error,
        status=422 if error else 200,
    )  # fmt: skip


async def _changed(
    datasette: Any, request: Any, form: dict[str, Any], work: Callable[[Connection], int]
) -> Response:
    def run(conn: Connection) -> tuple[int, int]:
        number = work(conn)
        last = conn.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]
        return number, last

    try:
        number, change = await write(datasette, run)
    except Refused as refused:
        return await shown(datasette, request, form, str(refused))
    return Response.redirect(f"/-/principles/{number}?did={change}", status=303)


async def edit(datasette: Any, request: Any) -> Response:
    """Put the words of a principle right."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    actor = request.actor["id"]

    def work(conn: Connection) -> int:
        text, said_by = str(form.get("text", "")), str(form.get("said_by", ""))
        principles.edit(conn, number, text, said_by, actor=actor, now=now)
        return number

    return await _changed(datasette, request, form, work)


async def merge(datasette: Any, request: Any) -> Response:
    """Make two principles one."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    actor, into = request.actor["id"], str(form.get("into", ""))

    def work(conn: Connection) -> int:
        if not into.isdecimal() or len(into) > 18:
            raise Refused("Choose the principle that says the same.")
        return principles.merge(conn, number, int(into), actor=actor, now=now)

    return await _changed(datasette, request, form, work)


async def undo(datasette: Any, request: Any) -> Response:
    """Take a change of principles back."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    change = str(form.get("change", ""))

    def work(conn: Connection) -> None:
        row = changes.find(conn, int(change) if change.isdecimal() and len(change) < 19 else 0)
        if not row["what"].startswith("principle."):
            raise Refused("That is no change of a principle.")
        changes.undo(conn, row["id"], actor=actor, now=now)

    try:
        await write(datasette, work)
    except StaleVersion as stale:
        return await shown(datasette, request, {}, str(stale))
    return Response.redirect("/-/principles", status=303)
