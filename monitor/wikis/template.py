"""Fills the page templates: every value is text unless it was made ready, in any wiki.

A template is Markdown; a value's punctuation is written as references, so that none of it is
markup. What people wrote as Markdown is read by itself, so that an open bracket or fence of theirs
cannot swallow what follows.
"""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from monitor.text import clean, one_line
from monitor.wikis.document import PAGE, Node, prose, written

LONGEST = 2_000
_HOLE = "\ue000"


class Ready(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escape(value: object) -> Ready:
    """A value as one line of text in Markdown, whatever is in it."""
    if isinstance(value, Ready):
        return value
    text = one_line(str(value).replace(_HOLE, ""), LONGEST)
    return Ready(re.sub(r"[!-/:-@\[-`{-~]", lambda m: f"&#{ord(m[0])};", text))


def link(text: object, url: str) -> Ready:
    """A link out of the wiki; plain text without an address."""
    return Ready(f"[{escape(text) or escape(url)}](<{escape(url)}>)") if url else escape(text)


def to_page(text: object, key: str) -> Ready:
    """A link to another page of the wiki."""
    return Ready(f"[{escape(text)}](<{PAGE}{key}>)")


@pass_context
def set_in(context: Context, text: str) -> Ready:
    """What a person wrote: a hole, which `fill` puts it into."""
    holes: list[tuple[Node, ...]] = context["holes"]
    holes.append(prose(clean(text).replace(_HOLE, "")))
    return Ready(f"\n\n{_HOLE}{len(holes) - 1}{_HOLE}\n\n")


_templates = Environment(
    loader=PackageLoader("monitor.wikis"),
    autoescape=False,  # noqa: S701  # Markdown, not HTML: `finalize` escapes for it
    finalize=escape,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update({"prose": set_in, "link": link, "page": to_page})


def fill(name: str, **values: object) -> tuple[Node, ...]:
    """The document that a template makes of values."""
    holes: list[tuple[Node, ...]] = []
    text = _templates.get_template(f"{name}.md").render(**values, holes=holes)
    return written(text, holes)
