"""A query's tree, made ready to be held against posts: where it hits, or that it does not.

A plan answers with every hit, or None if its post has none; a hit of `NOT` has no place, so that
`[]` is "yes, nowhere in particular". Everything takes time linear in the post, up to a logarithm.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from monitor.rules.index import Hit, PostIndex
from monitor.rules.tree import (
    FIELDS,
    Near,
)

Found = list[Hit] | None


class Plan(Protocol):
    """A part of a query, ready to be asked."""

    def find(self, post: PostIndex, scope: int) -> Found:
        """Every hit in a scope; None if there is none."""


class AtomPlan:
    """A word, beginning, hashtag or phrase that the automaton knows as one."""

    def __init__(self, atom: int) -> None:
        self._atom = atom

    def find(self, post: PostIndex, scope: int) -> Found:
        return post.places(self._atom, scope) or None


class PhrasePlan:
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


class ExactPlan:
    """Exactly these letters."""

    def __init__(self, letters: str, atom: int) -> None:
        self._letters, self._atom = letters, atom

    def find(self, post: PostIndex, scope: int) -> Found:
        return (post.exact(self._letters, scope) or None) if self._atom in post.present else None


class RegexPlan:
    """A regular expression."""

    def __init__(self, pattern: str, atom: int) -> None:
        self._pattern, self._atom = pattern, atom

    def find(self, post: PostIndex, scope: int) -> Found:
        return post.regex(self._atom, self._pattern, scope) or None


class ScopedPlan:
    """A part that looks in one field only."""

    def __init__(self, field: str, inner: Plan) -> None:
        self._scope = FIELDS.index(field)
        self._inner = inner

    def find(self, post: PostIndex, scope: int) -> Found:  # noqa: ARG002  # its own counts
        return self._inner.find(post, self._scope)


class AllPlan:
    """All of some parts, and none of others."""

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


class AnyPlan:
    """Any of a few alternatives."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = plans

    def find(self, post: PostIndex, scope: int) -> Found:
        found, is_met = [], False
        for plan in self._plans:
            if (here := plan.find(post, scope)) is not None:
                found += here
                is_met = True
        return found if is_met else None


class OneOfManyPlan:
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


class ListPlan:
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


class NearPlan:
    """Two parts within a distance of words."""

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


class SentencePlan:
    """Several parts in one sentence."""

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


class AtLeastPlan:
    """A part that hits at several places."""

    def __init__(self, inner: Plan, count: int) -> None:
        self._inner, self._count = inner, count

    def find(self, post: PostIndex, scope: int) -> Found:
        found = self._inner.find(post, scope) or []
        return found if len({start for start, _ in found}) >= self._count else None
