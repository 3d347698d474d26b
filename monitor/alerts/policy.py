"""Who is told of an incident, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import IncidentBrief, Severity, Subscriber
from monitor.words import Words, words

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
    """Why this subscriber is told of this incident; None if not.

    Ends the sentence "You get this mail because". Tags and words are any-of; words are whole
    words or phrases, case and accents not counting.
    """
    return _fits(subscriber, incident, _said_in(incident))


def plan(subscribers: Sequence[Subscriber], incident: IncidentBrief) -> tuple[PlannedAlert, ...]:
    """One alert for each subscriber whose filter fits."""
    said = _said_in(incident)
    return tuple(
        PlannedAlert(subscriber.id, why)
        for subscriber in subscribers
        if (why := _fits(subscriber, incident, said)) is not None
    )


def _fits(subscriber: Subscriber, incident: IncidentBrief, said: str) -> str | None:
    if subscriber.is_paused or incident.severity < subscriber.min_severity:
        return None
    tags, words = _shared_tags(subscriber, incident), _found_words(subscriber, said)
    if tags is None or words is None:
        return None
    reasons = [f"tagged {', '.join(tags)}"] if tags else []
    reasons += [f"about {', '.join(words)}"] if words else []
    if subscriber.min_severity > Severity.SHORTFALL:
        reasons.append(f"of severity {SEVERITY_NAMES[subscriber.min_severity]} or worse")
    if not reasons:
        return "you asked for every incident"
    return f"you asked for incidents {' and '.join(reasons)}"


def _shared_tags(subscriber: Subscriber, incident: IncidentBrief) -> list[str] | None:
    """The tags that both have, empty when any will do; None if there should be one and is not."""
    mine = {tag.casefold() for tag in subscriber.tags}
    shared = [tag for tag in incident.tags if tag.casefold() in mine]
    return None if mine and not shared else shared


def _found_words(subscriber: Subscriber, said: str) -> list[str] | None:
    """The subscriber's words that occur, empty when any will do; None if none of them does."""
    found = [word for word in subscriber.words if (key := _key(word)).strip() and key in said]
    return None if subscriber.words and not found else found


def _said_in(incident: IncidentBrief) -> str:
    # The bar keeps a phrase from reaching over the end of one text into the next.
    # So does the one between a text and its hashtags as wholes, which may be asked for as well.
    texts = (incident.title, incident.organisation, incident.text)
    wholes = (f" {tag.norm} " for text in texts for tag in Words(text).tags)
    return "|".join((*map(_key, texts), *wholes))


def _key(text: str) -> str:
    """The words of a text, folded, with a space around each, so that only whole words meet."""
    return f" {' '.join(words(text))} "
