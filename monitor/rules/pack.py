"""Rules and term lists into a `RuleSet`: compiled, linted, examples run. All faults at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.errors import ConfigError, Fault
from monitor.model import RuleSource, TermList
from monitor.rules import evaluate, lint
from monitor.rules.evaluate import Lists, Terms
from monitor.rules.query import QueryError, parse
from monitor.rules.tree import Node, Or, TermListRef, show
from monitor.text import digest


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force."""

    source: RuleSource
    version: str
    """Hash of what it means: query with its term lists, weight, severity, family, languages."""
    tree: Node
    needs: frozenset[str] | None

    @property
    def family(self) -> str:
        """Rules of one family count once."""
        return self.source.family or self.source.id


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force, with the index by which a post finds those that may hit it."""

    rules: tuple[Rule, ...]
    lists: Lists
    by_word: Mapping[str, tuple[int, ...]] = field(repr=False)
    by_prefix: Mapping[str, tuple[int, ...]] = field(repr=False)
    prefix_lengths: tuple[int, ...] = field(repr=False)
    always: tuple[int, ...] = field(repr=False)
    """Rules that say nothing of the words they need."""

    def candidates(self, words: set[str]) -> list[Rule]:
        """The rules that may hit a post with these words, in their order."""
        found = set(self.always)
        by_word, by_prefix = self.by_word, self.by_prefix
        for word in words & by_word.keys():
            found.update(by_word[word])
        for length in self.prefix_lengths:
            for start in {word[:length] for word in words} & by_prefix.keys():
                found.update(by_prefix[start])
        return [self.rules[i] for i in sorted(found)]


def build(
    sources: Sequence[RuleSource], terms: Sequence[TermList], *, proven: bool = True
) -> RuleSet:
    """Compile what the packs say; raises `ConfigError` with every fault, line by line.

    `proven=False` asks for no examples: for a query that somebody is still trying out.
    """
    faults: list[Fault] = []
    lists = _lists(terms, faults)
    names = {t.name for t in terms}
    rules = [rule for s in sources if s.enabled and (rule := _rule(s, lists, names, faults))]
    faults += lint.duplicates(sources)
    if proven:
        for source in sources:
            faults += lint.form(source)
    if proven and not faults:
        for rule in rules:
            faults += lint.examples(rule.source, rule.tree, lists)
    if faults:
        raise ConfigError(set(faults))
    return _index(rules, lists)


def _lists(terms: Sequence[TermList], faults: list[Fault]) -> dict[str, Terms]:
    lists: dict[str, Terms] = {}
    for item in terms:
        nodes: list[Node] = []
        for term in item.terms:
            try:
                node = parse(term)
            except QueryError as error:
                faults.append(Fault(item.file, item.line, f"${item.name}: {error.shown(term)}"))
                continue
            nodes += node.nodes if isinstance(node, Or) else (node,)
        if nodes:
            lists[item.name] = Terms(Or(tuple(nodes)) if len(nodes) > 1 else nodes[0])
        else:
            faults.append(
                Fault(
                    item.file,
                    item.line,
                    f"the term list {item.name} is empty; add a term or remove it.",
                )
            )
    return lists


def _rule(source: RuleSource, lists: Lists, names: set[str], faults: list[Fault]) -> Rule | None:
    try:
        tree = parse(source.query, names)
    except QueryError as error:
        line = source.query_line + source.query.count("\n", 0, error.offset)
        faults.append(Fault(source.file, line, f"rule {source.id}: {error.shown(source.query)}"))
        return None
    if not names >= _used(tree) or not lists.keys() >= _used(tree):
        return None  # the fault stands at the list
    if not lint.has_positive(tree):
        faults.append(
            Fault(
                source.file,
                source.query_line,
                f"rule {source.id}: it only says what must be absent; add what it looks for.",
            )
        )
        return None
    meaning = [show(tree), *(f"{n}={show(lists[n].node)}" for n in sorted(_used(tree)))]
    version = digest(
        source.id, *meaning, f"{source.weight:.6f}", str(int(source.severity)), source.family, *source.languages
    )  # fmt: skip
    return Rule(source, version[:16], tree, evaluate.needs(tree, lists))


def _used(node: Node) -> set[str]:
    """Names of the term lists in a tree."""
    if isinstance(node, TermListRef):
        return {node.name}
    return {name for inner in lint.parts(node) for name in _used(inner)}


def _index(rules: Sequence[Rule], lists: Lists) -> RuleSet:
    by_word: dict[str, list[int]] = {}
    by_prefix: dict[str, list[int]] = {}
    always = []
    for number, rule in enumerate(rules):
        if rule.needs is None:
            always.append(number)
        for word in rule.needs or ():
            if word.endswith("*"):
                by_prefix.setdefault(word[:-1], []).append(number)
            else:
                by_word.setdefault(word, []).append(number)
    return RuleSet(
        rules=tuple(rules),
        lists=dict(lists),
        by_word={word: tuple(found) for word, found in by_word.items()},
        by_prefix={word: tuple(found) for word, found in by_prefix.items()},
        prefix_lengths=tuple(sorted({len(word) for word in by_prefix})),
        always=tuple(always),
    )
