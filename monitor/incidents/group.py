"""Which incident a flagged post belongs to: one pure decision, with its reason in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=14)
"""A story is told within this long of its last post; later ones start anew."""

SAME_TITLE = 0.75
"""Shared words over all words (Jaccard), from which two titles are nearly the same."""

MIN_WORDS = 4
"""Shorter titles say too little to be compared by words."""


@dataclass(frozen=True, slots=True)
class Told:
    """A post that already belongs to an incident: what newcomers are compared with."""

    incident_id: int
    canonical_url: str
    words: frozenset[str]
    """Folded words of its title."""
    names: frozenset[str]
    """Those of them that are written large."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Join:
    """The post belongs to an incident there is."""

    incident_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Start:
    """The post is the first of a new incident."""

    why: str = "the first post on this"


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard index of two titles' words, 0 to 1; 0 if either has fewer than `MIN_WORDS`."""
    if min(len(a), len(b)) < MIN_WORDS:
        return 0.0
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def same_names(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether no name stands against another: "Acme deletes a tweet" is not "Bolt deletes a tweet".

    One title may name more than the other. Titles In Capitals are kept apart more often than
    need be: a wrong merge hides a story, a missed one only shows it twice.
    """
    return not (a - b and b - a)


def decide(post: Told, told: Iterable[Told]) -> Join | Start:
    """Join by the same address, else by the most alike title within `WINDOW`, else start.

    The number of `post` itself is not looked at. `told` may hold anything; what lies outside the
    window is passed over here. Ties go to the older incident, so that the order of posts cannot
    shuffle stories.
    """
    best: tuple[float, int] | None = None
    for known in told:
        if abs(post.published_at - known.published_at) > WINDOW:
            continue
        if post.canonical_url and post.canonical_url == known.canonical_url:
            return Join(known.incident_id, "the same address as a post of this incident")
        alike = likeness(post.words, known.words)
        if alike < SAME_TITLE or not same_names(post.names, known.names):
            continue
        if best is None or (alike, -known.incident_id) > best:
            best = (alike, -known.incident_id)
    if best is None:
        return Start()
    alike, incident_id = best[0], -best[1]
    return Join(
        incident_id, f"nearly the same title as a post of this incident ({alike:.0%} alike)"
    )
