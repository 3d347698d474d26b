"""A text as its words, and where each stands in it: what rules are held against.

What a word is, `text` says. Plain ASCII, most of what is read, goes through a table of bytes alone; only what is
not plain costs a look at its characters. All of it takes time linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, compress
from operator import add

from unicode_segmentation_rs import unicode_sentences

from monitor.text import plain, read, read_once

_AND_SPACE = (1).__add__
_TYPOGRAPHY = (
    ("’", "'"),
    ("‘", "'"),
    ("“", " "),
    ("”", " "),
    ("–", " "),
    ("—", " "),
    ("…", " "),
    ("\xa0", " "),
)
"""The few characters that make most English texts other than ASCII, each with what it amounts to."""

_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character, which no encoding can write: a shell or a careless program may hand us one."""
_UNUSUAL = re.compile(r"[#\x80-\U0010ffff]")
"""A character that the table alone cannot read: all up to the next spaces is read with care."""
_SPACE = re.compile(r"[ \n]")

_LONG = 80
"""Characters of a stretch too long to be met twice, so not worth remembering."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag as a whole."""

    norm: str
    """Folded, without `#` and `_`."""
    first: int
    last: int
    """Numbers of the words that it is read as."""
    start: int
    end: int
    """`[start, end)` in code points of the text, `#` included."""


class Words:
    """A text's words in order, folded, and where each stands in it."""

    __slots__ = ("__dict__", "_bytes", "_moved", "_shifts", "_tagged", "row", "text")

    def __init__(self, text: str) -> None:
        if not text.isascii():
            text = _HALF.sub("\ufffd", text)
        self.text = text
        self._shifts: list[tuple[int, int]] = []
        self._moved: dict[int, tuple[int, int]] = {}
        self._tagged: list[tuple[str, int, int, int, int]] = []
        if not text.isascii():
            for character, usual in _TYPOGRAPHY:
                text = text.replace(character, usual)
        usual = text if text.isascii() and "#" not in text else self._usual(text)
        self._bytes = plain(f" {usual} ")
        self.row = b" %b " % b" ".join(self._bytes.split())
        """The words in UTF-8, one space before each and one behind the last: `b" acme says "`."""

    def _usual(self, text: str) -> str:
        """The text with every unusual stretch read; notes what that moved."""
        pieces, done, shift = [], 0, 0
        while (hit := _UNUSUAL.search(text, done)) is not None:
            at = max(text.rfind(" ", done, hit.start()), text.rfind("\n", done, hit.start())) + 1
            at = max(at, done)
            space = _SPACE.search(text, hit.end())
            end = space.start() if space else len(text)
            chunk = text[at:end]
            found = read(chunk) if len(chunk) <= _LONG else read_once(chunk)
            here = at + shift + 1
            for begin, start, close in found.moved:
                self._moved[here + begin] = (at + start, at + close)
            for norm, begin, close, start, stop in found.tags:
                self._tagged.append((norm, here + begin, here + close, at + start, at + stop))
            if len(found.folded) != len(chunk):
                shift += len(found.folded) - len(chunk)
                self._shifts.append((end + shift + 1, shift))
            pieces += [text[done:at], found.folded]
            done = end
        return "".join([*pieces, text[done:]])

    @cached_property
    def words(self) -> list[str]:
        """The words, folded, in order."""
        return self.row.decode("utf-8", "surrogatepass").split()

    @cached_property
    def offsets(self) -> list[int]:
        """Where each word begins in `row`; one more, where a further one would."""
        return list(accumulate(map(_AND_SPACE, map(len, self.row.split())), initial=1))

    @cached_property
    def _folded(self) -> str:
        return self._bytes.decode("utf-8", "surrogatepass")

    @cached_property
    def _begins(self) -> list[int]:
        """Where each word begins in the folded text."""
        parts = self._folded.split(" ")
        return list(compress(accumulate(map(_AND_SPACE, map(len, parts)), initial=0), parts))

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """The hashtags, in order."""
        return tuple(
            Tag(norm, self._number(begin), self._number(close - 1), start, end)
            for norm, begin, close, start, end in self._tagged
        )

    def _number(self, place: int) -> int:
        return max(bisect_right(self._begins, place) - 1, 0)

    @cached_property
    def starts(self) -> list[int]:
        """Where each word begins, in code points of the text."""
        return [start for start, _ in self.spans]

    @cached_property
    def ends(self) -> list[int]:
        """Where each word ends, in code points of the text."""
        return [end for _, end in self.spans]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Each word's `[start, end)` in code points of the text."""
        if self._shifts or self._moved:
            return [self._span(at, word) for at, word in zip(self._begins, self.words, strict=True)]
        starts = [at - 1 for at in self._begins]
        return list(zip(starts, map(add, starts, map(len, self.words)), strict=True))

    @property
    def has_tags(self) -> bool:
        """Whether there is any hashtag: cheaper to ask than `tags`."""
        return bool(self._tagged)

    def characters(self, offset: int) -> tuple[int, int]:
        """The `[start, end)`, in code points of the text, of the word at an offset of `row`.

        Found alone, by its number among the words that begin like it; whoever wants most words'
        characters asks for `spans`.
        """
        word = self.row[offset : self.row.index(b" ", offset)]
        key = b" %b" % word
        rest = self._bytes.split(key, self.row.count(key, 0, offset - 1) + 1)[-1]
        place = len(self._bytes) - len(rest) - len(word)
        begin = len(self._bytes[:place].decode("utf-8", "surrogatepass"))
        return self._span(begin, word.decode("utf-8", "surrogatepass"))

    def _span(self, at: int, word: str) -> tuple[int, int]:
        if at in self._moved:
            return self._moved[at]
        before = bisect_right(self._shifts, (at, 1 << 60)) - 1
        start = at - 1 - (self._shifts[before][1] if before >= 0 else 0)
        return start, start + len(word)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """A paragraph and the number of the sentence (UAX #29) in it that holds `[start, end)`.

        A line's end ends a sentence, an abbreviation ends none; -1 if the run spans several.
        """
        line = bisect_right(self._lines, start)
        first = self._lines[line - 1]
        if first not in self._sentences:
            last = self._lines[line] if line < len(self._lines) else len(self.text)
            self._sentences[first] = _sentences(self.text[first:last], first)
        begins = self._sentences[first]
        number = bisect_right(begins, start)
        return first, number if number == bisect_right(begins, end - 1) else -1

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line begins."""
        return [0, *(hit.end() for hit in re.finditer("\n", self.text))]

    @cached_property
    def _sentences(self) -> dict[int, list[int]]:
        return {}


def _sentences(paragraph: str, at: int) -> list[int]:
    """Where each sentence of a paragraph begins, counted from `at`."""
    begins, is_open = [], False
    for sentence in unicode_sentences(paragraph):
        if not is_open:
            begins.append(at)
        at += len(sentence)
        is_open = _ABBREVIATED.search(sentence, max(0, len(sentence) - 8)) is not None
    return begins


_ABBREVIATED = re.compile(
    r"\b(?:[A-Za-z]|[A-Z][a-z]?\.[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|vs|No|Nr|bzw|ca|Mme|Sra?)\. ?$"
)


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    if text.isascii() and text.isalnum():
        return [text.lower()]
    return Words(text).words
