"""What a YAML parser complains of, said as what the person who wrote the file should do."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError, StreamMark

_QUOTES = "put the whole text in single quotes, and write a single quote in it twice"

# The parser's words -> ours; the first that fits counts.
_REMEDIES = (
    (r"character '\\t'|tab", "a tab stands where spaces must; indent with spaces only"),
    (r"undefined alias", f"a text that begins with * must stand in quotes: {_QUOTES}"),
    (
        r"found character '(.+)' that cannot start",
        rf"a text that begins with \1 must stand in quotes: {_QUOTES}",
    ),
    (
        r"mapping values are not allowed",
        (
            f"if the text has a colon in it, {_QUOTES}; else look at"
            " the indentation of this line and of the one above"
        ),
    ),
    (r"while scanning a quoted scalar", "a quotation mark is opened here and not closed"),
    (
        r"while parsing a flow node",
        "a [ or { above is not closed; a text that begins with one must stand in quotes",
    ),
    (r"while parsing a flow sequence", "the list that begins here with [ lacks a comma or its ]"),
    (r"while parsing a flow mapping", "the mapping that begins here with { lacks a comma or its }"),
    (
        r"expected <block end>.*(scalar|'-'|',')",
        (
            "the line is indented differently from those it"
            f" belongs to, or a text goes on after a closing quotation mark: {_QUOTES}"
        ),
    ),
    (r"expected <block end>", "the line is indented differently from those it belongs to"),
    (
        r"could not find expected ':'",
        (
            "a key needs a colon and a space after it, and a text of"
            " several lines must be indented below its key"
        ),
    ),
    (r"another document", "the file goes on after a line ---; remove that line"),
    (r"maximum depth", "this is nested too deep; remove brackets"),
    (r"YAML directive|incompatible YAML", "remove the line that begins with %YAML"),
)

_FROM_THE_START = ("while scanning a quoted", "while scanning a simple key", "while parsing a flow")
"""What is not closed is told of where it opens: the parser notices at the end of the file."""


def remedy(error: MarkedYAMLError) -> tuple[int, str]:
    """The line, 1-based, and what is wrong and to do there."""
    context, problem = str(error.context or ""), str(error.problem or "")
    said = " ".join(f"{context} {problem}".split())
    marks: tuple[StreamMark | None, StreamMark | None] = (error.problem_mark, error.context_mark)
    mark = marks[1] or marks[0] if context.startswith(_FROM_THE_START) else marks[0] or marks[1]
    line = mark.line + 1 if mark else 0
    for pattern, advice in _REMEDIES:
        if hit := re.search(pattern, said):
            return line, f"this line cannot be read: {hit.expand(advice)}."
    return line, f"this line cannot be read: {(problem or context)[:200]}."
