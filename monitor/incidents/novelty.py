"""What was decided already: how much a story resembles one, by the words of its title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.words import words

FROM = 0.3
"""Shared words over all words (Jaccard) from which a decided incident is said to be alike."""

REMEMBERED = 2_000
"""The newest decisions that stories are compared with."""

MIN_LETTERS = 4
"""Shorter words say too little of what a title is about."""


@dataclass(frozen=True, slots=True)
class Alike:
    """The decided incident that a story resembles most."""

    incident_id: int
    status: str
    share: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The titles of decided incidents, ready to be compared with."""

    sizes: Mapping[int, int]
    statuses: Mapping[int, str]
    holders: Mapping[str, tuple[int, ...]]
    """Word -> the incidents whose titles have it."""


def title_words(title: str) -> frozenset[str]:
    """The words of a title that are compared."""
    return frozenset(word for word in words(title) if len(word) >= MIN_LETTERS)


def index(decided: Iterable[tuple[int, str, str]]) -> Decided:
    """Prepare incidents, each with its number, title and status."""
    sizes: dict[int, int] = {}
    statuses: dict[int, str] = {}
    holders: dict[str, list[int]] = {}
    for number, title, status in decided:
        found = title_words(title)
        sizes[number], statuses[number] = len(found), status
        for word in found:
            holders.setdefault(word, []).append(number)
    return Decided(sizes, statuses, {word: tuple(them) for word, them in holders.items()})


def likest(decided: Decided, title: str, *, but: int = 0) -> Alike | None:
    """The most alike incident, the newest of equals; never `but` itself. None if none is alike."""
    mine = title_words(title)
    shared: Counter[int] = Counter()
    for word in mine:
        shared.update(decided.holders.get(word, ()))
    shared.pop(but, None)
    best: tuple[float, int] | None = None
    for number, count in shared.items():
        share = count / (len(mine) + decided.sizes[number] - count)
        if share >= FROM and (best is None or (share, number) > best):
            best = (share, number)
    return Alike(best[1], decided.statuses[best[1]], best[0]) if best else None
