"""A title read for what makes its story known again: the names in it, its own words, its hashtags.

A name is written large where English, French or Spanish would write a word small, and its post does
not write it small elsewhere. Titles In Capitals say nothing by their capitals, and German nouns
nothing by theirs: there the post's text has to know the name, or nothing is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from monitor.incidents.everyday import PLACES, PLATFORMS, is_everybodys
from monitor.text import headline
from monitor.words import Words

LEAD = 1_200
"""Characters of a text that are looked at: what a story is about is said at its beginning."""

TITLE = 400
"""Characters of a title that are looked at."""

MAX_NAME = 4
"""Units of a name; longer runs of capitals are a slogan."""

_OPENING = re.compile(r"(?:^|[.!?:|\n–—\]-]\s)\W*$")
"""What stands before a word that opens a sentence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a title says of its story."""

    names: tuple[tuple[str, ...], ...]
    """Folded words of each name, in the order of the title; first those that somebody bears alone."""
    words: tuple[str, ...]
    """The title's folded words in order; empty where a hashtag stands."""
    tags: tuple[str, ...]
    """The hashtags of the title, then those of the text."""
    title_tags: int
    """How many of them stand in the title."""


_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}(?![a-z])")


def spelt(title: str, text: str) -> tuple[str, str]:
    """As much of title and text as is looked at, initials without dots: `U.S. Airways` is `US Airways`."""
    return (
        _INITIALS.sub(lambda hit: hit.group().replace(".", ""), title[:TITLE]),
        _INITIALS.sub(lambda hit: hit.group().replace(".", ""), text[:LEAD]),
    )


def stem(word: str) -> str:
    """A word without a plural's `s`."""
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def is_telling(word: str) -> bool:
    """Whether a word can tell a story from others, as far as can be said without counting."""
    is_common = word in PLATFORMS or word in PLACES or is_everybodys(word)
    return len(word) >= 4 and word.isalpha() and not is_common


@lru_cache(maxsize=4_000)
def read(title: str, text: str) -> Reading:
    """Read a post's title, with the beginning of its text as a witness; remembered."""
    title, text = spelt(title, text)
    head, lead = Words(headline(title)), Words(text)
    tags = tuple(dict.fromkeys(tag.norm for tag in (*head.tags, *lead.tags)))
    inside = _inside_tags(head)
    return Reading(
        names=_names(head, lead, inside),
        words=tuple("" if at in inside else word for at, word in enumerate(head.words)),
        tags=tags,
        title_tags=len({tag.norm for tag in head.tags}),
    )


def _inside_tags(text: Words) -> frozenset[int]:
    return frozenset(at for tag in text.tags for at in range(tag.first, tag.last + 1))


@dataclass(frozen=True, slots=True)
class _Unit:
    """Words written together: `H&M`, `Chick-fil-A`, `Acme`."""

    words: tuple[str, ...]
    start: int
    end: int


def _units(text: Words, skip: frozenset[int]) -> list[_Unit]:
    """The words of a title, joined where `&`, `-` or a letter's dot joins them."""
    units: list[_Unit] = []
    before = -1
    for at, (word, (start, end)) in enumerate(zip(text.words, text.spans, strict=True)):
        if at in skip:
            continue
        between = text.text[units[-1].end : start] if units and before == at - 1 else " "
        is_initial = units and between == "." and len(units[-1].words[-1]) == 1
        if between in {"&", "-", "‑"} or is_initial:
            last = units.pop()
            units.append(_Unit((*last.words, word), last.start, end))
        else:
            units.append(_Unit((word,), start, end))
        before = at
    return units


def _names(head: Words, lead: Words, skip: frozenset[int]) -> tuple[tuple[str, ...], ...]:
    units = _units(head, skip)
    witness = _Witness(head.text, *_cases(lead), is_telling=_is_sentence(head, units))
    found: list[tuple[str, ...]] = []
    run: list[_Unit] = []
    for unit in units:
        gap = head.text[run[-1].end : unit.start] if run else ""
        goes_on = gap in {" ", "\xa0"}
        if run and not (goes_on and witness.knows(unit)):
            found += _whole(run, witness)
            run = []
        # The word that opens a title is large anyway: it is kept for a name that may follow it.
        if witness.knows(unit) or (not run and witness.may_open(unit)):
            run.append(unit)
    found += _whole(run, witness)
    return tuple(dict.fromkeys(found))


