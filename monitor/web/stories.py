"""Stories: the public form behind a link, and the page on which editors look at what came in."""

from __future__ import annotations

from typing import Any

from monitor.errors import Refused
from monitor.model import Role
from monitor.store import audit, stories
from monitor.store.db import Connection
from monitor.web.access import may
from monitor.web.ds import Response, posted, render, site, write
from monitor.web.typed import Typed, refused

MOST = stories.MAX_TEXT * 8
"""Bytes of a form: what is larger is not read."""


async def tell(datasette: Any, request: Any) -> Response:
    """The public form: whoever has the link may send a story; no name is asked for."""
    place, token = site(datasette), request.url_vars["token"]
    link = await place.private(lambda p: stories.link_of(p, token))
    if link is None:
        return await render(datasette, request, "failwatch_tell.html", is_open=False, status=404)
    if request.method != "POST":
        return await _form(datasette, request, Typed(), sent=request.args.get("sent") == "1")
    length = str(request.headers.get("content-length", ""))
    if not length.isdecimal() or int(length) > MOST:
        error = Refused("That is too long to be sent. Nothing was kept.")
        return await _form(datasette, request, refused("tell", {}, error))
    form, now = await posted(request), place.clock()
    # A box that people do not see: whoever fills it in is a program, and is thanked all the same.
    if not form.get("website"):
        client = request.scope.get("client") or ("",)
        try:
            await place.private(
                lambda p: stories.send(
                    p, link, title=str(form.get("title", "")), text=str(form.get("text", "")),
                    contact=str(form.get("contact", "")), sender=str(client[0]), now=now,
                )
            )  # fmt: skip
        except Refused as error:
            return await _form(datasette, request, refused("tell", form, error))
    return Response.redirect(f"/-/tell/{token}?sent=1", status=303)


async def _form(datasette: Any, request: Any, typed: Typed, *, sent: bool = False) -> Response:
    return await render(
        datasette, request, "failwatch_tell.html", is_open=True, sent=sent, typed=typed,
        most=stories.MAX_TEXT, status=typed.status,
    )  # fmt: skip


async def page(datasette: Any, request: Any) -> Response:
    """What came in, and the links."""
    return await _page(datasette, request, "", "")


async def _page(datasette: Any, request: Any, link: str, error: str) -> Response:
    aside = request.args.get("show") == "aside"

    def ask(private: Connection) -> dict[str, Any]:
        return {
            "stories": stories.listed(private, "aside" if aside else "new"),
            "links": stories.links(private),
        }

    found = await site(datasette).private(ask)
    return await render(
        datasette, request, "failwatch_stories.html", **found, aside=aside, link=link, error=error,
        can_link=may(request.actor, Role.ADMIN), status=422 if error else 200,
    )  # fmt: skip


async def new_link(datasette: Any, request: Any) -> Response:
    """Make a link; it is shown once."""
    form, place = await posted(request), site(datasette)
    now, actor = place.clock(), request.actor["id"]
    try:
        number, token = await place.private(
            lambda p: stories.new_link(p, str(form.get("name", "")), actor=actor, now=now)
        )
    except Refused as error:
        return await _page(datasette, request, "", str(error))
    await _audit(datasette, request, "story_link.make", f"story_link:{number}")
    return await _page(datasette, request, f"{place.public_url}/-/tell/{token}", "")


async def revoke(datasette: Any, request: Any) -> Response:
    """Let a link work no more."""
    number, place = int(request.url_vars["id"]), site(datasette)
    if await place.private(lambda p: stories.revoke(p, number, now=place.clock())):
        await _audit(datasette, request, "story_link.revoke", f"story_link:{number}")
    return Response.redirect("/-/stories", status=303)


async def decide(datasette: Any, request: Any) -> Response:
    """Make a lesson of a story, put it aside, or bring it back."""
    number, way, place = int(request.url_vars["id"]), request.url_vars["way"], site(datasette)
    now, actor = place.clock(), request.actor["id"]
    story = await place.private(lambda p: stories.find(p, number))
    if way == "take":
        lesson = await write(
            datasette, lambda conn: stories.make_lesson(conn, story, actor=actor, now=now)
        )
        await place.private(
            lambda p: stories.decide(p, number, "taken", actor=actor, now=now, lesson_id=lesson)
        )
        return Response.redirect(f"/-/lessons/{lesson}", status=303)
    if story["state"] == "taken":
        raise Refused(f"It is lesson {story['lesson_id']} already.")
    state = "aside" if way == "aside" else "new"
    await place.private(lambda p: stories.decide(p, number, state, actor=actor, now=now))
    await _audit(datasette, request, f"story.{way}", f"story:{number}")
    return Response.redirect("/-/stories", status=303)


async def _audit(datasette: Any, request: Any, action: str, item: str) -> None:
    now, actor = site(datasette).clock(), request.actor["id"]

    def record(conn: Connection) -> None:
        audit.record(conn, actor, action, item, now=now)

    await write(datasette, record)
