"""A query's tree held against a post: where it hits, or that it does not.

A post is indexed once; a tree then only looks words up. Every atom of a tree knows which words a
post must hold for it to have a chance, so that most rules are never looked at (`needs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.model import Span
from monitor.rules.index import FieldIndex, Hit, PostIndex
from monitor.rules.tree import (
    FIELDS,
    And,
    AtLeast,
    Exact,
    Hashtag,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Scoped,
    Sentence,
    TermListRef,
    Word,
)
from monitor.text import tokens

DEFAULT_FIELDS = ("title", "text")


class Terms:
    """A term list, indexed by the words that its terms need: a post meets few of many."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._always: list[Node] = []
        self._by_word: dict[str, list[Node]] = {}
        self._by_start: dict[int, dict[str, list[Node]]] = {}
        for term in node.nodes if isinstance(node, Or) else (node,):
            wanted = needs(term, {})
            if wanted is None:
                self._always.append(term)
            for word in wanted or ():
                start = word.removesuffix("*")
                known = (
                    self._by_start.setdefault(len(start), {}) if start != word else self._by_word
                )
                known.setdefault(start, []).append(term)

    def met(self, field: FieldIndex) -> Or | None:
        """The terms that a field may hold; None if there is none."""
        found = list(self._always)
        for word in self._by_word.keys() & field.places.keys():
            found += self._by_word[word]
        for length, known in self._by_start.items():
            for start in known.keys() & field.starts_of(length):
                found += known[start]
        return Or(tuple(found)) if found else None


Lists = Mapping[str, Terms]


def hits(
    node: Node, index: PostIndex, lists: Lists, fields: tuple[str, ...] = DEFAULT_FIELDS
) -> list[Hit] | None:
    """Where a tree hits a post; None if it does not. A hit of `NOT` has no place."""
    match node:
        case TermListRef(name):
            key = (name, fields)
            if key not in index.remembered:
                index.remembered[key] = _listed(lists[name], index, lists, fields)
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
        case Sentence(nodes):
            return _together(nodes, index, lists, fields)
        case AtLeast(inner, count):
            places = hits(inner, index, lists, fields) or []
            return places if len({(h.field, h.start) for h in places}) >= count else None
        case _:
            return [hit for name in fields for hit in _atom(node, index.fields[name])] or None


def _listed(
    terms: Terms, index: PostIndex, lists: Lists, fields: tuple[str, ...]
) -> list[Hit] | None:
    """A term list's hits, field by field: only the terms whose words a field holds are looked at."""
    found: list[Hit] = []
    for name in fields:
        if (met := terms.met(index.fields[name])) is not None:
            found += hits(met, index, lists, (name,)) or []
    return found or None


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


def _together(
    nodes: tuple[Node, ...], index: PostIndex, lists: Lists, fields: tuple[str, ...]
) -> list[Hit] | None:
    """The hits of all parts in those sentences that hold a hit of every part."""
    parts = [hits(node, index, lists, fields) or [] for node in nodes]
    if not all(parts):
        return None
    placed = [
        {(h.field, number): h for h in part if (number := index.fields[h.field].sentence(h)) >= 0}
        for part in parts
    ]
    common = set.intersection(*(set(part) for part in placed))
    return [part[place] for place in sorted(common) for part in placed] or None


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
            return needs(lists[name].node, lists)
        case Scoped(_, inner) | AtLeast(inner, _):
            return needs(inner, lists)
        case Near(left, right):
            return _least([needs(left, lists), needs(right, lists)])
        case And(nodes) | Sentence(nodes):
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
