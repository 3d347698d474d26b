"""Who is told of an incident, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import IncidentBrief, Severity, Subscriber
from monitor.text import fold

SEVERITY_NAMES = {
    Severity.SHORTFALL: "shortfall",
    Severity.MISSTEP: "misstep",
    Severity.BACKLASH: "backlash",
    Severity.CRISIS: "crisis",
}


@dataclass(frozen=True, slots=True)
class PlannedAlert:
    """One mail to come."""

    subscriber_id: int
    why: str
    """Why this person is told, as the mail says it."""


def fits(subscriber: Subscriber, incident: IncidentBrief) -> str | None:
    """Why this subscriber is told of this incident; None if not."""
    if subscriber.is_paused or incident.severity < subscriber.min_severity:
        return None
    reasons = []
    if subscriber.min_severity > Severity.SHORTFALL:
        reasons.append(f"from {SEVERITY_NAMES[subscriber.min_severity]} up")
    if subscriber.tags:
        mine = {tag.casefold() for tag in subscriber.tags}
        shared = [tag for tag in incident.tags if tag.casefold() in mine]
        if not shared:
            return None
        reasons.append(f"tagged {', '.join(shared)}")
    if subscriber.words:
        text = _folded(f"{incident.title} {incident.organisation} {incident.text}")
        found = [
            word for word in subscriber.words if (w := _folded(word).strip()) and f" {w} " in text
        ]
        if not found:
            return None
        reasons.append(f"about {', '.join(found)}")
    return (
        "you asked for incidents " + " and ".join(reasons)
        if reasons
        else "you asked for every incident"
    )


def _folded(text: str) -> str:
    """The words of a text with a space around each, so that whole words meet."""
    words = re.findall(r"\w+", fold(text))
    return f" {' '.join(words)} "


def plan(subscribers: Sequence[Subscriber], incident: IncidentBrief) -> tuple[PlannedAlert, ...]:
    """One alert for each subscriber whose filter fits."""
    return tuple(
        PlannedAlert(subscriber.id, why)
        for subscriber in subscribers
        if (why := fits(subscriber, incident)) is not None
    )
