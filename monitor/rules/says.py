"""A query in plain words, and laid out over lines: what an author reads back before trusting it."""

from __future__ import annotations

from dataclasses import dataclass

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
    show,
)

_PLACES = {
    "title": "in the title",
    "text": "in the text",
    "url": "in the address",
    "author": "in the author’s name",
    "feed": "in the feed’s name",
    "lang": "in the language code",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and the sentences that it opens: `all of these:` and what they are."""

    text: str
    parts: tuple[Said, ...] = ()


def says(node: Node) -> Said:
    """What a tree looks for, in sentences; each atom of the tree is named."""
    match node:
        case Word() | Phrase() | Hashtag() | Exact() | Regex() | TermListRef():
            return Said(_atom(node))
        case Scoped(field, inner):
            return _led(_PLACES.get(field, f"in {field}"), inner)
        case AtLeast(inner, count):
            return _led(f"at {count} places or more", inner)
        case Near(left, right, distance, is_ordered):
            apart = f"within {distance} word{'s' * (distance != 1)}"
            how = "in this order" if is_ordered else "of each other, in any order"
            return Said(f"{apart} {how}:", (says(left), says(right)))
        case Sentence(nodes):
            return Said("all of these in one sentence:", tuple(map(says, nodes)))
        case Not(inner):
            return _negated(inner)
        case And(nodes):
            return Said("all of these:", tuple(map(says, nodes)))
        case Or(nodes):
            return _listed("any of", nodes)


def lines(said: Said, depth: int = 0) -> tuple[str, ...]:
    """Sentences for a terminal: parts are indented below what opens them."""
    mark = "• " if depth else ""
    below = (line for part in said.parts for line in lines(part, depth + 1))
    return ("  " * depth + mark + said.text, *below)


def _atom(node: Word | Phrase | Hashtag | Exact | Regex | TermListRef) -> str:
    match node:
        case Word(text, is_prefix):
            return f"words beginning with “{text}…”" if is_prefix else f"“{text}”"
        case Phrase(words):
            return "“" + " ".join(w.text + "…" * w.is_prefix for w in words) + "”"
        case Hashtag(text):
            return f"the hashtag #{text}"
        case Exact(text):
            return f"“{text}” in exactly these letters"
        case Regex(pattern):
            return f"what fits the expression /{pattern}/"
        case TermListRef(name):
            return f"a term of the list ${name}"


def _listed(lead: str, nodes: tuple[Node, ...]) -> Said:
    """Alternatives: on one line if they are plain terms, else one below the other."""
    parts = tuple(map(says, nodes))
    if any(part.parts for part in parts):
        return Said(f"{lead} these:", parts)
    return Said(f"{lead}: {', '.join(part.text for part in parts)}")


def _led(lead: str, node: Node) -> Said:
    """A sentence set before another: `in the title: any of: …`."""
    inner = says(node)
    return Said(f"{lead}: {inner.text}", inner.parts)


def _negated(node: Node) -> Said:
    match node:
        case Or(nodes):
            return _listed("but none of", nodes)
        case Scoped(field, Or(nodes)):
            return _listed(f"but, {_PLACES.get(field, f'in {field}')}, none of", nodes)
        case _:
            return _led("but not", node)


def laid_out(node: Node, width: int = 88, depth: int = 0) -> str:
    """Print a query over lines of about `width`, broken at AND and OR; `parse` reads it back."""
    flat = show(node)
    if len(flat) + 2 * depth <= width or not isinstance(node, And | Or | Scoped | Not):
        return flat
    match node:
        case Scoped(field, inner):
            return f"{field}:(\n{_below(inner, width, depth)})"
        case Not(inner):
            return f"NOT {_bracketed(inner, width, depth)}"
        case And(nodes):
            return f"\n{'  ' * depth}AND ".join(_operand(node, n, width, depth) for n in nodes)
        case Or(nodes):
            return _filled([_operand(node, n, width, depth) for n in nodes], width, depth)


def _operand(above: And | Or, node: Node, width: int, depth: int) -> str:
    """One of several: in brackets where `show` would set them."""
    needs = (And | Or) if isinstance(above, And) else Or
    return (
        _bracketed(node, width, depth) if isinstance(node, needs) else laid_out(node, width, depth)
    )


def _bracketed(node: Node, width: int, depth: int) -> str:
    if not isinstance(node, And | Or | Near | Not):
        return laid_out(node, width, depth)
    flat = show(node)
    if len(flat) + 2 * depth <= width:
        return f"({flat})"
    return f"(\n{_below(node, width, depth)})"


def _below(node: Node, width: int, depth: int) -> str:
    return "  " * (depth + 1) + laid_out(node, width, depth + 1)


def _filled(pieces: list[str], width: int, depth: int) -> str:
    """Short alternatives side by side, as many as fit a line."""
    made, line = [], ""
    for piece in pieces:
        joined = f"{line} OR {piece}" if line else piece
        if line and (len(joined) + 2 * depth > width or "\n" in piece):
            made.append(line)
            line = f"OR {piece}"
        else:
            line = joined
    return f"\n{'  ' * depth}".join([*made, line])
