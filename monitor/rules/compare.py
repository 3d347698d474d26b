"""What one version of a rule says that another does not, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.rules.complaint import QueryError
from monitor.rules.pack import RuleSet
from monitor.rules.query import read
from monitor.rules.tree import Node, Or, show, used


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a rule means, printed: everything that its version is the hash of."""

    query: str
    severity: int
    weight: float
    family: str
    languages: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    """The term lists that it uses, directly or through another."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs."""

    what: str
    """`query`, `weight`, `severity`, `family`, `languages` or `$list`."""
    before: str
    after: str

    def __str__(self) -> str:
        """As a person reads it."""
        return f"{self.what}: {self.before or 'none'} → {self.after or 'none'}"


def lists_of(tree: Node, rule_set: RuleSet) -> dict[str, tuple[str, ...]]:
    """The term lists that a tree uses, directly or through another, printed."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = sorted(used(tree))
    while waiting:
        name = waiting.pop()
        if name not in found:
            node = rule_set.trees[name]
            found[name] = tuple(map(show, node.nodes if isinstance(node, Or) else (node,)))
            waiting += sorted(used(node))
    return dict(sorted(found.items()))


def meanings(rule_set: RuleSet) -> dict[str, Meaning]:
    """What every rule of a set means, by its id."""
    return {
        rule.source.id: Meaning(
            query=show(rule.tree),
            severity=int(rule.source.severity),
            weight=rule.source.weight,
            family=rule.family,
            languages=rule.source.languages,
            lists=lists_of(rule.tree, rule_set),
        )
        for rule in rule_set.rules
    }


def printed(query: str) -> str:
    """A query as it prints itself, so that spaces and line ends are no change."""
    try:
        return show(read(query))
    except QueryError:  # written for an older release: then as it stands
        return " ".join(query.split())


def changes(before: Meaning, after: Meaning) -> tuple[Change, ...]:
    """What differs between two versions, in the order in which people ask."""
    found = [
        Change(name, str(old), str(new))
        for name, old, new in (
            ("query", before.query, after.query),
            ("weight", f"{before.weight:g}", f"{after.weight:g}"),
            ("severity", before.severity, after.severity),
            ("family", before.family, after.family),
            ("languages", ", ".join(before.languages), ", ".join(after.languages)),
        )
        if old != new
    ]
    for name in sorted(before.lists.keys() & after.lists.keys()):
        old, new = before.lists[name], after.lists[name]
        gone, come = [t for t in old if t not in new], [t for t in new if t not in old]
        if gone or come:
            found.append(Change(f"${name}", ", ".join(gone), ", ".join(come)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sets of rules."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[Change, ...]]


def difference(before: Mapping[str, Meaning], after: Mapping[str, Meaning]) -> Difference:
    """Which rules came, went and changed, and in what."""
    both = before.keys() & after.keys()
    changed = {name: changes(before[name], after[name]) for name in sorted(both)}
    return Difference(
        added=tuple(sorted(after.keys() - both)),
        removed=tuple(sorted(before.keys() - both)),
        changed={name: found for name, found in changed.items() if found},
    )
