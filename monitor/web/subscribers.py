"""Subscribers: who gets mail, and about what; for administrators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from monitor.errors import Refused
from monitor.model import Severity, Subscriber
from monitor.store import audit, outbox, subscribers
from monitor.store.db import Connection
from monitor.web import show
from monitor.web.ds import Response, posted, read, render, site, write


async def page(datasette: Any, request: Any) -> Response:
    """The list, and a form to add to it."""
    people = await site(datasette).private(subscribers.list_all)
    counts = await read(datasette, outbox.counts)
    return await render(
        datasette, request, "failwatch_subscribers.html", people=people, counts=counts, severities=show.SEVERITIES
    )  # fmt: skip


def _split(text: object) -> tuple[str, ...]:
    return tuple(word for part in str(text or "").split(",") if (word := part.strip()))


async def add(datasette: Any, request: Any) -> Response:
    """Add a person; the audit row names the number, not the address."""
    form, place = await posted(request), site(datasette)
    now, severity = place.clock(), str(form.get("min_severity", "1"))
    if severity not in {"1", "2", "3", "4"}:
        raise Refused("Choose a severity from the list.")
    wanted = Subscriber(
        id=0, email=str(form.get("email", "")), name=str(form.get("name", "")),
        min_severity=Severity(int(severity)), tags=_split(form.get("tags")), words=_split(form.get("words")),
        wants_digest=form.get("digest") == "on",
    )  # fmt: skip
    person = await place.private(lambda p: subscribers.add(p, wanted, now=now))
    await _audit(datasette, request, "subscriber.add", person.id)
    return Response.redirect("/-/subscribers", status=303)


async def digest(datasette: Any, request: Any) -> Response:
    """Switch a person's weekly digest on or off."""
    form, number = await posted(request), int(request.url_vars["id"])
    wish = form.get("digest") == "on"

    def change(private: Connection) -> None:
        person = subscribers.by_id(private, number)
        if person is None:
            raise Refused(f"There is no subscriber {number}; perhaps it was removed.")
        subscribers.update(private, replace(person, wants_digest=wish))

    await site(datasette).private(change)
    await _audit(datasette, request, f"subscriber.digest_{'on' if wish else 'off'}", number)
    return Response.redirect("/-/subscribers", status=303)


async def remove(datasette: Any, request: Any) -> Response:
    """Remove a person; mail that waits for them is not sent."""
    number = int(request.url_vars["id"])
    if await site(datasette).private(lambda p: subscribers.remove(p, number)):
        await _audit(datasette, request, "subscriber.remove", number)
    return Response.redirect("/-/subscribers", status=303)


async def _audit(datasette: Any, request: Any, action: str, number: int) -> None:
    now = site(datasette).clock()

    def record(conn: Connection) -> None:
        audit.record(conn, request.actor["id"], action, f"subscriber:{number}", now=now)

    await write(datasette, record)
