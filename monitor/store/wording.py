"""Words that people type, as the full-text indexes take them: in every way that they may be written there.

The indexes leave out case and accents, `fold` more: ß is ss to us, œ is oe, ø is o, and whoever types ü may mean ue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from monitor.errors import Refused
from monitor.text import fold
from monitor.words import words

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_ALSO = {"ss": "ß", "oe": "œ", "ae": "æ"}
"""Letters as we fold them: how else an index may have them."""

_MAY_BE = re.compile("|".join(_ALSO))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
_MOST = 3
"""Doubtful letters of a word that are tried both ways."""

_WAYS = 12
"""Spellings of a word or phrase that are looked for."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as somebody typed it."""

    words: tuple[str, ...]
    is_prefix: bool
    is_unwanted: bool
    spellings: tuple[tuple[str, ...], ...]
    """All ways to write it, its words first."""


def terms(text: str) -> list[Term]:
    """What was typed, as words and phrases."""
    found = []
    for sign, phrase, bare in _TERM.findall(text):
        typed = phrase or bare
        parts = tuple(words(typed))
        if parts:
            found.append(Term(parts, typed.endswith("*"), bool(sign), _spellings(typed, parts)))
    return found[:20]


def _spellings(typed: str, parts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    ways = [parts]
    if not typed.isascii():
        # As it stands, for letters that we fold and the index does not; and with umlauts spelt out.
        ways += [tuple(re.findall(r"\w+", typed)), tuple(words(typed.translate(_UMLAUTS)))]
    found = (way for base in ways for way in product(*map(_written, base)))
    return tuple(dict.fromkeys(way for way in found if way))[:_WAYS]


def _written(word: str) -> list[str]:
    """A word as an index may have it: itself first."""
    pieces: list[list[str]] = []
    done = 0
    for hit in list(_MAY_BE.finditer(word))[:_MOST]:
        pieces += [[word[done : hit.start()]], [hit[0], _ALSO[hit[0]]]]
        done = hit.end()
    return ["".join(way) for way in product(*pieces, [word[done:]])]


def fts(text: str, *, is_prefix: bool = False) -> str:
    """The words as FTS5 takes them; `is_prefix`: each may go on. Raises `Refused` if nothing is left to look for."""
    found = terms(text)
    wanted = [_quoted(term, is_prefix=is_prefix) for term in found if not term.is_unwanted]
    if not wanted:
        raise Refused(
            "Write at least one word to look for: letters or digits, without a minus before it."
        )
    made = " AND ".join(wanted)
    unwanted = (term for term in found if term.is_unwanted)
    return f"({made})" + "".join(f" NOT {_quoted(term, is_prefix=is_prefix)}" for term in unwanted)


def _quoted(term: Term, *, is_prefix: bool) -> str:
    star = "*" if term.is_prefix or is_prefix else ""
    ways = [f'"{" ".join(way)}"{star}' for way in term.spellings]
    return f"({' OR '.join(ways)})" if len(ways) > 1 else ways[0]


def marks(text: str) -> str:
    """The same words as a query of ours that finds any of them, so that they can be marked."""
    shown = [
        '"' + " ".join(way) + ('*"' if term.is_prefix and len(way[-1]) > 2 else '"')
        for term in terms(text)
        if not term.is_unwanted
        for way in dict.fromkeys(tuple(map(fold, way)) for way in term.spellings)
    ]
    return " OR ".join(shown)
