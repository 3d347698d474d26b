"""The neutral document as MediaWiki's wikitext."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from monitor.wikis.document import Block, Node, Run, Table

Place = Callable[[str], str]
"""Key of a page -> what this wiki calls it; empty if it has no such page."""

# The words before a number that MediaWiki makes links of without being asked.
_MAGIC = re.compile(r"\b(?:ISBN|PMID|RFC)(?=\s)")
_TAGS = {"code": "code", "strong": "strong", "emphasis": "em"}
# Left readable: marks that mean nothing here, and a hyphen or apostrophe within a word.
_LIVE = re.compile(r"(?P<word>(?<=\w)['-](?=\w))|[!#&'*+:;<=>\[\]{|}~_\n\\/-]")
_MARKS = {"heading": "==", "subheading": "==="}


def escape(text: str) -> str:
    """A text that no template, link, tag or magic word can break out of: marks as references."""
    made = _LIVE.sub(lambda m: m[0] if m["word"] else f"&#{ord(m[0])};", text)
    return _MAGIC.sub(lambda m: f"&#{ord(m[0][0])};{m[0][1:]}", made)


def _link(url: str) -> str:
    """An address fit for an external link: nothing in it is expanded or taken away on saving."""
    made = url.replace("~", "%7E").replace("__", "%5F%5F").replace("&", "&amp;")
    return re.sub(r"[\[\]{}|<>\"' ]", lambda m: f"%{ord(m[0]):02X}", made)


def _run(run: Run, place: Place) -> str:
    made = escape(run.text)
    if not made.strip():
        return made
    if tag := _TAGS.get(run.style):
        made = f"<{tag}>{made}</{tag}>"
    if run.page:
        name = place(run.page)
        return f"[[:{name}|{made}]]" if name else made
    return f"[{_link(run.url)} {made}]" if run.url else made


def _line(runs: Sequence[Run], place: Place) -> str:
    return "".join(_run(run, place) for run in runs).strip()


def _table(table: Table, place: Place) -> str:
    rows = [[_line(cell, place) for cell in row] for row in table.rows]
    head, *body = rows
    lines = ['{| class="wikitable"', "! " + " !! ".join(head)]
    for row in body:
        lines += ["|-", "| " + " || ".join(row)]
    return "\n".join([*lines, "|}"])


def _block(block: Block, place: Place) -> str:
    text = _line(block.line, place)
    if mark := _MARKS.get(block.kind):
        return f"{mark} {text} {mark}"
    if block.kind == "item":
        return ("#" if block.is_numbered else "*") * block.depth + " " + text
    return f"<blockquote>{text}</blockquote>" if block.kind == "quote" else text


def category(name: str) -> str:
    """A name that a category can have; empty if nothing is left of it."""
    made = " ".join(re.sub(r"[^\w\-]|_", " ", name).split())
    return made[:80].strip()


def render(blocks: Sequence[Node], place: Place, categories: Sequence[str] = ()) -> str:
    """The document as wikitext, in composed characters (NFC), as the wiki keeps them."""
    made, before = "", ""
    for block in blocks:
        kind = block.kind if isinstance(block, Block) else "table"
        gap = "" if not made else "\n" if kind == before == "item" else "\n\n"
        made += gap + (_table(block, place) if isinstance(block, Table) else _block(block, place))
        before = kind
    names = dict.fromkeys(filter(None, map(category, categories)))
    made += "".join(f"\n[[Category:{name}]]" for name in names)
    return unicodedata.normalize("NFC", made)
