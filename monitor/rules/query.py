"""The query language: text to tree.

`parse` raises `QueryError` with the place and what to write instead; `tree.show` is its inverse.
The grammar lies beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import re2
from lark import Lark, Token, Transformer
from lark.exceptions import (
    UnexpectedInput,
)

from monitor.rules.complaint import QueryError, explained
from monitor.rules.regex import compile_regex
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
    used,
)
from monitor.words import Words, words

MAX_LENGTH = 20_000
MAX_DEPTH = 50
MAX_TERMS = 2_000
MIN_PREFIX = 3
MAX_DISTANCE = 100
"""Words that NEAR may reach over."""
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def parse(query: str, lists: Collection[str] = ()) -> Node:
    """Read a query; `lists` are the names of the term lists there are. Raises `QueryError`."""
    node = read(query)
    for name in sorted(used(node) - set(lists)):
        near = get_close_matches(name, sorted(lists), n=1)
        known = ", ".join(f"${other}" for other in sorted(lists)) or "none"
        hint = f"did you mean ${near[0]}?" if near else f"there are {known}"
        place = re.search(rf"\${re.escape(name)}(?![\w-])", query)
        raise QueryError(f"there is no term list ${name}; {hint}", place.start() if place else 0)
    return node


@lru_cache(maxsize=50_000)
def read(query: str) -> Node:
    """Read a query whatever term lists there are; raises `QueryError`.

    Remembered, so that a pack that is loaded again costs only what changed in it.
    """
    if len(query) > MAX_LENGTH:
        raise QueryError(
            f"the query is longer than {MAX_LENGTH:,} characters; split the rule in two", 0
        )
    depth = 0
    for mark in re.finditer(r"[()]", query):
        depth += 1 if mark.group() == "(" else -1
        if depth > MAX_DEPTH:
            raise QueryError(f"brackets are nested more than {MAX_DEPTH} deep", mark.start())
    text = query.translate(_QUOTES)
    try:
        node: Node = _grammar().parse(text)  # type: ignore[assignment]  # the builder makes nodes
    except UnexpectedInput as error:
        raise explained(error, text) from None
    if sum(1 for _ in below(node)) > MAX_TERMS:
        raise QueryError(
            f"the query holds more than {MAX_TERMS:,} terms; put alternatives into a term list", 0
        )
    return node


@cache
def _grammar() -> Lark:
    text = resources.files("monitor.rules").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=False, transformer=_Builder())


class _Builder(Transformer[Token, Any]):
    """lark's tree into ours."""

    def start(self, items: list[Node]) -> Node:
        return items[0]

    def either(self, items: list[Node]) -> Node:
        flat = [n for item in items for n in (item.nodes if isinstance(item, Or) else (item,))]
        return Or(tuple(flat)) if len(flat) > 1 else flat[0]

    def both(self, items: list[Node]) -> Node:
        flat = [n for item in items for n in (item.nodes if isinstance(item, And) else (item,))]
        return And(tuple(flat)) if len(flat) > 1 else flat[0]

    def negated(self, items: list[Node]) -> Node:
        return Not(items[0])

    def near(self, items: list[Any]) -> Node:
        if len(items) == 1:
            only: Node = items[0]
            return only
        left, mark, right = items
        distance = int(mark.rpartition("/")[2])
        if not 1 <= distance <= MAX_DISTANCE:
            raise QueryError(f"{mark}: the distance is 1 to {MAX_DISTANCE} words", mark.start_pos)
        for side in (left, right):
            if isinstance(side, And | Not | Scoped | Near | Sentence | AtLeast):
                raise QueryError(
                    f"{mark} joins single terms, phrases or alternatives with OR", mark.start_pos
                )
        return Near(left, right, distance, mark.startswith("O"))

    def sentence(self, items: list[Node]) -> Node:
        return Sentence(tuple(items))

    def at_least(self, items: list[Any]) -> Node:
        mark, node = items
        count = int(mark.rpartition("/")[2])
        if count < 2:
            raise QueryError(f"{mark} asks for nothing: write the term alone", mark.start_pos)
        if isinstance(node, And | Not | Scoped | Near | Sentence | AtLeast):
            raise QueryError(
                f"{mark} counts a single term, phrase or alternatives with OR", mark.start_pos
            )
        return AtLeast(node, count)

    def scoped(self, items: list[Any]) -> Node:
        mark, node = items
        name = mark[:-1].lower()
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=1)
            hint = f"did you mean {near[0]}:? " if near else ""
            raise QueryError(
                f"there is no field {mark} {hint}Fields: {', '.join(FIELDS)}", mark.start_pos
            )
        return Scoped(name, node)

    def word(self, items: list[Token]) -> Node:
        (mark,) = items
        return _word(mark, mark.start_pos or 0)

    def phrase(self, items: list[Token]) -> Node:
        (mark,) = items
        parts = [_word(part, mark.start_pos or 0) for part in mark[1:-1].split()]
        flat = tuple(
            w for word in parts for w in (word.words if isinstance(word, Phrase) else (word,))
        )
        if not flat:
            raise QueryError("there is no word between these quotation marks", mark.start_pos or 0)
        return Phrase(flat) if len(flat) > 1 else flat[0]

    def hashtag(self, items: list[Token]) -> Node:
        (mark,) = items
        found = Words(mark).tags
        if len(found) != 1 or found[0].end != len(mark):
            raise QueryError(
                f"{mark} is no hashtag: letters, digits and _ only", mark.start_pos or 0
            )
        return Hashtag(found[0].norm)

    def exact(self, items: list[Token]) -> Node:
        (mark,) = items
        if not words(mark[1:-1]):
            raise QueryError("there is no word between these braces", mark.start_pos or 0)
        return Exact(mark[1:-1].strip())

    def regex(self, items: list[Token]) -> Node:
        (mark,) = items
        pattern = str(mark[1:-1])
        try:
            compile_regex(pattern)
        except re2.error as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
            raise QueryError(
                f"RE2 refuses this expression: {reason}", mark.start_pos or 0
            ) from None
        return Regex(pattern)

    def list_(self, items: list[Token]) -> Node:
        (mark,) = items
        return TermListRef(str(mark[1:]))


def _word(text: str, offset: int) -> Word | Phrase:
    """One bare term; what the tokeniser splits (hyphens, unspaced scripts) is a phrase."""
    stem = text.removesuffix("*")
    is_prefix = stem != text
    if "*" in stem:
        raise QueryError(f"{text}: a star may stand only at the end of a word", offset)
    found = words(stem)
    if not found:
        raise QueryError(f"{text} holds no letter or digit", offset)
    if is_prefix and len(found[-1]) < MIN_PREFIX:
        raise QueryError(
            f"{text}: at least {MIN_PREFIX} letters must stand before the star", offset
        )
    *early, last = (Word(word) for word in found)
    parts = (*early, Word(last.text, is_prefix))
    return Phrase(parts) if early else parts[0]
