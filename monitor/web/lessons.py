"""Lessons: the list, and beginning one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from monitor.errors import Refused
from monitor.flow import lessons_told
from monitor.lessons.kinds import KINDS, READERS
from monitor.lessons.stages import PROOF, STAGES
from monitor.lessons.steps import BY_ID, read
from monitor.store import steps
from monitor.store.db import Connection
from monitor.text import one_line
from monitor.web.ds import Response, posted, render, site, write
from monitor.web.ds import read as ask

WHOSE = {"ours": "our own", "others": "from others", "casebook": "from the casebook"}
OWN_SEEN_BY = "editor"
"""Who reads our own failures unless somebody says otherwise."""


def filters_of(args: Any) -> steps.Filters:
    """What an address asks for; what is not known is left out."""

    def known(name: str, allowed: Any) -> str:
        value = str(args.get(name) or "")
        return value if value in allowed else ""

    return steps.Filters(
        stage=known("stage", STAGES),
        kind=known("kind", KINDS),
        whose=known("whose", WHOSE),
        words=one_line(str(args.get("q") or ""), 200),
    )


async def page(datasette: Any, request: Any) -> Response:
    """Lessons that one may read."""
    return await shown(datasette, request, {}, "")


async def shown(datasette: Any, request: Any, typed: dict[str, Any], error: str) -> Response:
    """The list, perhaps with what was typed and refused."""
    filters, roles = filters_of(request.args), request.actor["roles"]
    found = await ask(datasette, lambda conn: lessons_told.listed(conn, filters, roles))
    kept = {
        "stage": filters.stage,
        "kind": filters.kind,
        "whose": filters.whose,
        "q": filters.words,
    }
    return await render(
        datasette, request, "failwatch_lessons.html", lessons=found[: steps.PAGE], filters=filters,
        has_more=len(found) > steps.PAGE, kinds=KINDS, stages=STAGES, proof=PROOF, whose=WHOSE, readers=READERS,
        typed=typed, error=error, is_narrowed=any(kept.values()), seen_by=OWN_SEEN_BY,
        query=urlencode({k: v for k, v in kept.items() if v}), status=422 if error else 200,
    )  # fmt: skip


async def start(datasette: Any, request: Any) -> Response:
    """Begin a lesson: of an incident, or of our own."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    incident = str(form.get("incident", ""))
    number = int(incident) if incident.isdecimal() and len(incident) < 19 else None
    try:
        values = read(BY_ID["sort"], {k: form[k] for k in ("kind", "happened_on", "seen_by") if k in form})  # fmt: skip
        is_own = number is None
        new = steps.New(
            title=str(form.get("title", "")), is_own=is_own, kind=values.get("kind", ""),
            seen_by=values.get("seen_by") or (OWN_SEEN_BY if is_own else "viewer"),
            happened_on=values.get("happened_on", ""),
        )  # fmt: skip

        def begin(conn: Connection) -> int:
            return steps.start(conn, new, incident_id=number, actor=actor, now=now)

        made = await write(datasette, begin)
    except Refused as refused:
        if number is not None:
            raise
        return await shown(datasette, request, form, str(refused))
    if request.headers.get("content-type", "").startswith("application/json"):
        return Response.json({"ok": True, "lesson": made})
    return Response.redirect(f"/-/lessons/{made}", status=303)
