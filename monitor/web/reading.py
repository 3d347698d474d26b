"""A query as it is read while somebody types it: its words, or what is wrong and where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.errors import ConfigError
from monitor.model import RuleSource, TermList
from monitor.rules import match, pack
from monitor.rules.complaint import QueryError
from monitor.rules.pack import RuleSet
from monitor.rules.query import parse
from monitor.rules.says import Said, laid_out, says
from monitor.text import one_line

AROUND = 60
"""Characters of the query shown on either side of a mistake."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mistake is, with what stands around it."""

    offset: int
    line: int
    column: int
    """Both counted from 1."""
    before: str
    at: str
    """The character; empty at the end of the query."""
    after: str


@dataclass(frozen=True, slots=True)
class Example:
    """An example, and whether the rule treats it as it should."""

    text: str
    should: bool
    does: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What can be said of a draft without looking at any post."""

    said: Said | None = None
    neat: str = ""
    """The query laid out over lines."""
    error: str = ""
    place: Place | None = None
    examples: tuple[Example, ...] = ()
    tried: RuleSet | None = None
    """The rule alone, compiled; None if it cannot be."""

    @property
    def findings(self) -> tuple[str, ...]:
        """What lint warns of: allowed, but hardly meant."""
        rules = self.tried.rules if self.tried else ()
        said = self.tried.warnings if self.tried else ()
        return tuple(w.message.removeprefix(f"rule {r.source.id}: ") for r in rules for w in said)

    @property
    def wrong(self) -> tuple[Example, ...]:
        """Examples that do not behave."""
        return tuple(example for example in self.examples if example.should != example.does)

    @property
    def missing(self) -> tuple[int, int]:
        """How many examples are still needed: to find, to leave alone."""
        found = sum(example.should for example in self.examples)
        return max(0, 2 - found), max(0, 2 - (len(self.examples) - found))


def place(query: str, offset: int) -> Place:
    """The character of a query at an offset, in its line."""
    offset = min(max(offset, 0), len(query))
    start = query.rfind("\n", 0, offset) + 1
    end = query.find("\n", offset)
    line = query[start : end if end >= 0 else len(query)]
    column = offset - start
    return Place(
        offset=offset,
        line=query.count("\n", 0, offset) + 1,
        column=column + 1,
        before=("…" if column > AROUND else "") + line[max(0, column - AROUND) : column],
        at=line[column : column + 1],
        after=line[column + 1 : column + 1 + AROUND]
        + ("…" if len(line) > column + 1 + AROUND else ""),
    )


PASSAGE = 240
"""Characters of a post's text that go into an example beside its title."""


def example(
    tried: RuleSet | None, title: str, text: str, spans: Iterable[tuple[str, int, int]]
) -> str:
    """A post as an example: its title, and the passage that the rule is about if that takes both."""
    line = one_line(title)
    places = [(start, end) for field, start, end in spans if field == "text"]
    if tried is None or not places or _hits(tried, line):
        return line
    start = max(0, min(places)[0] - 40)
    end = max(min(places)[1], min(max(end for _, end in places), start + PASSAGE))
    # Whole words, as far as they are near.
    start = text.rfind(" ", max(0, start - 30), start + 1) + 1 or start
    near = text.find(" ", end, end + 30)
    end = near if near >= 0 else end
    longer = f"{line} … {one_line(text[start:end], 2 * PASSAGE)}"
    return longer if _hits(tried, longer) else line


def _hits(tried: RuleSet, text: str) -> bool:
    languages = tried.rules[0].source.languages
    return bool(match.judge(tried, match.example_post(text, languages)).matches)


def read(source: RuleSource, terms: Sequence[TermList]) -> Reading:
    """Read a draft's query and try its examples."""
    try:
        tree = parse(source.query, {item.name for item in terms})
    except QueryError as error:
        message = str(error)
        return Reading(
            error=message[0].upper() + message[1:], place=place(source.query, error.offset)
        )
    said, neat = says(tree), laid_out(tree)
    try:
        tried = pack.build([source], terms, proven=False)
    except ConfigError as error:
        # The grammar is right, but the rule is not: the line is of no use while it is being typed.
        messages = [f.message.removeprefix(f"rule {source.id}: ") for f in error.faults]
        text = " ".join(message[0].upper() + message[1:] for message in messages)
        return Reading(said=said, neat=neat, error=text)
    wanted = [(text, True) for text in source.match_examples]
    wanted += [(text, False) for text in source.no_match_examples]
    examples = tuple(Example(text, should, _hits(tried, text)) for text, should in wanted)
    return Reading(said=said, neat=neat, examples=examples, tried=tried)
