"""A YAML list written one item a line, as text: where each item stands, so that no other line changes."""

from __future__ import annotations

import re

from monitor.config.source import Source

_EMPTY = r"^({heading}[ ]*:)[ ]*(?:\[[ ]*\]|~|null)?[ ]*(#.*)?$"


def lines_of(text: str) -> list[str]:
    """The lines of a file."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def dash(lines: list[str], source: Source, heading: str, index: int) -> str | None:
    """What stands before an item's dash; None if the list is written otherwise."""
    hit = re.match(r"( *)-\s+\S", lines[source.line((heading, index)) - 1])
    return hit[1] if hit else None


def span(lines: list[str], source: Source, heading: str, index: int) -> tuple[int, int] | None:
    """Where an item lies: `[start, end)`, from its dash to its last key or deeper comment."""
    indent = dash(lines, source, heading, index)
    if indent is None:
        return None
    start = source.line((heading, index)) - 1
    end = start + 1
    for at in range(start + 1, len(lines)):
        line = lines[at]
        if line.strip():
            if len(line) - len(line.lstrip(" ")) <= len(indent):
                break
            end = at + 1
    return start, end


def opened(lines: list[str], source: Source, heading: str) -> int | None:
    """Make room for the first item below an empty heading, made if need be; returns the line.

    None if the heading holds something that is no list of lines.
    """
    line = source.lines.get((heading,))
    if line is None:
        lines.append(f"{heading}:")
        return len(lines)
    hit = re.match(_EMPTY.format(heading=heading), lines[line - 1])
    if hit is None:
        return None
    lines[line - 1] = hit[1] + (f"  {hit[2]}" if hit[2] else "")
    return line
