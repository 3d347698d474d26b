"""How values look on a page: marked words, ages, names. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from monitor.store.db import moment

SEVERITIES = {1: "shortfall", 2: "misstep", 3: "backlash", 4: "crisis"}
AROUND = 140
"""Characters shown on either side of a marked word."""


def ranges(matches: Iterable[Any], field: str) -> list[tuple[int, int]]:
    """The spans of `field` in rows of matches, merged where they touch."""
    return merged(span for row in matches for span in json.loads(row["spans"]) if span[0] == field)


def merged(spans: Iterable[Sequence[Any]]) -> list[tuple[int, int]]:
    """Spans of one field, each with its name, start and end, merged where they touch."""
    found: list[tuple[int, int]] = []
    for _, start, end in sorted(map(tuple, spans)):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """A text with the spans marked; everything escaped."""
    made, at = Markup(""), 0
    for start, end in spans:
        if not at <= start < end <= len(text):
            continue
        made += escape(text[at:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        at = end
    return made + escape(text[at:])


def snippet(text: str, spans: list[tuple[int, int]]) -> Markup:
    """The part of a text around its first marked words, or its beginning."""
    first = spans[0][0] if spans else 0
    start, end = max(0, first - AROUND), min(len(text), first + 2 * AROUND)
    # Not within a word, if there is a blank near.
    if start and (blank := text.find(" ", start, start + 30)) >= 0:
        start = blank + 1
    inside = [
        (max(a, start) - start, min(b, end) - start) for a, b in spans if b > start and a < end
    ]
    shown = marked(text[start:end], inside)
    return Markup("{}{}{}").format("… " if start else "", shown, " …" if end < len(text) else "")


def age(then: str, now: datetime) -> str:
    """How long ago: `5 min`, `3 h`, `4 d`, `2 mo`, `12 y`."""
    minutes = max(0, int((now - moment(then)).total_seconds() // 60))
    for size, unit in ((525_600, "y"), (43_800, "mo"), (1_440, "d"), (60, "h")):
        if minutes >= size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def until(then: str, now: datetime) -> str:
    """How soon: `in 5 min`; `now` if it is due."""
    minutes = int((moment(then) - now).total_seconds() // 60)
    if minutes < 1:
        return "now"
    for size, unit in ((1_440, "d"), (60, "h")):
        if minutes >= size:
            return f"in {minutes // size} {unit}"
    return f"in {minutes} min"


def day(then: str) -> str:
    """A date as people write it: `20 November 2026`."""
    return f"{moment(then):%-d %B %Y}" if then else ""


def web_link(url: str) -> str:
    """The address if it is http(s), else nothing: no other address becomes a link."""
    return url if urlsplit(url).scheme in {"http", "https"} else ""


def why(matches: Iterable[Any], texts: dict[str, str]) -> list[dict[str, Any]]:
    """What each rule found: title, words, weight."""
    lines = []
    for row in matches:
        found = (texts.get(name, "")[start:end] for name, start, end in json.loads(row["spans"]))
        words = [word for word in dict.fromkeys(found) if word]
        lines.append(
            {
                "title": row["title"],
                "rule": row["rule"],
                "words": words[:8],
                "weight": row["weight"],
            }
        )
    return lines
