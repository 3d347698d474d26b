"""Why a query cannot be read: a parser's complaint as advice, with the place."""

from __future__ import annotations

import re

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken


class QueryError(Exception):
    """A query that cannot be read; `offset` is the character, counted from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset

    def shown(self, query: str) -> str:
        """The message, the line of the query, and a caret below the character."""
        start = query.rfind("\n", 0, self.offset) + 1
        end = query.find("\n", self.offset)
        line = query[start : end if end >= 0 else len(query)]
        column = self.offset - start
        cut = max(0, column - 60)
        piece = line[cut : cut + 100]
        return f"{self}\n    {piece}\n    {' ' * (column - cut)}^"


def explained(error: UnexpectedInput, query: str) -> QueryError:
    """A parser's complaint as advice."""
    place: int | None = getattr(error, "pos_in_stream", None)
    offset = min(place or 0, len(query))
    if not query.strip():
        return QueryError("the query is empty; write at least one word", 0)
    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is not None and token.type == "$END":
        missing = query.count("(") - query.count(")")
        what = "a closing bracket ')' is missing" if missing > 0 else "a term is missing at the end"
        return QueryError(what, len(query.rstrip()))
    if isinstance(error, UnexpectedCharacters):
        marks = {'"': "this quotation mark is never closed", "{": "this '{' is never closed by '}'",
                 "/": "this '/' begins a regular expression that is never closed; put addresses in quotes",
                 ":": "a ':' belongs behind a field such as title:; put texts with ':' in quotes"}  # fmt: skip
        return QueryError(marks.get(query[offset], f"'{query[offset]}' cannot stand here"), offset)
    return _unexpected(
        str(token or query[offset : offset + 1]), token.type if token else "", offset, query
    )


def _unexpected(text: str, kind: str, offset: int, query: str) -> QueryError:
    before = query[:offset].rstrip()
    last = (re.findall(r'"[^"]*"|\S+', before) or [""])[-1]
    if kind == "RPAR":
        return QueryError("this ')' closes nothing, or closes too early", offset)
    if kind == "NOT":
        return QueryError(
            "write AND NOT before what must be absent; a query cannot begin with NOT", offset
        )
    if kind in {"AND", "OR", "NEAR"}:
        return QueryError(f"a term is missing before {text}", offset)
    if text.upper() in {"AND", "OR", "NOT"}:
        return QueryError(f'write {text.upper()} in capitals, or put "{text}" in quotes', offset)
    if last in {"and", "or", "not"}:
        return QueryError(
            f"write {last.upper()} in capitals",
            offset - len(query[:offset]) + len(before) - len(last),
        )
    return QueryError(
        f"write AND, OR or NEAR/8 between {last.strip('()')} and {text}, or put both in quotes",
        offset,
    )
