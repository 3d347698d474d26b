"""How fast a story spreads: when it reached each level, from who told of it when.

Independent sources count, not posts: a publisher once, and copies of one text as one. A level that was
reached stays reached; how long ago that was is for whoever shows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Level:
    """So many independent sources within so long."""

    number: int
    sources: int
    within: timedelta

    def __str__(self) -> str:
        """Name it: `3 independent sources within 6 hours`."""
        hours = int(self.within.total_seconds() // 3600)
        return f"{self.sources} independent sources within {hours} hours"


LEVELS = (Level(1, 3, timedelta(hours=6)), Level(2, 5, timedelta(hours=24)))
"""Developing, and developing further: the second needs more sources and gives them more time."""

FRESH = timedelta(days=3)
"""So long after a level was reached an incident is called developing."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody told of it."""

    source: str
    """Who: a site; copies of one text bear the same."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """A level, and when its last needed source told."""

    level: Level
    at: datetime


def reached(sightings: Iterable[Sighting]) -> list[Reached]:
    """The levels that were reached, lowest first; those without a source count for nothing."""
    told = sorted((s for s in sightings if s.source), key=lambda s: (s.at, s.source))
    found = ((level, _when(told, level)) for level in LEVELS)
    return [Reached(level, at) for level, at in found if at is not None]


def _when(told: list[Sighting], level: Level) -> datetime | None:
    """The first moment at which enough sources had told within the span that ends there."""
    last: dict[str, datetime] = {}
    for sighting in told:
        last.pop(sighting.source, None)
        last[sighting.source] = sighting.at  # Kept in order of time, the latest at the end.
        for source, at in list(last.items()):
            if sighting.at - at <= level.within:
                break
            del last[source]
        if len(last) >= level.sources:
            return sighting.at
    return None


def highest(found: Iterable[Reached]) -> Reached | None:
    """The highest level that was reached; None if none was."""
    return max(found, key=lambda one: one.level.number, default=None)
