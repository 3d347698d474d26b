"""What makes an open incident known again: the names of who failed, its own terms, its hashtags.

    name     the organisation as a person set it; else the first name in each title of the incident,
             and every name that two of its titles share
    term     a word, or two neighbouring words, of those titles that are no part of the name and no
             words that every failure is told with
    hashtag  of its titles, and of the beginnings of its texts

Pure; how rare a term is, only the database knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from monitor.incidents.everyday import PLATFORMS, SMALL, is_trade
from monitor.incidents.names import Reading, is_telling, read, stem
from monitor.words import Words

TITLES = 5
"""Posts of an incident that are read, the oldest: names and terms must not drift with the talk."""

MIN_TAG = 6
"""Letters of a hashtag, and of a name written together; shorter ones mean too many things."""


@dataclass(frozen=True, slots=True)
class Open:
    """An incident that may draw posts: neither dismissed, nor old, nor a shipped case."""

    id: int
    organisation: str
    """As a person set it; empty if nobody did."""
    first_post_at: datetime
    last_post_at: datetime
    posts: tuple[tuple[str, str], ...]
    """Title and text of those that the rules or a person gave it, oldest first."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What makes an incident known again."""

    incident: Open
    names: tuple[tuple[str, ...], ...]
    """Stems of the words of each name."""
    tags: frozenset[str]
    terms: Mapping[str, str]
    """Stem of each word -> the word as the title has it, folded."""
    pairs: Mapping[tuple[str, str], str]
    """Stems of two neighbouring words -> the words as the title has them, folded."""

    @property
    def named(self) -> tuple[str, ...]:
        """Every way that a post may write its names, folded."""
        forms = [" ".join(name) + end for name in self.names for end in ("", "s")]
        return (*forms, *("".join(name) for name in self.names if _is_joined(name)))


@lru_cache(maxsize=4_000)
def clues(incident: Open) -> Clues:
    """Read an incident's titles; remembered, since the same ones are open from poll to poll."""
    readings = [read(title, text) for title, text in incident.posts[:TITLES]]
    names = _names(incident.organisation, readings)
    inside = {word for name in names for word in name}
    terms: dict[str, str] = {}
    pairs: dict[tuple[str, str], str] = {}
    for reading in readings:
        for word in reading.words:
            if is_telling(word) and stem(word) not in inside:
                terms.setdefault(stem(word), word)
        for a, b in pairwise(reading.words):
            if _is_pair(a, b) and not {stem(a), stem(b)} & inside:
                pairs.setdefault((stem(a), stem(b)), f"{a} {b}")
    tags = frozenset(tag for reading in readings for tag in reading.tags if _is_own(tag))
    return Clues(incident, names, tags, terms, pairs)


def _names(organisation: str, readings: list[Reading]) -> tuple[tuple[str, ...], ...]:
    if set_by_person := tuple(map(stem, Words(organisation).words)):
        return (set_by_person,)
    found: dict[tuple[str, ...], int] = {}
    for reading in readings:
        for place, name in enumerate(reading.names):
            stems = tuple(map(stem, name))
            found[stems] = found.get(stems, 0) + (2 if place == 0 else 1)
    return tuple(name for name, strength in found.items() if strength >= 2)


def _is_pair(a: str, b: str) -> bool:
    """Whether two neighbouring words can say together what neither says alone."""
    return all(
        len(word) >= 3 and word.isalpha() and word not in SMALL and not is_trade(word)
        for word in (a, b)
    )


def _is_own(tag: str) -> bool:
    """Whether a hashtag can be an incident's own."""
    return len(tag) >= MIN_TAG and tag not in SMALL and tag not in PLATFORMS and not is_trade(tag)


def _is_joined(name: tuple[str, ...]) -> bool:
    """Whether a name may be written together, as a handle or a hashtag does."""
    return len(name) > 1 and len("".join(name)) >= MIN_TAG


@dataclass(frozen=True, slots=True)
class Index:
    """The clues of all open incidents, by the words that a post has to hold."""

    by_name: Mapping[str, tuple[tuple[Clues, tuple[str, ...]], ...]]
    """First word of a name, or the name written together, -> whose name it is."""
    by_tag: Mapping[str, tuple[Clues, ...]]
    incidents: Mapping[int, Clues]
    keys: frozenset[str] = field(repr=False)
    """A post that holds none of these tells of no open incident."""


def index(incidents: Iterable[Open]) -> Index:
    """Read all open incidents."""
    by_name: dict[str, list[tuple[Clues, tuple[str, ...]]]] = {}
    by_tag: dict[str, list[Clues]] = {}
    everything = {incident.id: clues(incident) for incident in incidents}
    for found in everything.values():
        for name in found.names:
            for key in dict.fromkeys((name[0], f"{name[0]}s")):
                by_name.setdefault(key, []).append((found, name))
            if _is_joined(name):
                by_name.setdefault("".join(name), []).append((found, ("".join(name),)))
        for tag in found.tags:
            by_tag.setdefault(tag, []).append(found)
    return Index(
        {word: tuple(named) for word, named in by_name.items()},
        {tag: tuple(told) for tag, told in by_tag.items()},
        everything,
        frozenset(by_name) | frozenset(by_tag),
    )
