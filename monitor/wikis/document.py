"""A lesson as a neutral document: headings, paragraphs, lists; no wiki's syntax yet.

What people wrote is read as a small part of Markdown (paragraphs, emphasis, code, lists, quotes,
links); HTML and images in it are text. What feeds said is never read as markup at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from monitor.model import Lesson
from monitor.text import clean, one_line

SECTIONS = (
    ("what_happened", "What happened"),
    ("why", "Why"),
    ("avoid", "How can we avoid it?"),
    ("recover", "Now that it is done, how do we recover?"),
    ("here", "Could it happen here?"),
    ("change", "What we change"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one style: plain, strong, emphasis or code; with an address it is a link."""

    text: str
    style: str = "plain"
    url: str = ""


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, item (of a list, `depth` from 1) or quote."""

    kind: str
    line: Line
    depth: int = 0
    is_numbered: bool = False


_markdown = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "html_block", "html_inline"]
)


def safe_url(url: str) -> str:
    """The address if a wiki may link to it, else nothing."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return ""
    is_plain = not any(ord(c) <= 32 or c in '<>"|[]{}\\' for c in url)
    return url if scheme in {"http", "https", "mailto"} and is_plain else ""


def _runs(node: SyntaxTreeNode, style: str = "plain", url: str = "") -> list[Run]:
    match node.type:
        case "text":
            return [Run(node.content, style, url)]
        case "code_inline":
            return [Run(node.content, "code", url)]
        case "softbreak" | "hardbreak":
            return [Run(" ", style, url)]
        case "strong":
            style = "strong"
        case "em":
            style = "emphasis"
        case "link":
            url = safe_url(str(node.attrs.get("href", "")))
    return [run for child in node.children for run in _runs(child, style, url)]


def _blocks(node: SyntaxTreeNode, kind: str = "paragraph", depth: int = 0) -> list[Block]:
    match node.type:
        case "inline":
            return [Block(kind, tuple(_runs(node)), depth)]
        case "fence" | "code_block":
            return [Block(kind, (Run(one_line(node.content, 5_000), "code"),), depth)]
        case "bullet_list" | "ordered_list":
            found = [b for child in node.children for b in _blocks(child, "item", depth + 1)]
            numbered = node.type == "ordered_list"
            return [
                Block(b.kind, b.line, b.depth, numbered) if b.depth == depth + 1 else b
                for b in found
            ]
        case "blockquote":
            kind = "quote"
    return [b for child in node.children or [] for b in _blocks(child, kind, depth)]


def prose(text: str) -> list[Block]:
    """What a person wrote, as blocks."""
    return _blocks(SyntaxTreeNode(_markdown.parse(clean(text))))


def _plain(kind: str, text: str, url: str = "") -> Block:
    return Block(kind, (Run(one_line(text, 2_000), url=safe_url(url)),), 1 if kind == "item" else 0)


def page(lesson: Lesson, public_url: str) -> tuple[Block, ...]:
    """The page of a lesson, without its title."""
    about = " · ".join(
        filter(
            None, (lesson.organisation, lesson.happened_on, lesson.stage, ", ".join(lesson.tags))
        )
    )
    blocks = [_plain("paragraph", about)] if about else []
    for name, heading in SECTIONS:
        if text := getattr(lesson, name):
            blocks += [_plain("heading", heading), *prose(text)]
    if lesson.responses:
        blocks += [
            _plain("heading", "What they said"),
            *(_plain("item", said) for said in lesson.responses),
        ]
    if lesson.sources:
        blocks.append(_plain("heading", "Sources"))
        blocks += [_plain("item", title or url, url) for title, url in lesson.sources]
    where = (
        f"{public_url}/-/incidents/{lesson.incident_ids[0]}" if lesson.incident_ids else public_url
    )
    origin = f"Lesson {lesson.id}, written by Failwatch from what {lesson.updated_by} saved on {lesson.updated_at[:10]}."
    blocks.append(
        Block("paragraph", (Run(origin + " "), Run("Open it in Failwatch", url=safe_url(where))))
    )
    return tuple(blocks)
