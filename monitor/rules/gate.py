"""What a post must hold for a tree to have a chance: how most rules are never looked at.

A need is a set of atoms of which a post must hold at least one. An atom is a word, a beginning with
its star, a phrase, a hashtag, or a regular expression between slashes.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.rules.tree import (
    FIELDS,
    Exact,
    Hashtag,
    Node,
    Phrase,
    Regex,
    Scoped,
    Word,
    below,
)
from monitor.words import words

Need = frozenset[str]
Needs = tuple[Need, ...]
"""All of them must be met; none: nothing can be said."""
MAX_NEEDS = 2
"""Of a tree's needs only the rarest are kept: the rest would cost more than they save."""


def cost(need: Need) -> float:
    """How often a need will be met, guessed: short words and beginnings are frequent ones."""
    return sum(
        1.0 if atom[0] == "/" else (3 if atom[-1] == "*" else 1) / len(atom) ** 2 for atom in need
    )


def rarest(found: Iterable[Need]) -> Needs:
    """The needs worth asking for, the rarest first."""
    return tuple(sorted(dict.fromkeys(found), key=cost)[:MAX_NEEDS])


def any_of(parts: Iterable[Needs]) -> Needs:
    """What several alternatives need together: at least one of what each needs first."""
    firsts = [part[0] if part else None for part in parts]
    known = [first for first in firsts if first is not None]
    return (frozenset().union(*known),) if len(known) == len(firsts) else ()


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
