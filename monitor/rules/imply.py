"""Whether one tree can hit only where another does: how lint proves what adds nothing.

A proof by form, so never wrong, but not complete: `False` means "not shown".
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.rules.tree import (
    And,
    AtLeast,
    Hashtag,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Scoped,
    Sentence,
    TermListRef,
    Word,
)

Trees = Mapping[str, Node]
"""The term lists."""


MAX_STEPS = 5_000
"""Comparisons that a proof may take; beyond them it is given up, as term lists may nest."""


def implies(a: Node, b: Node, lists: Trees) -> bool:
    """Whether every post that `a` hits is hit by `b`."""
    return _Proof(lists).implies(a, b)


def places_imply(a: Node, b: Node, lists: Trees) -> bool:
    """Whether `b` hits every run of words that `a` hits: what counts where distances count.

    A phrase does not imply a word of it here: it begins, or ends, nearer to what stands beside it.
    """
    return _Proof(lists).places_imply(a, b)


class _Proof:
    def __init__(self, lists: Trees) -> None:
        self._lists = lists
        self._left = MAX_STEPS

    def implies(self, a: Node, b: Node) -> bool:
        if a == b:
            return True
        self._left -= 1
        if self._left < 0:
            return False
        a, b = self._opened(a), self._opened(b)
        match a, b:
            case Or(nodes), _:
                return all(self.implies(node, b) for node in nodes)
            case _, And(nodes):
                return all(self._or_not(a, node) for node in nodes)
            case _, Or(nodes) if any(self.implies(a, node) for node in nodes):
                return True
            case And(nodes), _:
                return any(self.implies(node, b) for node in nodes if not isinstance(node, Not))
            case Scoped(field, inner), Scoped(other, wanted):
                return field == other and self.implies(inner, wanted)
            case Scoped(field, inner), _ if field in {"title", "text"}:
                return self.implies(inner, b)
            case AtLeast(inner, count), AtLeast(wanted, least):
                return count >= least and self.places_imply(inner, wanted)
            case AtLeast(inner, _), _:
                return self.implies(inner, b)
            case Near() | Sentence(), _:
                return self._joined(a, b)
            case Word() | Phrase() | Hashtag(), Word() | Phrase():
                return _leaf(a, b)
        return a == b

    def places_imply(self, a: Node, b: Node) -> bool:
        if a == b:
            return True
        self._left -= 1
        if self._left < 0:
            return False
        a, b = self._opened(a), self._opened(b)
        match a, b:
            case Or(nodes), _:
                return all(self.places_imply(node, b) for node in nodes)
            case _, Or(nodes):
                return any(self.places_imply(a, node) for node in nodes)
            case Word() | Phrase(), Word() | Phrase():
                return type(a) is type(b) and _length(a) == _length(b) and _leaf(a, b)
        return a == b

    def _opened(self, node: Node) -> Node:
        return self._lists.get(node.name, node) if isinstance(node, TermListRef) else node

    def _or_not(self, a: Node, part: Node) -> bool:
        """A `NOT` is implied only by the same `NOT`."""
        if not isinstance(part, Not):
            return self.implies(a, part)
        return isinstance(a, And) and part in a.nodes

    def _joined(self, a: Near | Sentence, b: Node) -> bool:
        if isinstance(a, Near) and isinstance(b, Near) and self._near(a, b):
            return True
        sides = (a.left, a.right) if isinstance(a, Near) else a.nodes
        return any(self.implies(side, b) for side in sides)

    def _near(self, a: Near, b: Near) -> bool:
        if a.distance > b.distance or (b.is_ordered and not a.is_ordered):
            return False
        imply = self.places_imply
        straight = imply(a.left, b.left) and imply(a.right, b.right)
        crossed = imply(a.left, b.right) and imply(a.right, b.left)
        return straight or (crossed and not b.is_ordered)


def _length(leaf: Word | Phrase) -> int:
    return len(leaf.words) if isinstance(leaf, Phrase) else 1


def _leaf(a: Word | Phrase | Hashtag, b: Word | Phrase) -> bool:
    if isinstance(a, Hashtag):
        # A hashtag is also one word; which words it is written together from, its text says.
        return isinstance(b, Word) and _word(Word(a.text), b)
    mine = a.words if isinstance(a, Phrase) else (a,)
    wanted = b.words if isinstance(b, Phrase) else (b,)
    return any(
        all(_word(x, y) for x, y in zip(mine[i:], wanted, strict=False))
        for i in range(len(mine) - len(wanted) + 1)
    )


def _word(a: Word, b: Word) -> bool:
    return a.text.startswith(b.text) if b.is_prefix else a == b