def _whole(run: list[_Unit], witness: _Witness) -> list[tuple[str, ...]]:
    """The name that a run of capitals is, if it is somebody's."""
    words = tuple(word for unit in run for word in unit.words)
    is_proven = any(witness.knows(unit) for unit in run)
    own = [word for word in words if word not in PLACES and not is_everybodys(word)]
    is_somebody = bool(own) and sum(map(len, words)) > 1
    return [words] if is_proven and is_somebody and len(run) <= MAX_NAME else []


def _is_sentence(head: Words, units: list[_Unit]) -> bool:
    """Whether a title writes ordinary words small, so that its capitals say something."""
    first = [head.text[unit.start] for unit in units[1:] if len(unit.words[0]) >= 4]
    small = sum(letter.islower() for letter in first)
    return small >= 2 and 2 * small >= len(first)


def _cases(text: Words) -> tuple[frozenset[str], frozenset[str]]:
    """The words that a text writes small, and those that it writes large within a sentence, or twice."""
    small, large, opening = set(), set(), set()
    skip = _inside_tags(text)
    for at, (word, (start, _)) in enumerate(zip(text.words, text.spans, strict=True)):
        letter, key = text.text[start], stem(word)
        if at in skip or (start and text.text[start - 1] == "@"):
            continue
        if letter.islower():
            small.add(key)
        elif not letter.isupper():
            continue
        elif key in opening or not _OPENING.search(text.text[max(0, start - 12) : start]):
            large.add(key)
        elif not is_everybodys(word):
            opening.add(key)
    return frozenset(small), frozenset(large)


@dataclass(frozen=True, slots=True)
class _Witness:
    """What a title and its text say of how words are written."""

    title: str
    small: frozenset[str]
    large: frozenset[str]
    is_telling: bool
    """Whether the title's own capitals say something."""

    def knows(self, unit: _Unit) -> bool:
        """Whether a unit of the title is (part of) a name."""
        shown, after = self.title[unit.start : unit.end], self.title[unit.end : unit.end + 2]
        if not self._may_be(unit):
            return False
        if "&" in shown or stem(unit.words[0]) in self.large:
            return True
        is_shouting = self.title.isupper()
        has_inner = any(map(str.isupper, shown[1:])) and not is_shouting and "-" not in shown
        if has_inner and (self.is_telling or not shown.isupper() or len(shown) <= 5):
            return True
        is_owner = after in {"'s", "’s"} and len(shown) > 3
        return (
            shown[0].isupper()
            and (is_owner or self.is_telling)
            and not (self._opens(unit) and not is_owner)
        )

    def may_open(self, unit: _Unit) -> bool:
        """Whether a unit opens the title, so that it may be large for that alone."""
        return self._opens(unit) and self._may_be(unit)

    def _opens(self, unit: _Unit) -> bool:
        return _OPENING.search(self.title[: unit.start]) is not None

    def _may_be(self, unit: _Unit) -> bool:
        """Whether it is written large here, small nowhere, and is no word that everybody uses."""
        shown, word = self.title[unit.start : unit.end], unit.words[0]
        is_label = self.title[unit.end : unit.end + 1] == ":" and shown.isupper()
        if is_label or not any(map(str.isupper, shown)):
            return False
        if "&" in shown:
            return True
        if word in PLATFORMS or stem(word) in self.small:
            return False
        if not is_everybodys(word) or word in PLACES:
            return True
        # `World` of a World Cup, `King` of a Burger King: only where it is seen to be part of a name.
        is_seen = self.is_telling and not self._opens(unit)
        return len(word) >= 4 and shown.istitle() and (is_seen or stem(word) in self.large)
