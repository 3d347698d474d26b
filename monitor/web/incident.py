"""An incident: what was told and said, what people made of it, who sees to it, and the lesson."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from monitor.addresses import host
from monitor.errors import Refused, StaleVersion
from monitor.flow import acts, recurring, similar, telling
from monitor.flow.acts import ACTS, Desk
from monitor.model import Status
from monitor.store import (
    agenda,
    cases,
    changes,
    duties,
    lessons,
    organisations,
    queue,
    responses,
    standing,
    suggestions,
    triage,
)
from monitor.store.db import Connection, Row
from monitor.web import duties as desk
from monitor.web import saga, show
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.people import people
from monitor.web.placed import placed
from monitor.web.spread import spread
from monitor.web.triage import answer
from monitor.web.typed import Typed, refused

QUESTIONS = (
    ("what_happened", "What happened"),
    ("why", "Why"),
    ("avoid", "How can we avoid it?"),
    ("recover", "Now that it is done, how do we recover?"),
    ("here", "Could it happen here?"),
    ("change", "What we change"),
)
NOT_SENT = frozenset({"back"})
"""Fields of forms that are no part of an act."""

_NAMED = re.compile(r"(?<![\w.@+-])(@[\w.@+-]{1,64})")


def _posts(conn: Connection, rows: list[Row]) -> list[dict[str, Any]]:
    matches = queue.matches(conn, [row["id"] for row in rows])
    made = []
    for row in rows:
        found, text = matches[row["id"]], max(row["text"], row["summary"], key=len)
        texts = {"title": row["title"], "text": text, "url": row["url"]}
        made.append(
            {
                "row": row,
                "at": row["published_at"],
                "title": show.marked(row["title"], show.ranges(found, "title")),
                "snippet": show.snippet(text, show.ranges(found, "text")),
                "why": show.why(found, texts),
                "link": show.web_link(row["url"]),
                "day": show.day(row["published_at"]),
            }
        )
    return made


def timeline(posts: list[dict[str, Any]], said: list[Row]) -> list[dict[str, Any]]:
    """Posts and responses in the order in which they came; a response without a time comes last."""
    found = [post | {"response": None} for post in posts]
    found += [
        {
            "response": row,
            "at": row["said_on"],
            "day": _when(row["said_on"]),
            "link": show.web_link(row["url"]),
        }
        for row in said
    ]
    return sorted(found, key=lambda e: (not e["at"], e["at"][:10], _turn(e), e["at"]))


def _turn(entry: dict[str, Any]) -> int:
    """Within a day: posts that know no hour, as the casebook's, then responses, then other posts."""
    if entry["response"]:
        return 1
    return 0 if entry["at"].endswith("T00:00:00Z") else 2


