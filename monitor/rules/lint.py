"""What is wrong with a rule beyond its grammar: each finding with line, reason and repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.errors import Fault
from monitor.model import Post, RuleSource
from monitor.rules.index import ANYWHERE
from monitor.rules.tree import Node, Not, Or, parts

if TYPE_CHECKING:
    from monitor.rules.pack import Rule, RuleSet

MIN_EXAMPLES = 2


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


def examples(rule: Rule, rule_set: RuleSet) -> list[Fault]:
    """Examples that do not behave."""
    source, faults = rule.source, []
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
        message = f'rule {source.id}: the example "{text}" {reason}; mend the query or the example.'
        faults.append(Fault(source.file, line, message))
    return faults
