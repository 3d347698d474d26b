"""Lessons on paper: one HTML document that prints well, and their sources for a bibliography."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from monitor.wikis import html
from monitor.wikis.document import Page


def document(title: str, made_on: str, pages: Sequence[Page]) -> str:
    """A title, a table of contents, and every page as a section that begins on paper of its own."""
    keys = {page.key for page in pages}
    head, foot = html.around(title)
    contents = "".join(f'<li><a href="#{page.key}">{escape(page.title)}</a></li>' for page in pages)
    sections = "\n".join(
        f'<section id="{page.key}">\n{html.render_page(page, lambda key: f"#{key}" if key in keys else "")}\n</section>'
        for page in pages
    )
    return (
        f"{head}<section>\n<h1>{escape(title)}</h1>\n<p>{escape(made_on)}</p>\n<ol>{contents}</ol>\n</section>\n"
        f"{sections}{foot}"
    )


def bibliography(sources: Iterable[tuple[str, str, str, str, str]]) -> str:
    """BibTeX of (key, title, address, publisher, day); a key that comes twice is told once."""
    made: dict[str, str] = {}
    for key, title, url, publisher, day in sources:
        fields = {
            "title": title,
            "url": url,
            "organization": publisher,
            "date": day,
            "year": day[:4],
        }
        lines = [f"  {name} = {{{_tex(value, is_url=name == 'url')}}}," for name, value in fields.items() if value]  # fmt: skip
        made.setdefault(key, "\n".join([f"@online{{{key},", *lines, "}"]))
    return "\n\n".join(made.values()) + ("\n" if made else "")


def _tex(text: str, *, is_url: bool) -> str:
    if is_url:
        return re.sub(r"[{}\\\s]", "", text)
    marks = {
        "\\": "\\textbackslash{}",
        "{": "\\{",
        "}": "\\}",
        "~": "\\textasciitilde{}",
        "^": "\\textasciicircum{}",
    }
    return re.sub(r"[\\{}~^#$%&_]", lambda m: marks.get(m[0], "\\" + m[0]), text)
