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


def decide(
    canonical_url: str, title_key: str, published_at: datetime, told: Iterable[Told]
) -> Join | Start:
    """Join by the same address, else by the most alike title within `WINDOW`, else start.

    `told` may hold anything; what lies outside the window is passed over here. Ties go to the
    older incident, so that the order of posts cannot shuffle stories.
    """
    words = frozenset(title_key.split())
    best: tuple[float, int] | None = None
    for post in told:
        if abs(published_at - post.published_at) > WINDOW:
            continue
        if canonical_url and canonical_url == post.canonical_url:
            return Join(post.incident_id, "the same address as a post of this incident")
        alike = likeness(words, post.words)
        if alike >= SAME_TITLE and (best is None or (alike, -post.incident_id) > best):
            best = (alike, -post.incident_id)
    if best is None:
        return Start()
    alike, incident_id = best[0], -best[1]
    return Join(
        incident_id, f"nearly the same title as a post of this incident ({alike:.0%} alike)"
    )
