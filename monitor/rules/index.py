"""A post, indexed by its words: what queries look things up in."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

from monitor.model import Post
from monitor.rules.query import compile_regex
from monitor.rules.tree import FIELDS, Word
from monitor.text import humps, sentence_starts, tokens

MAX_REGEX_HITS = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """Where an atom stands: words `[first, last]` and characters `[start, end)` of a field."""

    field: str
    first: int
    last: int
    start: int
    end: int


class FieldIndex:
    """One field of a post: its words and where they stand."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.places: dict[str, list[Hit]] = {}
        self._starts: dict[int, set[str]] = {}
        self.starts: list[int] = []
        position = 0
        for token in tokens(text):
            here = Hit(name, position, position, token.start, token.end)
            self.starts.append(token.start)
            self._put(token.norm, here)
            if not token.is_hashtag:
                position += 1
                continue
            self._put("#" + token.norm, here)
            parts = humps(text[token.start + 1 : token.end])
            if len(parts) > 1:
                for offset, part in enumerate(parts):
                    self._put(
                        part,
                        Hit(name, position + offset, position + offset, token.start, token.end),
                    )
                self.starts += [token.start] * (len(parts) - 1)
            position += max(len(parts), 1)

    def _put(self, key: str, hit: Hit) -> None:
        self.places.setdefault(key, []).append(hit)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.places)

    def starts_of(self, length: int) -> set[str]:
        """The first `length` characters of every word."""
        if length not in self._starts:
            self._starts[length] = {word[:length] for word in self.places}
        return self._starts[length]

    def word(self, word: Word) -> list[Hit]:
        """Every place of a word, or of the words with that beginning."""
        if not word.is_prefix:
            return self.places.get(word.text, [])
        found: list[Hit] = []
        keys = self._sorted
        for i in range(bisect_left(keys, word.text), len(keys)):
            if not keys[i].startswith(word.text):
                break
            found += self.places[keys[i]]
        return found

    def phrase(self, words: tuple[Word, ...]) -> list[Hit]:
        """Every run of these words."""
        head, *rest = words
        if not (heads := self.word(head)):
            return []
        following = [{hit.first: hit for hit in self.word(word)} for word in rest]
        found = []
        for first in heads:
            last = first
            for step, places in enumerate(following, 1):
                if (hit := places.get(first.first + step)) is None:
                    break
                last = hit
            else:
                found.append(Hit(self.name, first.first, last.first, first.start, last.end))
        return found

    def exact(self, letters: str) -> list[Hit]:
        """Every place where exactly these letters stand, not inside a longer word."""
        pattern = rf"(?<!\w){re.escape(letters)}(?!\w)"
        return [self._spanned(m.start(), m.end()) for m in re.finditer(pattern, self.text)]

    def regex(self, pattern: str) -> list[Hit]:
        """The first places of an RE2 expression."""
        found = []
        for match in compile_regex(pattern).finditer(self.text):
            found.append(self._spanned(match.start(), match.end()))
            if len(found) == MAX_REGEX_HITS:
                break
        return found

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return sentence_starts(self.text)

    def sentence(self, hit: Hit) -> int:
        """The number of the sentence that a hit lies in; -1 if it spans several."""
        number = bisect_right(self._sentence_starts, hit.start)
        return number if number == bisect_right(self._sentence_starts, hit.end - 1) else -1

    def _spanned(self, start: int, end: int) -> Hit:
        first = max(bisect_left(self.starts, start + 1) - 1, 0)
        last = max(bisect_left(self.starts, end) - 1, first)
        return Hit(self.name, first, last, start, end)


class PostIndex:
    """All fields of a post."""

    def __init__(self, post: Post, feed: str) -> None:
        texts = {
            "title": post.title,
            "text": max(post.text, post.summary, key=len),
            "url": post.url,
            "author": post.author,
            "feed": feed,
            "lang": post.language,
        }
        self.fields = {name: FieldIndex(name, texts[name]) for name in FIELDS}
        self.remembered: dict[tuple[str, tuple[str, ...]], list[Hit] | None] = {}
        """Hits of term lists: many rules share them, and they are long."""

    @cached_property
    def words(self) -> set[str]:
        """Every word of every field."""
        return {word for field in self.fields.values() for word in field.places}
