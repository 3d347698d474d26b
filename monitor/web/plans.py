"""Pre-mortem: a plan, what past failures say of it, and what came of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from monitor.errors import Refused
from monitor.flow import premortem
from monitor.lessons.plans import HAPPENED, KINDS
from monitor.store import duties, plans
from monitor.store.db import Connection
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.typed import Typed, refused


async def page(datasette: Any, request: Any) -> Response:
    """All plans, and a form for another."""
    return await _list(datasette, request, Typed())


async def _list(datasette: Any, request: Any, typed: Typed) -> Response:
    today = site(datasette).clock().date()
    rows = await read(datasette, lambda conn: plans.listed(conn, today))
    return await render(
        datasette, request, "failwatch_plans.html", rows=rows, kinds=KINDS, happened=HAPPENED, typed=typed,
        status=typed.status,
    )  # fmt: skip


async def keep(datasette: Any, request: Any) -> Response:
    """Hold a plan against what has happened, and keep both."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor
    try:
        kind, title, text = plans.checked(
            str(form.get("kind", "")), str(form.get("title", "")), str(form.get("text", ""))
        )
        day = duties.a_day(str(form.get("look_back", "")), now)
    except Refused as error:
        return await _list(datasette, request, refused("plan", form, error))

    def work(conn: Connection) -> int:
        found = premortem.look(conn, kind, f"{title}\n{text}", actor["roles"])
        return plans.keep(
            conn, (kind, title, text), asdict(found), look_back=day, actor=actor["id"], now=now
        )

    number = await write(datasette, work)
    return Response.redirect(f"/-/plans/{number}", status=303)


async def plan(datasette: Any, request: Any) -> Response:
    """One plan with what was found."""
    return await _shown(datasette, request, Typed())


async def _shown(datasette: Any, request: Any, typed: Typed) -> Response:
    number = int(request.url_vars["id"])

    def ask(conn: Connection) -> dict[str, Any]:
        row = plans.find(conn, number)
        found = json.loads(row["found"])
        # What was kept may name a lesson that is for fewer people by now.
        near = {one["incident"] for one in found["precedents"]}
        readable = {r["id"] for r in plans.lessons(conn, near, request.actor["roles"]).values()}
        for one in (*found["precedents"], *found["checks"]):
            one["is_hidden"] = one["lesson"] is not None and one["lesson"] not in readable
        return {"plan": row, "found": found, "sheets": plans.sheets(conn, number)}

    found = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_plan.html", **found, kinds=KINDS, happened=HAPPENED, typed=typed,
        status=typed.status,
    )  # fmt: skip


async def renew(datasette: Any, request: Any) -> Response:
    """Look again, with what was learnt since."""
    number, now, actor = int(request.url_vars["id"]), site(datasette).clock(), request.actor

    def work(conn: Connection) -> None:
        row = plans.find(conn, number)
        found = premortem.look(conn, row["kind"], f"{row['title']}\n{row['text']}", actor["roles"])
        plans.renew(conn, number, asdict(found), actor=actor["id"], now=now)

    await write(datasette, work)
    return Response.redirect(f"/-/plans/{number}", status=303)


async def look_back(datasette: Any, request: Any) -> Response:
    """Say what came of it."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    happened, what = str(form.get("happened", "")), str(form.get("what", ""))
    try:
        await write(
            datasette,
            lambda conn: plans.look_back(
                conn, number, happened, what, actor=request.actor["id"], now=now
            ),
        )
    except Refused as error:
        return await _shown(datasette, request, refused("back", form, error))
    return Response.redirect(f"/-/plans/{number}", status=303)
