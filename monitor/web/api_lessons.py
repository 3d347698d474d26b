"""The JSON API of lessons: whatever the pages can do, with the same checks. See docs/api.md."""

from __future__ import annotations

from typing import Any

from monitor.errors import Refused
from monitor.flow import learn, lessons_told
from monitor.flow.learn import ACTS, Desk
from monitor.lessons.steps import BY_ID
from monitor.model import Role
from monitor.store import actions, learning, principles, steps
from monitor.store.db import Connection
from monitor.web import api
from monitor.web.access import may
from monitor.web.ds import Response, read, site, write
from monitor.web.lessons import filters_of
from monitor.web.people import people


async def listed(datasette: Any, request: Any) -> Response:
    """Lessons by the filters of the page."""
    filters, roles = filters_of(request.args), request.actor["roles"]
    found = await read(datasette, lambda conn: lessons_told.listed(conn, filters, roles))
    return api.answer(
        {"ok": True, "lessons": found[: steps.PAGE], "has_more": len(found) > steps.PAGE}
    )


async def shown(datasette: Any, request: Any) -> Response:
    """One lesson with everything on it."""
    number, now, roles = int(request.url_vars["id"]), site(datasette).clock(), request.actor["roles"]  # fmt: skip
    found = await read(datasette, lambda conn: lessons_told.whole(conn, number, roles, now))
    if found is None:
        return api.answer({"ok": False, "error": f"There is no lesson {number}, or it is not for your role."}, 404)  # fmt: skip
    return api.answer({"ok": True, "lesson": found})


async def act(datasette: Any, request: Any) -> Response:
    """Change a lesson: by an act, or by the name of a step, which saves it."""
    name, number, now = request.url_vars["act"], int(request.url_vars["id"]), site(datasette).clock()  # fmt: skip
    if name not in ACTS and name not in BY_ID:
        raise Refused(f"There is no act “{name[:30]}”: use {', '.join((*BY_ID, *ACTS))}.")
    role = ACTS[name].role if name in ACTS else Role.EDITOR
    if not may(request.actor, role):
        return api.answer({"ok": False, "error": f"This needs the role {role}; yours is {request.actor['role']}."}, 403)  # fmt: skip
    values, known, roles = await api.sent(request), await people(datasette), request.actor["roles"]

    def work(conn: Connection) -> dict[str, Any]:
        learning.current(conn, number, roles)
        return learn.perform(Desk(conn, number, request.actor["id"], now, known), name, values)

    return api.answer({"ok": True, **await write(datasette, work)})


async def start(datasette: Any, request: Any) -> Response:
    """Begin a lesson of an incident, or of our own."""
    sent, now, actor = await api.sent(request), site(datasette).clock(), request.actor["id"]
    incident = sent.get("incident")
    if incident is not None and not isinstance(incident, int):
        raise Refused("incident: must be a whole number.")
    seen_by = str(sent.get("seen_by") or ("viewer" if incident else "editor"))
    if seen_by not in learning.EVERYBODY:
        raise Refused(f"seen_by: must be one of {', '.join(learning.EVERYBODY)}.")
    new = steps.New(str(sent.get("title", "")), is_own=incident is None, seen_by=seen_by)
    number = await write(
        datasette, lambda conn: steps.start(conn, new, incident_id=incident, actor=actor, now=now)
    )
    return api.answer({"ok": True, "lesson": number})


async def tasks(datasette: Any, request: Any) -> Response:
    """Open actions, or those of a state."""
    state, roles = request.args.get("state") or "open", request.actor["roles"]
    owner = str(request.args.get("owner") or "")
    found = await read(
        datasette, lambda conn: actions.listed(conn, roles, owner=owner, state=state)
    )
    return api.answer({"ok": True, "actions": [dict(row) for row in found]})


async def all_principles(datasette: Any, request: Any) -> Response:
    """The principles with what is behind each."""
    found = await read(datasette, lambda conn: principles.listed(conn, request.actor["roles"]))
    return api.answer({"ok": True, "principles": [dict(row) for row in found]})
