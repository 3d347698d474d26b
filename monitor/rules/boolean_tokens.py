"""Queries as other tools write them, cut into tokens; what is peculiar to each tool stands here.

Facts only, from the makers' help pages: Meltwater "How to master Boolean search" 1 to 3, Brandwatch
"Query operators", Talkwalker "Search syntax" and developer.talkwalker.com, Google's search operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token
from lark.common import LexerConf
from lark.lexer import Lexer

from monitor.rules.complaint import QueryError


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one tool reads its own way."""

    name: str
    title: str
    lower_case: bool = False
    """Whether `and`, `or`, `not` and `near` are operators in small letters too."""
    or_first: bool = False
    """Whether OR binds tighter than AND."""
    side_by_side: bool = True
    """Whether terms may stand side by side without an operator."""
    near: int = 4
    """Words between the two sides of a NEAR without a number."""
    signs: str = ""
    """What gives this tool's queries away, as an expression."""


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "meltwater", "Meltwater", lower_case=True, side_by_side=False,
            signs=r"\bingress:|\bO?NEAR\b(?!/)|\bONEAR/|\)\^\d|\w\^\d|(?-i:\s(?:and|or|not|near)\s)",
        ),
        Dialect(
            "brandwatch", "Brandwatch", side_by_side=False,
            signs=r"<<<|NEAR/\d+f\b|NEAR/0\b|\)~\d|(?<!\S)\{[^}]*\}|\b(?:raw|hashtags|at_mentions|links"
            r"|language|country|region|city|continent|engagementType|engagingWith|author[A-Z]\w+"
            r"|subreddit|publisherSubType|topLevelDomain|weblogTitle|channelId|guid|rating):",
        ),
        Dialect(
            "talkwalker", "Talkwalker",
            signs=r"\b(?:sourcecountry|sourcegeo|sourcetype|lang|content|domainurl|matchall):?|(?-i:\b"
            r"(?:SENTENCE|PARAGRAPH)\b)|(?:^|[\s(])\+{1,2}[\"\w]",
        ),
        Dialect(
            "google-alerts", "Google Alerts", or_first=True,
            signs=r"\b(?:all)?in(?:title|url|text):|\bAROUND ?\(|\s\|\s|(?:^|\s)-(?:site:|[\"\w])",
        ),
    )
}  # fmt: skip


def detect(query: str) -> Dialect:
    """The tool that a query was most likely written for; Meltwater if nothing tells."""

    def signs(dialect: Dialect) -> int:
        return len(re.findall(dialect.signs, query, re.IGNORECASE))

    return max(DIALECTS.values(), key=signs)


_MARKS = {
    "COMMENT": r"<<<.*?>>>",
    "SPACE": r"\s+",
    "TILDE": r'(?<=[")])~\s?\d{1,4}',
    "WEIGHT": r'(?<=[\w")])\^\d+(?:\.\d+)?',
    "PHRASE": r'\+{0,2}"[^"]*"',
    "EXACT": r"\{[^{}]*\}",
    "RANGE": r"\[[^\[\]]*\]",
    "LPAR": r"\(",
    "RPAR": r"\)",
    "NEAR": r"O?NEAR(?:/\d{1,4}[fF]?)?(?![\w/:*])|AROUND\s?\(\s*\d{1,4}\s*\)",
    "SENTENCE": r"SENTENCE(?![\w:*])",
    "PARAGRAPH": r"PARAGRAPH(?![\w:*])",
    "AND": r"AND(?![\w:*])|&&",
    "OR": r"OR(?![\w:*])|\|\|?",
    "NOT": r"NOT(?![\w:*])|(?<![^\s(])[-–−](?=[^\s)-])",
    "ALL": r"matchall(?![\w:*])",
    "FIELD": r"[A-Za-z][A-Za-z_]*:(?!//)",
    "WORD": r"(?!<<<)(?:https?://)?[^\s()\"{}\[\]|^]+",
}
_BEGINS = {"NOT", "LPAR", "FIELD", "WORD", "PHRASE", "EXACT", "ALL"}
_ENDS = {"RPAR", "TILDE", "RANGE", "WORD", "PHRASE", "EXACT", "ALL"}
_QUOTES = str.maketrans(dict.fromkeys("“”„‟″«»＂", '"'))


def plain(query: str) -> str:
    """A query with one kind of quotation mark; no character moves."""
    return query.translate(_QUOTES)


def _scanner(*, lower_case: bool) -> re.Pattern[str]:
    loose = {"NEAR", "AND", "OR", "NOT"} if lower_case else set()
    parts = (
        f"(?P<{kind}>{f'(?i:{mark})' if kind in loose else mark})" for kind, mark in _MARKS.items()
    )
    return re.compile("|".join(parts), re.DOTALL)


_SCANNERS = {flag: _scanner(lower_case=flag) for flag in (False, True)}


@dataclass(slots=True)
class Scanned:
    """The tokens of a query, and what was read into it."""

    tokens: list[Token]
    implied: list[Token]
    """Terms that stand beside the one before without an operator."""
    weights: list[Token]
    """Marks of weight: `^9`."""


def scan(query: str, dialect: Dialect) -> Scanned:
    """Cut a query, with plain quotes, into tokens; raises `QueryError` at a mark without its other half."""
    found = Scanned([], [], [])
    last = ""
    for token in _cut(query, dialect):
        if token.type == "WEIGHT":
            found.weights.append(token)
            continue
        if last in _ENDS and token.type in _BEGINS:
            if token.type != "NOT":
                found.implied.append(token)
            found.tokens.append(_made("AND", "", token, dialect))
        last = token.type
        found.tokens.append(_made(token.type, str(token), token, dialect))
    return found


def _cut(query: str, dialect: Dialect) -> Iterator[Token]:
    pattern = _SCANNERS[dialect.lower_case]
    place = 0
    while place < len(query):
        hit = pattern.match(query, place)
        if hit is None:
            raise QueryError(_unclosed(query[place]), place)
        kind, place = hit.lastgroup or "", hit.end()
        if kind not in {"SPACE", "COMMENT"}:
            yield Token(kind, hit.group(), start_pos=hit.start(), end_pos=hit.end())


def _unclosed(mark: str) -> str:
    halves = {'"': "this quotation mark is never closed", "{": "this '{' is never closed by '}'",
              "[": "this '[' is never closed by ']'", "<": "this comment is never closed by '>>>'"}  # fmt: skip
    return halves.get(mark, f"'{mark}' cannot stand here")


def _made(kind: str, text: str, like: Token, dialect: Dialect) -> Token:
    """A token as the grammar knows it, at the place of another."""
    if kind in {"AND", "OR"}:
        kind = "TIGHT" if (kind == "OR") == dialect.or_first else "LOOSE"
    return Token(kind, text, start_pos=like.start_pos, end_pos=like.end_pos)


class Ready(Lexer):
    """Hands tokens that are made already to lark."""

    def __init__(self, conf: LexerConf) -> None:
        """Nothing to set up: tokens come with each parse."""

    def lex(self, data: list[Token]) -> Iterator[Token]:  # type: ignore[override]
        """The tokens themselves."""
        return iter(data)
