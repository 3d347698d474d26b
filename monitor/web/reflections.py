"""Reflection: questions answered alone, shown side by side, and asked one by one in a meeting."""

from __future__ import annotations

import asyncio
from typing import Any

from monitor.errors import ConfigError, Refused
from monitor.lessons.questions import QuestionSet, load, shipped
from monitor.store import plans, reflections
from monitor.store.db import Connection
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.typed import Typed, refused


async def _sets(datasette: Any) -> tuple[dict[str, QuestionSet], str]:
    """The question sets, and what is wrong with the team's own."""
    try:
        return await asyncio.to_thread(load, site(datasette).live.root), ""
    except ConfigError as error:
        return await asyncio.to_thread(shipped), str(error)


def _number(text: object) -> int | None:
    value = str(text or "")
    return int(value) if value.isdecimal() and len(value) < 19 else None


async def page(datasette: Any, request: Any) -> Response:
    """All of them, and the sets to begin with."""
    return await shown_list(datasette, request, Typed())


async def shown_list(datasette: Any, request: Any, typed: Typed) -> Response:
    """The list, perhaps with what was typed and refused."""
    lesson, (sets, fault) = _number(request.args.get("lesson")), await _sets(datasette)
    rows = await read(
        datasette,
        lambda conn: reflections.listed(conn, request.actor["roles"], lesson_id=lesson),
    )
    return await render(
        datasette, request, "failwatch_reflections.html", rows=rows, sets=sets, fault=fault, typed=typed,
        lesson=lesson, status=typed.status,
    )  # fmt: skip


def _chosen(sets: dict[str, QuestionSet], wanted: str) -> QuestionSet:
    if wanted not in sets:
        raise Refused("Choose a set of questions.")
    return sets[wanted]


async def begin(datasette: Any, request: Any) -> Response:
    """Begin one."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    (sets, _), lesson = await _sets(datasette), _number(form.get("lesson"))
    try:
        chosen = _chosen(sets, str(form.get("set", "")))

        def work(conn: Connection) -> int:
            plan = _number(form.get("plan"))
            if plan is not None:
                plans.find(conn, plan)
            return reflections.begin(
                conn, chosen, str(form.get("about", "")), lesson_id=lesson, plan_id=plan,
                roles=request.actor["roles"], actor=actor, now=now,
            )  # fmt: skip

        number = await write(datasette, work)
    except Refused as error:
        return await shown_list(datasette, request, refused("begin", form, error))
    return Response.redirect(f"/-/reflections/{number}", status=303)


async def sheet(datasette: Any, request: Any) -> Response:
    """One's own answers to write, or all of them side by side."""
    return await shown(datasette, request, Typed())


async def shown(datasette: Any, request: Any, typed: Typed) -> Response:
    """The sheet, perhaps with what was typed and refused."""
    number, actor = int(request.url_vars["id"]), request.actor
    found = await read(
        datasette, lambda conn: reflections.sheet(conn, number, actor["id"], actor["roles"])
    )
    can_close = actor["id"] == found.row["created_by"] or "editor" in actor["roles"]
    return await render(
        datasette, request, "failwatch_reflection.html", sheet=found, typed=typed, can_close=can_close,
        saved=request.args.get("saved") == "1", status=typed.status,
    )  # fmt: skip


async def answer(datasette: Any, request: Any) -> Response:
    """Keep one's answers, or hand them in."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    texts = {
        int(key[1:]): str(value)
        for key, value in form.items()
        if key[:1] == "q" and key[1:].isdecimal() and len(key) < 5
    }
    hand_in, actor = form.get("do") == "hand_in", request.actor

    def work(conn: Connection) -> None:
        reflections.answer(
            conn, number, texts, hand_in=hand_in, roles=actor["roles"], actor=actor["id"], now=now
        )

    try:
        await write(datasette, work)
    except Refused as error:
        return await shown(datasette, request, refused("answer", form, error))
    saved = "" if hand_in else "?saved=1"
    return Response.redirect(f"/-/reflections/{number}{saved}", status=303)


async def close(datasette: Any, request: Any) -> Response:
    """End it."""
    number, now, actor = int(request.url_vars["id"]), site(datasette).clock(), request.actor
    await write(
        datasette,
        lambda conn: reflections.close(
            conn, number, roles=actor["roles"], actor=actor["id"], now=now
        ),
    )
    return Response.redirect(f"/-/reflections/{number}", status=303)


async def meeting(datasette: Any, request: Any) -> Response:
    """The facilitator's page: one question at a time, in large type, with a timer."""
    number, actor = int(request.url_vars["id"]), request.actor
    found = await read(
        datasette, lambda conn: reflections.sheet(conn, number, actor["id"], actor["roles"])
    )
    place = min(max((_number(request.args.get("q")) or 1) - 1, 0), len(found.questions) - 1)
    return await render(
        datasette, request, "failwatch_meeting.html", sheet=found, place=place,
        question=found.questions[place], here=f"/-/reflections/{number}",
    )  # fmt: skip
