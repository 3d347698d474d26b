"""The neutral document as DokuWiki's syntax."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from monitor.wikis.document import Block, Node, Run, Table

Place = Callable[[str], str]
"""Key of a page -> its id; empty if there is none."""

_MARKS = {"strong": "**", "emphasis": "//"}


def escape(text: str) -> str:
    """A text that stands as it is: `%%…%%`, and runs of `%` in `<nowiki>`, where those do nothing."""
    line = " ".join(text.split("\n"))
    # Text without anything that could be markup is left readable.
    if re.fullmatch(r"[^\W_][\w ,.?!()'-]*", line) and "--" not in line and "..." not in line and "__" not in line and "''" not in line and not _AUTO.search(line):  # fmt: skip
        return line
    made = ""
    for part in re.split(r"(%+)", line):
        if part.startswith("%"):
            made += f"<nowiki>{part}</nowiki>"
        elif part.strip():
            made += f"%%{part}%%"
        else:
            made += part
    return made


# What becomes a link, a picture or a sign without being asked.
_AUTO = re.compile(
    r"www\.|ftp\.|\b(?:FIXME|DELETEME)\b|\d+x\d+|\(c\)|\(r\)|\(tm\)|NOCACHE|NOTOC", re.IGNORECASE
)


def _url(url: str) -> str:
    return re.sub(r"[\[\]{}|<>\"' %]", lambda m: m[0] if m[0] == "%" else f"%{ord(m[0]):02X}", url)


def _run(run: Run, place: Place) -> str:
    if not run.text.strip():
        return run.text
    target = f":{place(run.page)}" if run.page and place(run.page) else _url(run.url)
    if target:
        label = " ".join(run.text.split())
        if re.search(r"[\[\]{}|]", label):  # a link's text cannot hold them: it follows
            return f"{escape(label)} [[{target}|→]]"
        return f"[[{target}|{label}]]"
    if run.style == "code":
        return f"''{escape(run.text)}''"
    mark = _MARKS.get(run.style, "")
    return f"{mark}{escape(run.text)}{mark}" if mark else escape(run.text)


def _line(runs: Sequence[Run], place: Place) -> str:
    return "".join(_run(run, place) for run in runs).strip()


def heading(text: str, level: int) -> str:
    """A heading; DokuWiki reads no markup in it, so only its own marks go."""
    mark = "=" * (7 - level)
    return f"{mark} {re.sub(r'={2,}', '=', ' '.join(text.split()))} {mark}"


def _block(block: Block, place: Place) -> str:
    text = _line(block.line, place)
    match block.kind:
        case "heading" | "subheading":
            said = "".join(run.text for run in block.line)
            return heading(said, 2 if block.kind == "heading" else 3)
        case "item":
            return "  " * block.depth + ("- " if block.is_numbered else "* ") + text
        case "quote":
            return f"> {text}"
        case _:
            return text


def _table(table: Table, place: Place) -> str:
    def row(cells: Sequence[Sequence[Run]], mark: str) -> str:
        return mark + mark.join(f" {_line(cell, place) or ' '} " for cell in cells) + mark

    head, *body = table.rows
    return "\n".join([row(head, "^"), *(row(cells, "|") for cells in body)])


def render(title: str, blocks: Sequence[Node], place: Place) -> str:
    """Title and document."""
    made, before = heading(title, 1), ""
    for block in blocks:
        kind = block.kind if isinstance(block, Block) else "table"
        text = _table(block, place) if isinstance(block, Table) else _block(block, place)
        made += ("\n" if kind == before == "item" else "\n\n") + text
        before = kind
    return made
