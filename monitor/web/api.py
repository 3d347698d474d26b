"""The JSON API: whatever the pages can do to incidents, with the same checks. See docs/api.md."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.errors import Refused
from monitor.flow import acts, pick, telling
from monitor.flow.acts import ACTS, Desk
from monitor.model import Role
from monitor.store import changes, learning, queue, remarks, standing
from monitor.store.db import Connection, stamp
from monitor.web.access import may
from monitor.web.ds import Response, read, site, write
from monitor.web.people import people
from monitor.web.triage import filters_of

PREFIX = "/-/api/"


def answer(values: dict[str, Any], status: int = 200) -> Response:
    """JSON that no cache keeps."""
    return Response.json(values, status=status, headers={"Cache-Control": "no-store"})


async def listed(datasette: Any, request: Any) -> Response:
    """Incidents by the filters of the queue."""
    filters = replace(
        filters_of(request.args, request.actor["id"]), now=stamp(site(datasette).clock())
    )
    found = await read(datasette, lambda conn: telling.listed(conn, filters))
    return answer({"ok": True, **found})


async def shown(datasette: Any, request: Any) -> Response:
    """One incident; a merged number leads on."""
    number, now = int(request.url_vars["id"]), site(datasette).clock()
    found = await read(datasette, lambda conn: telling.whole(conn, number, now))
    if found is None:
        return answer({"ok": False, "error": f"There is no incident {number}."}, 404)
    if found["id"] != number:
        values = {"ok": False, "error": f"Incident {number} was merged into {found['id']}.", "merged_into": found["id"]}  # fmt: skip
        return Response.json(
            values,
            status=307,
            headers={"Location": f"{PREFIX}incidents/{found['id']}", "Cache-Control": "no-store"},
        )
    return answer({"ok": True, "incident": found})


async def sent(request: Any) -> dict[str, Any]:
    """The body of an API request. Raises `Refused` if it is no JSON object."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused("Send JSON, with the header Content-Type: application/json.")
    body = (await request.post_body()).strip()
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused('The body is no JSON object, such as {"tag": "backlash"}.')
    return found


async def perform(datasette: Any, request: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Do what the path says to the incident that it names."""
    name, number = request.url_vars["act"], int(request.url_vars["id"])
    if name not in ACTS:
        raise Refused(f"There is no act “{name[:30]}”: use {', '.join(ACTS)}.")
    known, now = await people(datasette), site(datasette).clock()

    def work(conn: Connection) -> dict[str, Any]:
        desk = Desk(conn, number, request.actor["id"], now, known)
        return acts.perform(desk, name, values)

    return await write(datasette, work)


async def act(datasette: Any, request: Any) -> Response:
    """Change an incident."""
    return answer({"ok": True, **await perform(datasette, request, await sent(request))})


async def undo(datasette: Any, request: Any) -> Response:
    """Take a change back by its number, whatever it changed; without one, one's own last."""
    number, now, actor = request.url_vars.get("id"), site(datasette).clock(), request.actor["id"]
    await sent(request)
    all_of_it = may(request.actor, Role.EDITOR)
    found = await write(
        datasette, lambda conn: take_back(conn, number, actor=actor, now=now, all_of_it=all_of_it)
    )
    return answer({"ok": True, **found})


def take_back(
    conn: Connection, number: str | None, *, actor: str, now: datetime, all_of_it: bool
) -> dict[str, Any]:
    """Undo a change, or the actor's last; says what it was. `all_of_it`: the vocabulary's too."""
    row = changes.find(conn, int(number)) if number else changes.last_by(conn, actor, now=now)
    if row is None:
        raise Refused("You have changed nothing in the last 24 hours.")
    if (
        row["what"].startswith(("tag.", "organisation.", "lesson.", "principle.", "profile."))
        and not all_of_it
    ):
        raise Refused("The team's lists and lessons are an editor's: ask one to take it back.")
    take = learning.undo if row["what"].startswith("lesson.") else changes.undo
    done = take(conn, row["id"], actor=actor, now=now)
    leads = standing.leads_to(conn, done.incident_id) if done.incident_id else None
    now_is = queue.incident(conn, leads) if leads else None
    state = {"version": now_is["version"], "status": now_is["status"]} if now_is else {}
    return {"undone": done.id, "words": done.words, "incident": leads, **state}


async def tags(datasette: Any, request: Any) -> Response:  # noqa: ARG001  # passed by name
    """The vocabulary."""
    return answer({"ok": True, "tags": await read(datasette, telling.words)})


async def merge_tags(datasette: Any, request: Any) -> Response:
    """Make two tags one."""
    form, now, actor = await sent(request), site(datasette).clock(), request.actor["id"]
    change = await write(
        datasette,
        lambda conn: remarks.merge_tags(
            conn, str(form.get("tag", "")), str(form.get("into", "")), actor=actor, now=now
        ),
    )
    return answer({"ok": True, "change": change})


async def synonyms(datasette: Any, request: Any) -> Response:
    """Say which words mean a tag."""
    form, now, actor = await sent(request), site(datasette).clock(), request.actor["id"]
    words = form.get("synonyms", [])
    if not isinstance(words, list):
        raise Refused("synonyms: must be a list of words.")
    change = await write(
        datasette,
        lambda conn: remarks.set_synonyms(
            conn, str(form.get("tag", "")), [str(w) for w in words], actor=actor, now=now
        ),
    )
    return answer({"ok": True, "change": change or None})


async def start(datasette: Any, request: Any) -> Response:
    """Make an incident of a post that tells of none yet."""
    number, now, actor = int(request.url_vars["id"]), site(datasette).clock(), request.actor["id"]
    if await sent(request):
        raise Refused("Nothing is to be sent: the post stands in the address.")
    made = await write(datasette, lambda conn: pick.start(conn, number, actor=actor, now=now))
    return answer({"ok": True, "incident": made})


async def duties(datasette: Any, request: Any) -> Response:
    """What waits for the person who asks, and for all."""
    now, name = site(datasette).clock(), request.actor["id"]
    may_read = may(request.actor, Role.TRIAGER)
    found = await read(datasette, lambda conn: telling.waiting(conn, name, now, may_read=may_read))
    return answer({"ok": True, **found})
