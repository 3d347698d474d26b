"""A tree into a plan, and into what a post must hold for it to have a chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.rules.gate import Needs, any_of, atoms_of, rarest
from monitor.rules.plan import (
    AllPlan,
    AnyPlan,
    AtLeastPlan,
    AtomPlan,
    ExactPlan,
    ListPlan,
    NearPlan,
    OneOfManyPlan,
    PhrasePlan,
    Plan,
    RegexPlan,
    ScopedPlan,
    SentencePlan,
)
from monitor.rules.tree import (
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

MANY = 4
"""Alternatives from which on only those are looked at whose words the post holds."""

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
        self.lists[name] = ListPlan(inner), needs

    def plan(self, node: Node) -> Made:
        """Make a tree ready."""
        match node:
            case Word() | Phrase() | Hashtag() | Exact() | Regex():
                return self._leaf(node)
            case TermListRef(name):
                return self.lists[name]
            case Scoped(name, inner):
                made, needs = self.plan(inner)
                return ScopedPlan(name, made), needs
            case AtLeast(inner, count):
                made, needs = self.plan(inner)
                return AtLeastPlan(made, count), needs
            case Near(left, right):
                sides = [self.plan(left), self.plan(right)]
                return NearPlan(sides[0][0], sides[1][0], node), _all_needs(sides)
            case Sentence(nodes):
                parts = [self.plan(n) for n in nodes]
                return SentencePlan([made for made, _ in parts]), _all_needs(parts)
            case And(nodes):
                wanted = [self.plan(n) for n in nodes if not isinstance(n, Not)]
                unwanted = [self.plan(n.node)[0] for n in nodes if isinstance(n, Not)]
                return AllPlan([made for made, _ in wanted], unwanted), _all_needs(wanted)
            case Or(nodes):
                return self._alternatives([self.plan(n) for n in nodes])
            case Not(inner):
                return AllPlan([], [self.plan(inner)[0]]), ()

    def _leaf(self, node: Word | Phrase | Hashtag | Exact | Regex) -> Made:
        atoms = atoms_of(node)
        numbers = [self.numbers[atom] for atom in atoms]
        needs = rarest(frozenset({atom}) for atom in atoms)
        match node:
            case Exact(letters):
                return ExactPlan(letters, numbers[0]), needs
            case Regex(pattern):
                return RegexPlan(pattern, numbers[0]), needs
        return (AtomPlan(numbers[0]) if len(numbers) == 1 else PhrasePlan(numbers)), needs

    def _alternatives(self, parts: Sequence[Made]) -> Made:
        together = any_of(needs for _, needs in parts)
        if len(parts) < MANY or not together:
            return AnyPlan([made for made, _ in parts]), together
        by_need = [([self.numbers[atom] for atom in needs[0]], made) for made, needs in parts]
        return OneOfManyPlan(by_need), together


def _all_needs(parts: Iterable[Made]) -> Needs:
    return rarest(need for _, needs in parts for need in needs)
