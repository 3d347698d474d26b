"""The query language: text to tree.

`parse` raises `QueryError` with the place and what to write instead; `tree.show` is its inverse.
The grammar lies beside this file.
"""

from __future__ import annotations

from collections.abc import Container
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

import re2
from lark import Lark, Token, Transformer
from lark.exceptions import (
    UnexpectedInput,
    VisitError,
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
)
from monitor.words import Words, words

MAX_LENGTH = 20_000
MAX_DEPTH = 50
MIN_PREFIX = 3
MAX_DISTANCE = 100
"""Words that NEAR may reach over."""
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


@cache
def _grammar() -> Lark:
    text = resources.files("monitor.rules").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse(query: str, lists: Container[str] = ()) -> Node:
    """Read a query; `lists` are the names of the term lists there are. Raises `QueryError`."""
    if len(query) > MAX_LENGTH:
        raise QueryError(
            f"the query is longer than {MAX_LENGTH:,} characters; split the rule in two", 0
        )
    depth = 0
    for offset, mark in enumerate(query):
        depth += (mark == "(") - (mark == ")")
        if depth > MAX_DEPTH:
            raise QueryError(f"brackets are nested more than {MAX_DEPTH} deep", offset)
    text = query.translate(_QUOTES)
    try:
        node: Node = _Builder(lists).transform(_grammar().parse(text))
    except UnexpectedInput as error:
        raise explained(error, text) from None
    except VisitError as error:
        if isinstance(error.orig_exc, QueryError):
            raise error.orig_exc from None
        raise
    return node


class _Builder(Transformer[Token, Any]):
    """lark's tree into ours."""

    def __init__(self, lists: Container[str]) -> None:
        super().__init__()
        self._lists = lists

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
        for side in (left, right):
            if isinstance(side, And | Not | Scoped | Near | Sentence | AtLeast):
                raise QueryError(
                    f"{mark} joins single terms, phrases or alternatives with OR", mark.start_pos
                )
        return Near(left, right, int(mark.rpartition("/")[2]), mark.startswith("O"))

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
        name = str(mark[1:])
        if name not in self._lists:
            known = (
                [str(n) for n in self._lists]
                if isinstance(self._lists, list | tuple | set | dict | frozenset)
                else []
            )
            near = get_close_matches(name, known, n=1)
            hint = (
                f"; did you mean ${near[0]}?"
                if near
                else f"; there are {', '.join('$' + n for n in sorted(known)) or 'none'}"
            )
            raise QueryError(f"there is no term list {mark}{hint}", mark.start_pos or 0)
        return TermListRef(name)


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
