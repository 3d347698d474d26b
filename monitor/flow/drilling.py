"""A drill as one person may see it: the incident up to the pause, and after their move all of it.

Every page, answer and command on a drill is made of `sheet`, so that what is kept back is kept back
in one place. A case of the casebook was written down when all was over: of its story only the opening
is told before the move, and neither its title nor its source.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitor.errors import Refused
from monitor.lessons import drill as core
from monitor.lessons.drill import Event
from monitor.store import cases, drills, lessons, queue, standing
from monitor.store.db import Connection, Row, moment

SNIPPET = 1_200
"""Characters of a post that are shown."""
CHOICES = 30
LESSON = ("title", "why", "avoid", "recover", "change")


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident made ready to be replayed."""

    id: int
    label: str
    """How it is called before the move."""
    events: tuple[Event, ...]
    start: datetime
    pauses: tuple[datetime, ...]


def prepare(conn: Connection, number: int) -> Incident:
    """An incident as events, whatever it was merged into. Raises `Refused` if it cannot be replayed."""
    leads = standing.leads_to(conn, number)
    if leads is None:
        raise Refused(f"There is no incident {number}.")
    case = cases.of_incident(conn, leads)
    posts = [event for row in drills.told(conn, leads) if (event := _post(row, case))]
    said = [_response(row) for row in queue.aside(conn, leads)["responses"]]
    events, start = (*posts, *said), core.first(posts)
    if start is None:
        raise Refused(
            f"Incident {leads} cannot be replayed: no post of it tells what happened without telling how"
            " it ended. Take another."
        )
    incident = standing.current(conn, leads)
    label = _label(case, incident["organisation"], posts, start)
    return Incident(leads, label, events, start, core.pauses(events))


def _post(row: Row, case: dict[str, Any] | None) -> Event | None:
    at, when = moment(row["published_at"]), row["published_at"]
    if when.endswith("T00:00:00Z"):
        when = when[:10]
    text = max(row["text"], row["summary"], key=len)[:SNIPPET]
    if row["is_case"]:
        day = date.fromisoformat(case["happened_on"]) if case else at.date()
        text = core.opening(row["summary"], day)
        return Event("post", at, "", text, row["feed_title"], when=when) if text else None  # fmt: skip
    if len(when) == 10:
        at = core.day_over(at.date())
    until = tuple((moment(u), title, body[:SNIPPET]) for u, title, body in json.loads(row["versions"]))  # fmt: skip
    return Event("post", at, row["title"], text, row["feed_title"], row["url"], when, until)  # fmt: skip


def _response(row: Row) -> Event:
    when, at = row["said_on"], None
    if when:
        at = core.day_over(date.fromisoformat(when)) if len(when) == 10 else moment(when)
    return Event("response", at, "", row["text"], row["type"], row["url"], when)


def _label(
    case: dict[str, Any] | None, organisation: str, posts: list[Event], start: datetime
) -> str:
    if case:
        return f"{organisation or 'An organisation'}, {case['sector']}, {start:%B %Y}"
    return next(e for e in core.known(posts, start)).title or f"An incident of {start:%-d %B %Y}"


def begin(conn: Connection, number: int, hour: int | None, *, actor: str, now: datetime) -> int:
    """Begin a drill on an incident; the hour from the first post, or None for a good place to stop.

    Whoever drills an incident again stops at the next good place.
    """
    ready = prepare(conn, number)
    if hour is None:
        turn = drills.times_begun(conn, actor, ready.id)
        pause = ready.pauses[turn % len(ready.pauses)]
    elif 0 <= hour <= core.MOST_HOURS:
        pause = ready.start + timedelta(hours=hour)
    else:
        raise Refused(f"An hour is a whole number from 0 to {core.MOST_HOURS:,}.")
    return drills.begin(conn, ready.id, pause, actor=actor, now=now)


