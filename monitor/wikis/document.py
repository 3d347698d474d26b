"""A page as a neutral document: headings, paragraphs, lists, tables; no wiki's syntax yet.

Text comes in as a small part of Markdown: the page templates', and what people wrote. HTML and
images in it are text, addresses that a wiki may not link to are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from monitor.text import clean, one_line

PAGE = "page:"
"""Begins the address of a link to another page of the same wiki: `page:lesson-17`."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one style: plain, strong, emphasis or code; a link if it has a target."""

    text: str
    style: str = "plain"
    url: str = ""
    page: str = ""
    """Key of another page of the same wiki."""


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, subheading, paragraph, quote or item (of a list, `depth` from 1)."""

    kind: str
    line: Line
    depth: int = 0
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each a line; the first row is the head."""

    rows: tuple[tuple[Line, ...], ...]


Node = Block | Table


@dataclass(frozen=True, slots=True)
class Page:
    """What we want to stand on one page of a wiki."""

    key: str
    """What it is, the same for good: `lesson-17`, `index`, `sector-4`."""
    title: str
    slug: str
    """Its name where names are plain words: `0017-never-joke-about-storms`."""
    blocks: tuple[Node, ...]
    labels: tuple[str, ...] = ()
    facts: tuple[tuple[str, str | int | tuple[str, ...]], ...] = ()
    """What goes into front matter, where a wiki has any."""
    summary: str = ""
    """What the wiki's history says of the edit."""


_markdown = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "html_block", "html_inline"]
)
_tables = MarkdownIt("commonmark", {"html": False}).enable("table")
_tables.disable(["image", "html_block", "html_inline"])
_UNSAFE = re.compile(r"[^!#$%&()*+,\-./0-9:;=?@A-Za-z_~\u00a1-\U0010ffff]|\s")
_KEY = re.compile(r"[a-z]+(-[a-z0-9]+)*")


def safe_url(url: str) -> str:
    """The address with odd characters percent-encoded; nothing if a wiki may not link to it."""
    address = clean(url).strip()
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return ""
    if scheme not in {"http", "https", "mailto"}:
        return ""
    return _UNSAFE.sub(lambda m: quote(m[0], safe=""), address)


def _target(address: str) -> tuple[str, str]:
    """(url, key of a page) that a link leads to; one of them, or neither."""
    if address.startswith(PAGE):
        key = unquote(address.removeprefix(PAGE))
        return "", key if _KEY.fullmatch(key) else ""
    return safe_url(address), ""


def _runs(node: SyntaxTreeNode, run: Run) -> list[Run]:
    match node.type:
        case "text":
            return [replace(run, text=node.content)]
        case "code_inline":
            return [replace(run, text=node.content, style="code")]
        case "softbreak" | "hardbreak":
            return [replace(run, text=" ")]
        case "strong":
            run = replace(run, style="strong")
        case "em":
            run = replace(run, style="emphasis")
        case "link":
            url, page = _target(str(node.attrs.get("href", "")))
            run = replace(run, url=url, page=page)
    return [made for child in node.children for made in _runs(child, run)]


def _line(node: SyntaxTreeNode) -> Line:
    return tuple(run for child in node.children for run in _runs(child, Run("")))


def _nodes(node: SyntaxTreeNode, kind: str = "paragraph", depth: int = 0) -> list[Node]:
    match node.type:
        case "inline":
            return [Block(kind, _line(node), depth)]
        case "fence" | "code_block":
            lines = (one_line(line, 5_000) for line in node.content.split("\n"))
            return [Block(kind, (Run(line, "code"),), depth) for line in lines if line]
        case "bullet_list" | "ordered_list":
            found = [b for child in node.children for b in _nodes(child, "item", depth + 1)]
            is_numbered = node.type == "ordered_list"
            return [
                replace(b, is_numbered=is_numbered)
                if isinstance(b, Block) and b.depth == depth + 1
                else b
                for b in found
            ]
        case "blockquote":
            kind = "quote" if kind == "paragraph" else kind
        case "heading" if kind == "paragraph":
            kind = "heading" if node.tag == "h2" else "subheading"
        case "table":
            rows = [row for part in node.children for row in part.children]
            return [Table(tuple(tuple(_line(c) for c in row.children) for row in rows))]
    return [b for child in node.children or [] for b in _nodes(child, kind, depth)]


def _said(block: Node) -> bool:
    return isinstance(block, Table) or any(run.text.strip() for run in block.line)


def prose(text: str) -> tuple[Node, ...]:
    """What a person wrote, as blocks; a heading in it stands below those of the page."""
    made = _nodes(SyntaxTreeNode(_markdown.parse(clean(text))))
    return tuple(
        replace(b, kind="subheading") if isinstance(b, Block) and b.kind == "heading" else b
        for b in made
        if _said(b)
    )


def written(text: str, put_in: Sequence[tuple[Node, ...]]) -> tuple[Node, ...]:
    """What a template wrote; a paragraph `U+E000 number U+E000` stands for what is put in."""
    made: list[Node] = []
    for block in _nodes(SyntaxTreeNode(_tables.parse(text))):
        whole = "".join(r.text for r in block.line) if isinstance(block, Block) else ""
        if whole.startswith("\ue000"):
            made += put_in[int(whole.strip("\ue000"))]
        elif _said(block):
            made.append(block)
    return tuple(made)
