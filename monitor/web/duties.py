"""What waits for people: mentions, owned incidents, overdue ones, revisits, second readings."""

from __future__ import annotations

from typing import Any

from monitor.incidents.agreement import agreement
from monitor.store import agenda, changes, duties, queue
from monitor.store.db import Connection, Row
from monitor.web import show
from monitor.web.ds import Response, read, render, site
from monitor.web.typed import Typed

PATH = "/-/duties"
SHOWN = 1_500
"""Characters of a text that a second reader sees at once."""


async def page(datasette: Any, request: Any) -> Response:
    """What waits for whoever asks, then what waits for all."""
    return await shown(datasette, request, Typed())


async def shown(datasette: Any, request: Any, typed: Typed, *, of: int = 0) -> Response:
    """The page, perhaps with what was typed on incident `of` and refused."""
    now, name = site(datasette).clock(), request.actor["id"]
    did = request.args.get("did") or ""

    def done(conn: Connection) -> Row | None:
        row = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        # Only the second reading is answered here; what else was done stands on its incident's page.
        if row is None or row["what"] != "incident.second":
            return None
        return row if changes.can_undo(row, now) else None

    def ask(conn: Connection) -> dict[str, Any]:
        to_read = agenda.to_read(conn, name)
        first = queue.first_posts(conn, [row["incident_id"] for row in to_read])
        return {
            "mentions": agenda.mentions(conn, name, now=now),
            "mine": agenda.owned(conn, name),
            "overdue": agenda.overdue(conn, now),
            "all_owned": agenda.owned(conn),
            "revisits": agenda.revisits_due(conn, now),
            "to_read": [_blind(row, first.get(row["incident_id"])) for row in to_read],
            "snoozed": agenda.snoozed(conn, now),
            "agreement": agreement(agenda.readings(conn)),
            "done": done(conn),
        }

    found = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_duties.html", **found, severities=show.SEVERITIES,
        outcomes=duties.OUTCOMES, today=now.date().isoformat(), typed=typed, of=of, status=typed.status,
    )  # fmt: skip


def _blind(row: Any, post: Any) -> dict[str, Any]:
    """What a second reader sees: the story, and nothing that others made of it."""
    text = max(post["text"], post["summary"], key=len) if post else ""
    return {
        "row": row,
        "text": text[:SHOWN] + (" …" if len(text) > SHOWN else ""),
        "feed": post["feed_title"] if post else "",
        "link": show.web_link(post["url"]) if post else "",
        "day": show.day(row["first_post_at"]),
    }
