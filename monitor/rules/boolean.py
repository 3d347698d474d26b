"""Boolean queries of other tools, carried over into ours: Meltwater, Brandwatch, Talkwalker, Google Alerts.

What has no exact counterpart is named, with its place, the reason, and what was done instead. What
is carried over always parses; `boolean_parts` holds the algebra, since ours knows NOT only within AND.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedToken

from monitor.rules import boolean_parts as parts
from monitor.rules import boolean_terms as terms
from monitor.rules.boolean_fields import field
from monitor.rules.boolean_parts import Part
from monitor.rules.boolean_terms import Note, Notes, Reading
from monitor.rules.boolean_tokens import Dialect, Ready, Scanned, detect, plain, scan
from monitor.rules.complaint import QueryError
from monitor.rules.query import parse
from monitor.rules.says import laid_out
from monitor.rules.tree import Node, Scoped

MAX_LENGTH = 50_000
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Carried:
    """A query of another tool as one of ours."""

    dialect: Dialect
    tree: Node
    query: str
    """Laid out over lines; `query.parse` reads it."""
    notes: tuple[Note, ...]
    """What is not quite the same, by place."""


def carry(query: str, dialect: Dialect | None = None) -> Carried:
    """Read a query as its tool does; None finds the tool out. Raises `QueryError` with the place."""
    if len(query) > MAX_LENGTH:
        raise QueryError(f"the query is longer than {MAX_LENGTH:,} characters; split it", 0)
    text = plain(query)
    tool = dialect or detect(text)
    scanned = scan(text, tool)
    _bounded(scanned)
    reader = _Reader(text, tool)
    found = reader.read(_parsed(scanned, text))
    node = parts.whole(found, reader.notes) if found else None
    if node is None:
        raise QueryError("nothing is left to look for: see what was dropped", 0)
    _remarks(scanned, tool, reader.notes)
    shown = laid_out(node)
    try:
        tree = parse(shown)
    except QueryError as error:
        raise QueryError(f"carried over, the query would be refused: {error}", 0) from None
    return Carried(tool, tree, shown, tuple(sorted(set(reader.notes.made))))


@cache
def _grammar() -> Lark:
    text = resources.files("monitor.rules").joinpath("boolean.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer=Ready)


def _bounded(scanned: Scanned) -> None:
    depth = 0
    for token in scanned.tokens:
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if depth > MAX_DEPTH:
            raise QueryError(
                f"brackets are nested more than {MAX_DEPTH} deep", token.start_pos or 0
            )


def _parsed(scanned: Scanned, text: str) -> Tree[Token]:
    try:
        return _grammar().parse(scanned.tokens)
    except UnexpectedToken as error:
        raise _explained(error.token, scanned, text) from None


def _explained(token: Token, scanned: Scanned, text: str) -> QueryError:
    """A parser's complaint as advice."""
    if not scanned.tokens:
        return QueryError("the query is empty", 0)
    if token.type == "$END":
        opened = sum((t.type == "LPAR") - (t.type == "RPAR") for t in scanned.tokens)
        what = "a closing bracket ')' is missing" if opened > 0 else "a term is missing at the end"
        return QueryError(what, len(text.rstrip()))
    place = token.start_pos or 0
    if token.type == "RPAR":
        return QueryError("this ')' closes nothing, or closes too early", place)
    if token.type in {"TIGHT", "LOOSE", "NEAR", "SENTENCE", "PARAGRAPH"}:
        return QueryError(f"a term is missing before {token}", place)
    return QueryError(f"{token} cannot stand here", place)


