"""What a post is grouped by: who it names, its hashtags, and the words it is told with.

    key    a name's words, or a hashtag: one at least must be shared with an incident before anything
           else is looked at. A name is written large, and nowhere small in its own post
    term   a word of the title or of the text's beginning, with how much of the post it is

Pure. How rare a term is among incidents is known to whoever counts them (`group`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from monitor.incidents.everyday import PLACES, PLATFORMS, SMALL, is_everybodys
from monitor.incidents.names import spelt, stem
from monitor.text import headline
from monitor.words import Words

TITLE_COUNTS = 2.0
"""How often a word of the title counts for one of the text."""

MOST_TERMS = 60
"""Terms of a post that are kept, the weightiest: long texts wander."""

MIN_KEY = 3
"""Letters of a name's word; shorter ones only in capitals (`BP`)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a post is grouped by."""

    keys: Mapping[str, str]
    """Folded name's word, or hashtag with `#`, -> as the post writes it."""
    terms: Mapping[str, float]
    """Folded word -> its share of the post; the squares add up to 1."""
    title: frozenset[str]
    """The terms that stand in the title."""


@lru_cache(maxsize=2_000)
def traits(title: str, text: str) -> Traits:
    """Read a post; remembered, since a post is met again by the next of its incident."""
    title, text = map(_joined, spelt(title, text))
    head, lead = Words(headline(title)), Words(text)
    counts: Counter[str] = Counter()
    for word in lead.words:
        counts[stem(word)] += 1
    inside = {stem(word) for word in head.words}
    weights: dict[str, float] = {}
    for word in counts.keys() | inside:
        if is_word(word):
            times = counts[word] + TITLE_COUNTS * (word in inside)
            weights[word] = 1 + math.log(times)
    tags = {f"#{tag.norm}": f"#{tag.norm}" for part in (head, lead) for tag in part.tags}
    for tag in tags:
        weights[tag] = 1 + math.log(TITLE_COUNTS)
    kept = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TERMS]
    return Traits(
        keys=_names(head, lead) | tags,
        terms=unit(dict(kept)),
        title=frozenset(word for word, _ in kept if word in inside),
    )


_AND = "Ampersand"
_JOINS = re.compile(r"\b([A-Z]{1,3})&(?=[A-Z]{1,3}\b)")


def _joined(text: str) -> str:
    """A text in which `H&M` is one word: its letters alone say nothing."""
    return _JOINS.sub(rf"\1{_AND}", text)


def is_word(word: str) -> bool:
    """Whether a word can be a term: neither small nor a lone letter or figure."""
    return word not in SMALL and (len(word) > 2 or not word.isascii()) and not word.isdigit()


def unit(weights: Mapping[str, float]) -> dict[str, float]:
    """The same weights, so that their squares add up to 1."""
    length = math.sqrt(sum(w * w for w in weights.values()))
    return {word: w / length for word, w in weights.items()} if length else {}


def _names(head: Words, lead: Words) -> dict[str, str]:
    """The words that are written large in a title or within a sentence, and never small.

    A word that everybody uses (`Gap`, `Uber` as German reads it) is one if the post keeps writing
    it large where others would write it small.
    """
    first, rest = _read(head), _read(lead)
    is_telling = len(first.small) >= 2
    small = rest.small | (first.small if is_telling else frozenset())
    found: dict[str, str] = {}
    for cased in (first, rest):
        for key, spelling in cased.large.items():
            seen = first.inside.get(key, 0) * is_telling + rest.inside.get(key, 0)
            if key not in small and (seen >= 2 or not _is_common(key, spelling)):
                found.setdefault(key, spelling)
    return found


@dataclass(frozen=True, slots=True)
class _Cased:
    """How a text writes its words."""

    large: Mapping[str, str]
    """Folded, without a plural's `s` -> as written."""
    inside: Mapping[str, int]
    """How often they are large where no sentence begins."""
    small: frozenset[str]


def _read(text: Words) -> _Cased:
    large: dict[str, str] = {}
    inside: Counter[str] = Counter()
    small: set[str] = set()
    skip = {at for tag in text.tags for at in range(tag.first, tag.last + 1)}
    end_before, before, before_at = 0, "", 0
    for at, (word, (start, end)) in enumerate(zip(text.words, text.spans, strict=True)):
        between, end_before = text.text[end_before:start], end
        letter = text.text[start]
        if at in skip or not letter.isalpha():
            continue
        key = stem(word)
        if letter.islower():
            small.add(key)
            before = ""
            continue
        spelling, is_within = text.text[start:end], bool(at) and between in _WITHIN
        if between == " " and before in PLACES:
            # The airways of the US are not those of Britain: both words are the name.
            key, spelling = f"{before} {key}", f"{text.text[before_at:start]}{spelling}"
        large.setdefault(key, spelling.replace(_AND, "&"))
        inside[key] += is_within
        before, before_at = word, start
    return _Cased(large, inside, frozenset(small))


_WITHIN = frozenset({" ", "\xa0", ", ", "&", "-", " @", " #", "@"})
"""What stands between words of one sentence."""


def _is_common(word: str, spelling: str) -> bool:
    if word == "uber" and spelling.isascii():
        return False  # The small word of German, which is folded to this, has its dots.
    if word in PLATFORMS or is_everybodys(word):
        return True
    return len(word) < MIN_KEY and not (len(word) == 2 and spelling.isupper())


def shown(keys: Iterable[str], of: Traits) -> tuple[str, ...]:
    """Keys as a post writes them."""
    return tuple(of.keys.get(key, key) for key in keys)
