"""Keeping and removing views of the queue."""

from __future__ import annotations

from typing import Any

from monitor.model import Role
from monitor.store import views
from monitor.web.access import may
from monitor.web.ds import Response, posted, site, write
from monitor.web.triage import answer


async def keep(datasette: Any, request: Any) -> Response:
    """Keep the filters of the page under a name."""
    form, now = await posted(request), site(datasette).clock()
    number = await write(
        datasette,
        lambda conn: views.keep(
            conn, str(form.get("name", "")), str(form.get("query", "")),
            is_shared=form.get("shared") in {"on", "1", True}, actor=request.actor["id"], now=now,
        ),
    )  # fmt: skip
    return answer(request, form, {"id": number})


async def remove(datasette: Any, request: Any) -> Response:
    """Remove a view."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    is_editor = may(request.actor, Role.EDITOR)
    name = await write(
        datasette,
        lambda conn: views.remove(
            conn, number, actor=request.actor["id"], is_editor=is_editor, now=now
        ),
    )
    return answer(request, form, {"name": name})