def sheet(conn: Connection, number: int, person: str, roles: Collection[str]) -> dict[str, Any]:
    """A drill as a person may see it now: `reveal` is None until they have made their move."""
    row = drills.find(conn, number)
    ready, pause = prepare(conn, row["incident_id"]), moment(row["pause_at"])
    made = drills.moves(conn, number)
    mine = next((m for m in made if m["person"] == person), None)
    found: dict[str, Any] = {
        "id": number, "label": ready.label, "begun_by": row["created_by"], "begun_at": row["created_at"],
        "pause_at": row["pause_at"], "hour": core.hour(ready.start, pause),
        "known": [_told(e, is_open=False) for e in core.known(ready.events, pause)],
        "moved": [m["person"] for m in made], "mine": _moved(mine) if mine else None, "reveal": None,
    }  # fmt: skip
    if mine:
        found["reveal"] = _reveal(conn, ready, pause, roles) | {
            "moves": [_moved(m) for m in made], "due_on": _due_on(conn, person, ready.id)
        }  # fmt: skip
    return found


def _reveal(
    conn: Connection, ready: Incident, pause: datetime, roles: Collection[str]
) -> dict[str, Any]:
    incident, lesson = queue.incident(conn, ready.id), lessons.of_incident(conn, ready.id, roles)
    said = queue.aside(conn, ready.id)["responses"]
    case = [row["summary"] for row in drills.told(conn, ready.id) if row["is_case"]]
    return {
        "incident": ready.id,
        "title": incident["title"] if incident else ready.label,
        "story": case[0] if case else "",
        "later": [_told(e, is_open=True) for e in core.later(ready.events, pause)],
        "types": [
            e.by
            for e in core.later(ready.events, datetime.min.replace(tzinfo=UTC))
            if e.kind == "response"
        ],
        "outcome": [row["outcome"] for row in said if row["outcome"]],
        "lesson": {"id": lesson["id"]} | {n: lesson[n] for n in LESSON} if lesson else None,
    }


def _told(event: Event, *, is_open: bool) -> dict[str, Any]:
    """An event for a page or a script; before the move without its address, which shows it as it is now."""
    shown = asdict(event)
    return {name: shown[name] for name in ("kind", "when", "title", "text", "by")} | (
        {"link": event.link} if is_open else {}
    )


def _moved(row: Row) -> dict[str, Any]:
    return {
        "person": row["person"], "type": row["type"], "text": row["text"], "moved_at": row["moved_at"],
        "score": row["score"], "checks": json.loads(row["checks"]),
    }  # fmt: skip


def _due_on(conn: Connection, person: str, incident_id: int) -> str:
    row = drills.card(conn, person, incident_id)
    return row["due_on"] if row else ""


def desk(conn: Connection, person: str, words: str, now: datetime) -> dict[str, Any]:
    """What a person may drill: what is due, what comes later, what is new to them, and what is open."""
    today, weighed = now.date(), []
    for row in drills.cards(conn, person):
        over = (today - date.fromisoformat(row["due_on"])).days
        weight = core.importance(
            row["severity"], is_ours=bool(row["is_ours"]), score=row["score"], days_over=over
        )
        weighed.append((over, weight, row))
    weighed.sort(key=lambda one: -one[1])
    due = [_card(conn, row) for over, _, row in weighed if over >= 0]
    ahead = sorted((row for over, _, row in weighed if over < 0), key=lambda row: row["due_on"])
    return {
        "due": due,
        "ahead": [_card(conn, row) for row in ahead],
        "new": _new(conn, person, words),
        "drills": [_listed(conn, row) for row in drills.listed(conn, person)],
    }


def _name(conn: Connection, incident_id: int) -> str:
    try:
        return prepare(conn, incident_id).label
    except Refused:
        return ""


def _card(conn: Connection, row: Row) -> dict[str, Any]:
    number = row["incident_id"]
    kept = {name: row[name] for name in ("score", "due_on", "repetitions")}
    return {"incident": number, "label": _name(conn, number), **kept}


def _new(conn: Connection, person: str, words: str) -> list[dict[str, Any]]:
    found = []
    for row in drills.candidates(conn, person, words):
        label = _name(conn, row["id"])
        if label:
            found.append({"incident": row["id"], "label": label, "is_ours": bool(row["is_ours"])})
        if len(found) == CHOICES:
            break
    return found


def _listed(conn: Connection, row: Row) -> dict[str, Any]:
    kept = {n: row[n] for n in ("id", "created_by", "created_at", "moves", "my_score")}
    return kept | {"label": _name(conn, row["incident_id"]), "has_moved": bool(row["has_moved"])}
