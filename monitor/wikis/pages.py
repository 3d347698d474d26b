"""A wiki page in three parts: what stands above our block, our block, what people wrote below."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.text import digest, one_line

_BEGIN = "<!-- failwatch:begin lesson={} -->"
_END = "<!-- failwatch:end -->"
_BLOCK = re.compile(
    r"<!-- failwatch:begin lesson=(\d+) -->\n?(.*?)\n?<!-- failwatch:end -->", re.DOTALL
)
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """A page as the wiki has it now."""

    page: str
    page_id: str
    revision: str
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such page."""


@dataclass(frozen=True, slots=True)
class WikiFailed:
    """The wiki could not be asked or did not do it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A page cut at our markers."""

    lesson_id: int
    before: str
    inside: str
    after: str


def cut(text: str) -> Parts | None:
    """Cut a page at our markers; None if they are not there, once and whole."""
    found = list(_BLOCK.finditer(text))
    if len(found) != 1:
        return None
    only = found[0]
    return Parts(int(only[1]), text[: only.start()], only[2], text[only.end() :])


def assemble(lesson_id: int, inside: str, *, front: str, parts: Parts | None) -> str:
    """A page with our block renewed; every other character is kept, but for our front matter."""
    before = parts.before if parts else ""
    if front:
        before = front + _FRONT.sub("", before, count=1)
    after = parts.after if parts else "\n"
    return f"{before}{_BEGIN.format(lesson_id)}\n{inside}\n{_END}{after}"


def fingerprint(inside: str) -> str:
    """Hash of our block; wikis strip blanks at ends of lines, which make no difference."""
    return digest("\n".join(line.rstrip() for line in inside.strip().split("\n")))


def title(lesson_id: int, text: str) -> str:
    """A page title that every wiki takes: the number makes it unique, odd characters are dropped."""
    words = re.sub(r"[#<>\[\]{}|_~%\\/:]+", " ", text)
    return one_line(f"Lesson {lesson_id}: {one_line(words, 120)}", 140)


def file_name(lesson_id: int, text: str) -> str:
    """A file name that every system takes, and that cannot leave its folder."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:60].strip("-")
    return f"{lesson_id:04d}-{slug or 'lesson'}.md"
