"""Whether two posts are copies: one text, told by another publisher, shortened, or with a frame around it.

    address   the same page: `text.canonical_url`
    title     the same words on the same day, and texts that do not say otherwise
    frame     none, whatever texts share, if one publisher sets them under titles of different stories
    text      FracMinHash: of all runs of four words, those whose checksum divides by `KEEP` are kept,
              whatever else the text holds. So a teaser's sketch is a part of its full text's, and
              *containment* (what is shared, of the smaller) finds it where likeness would not.
              Of the first words every run is kept: most posts are too short for a sample

Texts too short for a sketch are compared by title alone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zlib import crc32

from monitor.addresses import site
from monitor.incidents.everyday import SMALL
from monitor.text import title_key
from monitor.words import Words

KEEP = 8
"""One run of words in so many is kept."""

RUN = 4
"""Words of a run."""

MIN_WORDS = 20
"""A shorter text has no sketch."""

LEAD = 100
"""Words at the beginning of which every run is kept."""

READ = 6_000
"""Characters of a text that are looked at: some 1,000 words."""

MIN_SHARED = 4
MIN_SHARED_LEAD = 9
CONTAINED = 0.55
"""From so many shared runs (in the sample, or in both beginnings), and so much of the smaller, texts
are copies."""

TITLE_WORDS = 4
"""Shorter titles say too little to be compared."""

OWN_TITLE = 0.4
"""Of the words of two titles so many are shared if one publisher tells one story in both."""

WINDOW = timedelta(days=14)
"""The same address this far apart is another page: some are written anew every week."""

SAME_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sketch:
    """Checksums of runs of words; none if the text is too short."""

    lead: frozenset[int] = frozenset()
    """All of the beginning."""
    sample: frozenset[int] = frozenset()
    """One in `KEEP` of the whole."""

    @property
    def all(self) -> frozenset[int]:
        """Everything that is kept."""
        return self.lead | self.sample


NOTHING = Sketch()


@lru_cache(maxsize=2_000)
def sketch(text: str) -> Sketch:
    """Take a text's sketch; remembered."""
    words = Words(text[:READ])
    places = words.offsets
    if len(places) <= MIN_WORDS:
        return NOTHING
    row = words.row
    runs = [crc32(row[start : end - 1]) for start, end in zip(places, places[RUN:], strict=False)]
    return Sketch(
        frozenset(runs[: LEAD - RUN + 1]), frozenset(run for run in runs if not run % KEEP)
    )


@dataclass(frozen=True, slots=True)
class Print:
    """What a post is known again by, whoever tells it."""

    canonical_url: str
    title: str
    """Its `text.title_key`."""
    sketch: Sketch
    published_at: datetime


def imprint(title: str, text: str, canonical_url: str, published_at: datetime) -> Print:
    """Take a post's print."""
    return Print(canonical_url, title_key(title), sketch(text), published_at)


def containment(a: Sketch, b: Sketch) -> float:
    """How much of the shorter of two texts the other holds, 0 to 1; 0 if that is next to nothing."""
    return max(
        _contained(a.sample, b.sample, MIN_SHARED), _contained(a.lead, b.lead, MIN_SHARED_LEAD)
    )


def _contained(a: frozenset[int], b: frozenset[int], least: int) -> float:
    shared = len(a & b)
    return shared / min(len(a), len(b)) if shared >= least else 0.0


def why_copy(a: Print, b: Print) -> str:
    """Why two posts are copies, in words; empty if they are not. The order does not matter."""
    gap = abs(a.published_at - b.published_at)
    if a.canonical_url and a.canonical_url == b.canonical_url and gap <= WINDOW:
        return "the same address"
    share = containment(a.sketch, b.sketch)
    if share >= CONTAINED and not _is_frame(a, b):
        return f"the same text ({share:.0%} of the shorter)"
    is_titled = a.title == b.title and len(a.title.split()) >= TITLE_WORDS
    if is_titled and gap <= SAME_DAY and not _says_otherwise(a.sketch, b.sketch):
        return "the same title within a day"
    return ""


def _is_frame(a: Print, b: Print) -> bool:
    """Whether one publisher says the same under titles of different stories: an offer, a paywall."""
    publisher = site(a.canonical_url)
    if not publisher or publisher != site(b.canonical_url):
        return False
    one, other = set(a.title.split()) - SMALL, set(b.title.split()) - SMALL
    return len(one & other) < OWN_TITLE * min(len(one), len(other))


def _says_otherwise(a: Sketch, b: Sketch) -> bool:
    """Whether two texts are long enough to show that they share nothing."""
    return bool(a.lead) and bool(b.lead) and a.all.isdisjoint(b.all)


def folded(prints: Mapping[int, Print], pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """For each post, the first of its copies (itself, if it is that), whatever the order of `pairs`.

    First is who published first; at the same moment, whose address and title come first.
    """
    first = {number: number for number in prints}

    def root(number: int) -> int:
        while first[number] != number:
            number = first[number]
        return number

    def rank(number: int) -> tuple[datetime, str, str, int]:
        found = prints[number]
        return (found.published_at, found.canonical_url, found.title, number)

    for a, b in pairs:
        one, other = sorted((root(a), root(b)), key=rank)
        first[other] = one
    return {number: root(number) for number in prints}
