"""The team's list of organisations: what each is called, and which are one; pages and API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from monitor.errors import Refused, StaleVersion
from monitor.model import Role
from monitor.store import changes, gazetteer
from monitor.store.db import Connection, Row
from monitor.web import api
from monitor.web.access import may
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.typed import Typed, refused

Form = Mapping[str, Any]


def _aliases(form: Form) -> list[str]:
    """Other names, as a list or with semicolons between them: a name may hold a comma."""
    held = form.get("aliases", "")
    if not isinstance(held, str | list):
        raise Refused("aliases: must be a list of names.")
    return [str(name) for name in (held.split(";") if isinstance(held, str) else held)]


def _text(form: Form, name: str) -> str:
    return str(form.get(name, ""))


def _add(conn: Connection, form: Form, actor: str, now: datetime) -> int:
    return gazetteer.add(conn, _text(form, "organisation"), actor=actor, now=now)


def _name(conn: Connection, form: Form, actor: str, now: datetime) -> int:
    known = _text(form, "organisation")
    return gazetteer.name_it(conn, known, _text(form, "name"), _aliases(form), actor=actor, now=now)


def _merge(conn: Connection, form: Form, actor: str, now: datetime) -> int:
    known = _text(form, "organisation")
    return gazetteer.merge(conn, known, _text(form, "into"), actor=actor, now=now)


def _forget(conn: Connection, form: Form, actor: str, now: datetime) -> int:
    return gazetteer.forget(conn, _text(form, "organisation"), actor=actor, now=now)


def _undo(conn: Connection, form: Form, actor: str, now: datetime) -> int:
    number = _text(form, "change")
    known = number if number.isdecimal() and len(number) < 19 else "0"
    api.take_back(conn, known, actor=actor, now=now, all_of_it=True)
    return 0


ACTS: Mapping[str, Callable[[Connection, Form, str, datetime], int]] = {
    "add": _add,
    "name": _name,
    "merge": _merge,
    "forget": _forget,
    "undo": _undo,
}


async def page(datasette: Any, request: Any) -> Response:
    """The list, a hundred at a time, perhaps those whose names begin with some words."""
    return await _shown(datasette, request, Typed())


async def _shown(datasette: Any, request: Any, typed: Typed) -> Response:
    did, now = request.args.get("did") or "", site(datasette).clock()
    words, after = request.args.get("words") or "", request.args.get("after") or ""

    def ask(conn: Connection) -> tuple[list[Row], int, Row | None]:
        done = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        is_ours = (
            done is not None
            and done["what"].startswith("organisation.")
            and changes.can_undo(done, now)
        )
        rows = gazetteer.listed(conn, words, after=after)
        return rows, gazetteer.count(conn), done if is_ours else None

    rows, total, done = await read(datasette, ask)
    shown = [dict(row) | {"also": "; ".join(json.loads(row["aliases"]))} for row in rows]
    return await render(
        datasette, request, "failwatch_organisations.html", organisations=shown[: gazetteer.PAGE],
        more=shown[gazetteer.PAGE - 1]["name"] if len(shown) > gazetteer.PAGE else "", total=total,
        words=words, done=done, typed=typed, status=typed.status,
        can_write=may(request.actor, Role.EDITOR),
    )  # fmt: skip


async def act(datasette: Any, request: Any) -> Response:
    """Change the list by a form; if it is refused, the page comes back with what was typed."""
    form, now, actor = await posted(request), site(datasette).clock(), request.actor["id"]
    name = request.url_vars["act"]
    try:
        change = await write(datasette, lambda conn: ACTS[name](conn, form, actor, now))
    except (Refused, StaleVersion) as error:
        return await _shown(datasette, request, refused(name, form, error))
    return Response.redirect(
        f"/-/organisations?did={change}" if change else "/-/organisations", status=303
    )


async def listed(datasette: Any, request: Any) -> Response:
    """The list as JSON."""
    words, after = request.args.get("words") or "", request.args.get("after") or ""
    rows = await read(datasette, lambda conn: gazetteer.listed(conn, words, after=after))
    found = [dict(row) | {"aliases": json.loads(row["aliases"])} for row in rows[: gazetteer.PAGE]]
    following = found[-1]["name"] if len(rows) > gazetteer.PAGE else None
    return api.answer({"ok": True, "organisations": found, "next": following})


async def called(datasette: Any, request: Any) -> Response:
    """Change the list by JSON."""
    form, now, actor = await api.sent(request), site(datasette).clock(), request.actor["id"]
    name = request.url_vars["act"]
    change = await write(datasette, lambda conn: ACTS[name](conn, form, actor, now))
    return api.answer({"ok": True, "change": change or None})
