"""A wiki page in its parts: what people wrote, and what is ours between the two markers.

---                                         front matter, in files only: our keys are ours,
title: …                                    other keys are people's
---
(people's)
<!-- failwatch:begin lesson-17 0123… -->    the key of the page, and the hash of our part
(ours)
<!-- failwatch:end -->
(people's)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

from monitor.text import digest, fold, one_line

FRONT_KEYS = ("title", "lesson", "organisation", "date", "stage", "tags")
"""Keys of the front matter that are ours."""
MAX_TITLE = 240
"""Bytes; MediaWiki takes 255."""
NOTES = "Team notes"
"""Heading of people's part on a new page."""

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?\n", re.DOTALL | re.MULTILINE)


def trimmed(text: str) -> str:
    """A text without what wikis strip on saving: blanks at ends of lines and of all."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@dataclass(frozen=True, slots=True)
class Marks:
    """How a wiki's pages are marked."""

    begin: str
    """With the fields `{key}` and `{claim}`."""
    end: str
    block: re.Pattern[str]
    """Finds our part with its markers; groups `key`, `claim`, `inside`, and `old` for a number."""
    has_front: bool = False
    normal: Callable[[str], str] = trimmed
    """A text in the form in which equal means equal, whatever the wiki does on saving."""
    plain: Callable[[str], str] = unescape
    """A text as people read it, a block a line."""


COMMENT = re.compile(
    r"<!-- failwatch:begin (?:lesson=(?P<old>\d+)|(?P<key>[a-z0-9-]+) (?P<claim>[0-9a-f]{32})) -->"
    r"[ \t]*(?:\r?\n)?(?P<inside>.*?)(?:\r?\n)?<!-- failwatch:end -->",
    re.DOTALL,
)
COMMENTS = Marks("<!-- failwatch:begin {key} {claim} -->\n", "\n<!-- failwatch:end -->", COMMENT)
FILES = Marks(COMMENTS.begin, COMMENTS.end, COMMENT, has_front=True)


@dataclass(frozen=True, slots=True)
class Ours:
    """Our part of a page."""

    inside: str
    """What stands between the markers."""
    front: str = ""
    """Lines of front matter with our keys; empty where the wiki has none."""

    def hash(self, marks: Marks) -> str:
        """32 hex digits; what the wiki changes on saving makes no difference."""
        return digest(trimmed(self.front), marks.normal(self.inside))[:32]

    @property
    def text(self) -> str:
        """All of it, to be shown and compared by people."""
        return "\n".join(filter(None, (trimmed(self.front), self.inside)))


@dataclass(frozen=True, slots=True)
class Parts:
    """A page cut at our markers."""

    key: str
    claim: str
    """Hash that the marker names; empty on pages of the first release."""
    ours: Ours
    front: str
    """People's lines of the front matter."""
    before: str
    after: str

    @property
    def people(self) -> str:
        """All that people wrote."""
        return "\n".join(filter(None, (trimmed(p) for p in (self.front, self.before, self.after))))


@dataclass(frozen=True, slots=True)
class Found:
    """A page as the wiki has it now."""

    page: str
    """Title or path."""
    page_id: str
    """What stays when it is renamed."""
    revision: str
    text: str
    by: str = ""
    """Who edited it last, where the wiki knows."""
    url: str = ""
    """Where people read it."""
    locked: str = ""
    """Why it must not be written just now, such as open comments."""


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such page."""


@dataclass(frozen=True, slots=True)
class WikiFailed:
    """The wiki could not be asked or did not do it."""

    reason: str
    is_whole_wiki: bool = False
    """No other page will fare better now: the wiki is down, or refuses the login."""
    wait: float = 0.0
    """Seconds after which it may be tried again; 0 for not in this run."""
    is_conflict: bool = False
    """Somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A page to look for: by what the wiki calls it for good, else by its name."""

    key: str
    page: str
    page_id: str = ""


def cut(text: str, marks: Marks) -> Parts | None:
    """Cut a page at our markers; None if they are not there, once and whole."""
    head = _FRONT.match(text) if marks.has_front else None
    body = text[head.end() :] if head else text
    found = list(marks.block.finditer(body))
    if len(found) != 1:
        return None
    only = found[0]
    named = only.groupdict()
    key = f"lesson-{named['old']}" if named.get("old") else only["key"]
    ours, theirs = _front(head[1]) if head else ("", "")
    return Parts(
        key, named["claim"] or "", Ours(only["inside"], ours), theirs,
        body[: only.start()], body[only.end() :],
    )  # fmt: skip


def _front(lines: str) -> tuple[str, str]:
    """Front matter as (our lines, people's lines); a line without a key belongs to the one above."""
    kept: dict[bool, str] = {True: "", False: ""}
    is_ours = False
    for line in lines.splitlines(keepends=True):
        if key := re.match(r"([^\s:#-][^:]*):", line):
            is_ours = key[1] in FRONT_KEYS
        kept[is_ours] += line
    return kept[True], kept[False]


def assemble(key: str, ours: Ours, marks: Marks, *, parts: Parts | None, below: str) -> str:
    """A page with our part renewed, people's kept to the letter; `below` ends a new page."""
    front = ours.front + (parts.front if parts else "")
    head = f"---\n{front}---\n" if front else ""
    begin = marks.begin.format(key=key, claim=ours.hash(marks))
    before, after = (parts.before, parts.after) if parts else ("", below)
    return f"{head}{before}{begin}{ours.inside}{marks.end}{after}"


def safe_title(text: str) -> str:
    """A title that every wiki takes: characters with a meaning go, and it is not too long."""
    words = re.sub(r"[#<>\[\]{}|_~%\\/;]+", " ", unicodedata.normalize("NFC", text))
    made = one_line(words, 140)
    while len(made.encode()) > MAX_TITLE:
        made = made[:-2].rstrip() + "…"
    return made


def slug(text: str) -> str:
    """A word for file names and page ids: every system takes it, and it leaves no folder."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:60].strip("-")
