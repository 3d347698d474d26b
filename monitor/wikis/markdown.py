"""The neutral document as Markdown, for wikis that are folders of files.

Read by many dialects (CommonMark, GitHub, Obsidian, MkDocs, ikiwiki, Jekyll), so a text is escaped
for all of them: with a backslash where every dialect knows that, else as a character reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from monitor.text import one_line
from monitor.wikis.document import Block, Node, Page, Run, Table

Place = Callable[[str], str]
"""Key of a page -> its file; empty if there is none."""

# References: HTML, strikes and block marks, maths, mentions, tables; and what makes a link, an
# emoji, a field, a highlight or a hidden comment only in company.
_MARKS = re.compile(
    r"(?P<slash>[\\`*_{}\[\]#!])|[&<>~^$@|]|:(?=[:/\w+\-])|(?<=:):|=(?==)|(?<==)=|%(?=%)|(?<=%)%"
    r"|(?<=www)\.",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(?:(?P<slash>[-+])|(?P<number>\d+)(?=[.)])|[:=])")
# What some dialect reads even within code.
_LIVE_IN_CODE = re.compile(r"`|<!--|\[\[|\{\{|\{%|\{#|%%|\\$")


def escape(text: str) -> str:
    """A text that shows as it stands, in the middle of a line, in any Markdown dialect."""
    return _MARKS.sub(lambda m: "\\" + m[0] if m["slash"] else f"&#{ord(m[0])};", text)


def _opening(line: str) -> str:
    """A line that begins neither a list nor a definition."""
    found = _OPENING.match(line)
    if not found:
        return line
    if found["number"]:
        return f"{found['number']}\\{line[found.end() :]}"
    first = "\\" + line[0] if found["slash"] else f"&#{ord(line[0])};"
    return first + line[1:]


def _styled(run: Run, before: str, after: str) -> str:
    """A run with its marks, or without where they would not be read as marks."""
    core = run.text.strip()
    if not core:
        return run.text
    if run.style == "code" and not _LIVE_IN_CODE.search(core):
        made = f"`{core}`"
    else:
        made = escape(core)
        mark = {"strong": "**", "emphasis": "*"}.get(run.style, "")
        head, tail = run.text.partition(core)[::2]
        is_free = run.url or (
            (head or before or " ")[-1] in " (" and (tail or after or " ")[0] in " .,;:?)"
        )
        if mark and is_free:
            made = mark + made + mark
    return run.text.replace(core, made, 1)


def _target(run: Run, place: Place) -> str:
    return quote(place(run.page)) if run.page else run.url.replace("&", "&amp;")


def _line(runs: Sequence[Run], place: Place) -> str:
    made = ""
    for at, run in enumerate(runs):
        before = runs[at - 1].text if at else ""
        after = runs[at + 1].text if at + 1 < len(runs) else ""
        text = _styled(run, before, after)
        target = _target(run, place) if text.strip() else ""
        made += f"[{text.strip()}](<{target}>)" if target else text
    return " ".join(made.split())


def _table(table: Table, place: Place) -> str:
    head, *body = (" | ".join(_line(cell, place) for cell in row) for row in table.rows)
    rule = " | ".join("---" for _ in table.rows[0])
    return "\n".join(f"| {row} |" for row in (head, rule, *body))


def _block(block: Block, depth: int, place: Place) -> str:
    text = _opening(_line(block.line, place))
    match block.kind:
        case "heading":
            return f"## {text}"
        case "subheading":
            return f"### {text}"
        case "item":
            return "    " * (depth - 1) + ("1. " if block.is_numbered else "- ") + text
        case "quote":
            return f"> {text}"
        case _:
            return text


def render(blocks: Sequence[Node], place: Place) -> str:
    """The document as text; items of one list stand on lines of their own."""
    made, before, depth = "", "", 0
    for block in blocks:
        if isinstance(block, Table):
            kind, text = "table", _table(block, place)
        else:
            # An item deeper than its list allows would be read as code.
            depth = min(block.depth, depth + 1) if block.kind == "item" else 0
            kind, text = block.kind, _block(block, depth, place)
        made += ("" if not made else "\n" if kind == before == "item" else "\n\n") + text
        before = kind
    return made


def render_page(page: Page, place: Place) -> str:
    """Title and document."""
    title = next((str(v) for k, v in page.facts if k == "title"), page.title)
    return f"# {escape(one_line(title))}\n\n{render(page.blocks, place)}"


def front_matter(page: Page) -> str:
    """Lines of YAML; JSON strings are YAML strings, so no text can break out."""
    return "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in page.facts if value
    )
