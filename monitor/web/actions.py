"""Actions of all lessons: what is overdue, what is open, and whose it is."""

from __future__ import annotations

from typing import Any

from monitor.store import actions
from monitor.store.db import Row
from monitor.web.ds import Response, read, render, site


async def page(datasette: Any, request: Any) -> Response:
    """The open ones, one's own, or those that are done or dropped."""
    show, today = request.args.get("show") or "", site(datasette).clock().date().isoformat()
    show = show if show in {"mine", "done", "dropped"} else ""
    owner = request.actor["id"] if show == "mine" else ""
    state = show if show in {"done", "dropped"} else "open"
    rows = await read(
        datasette,
        lambda conn: actions.listed(conn, request.actor["roles"], owner=owner, state=state),
    )
    return await render(
        datasette, request, "failwatch_actions.html", show=show, count=len(rows),
        groups=_groups(rows, today) if state == "open" else [(state.capitalize(), rows, False)],
    )  # fmt: skip


def _groups(rows: list[Row], today: str) -> list[tuple[str, list[Row], bool]]:
    """Overdue, to come, and without a day or an owner."""
    late = [row for row in rows if row["due_on"] and row["due_on"] < today]
    coming = [row for row in rows if row["due_on"] and row["due_on"] >= today]
    bare = [row for row in rows if not row["due_on"]]
    return [("Overdue", late, True), ("To come", coming, False), ("Without a day", bare, False)]
