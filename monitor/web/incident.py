"""An incident: its posts, why they matched, what people made of it, and the lesson."""

from __future__ import annotations

import json
from typing import Any

from monitor.model import Status
from monitor.store import lessons, queue, triage
from monitor.store.db import Connection, Row
from monitor.web import show
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.triage import answer

QUESTIONS = (
    ("what_happened", "What happened"),
    ("why", "Why"),
    ("avoid", "How can we avoid it?"),
    ("recover", "Now that it is done, how do we recover?"),
    ("here", "Could it happen here?"),
    ("change", "What we change"),
)


def _posts(conn: Connection, number: int) -> list[dict[str, Any]]:
    rows = queue.posts(conn, number)
    matches = queue.matches(conn, [row["id"] for row in rows])
    made = []
    for row in rows:
        found, text = matches[row["id"]], max(row["text"], row["summary"], key=len)
        made.append(
            {
                "row": row,
                "title": show.marked(row["title"], show.ranges(found, "title")),
                "snippet": show.snippet(text, show.ranges(found, "text")),
                "why": show.why(found, {"title": row["title"], "text": text, "url": row["url"]}),
                "link": show.web_link(row["url"]),
                "day": show.day(row["published_at"]),
            }
        )
    return made


def history(rows: list[Row]) -> list[dict[str, Any]]:
    """Audit rows as sentences' parts."""
    made = []
    for row in rows:
        before, after = json.loads(row["before"]), json.loads(row["after"])
        changes = [
            f"{key.replace('_', ' ')}: {str(before[key])[:80]} → {str(after.get(key, ''))[:80]}" if key in before
            else f"{key.replace('_', ' ')}: {str(after[key])[:120]}"
            for key in {**before, **after}
        ]  # fmt: skip
        made.append(
            {
                "at": row["at"],
                "actor": row["actor"],
                "action": row["action"].replace(".", " "),
                "changes": changes,
            }
        )
    return made


async def page(datasette: Any, request: Any) -> Response:
    """One incident with everything on it."""
    number, now = int(request.url_vars["id"]), site(datasette).clock()

    def ask(conn: Connection) -> dict[str, Any] | None:
        row = queue.incident(conn, number)
        if row is None:
            return None
        beside = queue.aside(conn, number)
        return {
            "incident": row,
            "posts": _posts(conn, number),
            "tags": queue.tags(conn, [number])[number],
            "vocabulary": queue.vocabulary(conn),
            "lesson": lessons.of_incident(conn, number),
            "notes": beside["notes"],
            "responses": beside["responses"],
            "exports": beside["exports"],
            "history": history(beside["history"]),
            "age": show.age(row["last_post_at"], now),
        }

    found = await read(datasette, ask)
    if found is None:
        message = f"There is no incident {number}. It may have been on another Failwatch, or the address is cut."
        return await render(
            datasette,
            request,
            "failwatch_message.html",
            title="Not found",
            message=message,
            status=404,
        )
    return await render(
        datasette, request, "failwatch_incident.html", **found, questions=QUESTIONS,
        reasons=triage.REASONS, statuses=list(Status), severities=show.SEVERITIES,
    )  # fmt: skip


async def note(datasette: Any, request: Any) -> Response:
    """Add a remark."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    text = str(form.get("text", ""))
    await write(
        datasette, lambda conn: triage.note(conn, number, text, actor=request.actor["id"], now=now)
    )
    return answer(request, form | {"back": f"/-/incidents/{number}#notes"}, {})


async def untag(datasette: Any, request: Any) -> Response:
    """Take a tag off."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    name = str(form.get("tag", ""))
    await write(
        datasette, lambda conn: triage.untag(conn, number, name, actor=request.actor["id"], now=now)
    )
    return answer(request, form | {"back": f"/-/incidents/{number}"}, {})


async def organisation(datasette: Any, request: Any) -> Response:
    """Say which organisation failed."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    name = str(form.get("organisation", ""))
    await write(
        datasette,
        lambda conn: triage.set_organisation(
            conn, number, name, actor=request.actor["id"], now=now
        ),
    )
    return answer(request, form | {"back": f"/-/incidents/{number}"}, {})


async def lesson(datasette: Any, request: Any) -> Response:
    """Save the lesson; a colleague's later text is never overwritten."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    text = str(form.get("version", ""))
    version = int(text) if text.isdecimal() and len(text) < 19 else None
    fields = {key: str(form.get(key, "")) for key in ("title", *lessons.TEXTS)}
    await write(
        datasette,
        lambda conn: lessons.save(
            conn,
            incident_id=number,
            fields=fields,
            version=version,
            actor=request.actor["id"],
            now=now,
        ),
    )
    return answer(request, form | {"back": f"/-/incidents/{number}#lesson"}, {})