def folded(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Posts with their copies beneath the first of each; a copy whose first is elsewhere stands alone."""
    here = {post["row"]["id"] for post in posts}
    first: dict[int, dict[str, Any]] = {}
    for post in posts:
        if post["row"]["copy_of"] not in here:
            first[post["row"]["id"]] = post | {"copies": []}
    for post in posts:
        if post["row"]["copy_of"] in here:
            first[post["row"]["copy_of"]]["copies"].append(post)
    return list(first.values())


def _when(text: str) -> str:
    if not text:
        return ""
    if len(text) == 10:
        return show.day(f"{text}T00:00:00Z")
    return f"{show.day(text)}, {text[11:16]} UTC"


def noted(text: str, names: tuple[str, ...]) -> Markup:
    """A note with the people whom it names set off; everything escaped."""
    known, made = {f"@{name}".casefold() for name in names}, Markup("")
    for part in _NAMED.split(text):
        word = part.rstrip(".-+@") if part.startswith("@") else part
        if word.casefold() in known:
            made += Markup('<strong class="mention">{}</strong>').format(word) + part[len(word) :]
        else:
            made += escape(part)
    return made


def _gather(
    conn: Connection, number: int, names: tuple[str, ...], now: datetime, *, roles: list[str]
) -> dict[str, Any]:
    """What stands on the page."""
    row, beside = standing.current(conn, number), queue.aside(conn, number)
    rows = queue.posts(conn, number)
    posts = _posts(conn, rows)
    past = similar.look(conn, number)
    return {
        "incident": row,
        "posts": posts,
        "timeline": timeline(folded(posts), beside["responses"]),
        "asked": [
            dict(a) | {"link": show.web_link(a["url"])}
            for a in suggestions.of_incident(conn, number)
        ],
        "parts": organisations.of_incident(conn, number),
        "replies": len(beside["responses"]),
        "spread": spread((r["published_at"], host(r["canonical_url"])) for r in rows),
        "tags": queue.tags(conn, [number])[number],
        "vocabulary": queue.vocabulary(conn),
        "lesson": lessons.of_incident(conn, number, roles),
        "notes": [dict(n) | {"said": noted(n["text"], names)} for n in beside["notes"]],
        "exports": beside["exports"],
        "wanted": beside["wanted"],
        "past": past,
        "again": recurring.look(conn, number, past, roles),
        "case": _case(conn, number),
        "around": similar.around(conn, number),
        "revisits": agenda.revisits_of(conn, number),
        "numbers": [n for n in standing.numbers_of(conn, number) if n != number],
        "history": saga.told(telling.history(conn, number, now), number),
        "age": show.age(row["last_post_at"], now),
        "place": placed(conn, [row], now)[number],
        "is_overdue": bool(row["due_on"] and row["due_on"] < now.date().isoformat()),
        "is_snoozed": bool(row["snoozed_until"] and row["snoozed_until"] > f"{now:%FT%TZ}"),
    }


def _case(conn: Connection, number: int) -> dict[str, Any] | None:
    """What the casebook says of it, with addresses that are safe to link."""
    case = cases.of_incident(conn, number)
    if case is None:
        return None
    sources = [s | {"link": show.web_link(s["url"])} for s in case["sources"]]
    return case | {"sources": sources}


async def page(datasette: Any, request: Any) -> Response:
    """One incident with everything on it; a merged number leads on."""
    return await shown(datasette, request, Typed())


async def shown(datasette: Any, request: Any, typed: Typed) -> Response:
    """The page, perhaps with what was typed and refused."""
    number, now = int(request.url_vars["id"]), site(datasette).clock()
    names = await people(datasette)
    did = request.args.get("did") or ""

    def ask(conn: Connection) -> dict[str, Any]:
        leads = standing.leads_to(conn, number)
        if leads is None or leads != number:
            return {"leads": leads}
        found = _gather(conn, number, names, now, roles=request.actor["roles"])
        done = changes.found(conn, int(did)) if did.isdecimal() and len(did) < 19 else None
        return found | {
            "leads": number, "done": done if done and changes.can_undo(done, now) else None
        }  # fmt: skip

    found = await read(datasette, ask)
    if found["leads"] is None:
        message = f"There is no incident {number}. It may have been on another Failwatch, or the address is cut."
        return await render(
            datasette, request, "failwatch_message.html", title="Not found", message=message, status=404
        )  # fmt: skip
    if found["leads"] != number:
        return Response.redirect(f"/-/incidents/{found['leads']}?from={number}", status=302)
    if request.actor and any(f"@{request.actor['id']}".casefold() in n["text"].casefold() for n in found["notes"]):  # fmt: skip
        name = request.actor["id"]
        await write(datasette, lambda conn: agenda.saw_mentions(conn, name, number, now=now))
    return await render(
        datasette, request, "failwatch_incident.html", **found, typed=typed, nothing=Typed(), questions=QUESTIONS,
        reasons=triage.REASONS, statuses=list(Status), severities=show.SEVERITIES, people=names,
        types=responses.TYPES, outcomes=duties.OUTCOMES, roles=organisations.ROLES, parts_words=organisations.WORDS, here=f"/-/incidents/{number}",
        tomorrow=now.date() + timedelta(days=1), status=typed.status, came_from=request.args.get("from") or "",
        now=f"{now:%FT%TZ}",
    )  # fmt: skip


async def act(datasette: Any, request: Any) -> Response:
    """Change an incident by a form; if it is refused, the page comes back with what was typed."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    name, names = request.url_vars["act"], await people(datasette)
    if name not in ACTS:
        raise Refused("There is no such form.")
    values = {key: value for key, value in form.items() if key not in NOT_SENT}

    def work(conn: Connection) -> dict[str, object]:
        return acts.perform(Desk(conn, number, request.actor["id"], now, names), name, values)

    try:
        done = await write(datasette, work)
    except (Refused, StaleVersion) as error:
        typed = refused(name, values, error)
        if form.get("back") == desk.PATH:
            return await desk.shown(datasette, request, typed, of=number)
        return await shown(datasette, request, typed)
    query = f"?did={done['change']}" if done["change"] else ""
    back = f"/-/incidents/{done['incident']}{query}#done"
    if form.get("back") == desk.PATH:
        back = f"{desk.PATH}{query}"
    return answer(request, form | {"back": back}, dict(done))


async def note(datasette: Any, request: Any) -> Response:
    """Add a remark."""
    request.url_vars["act"] = "note"
    return await act(datasette, request)


async def untag(datasette: Any, request: Any) -> Response:
    """Take a tag off."""
    request.url_vars["act"] = "untag"
    return await act(datasette, request)


async def organisation(datasette: Any, request: Any) -> Response:
    """Say which organisation failed, whatever version was seen."""
    form, number, now = await posted(request), int(request.url_vars["id"]), site(datasette).clock()
    name = str(form.get("organisation", ""))
    await write(
        datasette,
        lambda conn: triage.set_organisation(
            conn, number, name, actor=request.actor["id"], now=now
        ),
    )
    return answer(request, form | {"back": f"/-/incidents/{number}"}, {})
