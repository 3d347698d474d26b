"""What a post must hold for a tree to have a chance: how most rules are never looked at.

A need is a set of atoms of which a post must hold at least one. An atom is a word, a beginning with
its star, a phrase, a hashtag, or a regular expression between slashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.rules.tree import (
    FIELDS,
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
    below,
)
from monitor.words import words

Need = frozenset[str]
MAX_NEEDS = 2
"""Of a tree's needs only the rarest are kept: the rest would cost more than they save."""


def needs(node: Node, lists: Mapping[str, Node]) -> Need | None:
    """The need that fewest posts will meet; None if nothing can be said of the tree."""
    return min(all_needs(node, lists), key=cost, default=None)


def all_needs(node: Node, lists: Mapping[str, Node]) -> list[Need]:
    """Every need of a tree, all of which a post must meet."""
    match node:
        case Word() | Phrase() | Hashtag() | Exact() | Regex():
            return [frozenset({atom}) for atom in atoms_of(node)]
        case TermListRef(name):
            return all_needs(lists[name], lists)
        case Scoped(_, inner) | AtLeast(inner, _):
            return all_needs(inner, lists)
        case Near(left, right):
            return all_needs(left, lists) + all_needs(right, lists)
        case And(nodes) | Sentence(nodes):
            return [need for part in nodes for need in all_needs(part, lists)]
        case Or(nodes):
            parts = [needs(n, lists) for n in nodes]
            known = [part for part in parts if part is not None]
            return [frozenset().union(*known)] if len(known) == len(parts) else []
        case Not():
            return []


def cost(need: Need) -> float:
    """How often a need will be met, guessed: short words and beginnings are frequent ones."""
    return sum(
        1.0 if atom[0] == "/" else (3 if atom[-1] == "*" else 1) / len(atom) ** 2 for atom in need
    )


def rarest(found: Iterable[Need]) -> list[Need]:
    """The needs worth asking for, the rarest first."""
    return sorted(set(found), key=cost)[:MAX_NEEDS]


def atoms_of(node: Word | Phrase | Hashtag | Exact | Regex) -> list[str]:
    """What of a leaf the automaton looks for; a phrase is cut behind every beginning in it."""
    match node:
        case Word(text, is_prefix):
            return [text + "*" * is_prefix]
        case Phrase(parts):
            pieces = " ".join(part.text + "*" * part.is_prefix for part in parts).split("* ")
            return [piece + "*" for piece in pieces[:-1]] + pieces[-1:]
        case Hashtag(text):
            return [f"#{text}"]
        case Exact(letters):
            return [" ".join(words(letters))]
        case Regex(pattern):
            return [f"/{pattern}/"]


def atoms(trees: Iterable[Node]) -> set[str]:
    """All that some trees look for; term lists are trees of their own here."""
    leaves = Word | Phrase | Hashtag | Exact | Regex
    return {atom for n in below(*trees) if isinstance(n, leaves) for atom in atoms_of(n)}


def fields(trees: Iterable[Node]) -> tuple[int, ...]:
    """Numbers of the fields that some trees look at; title and text always."""
    scoped = {node.field for node in below(*trees) if isinstance(node, Scoped)}
    return tuple(sorted(FIELDS.index(name) for name in scoped | {"title", "text"}))
