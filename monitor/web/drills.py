"""Drill: an incident replayed up to an hour, a move, what followed, a score, and when it comes back."""

from __future__ import annotations

from typing import Any

from monitor.errors import Refused
from monitor.flow import drilling
from monitor.lessons.drill import CHECKS, MOVES
from monitor.store import drills
from monitor.store.db import Connection
from monitor.web import api, show
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.typed import Typed, refused


def _number(value: object, what: str) -> int:
    text = str(value).strip().lstrip("#")
    if not text.isdecimal() or len(text) > 18:
        raise Refused(f"{what} is a whole number, such as 6.")
    return int(text)


def _hour(value: object) -> int | None:
    return None if value is None or not str(value).strip() else _number(value, "An hour")


async def page(datasette: Any, request: Any) -> Response:
    """What is due, what is new, and what is open."""
    return await _desk(datasette, request, Typed())


async def _desk(datasette: Any, request: Any, typed: Typed) -> Response:
    now, words = site(datasette).clock(), str(request.args.get("q") or "")[:100]
    person = request.actor["id"]
    found = await read(datasette, lambda conn: drilling.desk(conn, person, words, now))
    return await render(
        datasette, request, "failwatch_drills.html", **found, words=words, typed=typed, status=typed.status
    )  # fmt: skip


async def begin(datasette: Any, request: Any) -> Response:
    """Begin one."""
    form = await posted(request)
    try:
        number = await _begun(datasette, request, form)
    except Refused as error:
        return await _desk(datasette, request, refused("begin", form, error))
    return Response.redirect(f"/-/drills/{number}", status=303)


async def _begun(datasette: Any, request: Any, sent: dict[str, Any]) -> int:
    incident, hour = _number(sent.get("incident", ""), "An incident"), _hour(sent.get("hour"))
    person, now = request.actor["id"], site(datasette).clock()
    return await write(
        datasette, lambda conn: drilling.begin(conn, incident, hour, actor=person, now=now)
    )


async def drill(datasette: Any, request: Any) -> Response:
    """What was known, and one's move; after it everything."""
    return await _shown(datasette, request, Typed())


async def _sheet(datasette: Any, request: Any) -> dict[str, Any]:
    number, actor = int(request.url_vars["id"]), request.actor
    return await read(
        datasette, lambda conn: drilling.sheet(conn, number, actor["id"], actor["roles"])
    )


async def _shown(datasette: Any, request: Any, typed: Typed) -> Response:
    sheet = await _sheet(datasette, request)
    reveal = sheet["reveal"]
    for event in [*sheet["known"], *(reveal["later"] if reveal else [])]:
        event["said_when"] = _when(event["when"])
        event["link"] = show.web_link(event.get("link", ""))
    return await render(
        datasette, request, "failwatch_drill.html", sheet=sheet, moves=MOVES, checks=CHECKS, typed=typed,
        pause=_when(sheet["pause_at"]), status=typed.status,
    )  # fmt: skip


def _when(text: str) -> str:
    """A day or a moment as people write it."""
    if not text:
        return ""
    if len(text) == 10 or text.endswith("T00:00:00Z"):  # a day alone, as the casebook's
        return show.day(f"{text[:10]}T00:00:00Z")
    return f"{show.day(text)}, {text[11:16]} UTC"


async def move(datasette: Any, request: Any) -> Response:
    """Make one's move."""
    form, number = await posted(request), int(request.url_vars["id"])
    try:
        await _moved(datasette, request, form)
    except Refused as error:
        return await _shown(datasette, request, refused("move", form, error))
    return Response.redirect(f"/-/drills/{number}#reveal", status=303)


async def _moved(datasette: Any, request: Any, sent: dict[str, Any]) -> None:
    number, person, now = int(request.url_vars["id"]), request.actor["id"], site(datasette).clock()
    kind, text = str(sent.get("type", "")), str(sent.get("text", ""))
    await write(
        datasette, lambda conn: drills.move(conn, number, kind, text, actor=person, now=now)
    )


async def score(datasette: Any, request: Any) -> Response:
    """Score one's own move."""
    form, number = await posted(request), int(request.url_vars["id"])
    held = [name for name in CHECKS if form.get(name)]
    try:
        await _scored(datasette, request, held)
    except Refused as error:
        return await _shown(datasette, request, refused("score", form, error))
    return Response.redirect(f"/-/drills/{number}#score", status=303)


async def _scored(datasette: Any, request: Any, held: list[str]) -> int:
    number, person, now = int(request.url_vars["id"]), request.actor["id"], site(datasette).clock()

    def work(conn: Connection) -> int:
        return drills.score(conn, number, held, actor=person, now=now)

    return await write(datasette, work)


async def listed(datasette: Any, request: Any) -> Response:
    """The same as the page, for scripts."""
    now, words = site(datasette).clock(), str(request.args.get("q") or "")[:100]
    person = request.actor["id"]
    found = await read(datasette, lambda conn: drilling.desk(conn, person, words, now))
    return api.answer({"ok": True, **found})


async def told(datasette: Any, request: Any) -> Response:
    """One drill as the caller may see it."""
    return api.answer({"ok": True, "drill": await _sheet(datasette, request)})


async def call(datasette: Any, request: Any) -> Response:
    """Begin one, by a script."""
    number = await _begun(datasette, request, await api.sent(request))
    return api.answer({"ok": True, "drill": number})


async def call_move(datasette: Any, request: Any) -> Response:
    """Make one's move, by a script; answers with the drill as it is then."""
    await _moved(datasette, request, await api.sent(request))
    return await told(datasette, request)


async def call_score(datasette: Any, request: Any) -> Response:
    """Score it, by a script."""
    held = (await api.sent(request)).get("checks")
    if not isinstance(held, list) or not all(isinstance(one, str) for one in held):
        raise Refused(f"checks is a list of what the move did well, of {', '.join(CHECKS)}.")
    await _scored(datasette, request, held)
    return await told(datasette, request)
