"""A query's tree held against a post: where it hits, or that it does not.

A post is indexed once; a tree then only looks words up. Every atom of a tree knows which words a
post must hold for it to have a chance, so that most rules are never looked at (`needs`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from monitor.model import Post, Span
from monitor.rules.query import compile_regex
from monitor.rules.tree import (
    FIELDS,
    And,
    Exact,
    Hashtag,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Scoped,
    TermListRef,
    Word,
)
from monitor.text import humps, tokens

DEFAULT_FIELDS = ("title", "text")
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


Lists = Mapping[str, Node]


def hits(
    node: Node, index: PostIndex, lists: Lists, fields: tuple[str, ...] = DEFAULT_FIELDS
) -> list[Hit] | None:
    """Where a tree hits a post; None if it does not. A hit of `NOT` has no place."""
    match node:
        case TermListRef(name):
            key = (name, fields)
            if key not in index.remembered:
                index.remembered[key] = hits(lists[name], index, lists, fields)
            return index.remembered[key]
        case Scoped(name, inner):
            return hits(inner, index, lists, (name,))
        case And(nodes):
            found: list[Hit] = []
            for part in nodes:
                if (here := hits(part, index, lists, fields)) is None:
                    return None
                found += here
            return found
        case Or(nodes):
            several = [here for n in nodes if (here := hits(n, index, lists, fields)) is not None]
            return [hit for here in several for hit in here] if several else None
        case Not(inner):
            return [] if hits(inner, index, lists, fields) is None else None
        case Near():
            return _near(node, index, lists, fields)
        case _:
            return [hit for name in fields for hit in _atom(node, index.fields[name])] or None


def _atom(node: Word | Phrase | Hashtag | Exact | Regex, field: FieldIndex) -> list[Hit]:
    match node:
        case Word():
            return field.word(node)
        case Phrase(words):
            return field.phrase(words)
        case Hashtag(text):
            return field.places.get("#" + text, [])
        case Exact(text):
            return field.exact(text)
        case Regex(pattern):
            return field.regex(pattern)


def _near(node: Near, index: PostIndex, lists: Lists, fields: tuple[str, ...]) -> list[Hit] | None:
    left = hits(node.left, index, lists, fields)
    right = hits(node.right, index, lists, fields) if left else None
    if not left or not right:
        return None
    pairs = list(_pairs(left, right, node))
    return [hit for pair in pairs for hit in pair] or None


def _pairs(left: list[Hit], right: list[Hit], node: Near) -> Iterator[tuple[Hit, Hit]]:
    for a in left:
        for b in right:
            if a.field != b.field or a == b:
                continue
            forward, backward = b.first - a.last, a.first - b.last
            if 0 < forward <= node.distance or (
                not node.is_ordered and 0 < backward <= node.distance
            ):
                yield a, b


def needs(node: Node, lists: Lists) -> frozenset[str] | None:
    """Words of which a post must hold at least one for the tree to hit; `x*` stands for a beginning.

    None if nothing can be said: the tree must always be looked at.
    """
    match node:
        case Word(text, is_prefix):
            return frozenset({text + "*" * is_prefix})
        case Phrase(words):
            longest = max(words, key=lambda w: len(w.text))
            return needs(longest, lists)
        case Hashtag(text):
            return frozenset({"#" + text})
        case Exact(text):
            return frozenset({max((t.norm for t in tokens(text)), key=len)})
        case Regex() | Not():
            return None
        case TermListRef(name):
            return needs(lists[name], lists)
        case Scoped(_, inner):
            return needs(inner, lists)
        case Near(left, right):
            return _least([needs(left, lists), needs(right, lists)])
        case And(nodes):
            return _least([needs(n, lists) for n in nodes])
        case Or(nodes):
            parts = [needs(n, lists) for n in nodes]
            known = [p for p in parts if p is not None]
            return frozenset().union(*known) if len(known) == len(parts) else None


def _least(parts: list[frozenset[str] | None]) -> frozenset[str] | None:
    """The smallest need of several that must all be met."""
    return min((p for p in parts if p is not None), key=len, default=None)


def spans(found: list[Hit], limit: int = 40) -> tuple[Span, ...]:
    """The places to mark, each once, in reading order."""
    once = sorted({(FIELDS.index(h.field), h.start, h.end) for h in found})
    return tuple(Span(FIELDS[field], start, end) for field, start, end in once[:limit])
