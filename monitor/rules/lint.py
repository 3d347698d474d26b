"""What is wrong with a rule beyond its grammar: each finding with line, reason and repair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from monitor.errors import Fault
from monitor.model import Post, RuleSource
from monitor.rules.imply import Trees, implies, places_imply
from monitor.rules.index import ANYWHERE
from monitor.rules.tree import (
    And,
    AtLeast,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Scoped,
    Word,
    below,
    parts,
    show,
)

if TYPE_CHECKING:
    from monitor.rules.pack import Rule, RuleSet

MIN_EXAMPLES = 2
MAX_COMPARED = 300
"""Alternatives, or rules of a family, that are held against one another: the work is quadratic."""
LONGEST_CODE = 3
"""Letters of a language code."""


def example_post(text: str, languages: Sequence[str] = ()) -> Post:
    """A post whose title is `text`, in the first of `languages`: what examples are judged as."""
    return Post(
        guid="example",
        url="",
        canonical_url="",
        title=text,
        author="",
        summary="",
        text="",
        language=languages[0] if languages else "",
        published_at=None,
    )


def has_positive(node: Node) -> bool:
    """Whether a tree looks for something, not only for the absence of things."""
    if isinstance(node, Not):
        return False
    inner = list(parts(node))
    if isinstance(node, Or):
        return all(map(has_positive, inner))
    return any(map(has_positive, inner)) if inner else True


def duplicates(sources: Sequence[RuleSource]) -> list[Fault]:
    """Ids that stand more than once, over all packs."""
    seen: dict[str, RuleSource] = {}
    return [
        Fault(
            source.file,
            source.line,
            f"the id {source.id} is taken by {first.file}:{first.line}; choose another.",
        )
        for source in sources
        if (first := seen.setdefault(source.id, source)) is not source
    ]


def form(source: RuleSource) -> list[Fault]:
    """Too few examples."""
    return [
        Fault(
            source.file,
            source.line,
            f"rule {source.id} has {len(texts)} {kind} example{'s' * (len(texts) != 1)};"
            f" at least {MIN_EXAMPLES} are needed, so that it proves what it says.",
        )
        for kind, texts in (
            ("match", source.match_examples),
            ("no_match", source.no_match_examples),
        )
        if len(texts) < MIN_EXAMPLES
    ]


def dead(source: RuleSource, tree: Node, lists: Trees) -> list[Fault]:
    """Branches that no post can ever meet."""
    return [
        Fault(source.file, source.query_line, f"rule {source.id}: {reason}")
        for reason in dict.fromkeys(_dead(tree, source, lists))
    ]


def _dead(tree: Node, source: RuleSource, lists: Trees) -> Iterator[str]:
    for node in below(tree):
        if isinstance(node, And):
            yield from _excluded(node, lists)
            yield from _other_language(node, source)
        elif isinstance(node, Scoped):
            for inner in below(node.node):
                if isinstance(inner, Scoped):
                    yield (
                        f"{inner.field}: inside {node.field}: looks in {inner.field} only; "
                        f"take one of the two out."
                    )
            if node.field == "lang" and (bad := _no_code(node.node)):
                yield f"lang:{bad} can never match: write a language's code, such as lang:en."


def _excluded(node: And, lists: Trees) -> Iterator[str]:
    wanted = [part for part in node.nodes if not isinstance(part, Not)]
    for part in node.nodes:
        if not isinstance(part, Not):
            continue
        for other in wanted:
            if implies(other, part.node, lists):
                yield (
                    f"“{show(other)} AND NOT {show(part.node)}” can never match: whatever the first"
                    f" finds, the second excludes; narrow the NOT or remove this branch."
                )


def _other_language(node: And, source: RuleSource) -> Iterator[str]:
    for part in node.nodes:
        if not (isinstance(part, Scoped) and part.field == "lang" and isinstance(part.node, Word)):
            continue
        if source.languages and part.node.text not in source.languages:
            yield (
                f"lang:{part.node.text} can never match, since the rule is for"
                f" {', '.join(source.languages)} only; change `languages:` or the query."
            )


def _no_code(node: Node) -> str:
    return next(
        (n.text for n in below(node) if isinstance(n, Word) and len(n.text) > LONGEST_CODE), ""
    )


def redundant(source: RuleSource, tree: Node, lists: Trees) -> list[Fault]:
    """Alternatives that add nothing, since another one finds all that they find."""
    measured = {
        id(inner) for n in below(tree) if isinstance(n, Near | AtLeast) for inner in below(n)
    }
    return [
        Fault(source.file, source.query_line, f"rule {source.id}: {reason}")
        for node in below(tree)
        if isinstance(node, Or) and len(node.nodes) <= MAX_COMPARED
        for reason in _spare(node, lists, places_imply if id(node) in measured else implies)
    ]


def _spare(node: Or, lists: Trees, covers: Callable[[Node, Node, Trees], bool]) -> Iterator[str]:
    alternatives = dict.fromkeys(node.nodes)
    if not _may_overlap(alternatives):
        return
    for spare in alternatives:
        other = next((n for n in alternatives if n is not spare and covers(spare, n, lists)), None)
        if other is not None:
            yield f"“{show(spare)}” adds nothing to “{show(other)}”; remove it."


def _may_overlap(nodes: Iterable[Node]) -> bool:
    """Whether one may imply another: single terms that share no word cannot."""
    seen: set[str] = set()
    beginnings: list[str] = []
    for node in nodes:
        if not isinstance(node, Word | Phrase):
            return True
        for word in node.words if isinstance(node, Phrase) else (node,):
            if word.text in seen:
                return True
            seen.add(word.text)
            beginnings += [word.text] * word.is_prefix
    return any(text != start and text.startswith(start) for start in beginnings for text in seen)


def hidden(rules: Sequence[Rule], lists: Trees) -> list[Fault]:
    """Rules that never count, since one of their family always counts before them."""
    families: dict[str, list[Rule]] = {}
    for rule in rules:
        families.setdefault(rule.family, []).append(rule)
    return [
        Fault(
            rule.source.file,
            rule.source.line,
            f"rule {rule.source.id} never counts: whatever it finds, {other.source.id} of the same"
            f" family finds as well, with weight {other.source.weight:.2f}; narrow"
            f" {other.source.id}, give {rule.source.id} more weight, or remove it.",
        )
        for family in families.values()
        if len(family) <= MAX_COMPARED
        for rule, other in permutations(family, 2)
        if _outweighs(other, rule) and implies(rule.tree, other.tree, lists)
    ]


def _outweighs(other: Rule, rule: Rule) -> bool:
    """Whether `other` counts first wherever both hit; of equals, the one that stands first does."""
    languages = set(other.source.languages)
    is_everywhere = not languages or (
        bool(rule.source.languages) and languages.issuperset(rule.source.languages)
    )
    mine = (rule.source.weight, other.source.file, other.source.line)
    return is_everywhere and (other.source.weight, rule.source.file, rule.source.line) > mine


def examples(
    rule: Rule, rule_set: RuleSet, alone: Callable[[RuleSource, Node], RuleSet]
) -> list[Fault]:
    """Examples that do not behave; what a `NOT` alone keeps out is said so.

    `alone` compiles a tree as a rule of its own, with the same term lists.
    """
    source, faults, excluded = rule.source, [], []
    wanted = [(text, True) for text in source.match_examples]
    wanted += [(text, False) for text in source.no_match_examples]
    for number, (text, should) in enumerate(wanted):
        index = rule_set.index(example_post(text, source.languages), "")
        found = rule.plan.find(index, ANYWHERE)
        if (found is not None) == should:
            continue
        line = source.example_lines[number] if number < len(source.example_lines) else source.line
        places = {index.characters(hit) for hit in found or []}
        words = ", ".join(sorted({text[start:end] for _, start, end in places}))
        reason = f"matches, by {words}" if found is not None else "does not match"
        if found is None and (excluding := _excluding(source, rule.tree, text, alone)):
            excluded.append(excluding)
            reason = f"is kept out by {excluding}"
        message = f'rule {source.id}: the example "{text}" {reason}; mend the query or the example.'
        faults.append(Fault(source.file, line, message))
    if excluded and len(excluded) == len(source.match_examples):
        message = f"rule {source.id}: {excluded[0]} removes every example; narrow it."
        faults.append(Fault(source.file, source.query_line, message))
    return faults


def _excluding(
    source: RuleSource, tree: Node, text: str, alone: Callable[[RuleSource, Node], RuleSet]
) -> str:
    """The `NOT` that keeps an example out; empty if none does."""
    nots = [node for node in below(tree) if isinstance(node, Not)]
    if not nots:
        return ""
    freed = alone(source, _without_not(tree))
    if not freed.hits(freed.index(example_post(text, source.languages), "")):
        return ""
    for node in nots:
        only = alone(source, node.node)
        if only.hits(only.index(example_post(text, source.languages), "")):
            return f"NOT {show(node.node)}"
    return ""


def _without_not(node: Node) -> Node:
    """A tree with all its `NOT`s taken out."""
    match node:
        case And(nodes):
            kept = tuple(_without_not(n) for n in nodes if not isinstance(n, Not))
            return And(kept) if len(kept) > 1 else kept[0]
        case Or(nodes):
            return Or(tuple(_without_not(n) for n in nodes))
        case Scoped(field, inner):
            return Scoped(field, _without_not(inner))
    return node
