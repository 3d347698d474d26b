"""The neutral document as Markdown, for wikis that are folders of files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from monitor.model import Lesson
from monitor.wikis.document import Block, Run

# Every ASCII mark that some Markdown, wiki or template language gives a meaning.
_MARKS = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
_HARMLESS = set("',.;:?/-()\"=@%&+$")


def escape(text: str) -> str:
    """A text that shows as it stands in any Markdown dialect."""
    made = _MARKS.sub(lambda m: m[1] if m[1] in _HARMLESS else "\\" + m[1], text)
    # At the beginning of a line these would begin a list, a heading or a table.
    return re.sub(r"^(\s*)([-+=:]|\d+(?=[.)]))", r"\1\\\2", made).replace("&", "&amp;")


def _run(run: Run) -> str:
    if run.style == "code":
        text = run.text.replace("`", "'").replace("{{", "{ {").replace("{%", "{ %")
        made = f"`{text}`" if text.strip() else ""
    else:
        made = escape(run.text)
        mark = {"strong": "**", "emphasis": "*"}.get(run.style, "")
        if mark and made.strip():
            made = f"{mark}{made.strip()}{mark}"
    return f"[{made}](<{run.url}>)" if run.url and made.strip() else made


def _block(block: Block) -> str:
    text = "".join(map(_run, block.line)).replace("\n", " ").strip()
    match block.kind:
        case "heading":
            return f"## {text}"
        case "item":
            return "  " * (block.depth - 1) + ("1. " if block.is_numbered else "- ") + text
        case "quote":
            return f"> {text}"
        case _:
            return text


def render(blocks: Sequence[Block]) -> str:
    """The document as text; items of one list stand on lines of their own."""
    made, before = "", ""
    for block in blocks:
        gap = "" if not made else "\n" if block.kind == before == "item" else "\n\n"
        made += gap + _block(block)
        before = block.kind
    return made


def front_matter(lesson: Lesson) -> str:
    """YAML between two rules; JSON strings are YAML strings, so no text can break out."""
    values: dict[str, object] = {
        "title": lesson.title,
        "lesson": lesson.id,
        "organisation": lesson.organisation,
        "date": lesson.happened_on,
        "stage": lesson.stage,
        "tags": list(lesson.tags),
    }
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value
    ]
    return "---\n" + "\n".join(lines) + "\n---\n"
