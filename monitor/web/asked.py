"""What an address asks for: filters of posts, read from its arguments and written back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from monitor.store.seen import Filters, Place

MAX_WORDS = 500
MAX_QUERY = 5_000
_NAMES = ("feed", "language", "flagged", "since", "until", "incident")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search for posts as its address has it."""

    filters: Filters
    by: str = "words"
    """`words`, or `query` for our query language."""
    text: str = ""
    """What to look for."""

    @property
    def is_query(self) -> bool:
        """Whether to look by our query language."""
        return self.by == "query" and bool(self.text.strip())

    @property
    def is_narrowed(self) -> bool:
        """Whether anything narrows what is shown."""
        return bool(kept(self))


def day(text: str) -> str:
    """A date as a form sends it; empty if it is none."""
    try:
        return date.fromisoformat(text.strip()).isoformat() if text else ""
    except ValueError:
        return ""


def place(text: str) -> Place | None:
    """Where a page ended, as its link says: `2026-03-01T12:00:00Z~17`."""
    moment, _, number = text.partition("~")
    is_place = re.fullmatch(r"[0-9TZ:-]{1,25}", moment) and number.isdecimal() and len(number) < 19
    return (moment, int(number)) if is_place else None


def read(args: Mapping[str, Any]) -> Asked:
    """What an address asks for; what makes no sense is left out."""

    def word(name: str) -> str:
        return str(args.get(name) or "").strip()

    by = "query" if word("by") == "query" else "words"
    text = str(args.get("q") or "")[: MAX_QUERY if by == "query" else MAX_WORDS]
    feed, incident = word("feed"), word("incident")
    is_number = incident.isdecimal() and len(incident) < 19
    return Asked(
        Filters(
            words=text if by == "words" else "",
            feed=int(feed) if feed.isdecimal() and len(feed) < 19 else 0,
            language=word("language")[:20],
            flagged=word("flagged") if word("flagged") in {"yes", "no"} else "",
            since=day(word("since")),
            until=day(word("until")),
            incident=incident if is_number or incident in {"yes", "no"} else "",
            after=place(word("after")),
        ),
        by=by,
        text=text,
    )


def kept(asked: Asked) -> dict[str, str]:
    """The arguments of an address that asks for the same, without the page."""
    given = {"q": asked.text.strip()}
    if asked.is_query:
        given["by"] = "query"
    given |= {name: str(getattr(asked.filters, name) or "") for name in _NAMES}
    return {name: value for name, value in given.items() if value}


def address(asked: Asked, path: str = "/-/posts", after: Place | None = None) -> str:
    """An address that asks for the same, from a place on."""
    arguments = kept(asked)
    if after:
        arguments["after"] = f"{after[0]}~{after[1]}"
    return f"{path}?{urlencode(arguments)}" if arguments else path
