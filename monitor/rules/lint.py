"""What is wrong with a rule beyond its grammar: each finding with line, reason and repair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.errors import Fault
from monitor.model import Post, RuleSource
from monitor.rules.evaluate import Lists, hits
from monitor.rules.index import PostIndex
from monitor.rules.tree import And, AtLeast, Near, Node, Not, Or, Scoped, Sentence

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


def parts(node: Node) -> Iterator[Node]:
    """The nodes directly below a node."""
    match node:
        case And(nodes) | Or(nodes) | Sentence(nodes):
            yield from nodes
        case Not(inner) | Scoped(_, inner) | AtLeast(inner, _):
            yield inner
        case Near(left, right):
            yield left
            yield right
        case _:
            return


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


def examples(source: RuleSource, tree: Node, lists: Lists) -> list[Fault]:
    """Examples that do not behave."""
    faults = []
    wanted = [(text, True) for text in source.match_examples]
    wanted += [(text, False) for text in source.no_match_examples]
    for number, (text, should) in enumerate(wanted):
        found = hits(tree, PostIndex(example_post(text, source.languages), ""), lists)
        if (found is not None) == should:
            continue
        line = source.example_lines[number] if number < len(source.example_lines) else source.line
        words = ", ".join(sorted({text[h.start : h.end] for h in found or []}))
        reason = f"matches, by {words}" if found is not None else "does not match"
        faults.append(
            Fault(
                source.file,
                line,
                f'rule {source.id}: the example "{text}" {reason}; mend the query or the example.',
            )
        )
    return faults
