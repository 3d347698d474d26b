"""A post, laid out as one row of words, with the atoms of a rule set that stand in it.

One automaton (Aho and Corasick, CACM 18(6), 1975) finds all atoms of all rules in one pass over the
row, whatever their number. A row is title, text and, if a rule looks at them, the other fields, with
a gap between two that no NEAR can cross; hashtags as wholes stand behind them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Any

from ahocorasick_rs import BytesAhoCorasick

from monitor.model import Post
from monitor.rules.query import MAX_DISTANCE
from monitor.rules.regex import compile_regex, compile_set
from monitor.rules.tree import FIELDS
from monitor.words import Words

Hit = tuple[int, int]
"""`[start, end)` of a run of words, in bytes of the row."""

TITLE, TEXT, *_OTHERS = range(len(FIELDS))
ANYWHERE = len(FIELDS)
"""The scope of what names no field: title and text. Other scopes are numbers into `FIELDS`."""

MAX_REGEX_HITS = 20
_BREAK = b"\x1f"
"""Stands between fields, so that no phrase reaches from one into the next."""
_number = itemgetter(0)
_FEW = 60
"""Words whose characters are looked for one by one; beyond it, those of all words are counted out."""


class Atoms:
    """All that a rule set looks for: words, beginnings (`outrag*`), phrases, `#tags`, `/regexes/`."""

    def __init__(self, atoms: Iterable[str]) -> None:
        plain = sorted({atom for atom in atoms if atom[0] != "/"})
        self.numbers = {atom: number for number, atom in enumerate(plain)}
        self.is_beginning = [atom[-1] == "*" for atom in plain]
        self.regexes = tuple(dict.fromkeys(atom[1:-1] for atom in atoms if atom[0] == "/"))
        for number, pattern in enumerate(self.regexes, len(plain)):
            self.numbers[f"/{pattern}/"] = number
        self._automaton = BytesAhoCorasick(
            [f" {a.removesuffix('*')}{'' if a[-1] == '*' else ' '}".encode() for a in plain]
        )
        self._set: Any = compile_set(self.regexes) if self.regexes else None

    def found(self, row: bytes) -> list[tuple[int, int, int]]:
        """(atom, start, end) of every place, spaces around it included."""
        return self._automaton.find_matches_as_indexes(row, overlapping=True)

    def regexes_in(self, text: str) -> list[int]:
        """The atoms of the regular expressions that a text holds."""
        first = len(self.is_beginning)
        found = self._set.Match(text) if self._set and text else None
        return [first + number for number in found or ()]


class PostIndex:
    """A post and what of a rule set's atoms it holds."""

    def __init__(self, post: Post, feed: str, atoms: Atoms, fields: Sequence[int]) -> None:
        text = post.text if len(post.text) >= len(post.summary) else post.summary
        texts = (post.title, text, post.url, post.author, feed, post.language)
        self._atoms = atoms
        self._fields = {number: Words(texts[number]) for number in fields}
        self.bounds: list[Hit] = [(0, 0)] * (ANYWHERE + 1)
        """Scope -> `[start, end)` in the row."""
        rows: list[bytes] = []
        length = 0
        for number, words in self._fields.items():
            self.bounds[number] = (length, length + len(words.row))
            rows += (words.row, _BREAK)
            length += len(words.row) + 1
        self.bounds[ANYWHERE] = (0, self.bounds[TEXT][1])
        self._tags: list[tuple[int, Hit]] = []
        """Where a hashtag as a whole stands behind the row, and which words it is read as."""
        if any(words.has_tags for words in self._fields.values()):
            rows += self._wholes(length)
        self._row = b"".join(rows)
        self._found = atoms.found(self._row)
        self.present = set(map(_number, self._found))
        """The atoms that the post holds."""
        for words in self._fields.values() if atoms.regexes else ():
            self.present.update(atoms.regexes_in(words.text))
        self._places: dict[int, list[Hit]] = {}
        self._asked = 0
        self.remembered: dict[tuple[int, int], list[Hit] | None] = {}
        """Hits of term lists by scope: many rules share them, and they are long."""

    def _wholes(self, at: int) -> list[bytes]:
        """Every hashtag as one word, with `#` and, if it is read as several words, without."""
        pieces = []
        for number, words in self._fields.items():
            base = self.bounds[number][0]
            for tag in words.tags:
                here = (base + words.offsets[tag.first], base + words.offsets[tag.last + 1] - 1)
                for whole in (f"#{tag.norm}", tag.norm)[: 1 + (tag.first != tag.last)]:
                    piece = b" %b %b" % (whole.encode("utf-8", "surrogatepass"), _BREAK)
                    self._tags.append((at, here))
                    pieces.append(piece)
                    at += len(piece)
        return pieces

    @cached_property
    def _by_atom(self) -> dict[int, list[tuple[int, int, int]]]:
        grouped: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for found in self._found:
            grouped[found[0]].append(found)
        return grouped

    def places(self, atom: int, scope: int = ANYWHERE) -> list[Hit]:
        """Where an atom of words stands, in order."""
        found = self._places.get(atom)
        if found is None:
            found = self._runs(atom)
            if self._tags and found and found[-1][0] > self._tags[0][0]:
                found = sorted({self._read(hit) for hit in found})
            self._places[atom] = found
        if scope == ANYWHERE and len(self._fields) == 2:
            return found
        low, high = self.bounds[scope]
        return [hit for hit in found if low <= hit[0] < high]

    def runs(self, atom: int, scope: int) -> list[Hit]:
        """Where an atom stands word for word, as a part of a phrase: not as a whole hashtag."""
        low, high = self.bounds[scope]
        return [hit for hit in self._runs(atom) if low <= hit[0] < high]

    def _runs(self, atom: int) -> list[Hit]:
        if atom not in self.present:
            return []
        row, is_open = self._row, self._atoms.is_beginning[atom]
        return [
            (start + 1, row.index(b" ", end) if is_open else end - 1)
            for _, start, end in self._by_atom[atom]
        ]

    def _read(self, hit: Hit) -> Hit:
        """A hit on a hashtag as a whole, as a hit on the words that it is read as."""
        number = bisect_right(self._tags, (hit[0], (0, 0))) - 1
        return hit if number < 0 else self._tags[number][1]

    def regex(self, atom: int, pattern: str, scope: int) -> list[Hit]:
        """The words that an RE2 expression touches, at its first places in each field."""
        expression, found = compile_regex(pattern), []
        for number in self._within(scope) if atom in self.present else ():
            matches = expression.finditer(self._fields[number].text)
            places = (m.span() for m in matches if m.end() > m.start())
            found += [self._touched(number, *place) for place in islice(places, MAX_REGEX_HITS)]
        return [hit for hit in found if hit is not None]

    def exact(self, letters: str, scope: int) -> list[Hit]:
        """The words at every place where exactly these letters stand, not inside a longer word."""
        found = []
        for number in self._within(scope):
            text, at = self._fields[number].text, -1
            while (at := text.find(letters, at + 1)) >= 0:
                end = at + len(letters)
                if not _is_word(text[at - 1 : at]) and not _is_word(text[end : end + 1]):
                    found.append(self._touched(number, at, end))
        return [hit for hit in found if hit is not None]

    def _within(self, scope: int) -> Sequence[int]:
        return (TITLE, TEXT) if scope == ANYWHERE else (scope,)

    def _touched(self, field: int, start: int, end: int) -> Hit | None:
        """The words that some characters touch; None if they lie between words."""
        words, base = self._fields[field], self.bounds[field][0]
        first = bisect_right(words.ends, start)
        last = bisect_left(words.starts, end) - 1
        if last < first:
            return None
        return base + words.offsets[first], base + words.offsets[last + 1] - 1

    def ranks(self, hits: Sequence[Hit]) -> list[tuple[int, int]]:
        """The numbers of the first and last word of sorted hits, counted from the first hit.

        Fields lie further apart than any NEAR reaches.
        """
        row, lows, number, at, found = self._row, self._lows, 0, hits[0][0], []
        for start, end in hits:
            number += row.count(b" ", at, start)
            at = start
            first = number + MAX_DISTANCE * bisect_right(lows, start)
            found.append((first, first + row.count(b" ", start, end)))
        return found

    @cached_property
    def _lows(self) -> list[int]:
        """Where each field begins in the row, in the order of `_fields`."""
        return [self.bounds[number][0] for number in self._fields]

    def sentence(self, hit: Hit) -> tuple[int, int, int]:
        """Field, paragraph and number of the sentence that a hit lies in; -1 if it spans several."""
        field, start, end = self.characters(hit)
        return field, *self._fields[field].sentence(start, end)

    def characters(self, hit: Hit) -> tuple[int, int, int]:
        """A hit as its field and `[start, end)` in code points of that field's text."""
        field = tuple(self._fields)[bisect_right(self._lows, hit[0]) - 1]
        last = self._row.rfind(b" ", 0, hit[1]) + 1
        start, end = self._span(field, hit[0])
        return field, start, end if last <= hit[0] else self._span(field, last)[1]

    def _span(self, field: int, at: int) -> Hit:
        """A word's characters: by looking for that word alone, as long as few are asked for."""
        words, base = self._fields[field], self.bounds[field][0]
        self._asked += 1
        if self._asked > _FEW:
            return words.spans[bisect_left(words.offsets, at - base)]
        return words.characters(at - base)


_WORD_CHARACTER = re.compile(r"\w")


def _is_word(character: str) -> bool:
    return _WORD_CHARACTER.match(character) is not None
