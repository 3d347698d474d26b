"""A lesson: to read, to write step by step, and to take from stage to stage."""

from __future__ import annotations

import json
from typing import Any

from monitor.errors import Refused, StaleVersion
from monitor.flow import learn, lessons_told
from monitor.flow.learn import ACTS, Desk
from monitor.lessons import stages
from monitor.lessons.kinds import ANGLES, KINDS, READERS, RISKS, TREATMENTS
from monitor.lessons.profile import VERDICTS
from monitor.lessons.steps import BY_ID, STEPS, Step
from monitor.store import (
    actions,
    changes,
    exports,
    facts,
    learning,
    principles,
    reflections,
    shipped,
)
from monitor.store.db import Connection
from monitor.web.access import local, may
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.incident import NOT_SENT
from monitor.web.people import people
from monitor.web.typed import Typed, refused

NONE = "There is no lesson {}, or it is not for your role."


async def page(datasette: Any, request: Any) -> Response:
    """A lesson to read."""
    return await shown(datasette, request, Typed())


async def shown(datasette: Any, request: Any, typed: Typed, step: Step | None = None) -> Response:
    """The lesson, or one step of it to be written; perhaps with what was typed and refused."""
    number, now, roles = int(request.url_vars["id"]), site(datasette).clock(), request.actor["roles"]  # fmt: skip
    did = request.args.get("did") or ""

    def ask(conn: Connection) -> dict[str, Any] | None:
        found = lessons_told.whole(conn, number, roles, now)
        if found is None:
            return None
        change = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        may_undo = bool(change and changes.can_undo(change, now))
        return {
            "lesson": found,
            "history": lessons_told.history(conn, number, now),
            "tags": lessons_told.tags(conn, number),
            "reflections": reflections.listed(conn, roles, lesson_id=number),
            "exports": exports.of_lesson(conn, number),
            "wanted": exports.is_wished(conn, number),
            "posts": facts.posts(conn, number) if step else [],
            "known": principles.listed(conn, roles) if "editor" in roles else [],
            "of_cases": shipped.principles(conn) if "editor" in roles else [],
            "done": change if may_undo else None,
        }

    found = await read(datasette, ask)
    if found is None:
        return await render(
            datasette, request, "failwatch_message.html", title="Not found", message=NONE.format(number), status=404
        )  # fmt: skip
    place = STEPS.index(step) if step else 0
    return await render(
        datasette, request, "failwatch_lesson_step.html" if step else "failwatch_lesson.html", **found,
        typed=typed, nothing=Typed(), steps=STEPS, step=step, kinds=KINDS, treatments=TREATMENTS, risks=RISKS,
        angles=ANGLES, readers=READERS, verdicts=VERDICTS, stages=stages.STAGES, proof=stages.PROOF, people=await people(datasette),
        here=f"/-/lessons/{number}", today=now.date().isoformat(), status=typed.status, place=place,
        before=STEPS[place - 1] if step and place else None,
        after=STEPS[place + 1] if step and place + 1 < len(STEPS) else None, max_file=actions.MAX_FILE >> 20,
    )  # fmt: skip


async def step_page(datasette: Any, request: Any) -> Response:
    """One step to be written."""
    step = BY_ID.get(request.url_vars["step"])
    if step is None:
        raise Refused("There is no such step.")
    return await shown(datasette, request, Typed(), step)


async def save_step(datasette: Any, request: Any) -> Response:
    """Save a step; what was refused comes back with what was typed."""
    form, step = await posted(request), BY_ID.get(request.url_vars["step"])
    if step is None:
        raise Refused("There is no such step.")
    values = {key: value for key, value in form.items() if key not in {*NOT_SENT, "go"}}
    done = await _try(datasette, request, step.id, values)
    if isinstance(done, Typed):
        return await shown(datasette, request, done, step)
    here, place = f"/-/lessons/{request.url_vars['id']}", STEPS.index(step)
    if form.get("go") == "on" and place + 1 < len(STEPS):
        return Response.redirect(f"{here}/write/{STEPS[place + 1].id}?did={done['change'] or ''}", status=303)  # fmt: skip
    return Response.redirect(f"{here}?did={done['change'] or ''}#{step.id}", status=303)


async def _try(
    datasette: Any, request: Any, name: str, values: dict[str, Any]
) -> dict[str, Any] | Typed:
    """Do something to the lesson; what was typed if it was refused."""
    number, now, actor = int(request.url_vars["id"]), site(datasette).clock(), request.actor["id"]
    known, roles = await people(datasette), request.actor["roles"]

    def work(conn: Connection) -> dict[str, Any]:
        if learning.find(conn, number, roles) is None:
            raise Refused(NONE.format(number))
        return learn.perform(Desk(conn, number, actor, now, known), name, values)

    try:
        return await write(datasette, work)
    except (Refused, StaleVersion) as error:
        return refused(name, values, error)


async def act(datasette: Any, request: Any) -> Response:
    """Change a lesson by a form; if it is refused, the page comes back with what was typed."""
    form, name = await posted(request), request.url_vars["act"]
    if name not in ACTS:
        raise Refused("There is no such form.")
    if not may(request.actor, ACTS[name].role):
        raise Refused(f"This needs the role {ACTS[name].role}; yours is {request.actor['role']}.")
    values = {key: value for key, value in form.items() if key not in NOT_SENT}
    back = str(form.get("back", ""))
    step = BY_ID.get(back.rpartition("/")[2]) if "/write/" in back else None
    done = await _try(datasette, request, name, values)
    if isinstance(done, Typed):
        return await shown(datasette, request, done, step)
    if back.startswith("/-/incidents/"):
        return Response.redirect(local(back), status=303)
    here = f"/-/lessons/{request.url_vars['id']}" + (f"/write/{step.id}" if step else "")
    return Response.redirect(f"{here}?did={done['change'] or ''}#done", status=303)


async def attach(datasette: Any, request: Any) -> Response:
    """Add a file that shows that an action was done."""
    number, now, actor = int(request.url_vars["action"]), site(datasette).clock(), request.actor["id"]  # fmt: skip
    form = await request.form(files=True, max_file_size=actions.MAX_FILE + 1, max_request_size=actions.MAX_FILE + 65_536, max_files=1)  # fmt: skip
    sent = form.get("file")
    if sent is None or isinstance(sent, str) or not sent.filename:
        return await shown(datasette, request, Typed("file", {"action": str(number)}, "Choose a file first.", 422))  # fmt: skip
    name, content = str(sent.filename), await sent.read()

    def work(conn: Connection) -> int:
        row = actions.find(conn, number)
        learning.current(conn, row["lesson_id"], request.actor["roles"])
        if row["lesson_id"] != int(request.url_vars["id"]):
            raise Refused(f"This lesson has no action {number}.")
        return actions.attach(conn, number, name, content, actor=actor, now=now)

    try:
        await write(datasette, work)
    except Refused as error:
        return await shown(datasette, request, refused("file", {"action": str(number)}, error))
    return Response.redirect(f"/-/lessons/{request.url_vars['id']}#actions", status=303)


async def file(datasette: Any, request: Any) -> Response:
    """A file of an action, to be saved; never shown as a page of ours."""
    number, roles = int(request.url_vars["id"]), request.actor["roles"]
    row = await read(datasette, lambda conn: actions.file(conn, number, roles))
    if row is None:
        raise Refused(f"There is no file {number}, or it is not for your role.")
    name = json.dumps(str(row["name"]).encode("ascii", "replace").decode())
    return Response(
        row["bytes"], content_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"},
    )  # fmt: skip
