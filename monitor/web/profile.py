"""Our profile: what a failure of others is held against."""

from __future__ import annotations

from typing import Any

from monitor.errors import Refused, StaleVersion
from monitor.lessons.profile import PARTS
from monitor.store import changes, profile
from monitor.store.db import Connection
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.typed import Typed, refused


async def page(datasette: Any, request: Any) -> Response:
    """What is written down about us."""
    return await _shown(datasette, request, Typed())


async def _shown(datasette: Any, request: Any, typed: Typed) -> Response:
    did, now = request.args.get("did") or "", site(datasette).clock()

    def ask(conn: Connection) -> dict[str, Any]:
        change = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        return {
            "known": profile.parts(conn),
            "seen": profile.seen(conn),
            "done": change if change and changes.can_undo(change, now) else None,
        }

    found = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_profile.html", **found, parts=PARTS, typed=typed, status=typed.status
    )  # fmt: skip


async def save(datasette: Any, request: Any) -> Response:
    """Write it down, or take the last change back."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    sent = {part: str(form[part]) for part in PARTS if part in form}
    undo = str(form.get("change", ""))

    def work(conn: Connection) -> int:
        if undo.isdecimal() and len(undo) < 19:
            if changes.find(conn, int(undo))["what"] != "profile.save":
                raise Refused("That is no change of the profile.")
            changes.undo(conn, int(undo), actor=actor, now=now)
            return 0
        if form.get("seen") != profile.seen(conn):
            raise StaleVersion("Somebody has changed the profile meanwhile. Open it in another tab, and bring the two together.")  # fmt: skip
        return profile.save(conn, sent, actor=actor, now=now)

    try:
        change = await write(datasette, work)
    except (Refused, StaleVersion) as error:
        return await _shown(datasette, request, refused("profile", form, error))
    return Response.redirect(f"/-/profile?did={change}" if change else "/-/profile", status=303)
