"""Terms so broad that they hit more posts than a rule can be about, measured on stored posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from monitor.errors import Fault
from monitor.model import Post
from monitor.rules.pack import Rule, RuleSet, compiled
from monitor.rules.tree import Node, Not, Or, Scoped, TermListRef, show

TOO_BROAD = 0.02
"""Share of stored posts from which a term is too broad to tell of a failure by itself."""
ENOUGH = 200
"""Posts from which shares are spoken of."""


def broad(rule_set: RuleSet, posts: Iterable[tuple[Post, str]]) -> tuple[Fault, ...]:
    """Every branch that makes its rule hit by itself and hits more than 2 % of these posts.

    `posts`: stored posts with their feeds' titles, some thousands, as they came in.
    """
    branches = [
        (rule, branch) for rule in rule_set.rules for branch in _branches(rule.tree, rule_set)
    ]
    tried = compiled(
        ((replace(rule.source, id=str(n)), branch) for n, (rule, branch) in enumerate(branches)),
        rule_set.trees,
    )
    counts: Counter[str] = Counter()
    total = 0
    for post, feed in posts:
        total += 1
        counts.update(rule.source.id for rule, _ in tried.hits(tried.index(post, feed)))
    if total < ENOUGH:
        return ()
    return tuple(
        _fault(rule, branch, counts[str(n)], total)
        for n, (rule, branch) in enumerate(branches)
        if counts[str(n)] > TOO_BROAD * total
    )


def _branches(node: Node, rule_set: RuleSet) -> Iterator[Node]:
    """The alternatives of a tree, each of which hits by itself, as far down as they part."""
    match node:
        case Or(nodes):
            for part in nodes:
                yield from _branches(part, rule_set)
        case TermListRef(name):
            yield from _branches(rule_set.trees[name], rule_set)
        case Scoped(field, inner):
            yield from (Scoped(field, branch) for branch in _branches(inner, rule_set))
        case Not():
            return
        case _:
            yield node


def _fault(rule: Rule, branch: Node, count: int, total: int) -> Fault:
    source = rule.source
    message = (
        f"rule {source.id}: “{show(branch)}” hits {count:,} of {total:,} stored posts"
        f" ({count / total:.1%}), too many to be about failures; join it to another term with AND"
        f" or NEAR, or take it out."
    )
    return Fault(source.file, source.query_line, message)
