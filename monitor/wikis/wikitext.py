"""The neutral document as MediaWiki's wikitext."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.wikis.document import Block, Run


def escape(text: str) -> str:
    """A text that no template, link, tag or magic word can break out of: marks as references."""
    return re.sub(r"[!-/:-@\[-`{-~\n]", lambda m: f"&#{ord(m[0])};", text)


def _link(url: str) -> str:
    """An address fit for an external link: what ends or opens one is percent-encoded."""
    return re.sub(r"[\[\]{}|<>\"' ]", lambda m: f"%{ord(m[0]):02X}", url)


def _run(run: Run) -> str:
    made = escape(run.text)
    match run.style:
        case "code" if made.strip():
            made = f"<code>{made}</code>"
        case "strong" if made.strip():
            made = f"'''{made}'''"
        case "emphasis" if made.strip():
            made = f"''{made}''"
    return f"[{_link(run.url)} {made}]" if run.url and made.strip() else made


def _block(block: Block) -> str:
    text = "".join(map(_run, block.line)).strip()
    match block.kind:
        case "heading":
            return f"== {text} =="
        case "item":
            return ("#" if block.is_numbered else "*") * block.depth + " " + text
        case "quote":
            return f"<blockquote>{text}</blockquote>"
        case _:
            return text


def render(blocks: Sequence[Block], category: str = "") -> str:
    """The document as wikitext, in a category of the team's choice."""
    made, before = "", ""
    for block in blocks:
        gap = "" if not made else "\n" if block.kind == before == "item" else "\n\n"
        made += gap + _block(block)
        before = block.kind
    name = re.sub(r"[^\w \-]", "", category).strip()
    return f"{made}\n\n[[Category:{name}]]" if name else made