class _Reader:
    """A parsed query, from the top down: a field decides how its terms are read."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.notes = Notes()
        self._text = text
        self._dialect = dialect

    def read(self, tree: Tree[Token], how: Reading | None = None) -> Part | None:
        """A subtree; None if nothing of it could be carried over."""
        children: list[Any] = tree.children
        match tree.data:
            case "loose" | "tight":
                is_or = (tree.data == "tight") == self._dialect.or_first
                return self._joined(children, how, is_or=is_or)
            case "negated":
                part = self.read(children[1], how)
                return parts.negated(part, children[0].start_pos) if part else None
            case "group":
                return self._group(children, how)
            case "close":
                return self._close(children, how)
            case "scoped":
                return self._scoped(children, how)
            case "phrase":
                return self._phrase(children, how)
            case "word":
                return self._term(children[0], how or terms.word)
            case "exact":
                return self._term(children[0], how or terms.exact)
            case "start":
                return self.read(children[0], how)
            case _:
                self._drop(children)
                return None

    def _joined(self, children: list[Any], how: Reading | None, *, is_or: bool) -> Part | None:
        found = [self.read(child, how) for child in children if isinstance(child, Tree)]
        kept = [part for part in found if part is not None]
        if is_or and len(children) > 1 and not self._dialect.or_first:
            self._mixed(children)
        return (parts.any_of if is_or else parts.all_of)(kept)

    def _mixed(self, children: list[Any]) -> None:
        """Say how AND and OR side by side were read."""
        for child in children:
            if isinstance(child, Tree) and len(child.children) > 1:
                first = next(child.scan_values(lambda _: True))
                place = first.start_pos or 0
                self.notes.guess(
                    place, self._text[place : _end(child)],
                    "AND and OR stand side by side without brackets: AND and NOT bind first",
                )  # fmt: skip

    def _group(self, children: list[Any], how: Reading | None) -> Part | None:
        part = self.read(children[1], how)
        if len(children) == 4 and part:
            return parts.spread(part, _number(children[3]), children[3], notes=self.notes)
        return part

    def _close(self, children: list[Any], how: Reading | None) -> Part | None:
        left_tree, mark, right_tree = children
        left, right = self.read(left_tree, how), self.read(right_tree, how)
        if left is None or right is None:
            return left or right
        if mark.type == "SENTENCE":
            return parts.sentence(left, right, mark, notes=self.notes)
        if mark.type == "PARAGRAPH":
            self.notes.near_enough(
                mark.start_pos, str(mark), "posts have no paragraphs here: within 60 words"
            )
            return parts.near(left, right, 60, mark, notes=self.notes)
        return parts.near(
            left, right, _number(mark, self._dialect.near) + 1, mark, notes=self.notes
        )

    def _scoped(self, children: list[Any], how: Reading | None) -> Part | None:
        mark, inner = children
        place = mark.start_pos
        known = field(mark)
        if known.lost:
            self.notes.drop(place, self._text[place : _end(inner)], known.lost)
            return None
        if known.note:
            self.notes.near_enough(place, self._text[place : _end(inner)], known.note)
        part = self.read(inner, known.how or how)
        if part is None or not known.ours:
            return part
        return parts.mapped(part, lambda node: Scoped(known.ours, node))

    def _phrase(self, children: list[Any], how: Reading | None) -> Part | None:
        part = self._term(children[0], how or terms.phrase)
        if len(children) == 2 and part:
            return parts.loosened(part, _number(children[1]), children[1], notes=self.notes)
        return part

    def _term(self, mark: Token, how: Reading) -> Part | None:
        place = mark.start_pos or 0
        node = how(str(mark), place, self.notes)
        return Part(node, place) if node is not None else None

    def _drop(self, children: list[Any]) -> None:
        """Numbers from one to another, and what stands for every post."""
        why = "a rule must say what it looks for"
        if len(children) == 2:
            why = field(children[0]).lost or "Failwatch compares no numbers"
        self.notes.drop(children[0].start_pos, "".join(children), why)


def _number(mark: Token, default: int = 0) -> int:
    digits = "".join(c for c in mark if c.isdecimal() and c.isascii())
    return int(digits) if digits else default


def _end(tree: Tree[Token]) -> int:
    return max((token.end_pos or 0 for token in tree.scan_values(lambda _: True)), default=0)


def _remarks(scanned: Scanned, dialect: Dialect, notes: Notes) -> None:
    """What was read into a query, and weights, which have no meaning here."""
    for token in scanned.weights:
        notes.drop(token.start_pos or 0, str(token), "terms carry no weight here; the rule has one")
    gone = {note.place for note in notes.made if note.action == terms.DROPPED}
    for token in scanned.implied:
        if not dialect.side_by_side and token.start_pos not in gone:
            notes.guess(
                token.start_pos or 0, str(token), "no operator stands before it: taken as AND"
            )
