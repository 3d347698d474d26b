"""Rules and term lists into a `RuleSet`: compiled, linted, examples run. All faults at once."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from monitor.errors import ConfigError, Fault
from monitor.model import Post, RuleSource, TermList
from monitor.rules import gate, lint
from monitor.rules.complaint import QueryError
from monitor.rules.index import ANYWHERE, Atoms, Hit, PostIndex
from monitor.rules.plan import Plan
from monitor.rules.planner import Planner
from monitor.rules.query import parse
from monitor.rules.tree import Node, Or, show, used
from monitor.text import digest


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force."""

    source: RuleSource
    version: str
    """Hash of what it means: query with its term lists, weight, severity, family, languages."""
    tree: Node
    needs: frozenset[int] = field(repr=False)
    """Atoms of which a post must hold one, beside its rarest need; empty if there is no other."""
    plan: Plan = field(repr=False)

    @property
    def family(self) -> str:
        """Rules of one family count once."""
        return self.source.family or self.source.id


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force, with the index by which a post finds those that may hit it."""

    rules: tuple[Rule, ...]
    trees: Mapping[str, Node] = field(repr=False)
    """The term lists."""
    atoms: Atoms = field(repr=False)
    fields: tuple[int, ...] = field(repr=False)
    by_atom: Mapping[int, tuple[int, ...]] = field(repr=False)
    """Atom's number -> the rules whose rarest need it meets."""
    always: tuple[int, ...] = field(repr=False)
    """The rules that say nothing of what they need."""
    warnings: tuple[Fault, ...] = ()
    """What is allowed, but hardly meant."""

    def index(self, post: Post, feed: str) -> PostIndex:
        """A post, ready to be asked."""
        return PostIndex(post, feed, self.atoms, self.fields)

    def hits(self, index: PostIndex) -> list[tuple[Rule, list[Hit]]]:
        """The rules that hit a post, and where."""
        present, by_atom = index.present, self.by_atom
        numbers = set(self.always)
        for atom in present:
            if atom in by_atom:
                numbers.update(by_atom[atom])
        found = []
        for number in numbers:
            rule = self.rules[number]
            if rule.needs.isdisjoint(present) and rule.needs:
                continue
            if (here := rule.plan.find(index, ANYWHERE)) is not None:
                found.append((rule, here))
        return found


def build(
    sources: Sequence[RuleSource], terms: Sequence[TermList], *, proven: bool = True
) -> RuleSet:
    """Compile what the packs say; raises `ConfigError` with every fault, line by line.

    `proven=False` asks for no examples: for a query that somebody is still trying out.
    """
    with _no_garbage():
        return _built(sources, terms, proven=proven)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Hold the garbage collector while rules are compiled.

    Nearly all that is made is kept; looking it through is a sixth of the time of ten thousand rules.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _built(sources: Sequence[RuleSource], terms: Sequence[TermList], *, proven: bool) -> RuleSet:
    faults: list[Fault] = []
    names = frozenset(t.name for t in terms)
    trees = _lists(terms, names, faults)
    parsed = [(s, tree) for s in sources if s.enabled and (tree := _tree(s, names, faults))]
    faults += lint.duplicates(sources)
    for source in sources if proven else ():
        faults += lint.form(source)
    if not faults:
        faults = [fault for s, tree in parsed for fault in lint.dead(s, tree, trees)]
    if faults:
        raise ConfigError(set(faults))
    rule_set = compiled(parsed, trees)
    for rule in rule_set.rules if proven else ():
        faults += lint.examples(rule, rule_set, lambda s, tree: compiled([(s, tree)], trees))
    if faults:
        raise ConfigError(set(faults))
    warnings = [fault for s, tree in parsed for fault in lint.redundant(s, tree, trees)]
    warnings += lint.hidden(rule_set.rules, trees)
    return replace(rule_set, warnings=tuple(sorted(warnings)))


