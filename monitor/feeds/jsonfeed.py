"""JSON Feed (jsonfeed.org, versions 1 and 1.1) into drafts of posts.

Titles and `content_text` are plain text by the standard, but are read as HTML all the same: what
publishers put there is their secret, and no markup may pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.feeds.normalise import Draft, iso
from monitor.model import ParseFailed

_VERSIONS = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """A JSON Feed, its texts still as they came."""

    title: str
    language: str
    drafts: tuple[Draft, ...]
    malformed: str


def read(body: bytes) -> JsonFeed | ParseFailed:
    """Read a JSON Feed; anything else in JSON is a failure with its reason."""
    try:
        found = json.loads(body)
    except RecursionError:
        return ParseFailed("The answer is JSON that is nested too deeply to be read.")
    except ValueError:
        return ParseFailed("The answer looks like JSON but is broken, so that it cannot be read.")
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        return ParseFailed("This is JSON, but no JSON Feed: it has no list of items.")
    known = _text(found, "version").startswith(_VERSIONS)
    return JsonFeed(
        _text(found, "title"),
        _text(found, "language"),
        tuple(_draft(item) for item in items if isinstance(item, dict)),
        "" if known else "it does not name its version of JSON Feed",
    )


def _draft(item: Mapping[str, Any]) -> Draft:
    people = item.get("authors") or [item.get("author")]
    names = [
        _text(person, "name")
        for person in (people if isinstance(people, list) else [])
        if isinstance(person, dict)
    ]
    return Draft(
        guid=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        author=", ".join(filter(None, names)),
        summary=_text(item, "summary"),
        content=_text(item, "content_html") or _text(item, "content_text"),
        language=_text(item, "language"),
        published_at=iso(item.get("date_published")) or iso(item.get("date_modified")),
    )


def _text(item: Mapping[str, Any], name: str) -> str:
    """A member's text; numbers are taken as their digits, anything else as nothing."""
    value = item.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if isinstance(value, str) or is_number else ""
