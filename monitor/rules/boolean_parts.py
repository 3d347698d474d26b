"""Queries with NOT anywhere, put together so that NOT ends up only within an AND, where ours has it.

A `Part` is a tree or its absence. De Morgan keeps the meaning: `NOT a AND NOT b` is the absence of
`a OR b`, `NOT a OR b` the absence of `a AND NOT b`. Only a query that as a whole says what must be
absent cannot be carried over; then what is left of it without those branches is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lark import Token

from monitor.rules.boolean_terms import Notes
from monitor.rules.complaint import QueryError
from monitor.rules.query import MAX_DISTANCE
from monitor.rules.tree import (
    And,
    AtLeast,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Scoped,
    Sentence,
)

MAX_NODES = 4_000


@dataclass(frozen=True, slots=True)
class Part:
    """What must be found, or with `is_absent` must not."""

    node: Node
    place: int
    is_absent: bool = False
    rest: Node | None = None
    """Of an absence that comes from OR: what could be looked for without the negated branches."""
    lost: tuple[int, ...] = ()
    """Places of those branches."""


def whole(part: Part, notes: Notes) -> Node | None:
    """The tree of a whole query."""
    if not part.is_absent:
        return part.node
    if part.rest is None:
        raise QueryError("it only says what must be absent; add what it looks for", part.place)
    for place in part.lost:
        notes.drop(place, "NOT", "as an alternative it would find nearly every post")
    return part.rest


def mapped(part: Part, change: Callable[[Node], Node]) -> Part:
    """A part with its trees changed."""
    rest = change(part.rest) if part.rest is not None else None
    return Part(change(part.node), part.place, part.is_absent, rest, part.lost)


def negated(part: Part, place: int) -> Part:
    """NOT of a part."""
    return Part(part.node, place, not part.is_absent, lost=() if part.is_absent else (place,))


def all_of(parts: Sequence[Part]) -> Part | None:
    """AND."""
    if len(parts) < 2:
        return parts[0] if parts else None
    found = [part.node for part in parts if not part.is_absent]
    absent = [part.node for part in parts if part.is_absent]
    place = min(part.place for part in parts)
    if found:
        return Part(_and([*found, *map(Not, absent)]), place)
    rests = [part.rest for part in parts if part.rest is not None]
    others = [Not(part.node) for part in parts if part.rest is None]
    lost = tuple(place for part in parts if part.rest is not None for place in part.lost)
    return Part(
        _or(absent), place, is_absent=True,
        rest=_and([*rests, *others]) if rests else None,
        lost=lost or tuple(place for part in parts for place in part.lost),
    )  # fmt: skip


def any_of(parts: Sequence[Part]) -> Part | None:
    """OR."""
    if len(parts) < 2:
        return parts[0] if parts else None
    found = [part.node for part in parts if not part.is_absent]
    absent = [part.node for part in parts if part.is_absent]
    place = min(part.place for part in parts)
    if not absent:
        return Part(_or(found), place)
    rests = found + [part.rest for part in parts if part.rest is not None]
    return Part(
        _and([*absent, *map(Not, found)]), place, is_absent=True,
        rest=_or(rests) if rests else None,
        lost=tuple(place for part in parts for place in part.lost),
    )  # fmt: skip


def _and(nodes: Sequence[Node]) -> Node:
    flat = [n for node in nodes for n in (node.nodes if isinstance(node, And) else (node,))]
    # Ours cannot begin with NOT.
    flat.sort(key=lambda node: isinstance(node, Not))
    kept = tuple(dict.fromkeys(flat))
    return And(kept) if len(kept) > 1 else kept[0]


def _or(nodes: Sequence[Node]) -> Node:
    flat = [n for node in nodes for n in (node.nodes if isinstance(node, Or) else (node,))]
    kept = tuple(dict.fromkeys(flat))
    return Or(kept) if len(kept) > 1 else kept[0]


def near(left: Part, right: Part, distance: int, mark: Token, *, notes: Notes) -> Part | None:
    """Two parts within `distance` words, counted as ours does: 1 is next to each other."""
    place = mark.start_pos or 0
    if left.is_absent or right.is_absent:
        notes.drop(place, f"{mark} NOT", "what is absent is near nothing")
        return next((part for part in (left, right) if not part.is_absent), None)
    if distance > MAX_DISTANCE:
        notes.near_enough(place, str(mark), "so far apart, AND says as much")
        return Part(_and([left.node, right.node]), left.place)
    is_ordered = mark.upper().startswith("ONEAR") or mark[-1] in "fF"
    pairing = _Pairing(distance, is_ordered=is_ordered)
    node = pairing.pair(left.node, right.node)
    if pairing.is_loose:
        notes.near_enough(
            place, str(mark), "it joins more than single terms: taken pair by pair, joined by AND"
        )
    return Part(node, left.place)


class _Pairing:
    """NEAR over terms that are not single: over each alternative, and over each of several."""

    def __init__(self, distance: int, *, is_ordered: bool) -> None:
        self._distance = distance
        self._is_ordered = is_ordered
        self._made = 0
        self.is_loose = False
        """Whether the outcome is not quite the same."""

    def pair(self, left: Node, right: Node) -> Node:
        self._made += 1
        if self._made > MAX_NODES:
            raise QueryError("NEAR over so many terms grows too large; split the query", 0)
        match left, right:
            case Scoped(name, inner), Scoped(other, within) if name == other:
                return Scoped(name, self.pair(inner, within))
            case Scoped(), Scoped():
                self.is_loose = True
                return _and([left, right])
            case Scoped(name, inner), _:
                return Scoped(name, self.pair(inner, right))
            case _, Scoped(name, inner):
                return Scoped(name, self.pair(left, inner))
            case _ if not _is_single(left):
                return self._each(left, lambda node: self.pair(node, right), is_left=True)
            case _ if not _is_single(right):
                return self._each(right, lambda node: self.pair(left, node), is_left=False)
            case _:
                return Near(left, right, self._distance, self._is_ordered)

    def _each(self, node: Node, pair: Callable[[Node], Node], *, is_left: bool) -> Node:
        if isinstance(node, Or):
            return _or([pair(n) for n in node.nodes])
        self.is_loose = True
        match node:
            case And(nodes):
                return _and([Not(pair(n.node)) if isinstance(n, Not) else pair(n) for n in nodes])
            case Near(left, right):
                return _and([node, pair(right if is_left else left)])
            case Sentence(nodes):
                return _and([node, pair(nodes[-1 if is_left else 0])])
            case AtLeast(inner, _):
                return _and([node, pair(inner)])
            case _:
                return node


def _is_single(node: Node) -> bool:
    if isinstance(node, Or):
        return all(map(_is_single, node.nodes))
    return not isinstance(node, And | Not | Scoped | Near | Sentence | AtLeast)


def sentence(left: Part, right: Part, mark: Token, *, notes: Notes) -> Part | None:
    """Two parts in one sentence."""
    if left.is_absent or right.is_absent:
        notes.drop(mark.start_pos or 0, f"{mark} NOT", "what is absent is in no sentence")
        return next((part for part in (left, right) if not part.is_absent), None)
    found: list[Node] = []
    outside: list[Node] = []
    for part in (left, right):
        several = part.node.nodes if isinstance(part.node, And | Sentence) else (part.node,)
        found += [n for n in several if not isinstance(n, Not)]
        outside += [n for n in several if isinstance(n, Not)]
    if outside:
        notes.near_enough(
            mark.start_pos or 0, str(mark), "what must be absent counts for the whole post"
        )
    kept = tuple(dict.fromkeys(found))
    together: Node = Sentence(kept) if len(kept) > 1 else kept[0]
    return Part(_and([together, *outside]), left.place)


def loosened(part: Part, between: int, mark: Token, *, notes: Notes) -> Part:
    """`"two words"~5`: the words of a phrase in any order, at most so many others between."""
    if not isinstance(part.node, Phrase):
        return part
    words = part.node.words
    distance = min(between + len(words) - 1, MAX_DISTANCE)
    if len(words) > 2:
        notes.near_enough(
            mark.start_pos or 0, str(mark), "more than two words: each near the next one"
        )
    pairs = [Near(a, b, distance, is_ordered=False) for a, b in pairwise(words)]
    return Part(_and(pairs), part.place)


def spread(part: Part, between: int, mark: Token, *, notes: Notes) -> Part | None:
    """`(a AND b)~5`: the terms of a bracket, each near the next one."""
    if part.is_absent or not isinstance(part.node, And):
        notes.drop(mark.start_pos or 0, str(mark), "this bracket does not hold terms joined by AND")
        return part
    terms = [n for n in part.node.nodes if not isinstance(n, Not)]
    nots = [n for n in part.node.nodes if isinstance(n, Not)]
    like = Token("NEAR", str(mark), start_pos=mark.start_pos)
    made: list[Node] = []
    for a, b in pairwise(terms):
        pair = near(Part(a, part.place), Part(b, part.place), between + 1, like, notes=notes)
        made += [pair.node] if pair else []
    if len(terms) > 2:
        notes.near_enough(mark.start_pos or 0, str(mark), "each of the terms near the next one")
    return Part(_and([*(made or terms), *nots]), part.place)