def _lists(
    terms: Sequence[TermList], names: frozenset[str], faults: list[Fault]
) -> dict[str, Node]:
    """Every term list that can be read, those that others use first."""
    read: dict[str, Node] = {}
    for item in terms:
        nodes: list[Node] = []
        for term in item.terms:
            try:
                node = parse(term, names)
            except QueryError as error:
                faults.append(Fault(item.file, item.line, f"${item.name}: {error.shown(term)}"))
                continue
            nodes += node.nodes if isinstance(node, Or) else (node,)
        if nodes:
            read[item.name] = Or(tuple(nodes)) if len(nodes) > 1 else nodes[0]
        elif not item.terms:
            message = f"the term list {item.name} is empty; add a term or remove it."
            faults.append(Fault(item.file, item.line, message))
    for item in terms:
        if loop := _loop(item.name, read):
            shown = " → ".join(f"${name}" for name in loop)
            message = f"the term lists use one another in a loop: {shown}; take one of them out."
            faults.append(Fault(item.file, item.line, message))
            read.pop(item.name, None)
    return _ordered(read)


def _loop(name: str, lists: Mapping[str, Node]) -> tuple[str, ...]:
    """The way from a list back to itself; empty if there is none."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    for way in ways:
        for other in sorted(used(lists[way[-1]])) if way[-1] in lists else ():
            if other == name:
                return (*way, name)
            if other not in seen:
                seen.add(other)
                ways.append((*way, other))
    return ()


def _ordered(lists: Mapping[str, Node]) -> dict[str, Node]:
    """Each list behind those that it uses; lists without loops, by `_loop`."""
    made: dict[str, Node] = {}
    waiting = sorted(lists, reverse=True)
    while waiting:
        name = waiting[-1]
        missing = sorted((used(lists[name]) & lists.keys()) - made.keys(), reverse=True)
        if missing:
            waiting += missing
        else:
            made[name] = lists[waiting.pop()]
    return made


def _tree(source: RuleSource, names: frozenset[str], faults: list[Fault]) -> Node | None:
    try:
        tree = parse(source.query, names)
    except QueryError as error:
        line = source.query_line + source.query.count("\n", 0, error.offset)
        faults.append(Fault(source.file, line, f"rule {source.id}: {error.shown(source.query)}"))
        return None
    if lint.has_positive(tree):
        return tree
    message = f"rule {source.id}: it only says what must be absent; add what it looks for."
    faults.append(Fault(source.file, source.query_line, message))
    return None


def compiled(parsed: Iterable[tuple[RuleSource, Node]], trees: Mapping[str, Node]) -> RuleSet:
    """Make rules ready that were read; `trees` are the term lists, those that others use first."""
    parsed = list(parsed)
    every = [*trees.values(), *(tree for _, tree in parsed)]
    atoms = Atoms(gate.atoms(every))
    planner = Planner(atoms.numbers)
    shown: dict[str, str] = {}
    for name, tree in trees.items():
        planner.add_list(name, tree)
        shown[name] = digest(show(tree), *(shown[n] for n in sorted(used(tree))))
    rules = []
    by_atom: dict[int, list[int]] = {}
    always = []
    for number, (source, tree) in enumerate(parsed):
        made, wanted = planner.plan(tree)
        needs = [frozenset(atoms.numbers[atom] for atom in need) for need in wanted]
        also = needs[1] if len(needs) > 1 else frozenset()
        rules.append(Rule(source, _version(source, tree, shown), tree, also, made))
        for atom in needs[0] if needs else ():
            by_atom.setdefault(atom, []).append(number)
        if not needs:
            always.append(number)
    return RuleSet(
        rules=tuple(rules),
        trees=trees,
        atoms=atoms,
        fields=gate.fields(every),
        by_atom={atom: tuple(numbers) for atom, numbers in by_atom.items()},
        always=tuple(always),
    )


def _version(source: RuleSource, tree: Node, lists: Mapping[str, str]) -> str:
    meaning = [show(tree), *(f"{n}={lists[n]}" for n in sorted(used(tree)))]
    return digest(
        source.id, *meaning, f"{source.weight:.6f}", str(int(source.severity)), source.family, *source.languages
    )[:16]  # fmt: skip
