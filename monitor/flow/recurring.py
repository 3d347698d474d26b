"""Has it happened before? Says at triage which lesson a new incident may be another case of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from monitor.flow.similar import Past
from monitor.store import recurrence
from monitor.store.db import Connection

FITS = 4
"""So much in common, and a past incident is near enough to ask; see `incidents.similar`."""

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Again:
    """A lesson that an incident may be another case of."""

    lesson_id: int
    title: str
    said: str
    """`The fourth since we wrote this; our action is still open.`"""
    why: str


def look(
    conn: Connection, incident_id: int, past: Sequence[Past], roles: Collection[str]
) -> list[Again]:
    """The lessons, nearest first; those that a person refused for this incident are left out."""
    near = {one.id: one for one in past if one.in_common >= FITS}
    rows = recurrence.lessons(conn, incident_id, near.keys(), roles) if near else []
    order = {one.id: place for place, one in enumerate(past)}
    return [
        Again(
            row["id"], row["title"], said(row["since"], row["open_actions"], row["stage"]),
            near[row["via"]].why,
        )
        for row in sorted(rows, key=lambda row: order[row["via"]])
    ]  # fmt: skip


def said(since: int, open_actions: int, stage: str) -> str:
    """How often it has come since the lesson was written, this one counted, and what of it is left."""
    number = since + 1
    which = _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
    left = {0: "", 1: "our action is still open"}.get(open_actions, f"{open_actions} of our actions are still open")  # fmt: skip
    if not left:
        left = f"the lesson was called {stage}" if stage in {"changed", "verified"} else "nothing was asked for yet"  # fmt: skip
    return f"The {which} since we wrote this; {left}."
