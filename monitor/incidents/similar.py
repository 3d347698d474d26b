"""Which past incidents resemble one, and why: the rare words they share, tags, organisation. Pure.

The database ranks by BM25 over titles, summaries and lessons; here it is chosen which words are
asked for, and said in words what two incidents have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from monitor.incidents.everyday import SMALL
from monitor.text import fold

MOST_WORDS = 16
"""Asked for at once, the rarest: frequent ones cost time and say little."""

MOST_HITS = 4_000
"""Incidents that may hold one of them: so many are weighed against each other in a few milliseconds."""

SHARE = 0.2
"""Words in more than this share of incidents are not asked for; in very few incidents, all are."""

FEW = 20
TOP = 5
SHOWN = 6
"""Shared words named in the reason."""

_TAG_BONUS = 0.15
_SAME_ORGANISATION = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """An incident as it is compared."""

    id: int
    title: str
    organisation: str
    words: frozenset[str]
    tags: frozenset[str]
    rank: float = 0.0
    """How well its words fit, as the database says; more is better."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A past incident that resembles, and the reason."""

    id: int
    title: str
    why: str
    fit: float
    in_common: int = 0
    """Shared words, a shared tag counting as two and the same organisation as four."""


def words_of(text: str) -> list[str]:
    """The words of a text that can tell incidents apart, folded, each once, in order."""
    found = re.findall(r"\w+", fold(text))
    return [w for w in dict.fromkeys(found) if len(w) > 2 and w not in SMALL and not w.isdecimal()]


def ask_for(words: Iterable[str], counts: Mapping[str, int], total: int) -> tuple[str, ...]:
    """The words to search for: in another incident too, but not in every fifth; the rarest.

    `counts` says in how many incidents a word stands, this one included.
    """
    most = max(FEW, SHARE * total)
    useful = [word for word in words if 1 < counts.get(word, 0) <= most]
    rarest = sorted(useful, key=lambda word: (counts[word], word))[:MOST_WORDS]
    reached = accumulate(counts[word] for word in rarest)
    return tuple(
        word for word, hits in zip(rarest, reached, strict=True) if hits <= max(MOST_HITS, counts[rarest[0]])
    )  # fmt: skip


def rank(
    one: Known, others: Iterable[Known], asked: Iterable[str], counts: Mapping[str, int]
) -> tuple[Neighbour, ...]:
    """The nearest incidents, best first, each with its reason."""
    wanted = set(asked)
    found = []
    for other in others:
        shared = sorted(wanted & other.words, key=lambda w: (counts.get(w, 0), w))
        tags = sorted(one.tags & other.tags)
        same = bool(one.organisation) and fold(one.organisation) == fold(other.organisation)
        if other.id == one.id or not (shared or same):
            continue
        fit = other.rank * (1 + _TAG_BONUS * len(tags) + _SAME_ORGANISATION * same)
        found.append(
            Neighbour(
                other.id,
                other.title,
                _why(shared, tags, other, same=same),
                fit,
                len(shared) + 2 * len(tags) + 4 * same,
            )
        )
    return tuple(sorted(found, key=lambda n: (-n.fit, n.id))[:TOP])


def _why(shared: list[str], tags: list[str], other: Known, *, same: bool) -> str:
    parts = []
    if same:
        parts.append(f"the same organisation, {other.organisation}")
    if shared:
        named = ", ".join(f"‘{word}’" for word in shared[:SHOWN])
        more = f" and {len(shared) - SHOWN} more" if len(shared) > SHOWN else ""
        parts.append(f"both tell of {named}{more}")
    if tags:
        parts.append(f"both tagged {', '.join(tags)}")
    return "; ".join(parts)
