"""The tree that a query is read into, and its printing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

RESERVED = frozenset({"AND", "OR", "NOT", "SENTENCE"})
"""Words with a meaning of their own: put into quotes to be looked for."""

FIELDS = ("title", "text", "url", "author", "feed", "lang")


@dataclass(frozen=True, slots=True)
class Word:
    """A whole word, or with `is_prefix` all words that begin so."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other, in this order."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Hashtag:
    """The hashtag only."""

    text: str


@dataclass(frozen=True, slots=True)
class Exact:
    """Exactly these letters, as whole words."""

    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """An RE2 expression over the text as it stands; case does not count."""

    pattern: str


@dataclass(frozen=True, slots=True)
class TermListRef:
    """A term list, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Scoped:
    """Only in one field."""

    field: str
    node: Node


@dataclass(frozen=True, slots=True)
class Near:
    """Both within `distance` words; in this order if `is_ordered`."""

    left: Node
    right: Node
    distance: int
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """All of these in one sentence, in any order."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A term that stands at `count` different places or more."""

    node: Node
    count: int


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """None of this; stands only inside an `And`."""

    node: Node


Node = (
    Word
    | Phrase
    | Hashtag
    | Exact
    | Regex
    | TermListRef
    | Scoped
    | Near
    | Sentence
    | AtLeast
    | And
    | Or
    | Not
)


_LEAVES = (Word, Phrase, Hashtag, Exact, Regex, TermListRef)


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    # Asked a million times while ten thousand rules are compiled: leaves first, and no `match`.
    if isinstance(node, _LEAVES):
        return ()
    if isinstance(node, And | Or | Sentence):
        return node.nodes
    if isinstance(node, Near):
        return node.left, node.right
    return (node.node,)


def below(*trees: Node) -> Iterator[Node]:
    """Every node of some trees; term lists stay closed."""
    waiting = list(reversed(trees))
    while waiting:
        node = waiting.pop()
        yield node
        waiting += parts(node)


def used(node: Node) -> set[str]:
    """Names of the term lists in a tree."""
    return {n.name for n in below(node) if isinstance(n, TermListRef)}


def show(node: Node) -> str:
    """Print a tree as a query that `parse` reads back to the same tree."""
    match node:
        case Word(text, is_prefix):
            return f'"{text}"' if text.upper() in RESERVED else text + "*" * is_prefix
        case Phrase(words):
            return '"' + " ".join(w.text + "*" * w.is_prefix for w in words) + '"'
        case Hashtag(text):
            return f"#{text}"
        case Exact(text):
            return "{" + text + "}"
        case Regex(pattern):
            return f"/{pattern}/"
        case TermListRef(name):
            return f"${name}"
        case Scoped(name, inner):
            return f"{name}:({show(inner)})"
        case Near(left, right, distance, is_ordered):
            return f"{_held(left)} {'O' * is_ordered}NEAR/{distance} {_held(right)}"
        case Sentence(nodes):
            return f"SENTENCE({' '.join(_held(n) for n in nodes)})"
        case AtLeast(inner, count):
            return f"ATLEAST/{count} {_held(inner)}"
        case Not(inner):
            return f"NOT {_held(inner)}"
        case And(nodes):
            return " AND ".join(show(n) if isinstance(n, Not | Near) else _held(n) for n in nodes)
        case Or(nodes):
            return " OR ".join(show(n) if isinstance(n, And | Near) else _held(n) for n in nodes)


def _held(node: Node) -> str:
    return f"({show(node)})" if isinstance(node, And | Or | Near | Not) else show(node)
