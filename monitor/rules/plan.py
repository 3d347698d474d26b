"""A query's tree, made ready to be held against posts: where it hits, or that it does not.

A plan answers with every hit, or None if its post has none; a hit of `NOT` has no place, so that
`[]` is "yes, nowhere in particular". Everything takes time linear in the post, up to a logarithm.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from monitor.model import Span
from monitor.rules.gate import Needs, any_of, atoms_of, rarest
from monitor.rules.index import Hit, PostIndex
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

Found = list[Hit] | None
MANY = 4
"""Alternatives from which on only those are looked at whose words the post holds."""


class Plan(Protocol):
    """A part of a query, ready to be asked."""

    def find(self, post: PostIndex, scope: int) -> Found:
        """Every hit in a scope; None if there is none."""


class _Atom:
    def __init__(self, atom: int) -> None:
        self._atom = atom

    def find(self, post: PostIndex, scope: int) -> Found:
        return post.places(self._atom, scope) or None


class _Phrase:
    """A phrase that the automaton knows only in pieces, since a beginning stands inside."""

    def __init__(self, atoms: Sequence[int]) -> None:
        self._atoms = atoms

    def find(self, post: PostIndex, scope: int) -> Found:
        head, *rest = self._atoms
        found = post.runs(head, scope)
        for atom in rest:
            following = {hit[0]: hit[1] for hit in post.runs(atom, scope)} if found else {}
            found = [(start, following[end + 1]) for start, end in found if end + 1 in following]
        return found or None


class _Exact:
    def __init__(self, letters: str, atom: int) -> None:
        self._letters, self._atom = letters, atom

    def find(self, post: PostIndex, scope: int) -> Found:
        return (post.exact(self._letters, scope) or None) if self._atom in post.present else None


class _Regex:
    def __init__(self, pattern: str, atom: int) -> None:
        self._pattern, self._atom = pattern, atom

    def find(self, post: PostIndex, scope: int) -> Found:
        return post.regex(self._atom, self._pattern, scope) or None


class _Scoped:
    def __init__(self, field: str, inner: Plan) -> None:
        self._scope = FIELDS.index(field)
        self._inner = inner

    def find(self, post: PostIndex, scope: int) -> Found:  # noqa: ARG002  # its own counts
        return self._inner.find(post, self._scope)


class _All:
    def __init__(self, wanted: Sequence[Plan], unwanted: Sequence[Plan]) -> None:
        self._wanted, self._unwanted = wanted, unwanted

    def find(self, post: PostIndex, scope: int) -> Found:
        found: list[Hit] = []
        for plan in self._wanted:
            if (here := plan.find(post, scope)) is None:
                return None
            found += here
        for plan in self._unwanted:
            if plan.find(post, scope) is not None:
                return None
        return found


class _Any:
    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = plans

    def find(self, post: PostIndex, scope: int) -> Found:
        found, is_met = [], False
        for plan in self._plans:
            if (here := plan.find(post, scope)) is not None:
                found += here
                is_met = True
        return found if is_met else None


class _OneOfMany:
    """Alternatives by an atom that each needs; only those are asked whose atom the post holds."""

    def __init__(self, plans: Sequence[tuple[Iterable[int], Plan]]) -> None:
        self._by_atom: dict[int, list[int]] = {}
        self._plans = [plan for _, plan in plans]
        for number, (wanted, _) in enumerate(plans):
            for atom in wanted:
                self._by_atom.setdefault(atom, []).append(number)

    def find(self, post: PostIndex, scope: int) -> Found:
        met: set[int] = set()
        by_atom = self._by_atom
        for atom in by_atom.keys() & post.present:
            met.update(by_atom[atom])
        found, is_met = [], False
        for number in met:
            if (here := self._plans[number].find(post, scope)) is not None:
                found += here
                is_met = True
        return found if is_met else None


class _List:
    """A term list: asked once a post and scope, whoever uses it."""

    def __init__(self, inner: Plan) -> None:
        self._inner = inner

    def find(self, post: PostIndex, scope: int) -> Found:
        key = (id(self), scope)
        if key not in post.remembered:
            found = self._inner.find(post, scope)
            # Each once: lists that use lists would else multiply what they share.
            post.remembered[key] = None if found is None else list(dict.fromkeys(found))
        return post.remembered[key]


class _Near:
    def __init__(self, left: Plan, right: Plan, near: Near) -> None:
        self._left, self._right = left, right
        self._distance, self._is_ordered = near.distance, near.is_ordered

    def find(self, post: PostIndex, scope: int) -> Found:
        left = self._left.find(post, scope)
        right = self._right.find(post, scope) if left else None
        if not left or not right:
            return None
        both = sorted({*left, *right})
        ranks = dict(zip(both, post.ranks(both), strict=True))
        found = self._beside(left, right, ranks, is_left=True)
        return found + self._beside(right, left, ranks, is_left=False) if found else None

    def _beside(
        self,
        hits: list[Hit],
        others: list[Hit],
        ranks: Mapping[Hit, tuple[int, int]],
        *,
        is_left: bool,
    ) -> list[Hit]:
        """Those hits that have one of the others within the distance, on an allowed side."""
        firsts, lasts = sorted(ranks[o][0] for o in others), sorted(ranks[o][1] for o in others)
        after, before = is_left or not self._is_ordered, not (is_left and self._is_ordered)
        reach = self._distance
        return [
            hit
            for hit in hits
            if (after and _any_in(firsts, ranks[hit][1] + 1, ranks[hit][1] + reach))
            or (before and _any_in(lasts, ranks[hit][0] - reach, ranks[hit][0] - 1))
        ]


def _any_in(ordered: list[int], low: int, high: int) -> bool:
    at = bisect_left(ordered, low)
    return at < len(ordered) and ordered[at] <= high


class _Sentence:
    def __init__(self, parts: Sequence[Plan]) -> None:
        self._parts = parts

    def find(self, post: PostIndex, scope: int) -> Found:
        found = [part.find(post, scope) for part in self._parts]
        if not all(found):
            return None
        by_part: list[dict[tuple[int, int, int], list[Hit]]] = []
        for hits in found:
            placed: dict[tuple[int, int, int], list[Hit]] = {}
            for hit in hits or ():
                if (sentence := post.sentence(hit))[2] >= 0:
                    placed.setdefault(sentence, []).append(hit)
            by_part.append(placed)
        common = set.intersection(*(set(placed) for placed in by_part))
        return [hit for place in common for placed in by_part for hit in placed[place]] or None


class _AtLeast:
    def __init__(self, inner: Plan, count: int) -> None:
        self._inner, self._count = inner, count

    def find(self, post: PostIndex, scope: int) -> Found:
        found = self._inner.find(post, scope) or []
        return found if len({start for start, _ in found}) >= self._count else None


Made = tuple[Plan, Needs]
"""A plan, and what a post must hold for it to have a chance, the rarest first."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes trees ready: knows the atoms' numbers, and the term lists that were made ready."""

    numbers: Mapping[str, int]
    lists: dict[str, Made] = field(default_factory=dict)

    def add_list(self, name: str, tree: Node) -> None:
        """Make a term list ready, after those that it uses."""
        inner, needs = self.plan(tree)
        self.lists[name] = _List(inner), needs

    def plan(self, node: Node) -> Made:
        """Make a tree ready."""
        match node:
            case Word() | Phrase() | Hashtag() | Exact() | Regex():
                return self._leaf(node)
            case TermListRef(name):
                return self.lists[name]
            case Scoped(name, inner):
                made, needs = self.plan(inner)
                return _Scoped(name, made), needs
            case AtLeast(inner, count):
                made, needs = self.plan(inner)
                return _AtLeast(made, count), needs
            case Near(left, right):
                sides = [self.plan(left), self.plan(right)]
                return _Near(sides[0][0], sides[1][0], node), _all_needs(sides)
            case Sentence(nodes):
                parts = [self.plan(n) for n in nodes]
                return _Sentence([made for made, _ in parts]), _all_needs(parts)
            case And(nodes):
                wanted = [self.plan(n) for n in nodes if not isinstance(n, Not)]
                unwanted = [self.plan(n.node)[0] for n in nodes if isinstance(n, Not)]
                return _All([made for made, _ in wanted], unwanted), _all_needs(wanted)
            case Or(nodes):
                return self._alternatives([self.plan(n) for n in nodes])
            case Not(inner):
                return _All([], [self.plan(inner)[0]]), ()

    def _leaf(self, node: Word | Phrase | Hashtag | Exact | Regex) -> Made:
        atoms = atoms_of(node)
        numbers = [self.numbers[atom] for atom in atoms]
        needs = rarest(frozenset({atom}) for atom in atoms)
        match node:
            case Exact(letters):
                return _Exact(letters, numbers[0]), needs
            case Regex(pattern):
                return _Regex(pattern, numbers[0]), needs
        return (_Atom(numbers[0]) if len(numbers) == 1 else _Phrase(numbers)), needs

    def _alternatives(self, parts: Sequence[Made]) -> Made:
        together = any_of(needs for _, needs in parts)
        if len(parts) < MANY or not together:
            return _Any([made for made, _ in parts]), together
        by_need = [([self.numbers[atom] for atom in needs[0]], made) for made, needs in parts]
        return _OneOfMany(by_need), together


def _all_needs(parts: Iterable[Made]) -> Needs:
    return rarest(need for _, needs in parts for need in needs)


def spans(found: list[Hit], post: PostIndex, limit: int = 40) -> tuple[Span, ...]:
    """The places to mark, each once, in reading order."""
    return tuple(
        Span(FIELDS[number], start, end)
        for number, start, end in map(post.characters, sorted(set(found))[:limit])
    )
