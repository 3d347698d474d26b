"""Bytes into posts: RSS, RDF, Atom and JSON Feed, well formed or nearly so.

Pure, but slow on hostile input (feedparser is quadratic in places), so that `child` runs it where
it can be killed.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from monitor.feeds.normalise import Draft, iso, plain, post, primary, utc
from monitor.model import ParsedFeed, ParseFailed, Post

MAX_ENTRIES = 5_000
MAX_ENTITIES = 200
"""Entity declarations that a document may have: real feeds have none, bombs have a few that nest."""

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_HTML_START = re.compile(
    rb"^(?:\s|<!--.*?-->|\xef\xbb\xbf)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_ENTITY = re.compile(rb"<!ENTITY\s", re.IGNORECASE)


def parse(body: bytes, *, content_type: str, url: str, language: str) -> ParsedFeed | ParseFailed:
    """Read a feed of any kind.

    `url` is where the body came from, for relative links; `language` is what feeds.yaml says, for
    posts that do not say it themselves. Failures are sentences for whoever looks after the feeds.
    """
    head = body[:4096].lstrip()
    if not head:
        return ParseFailed("The answer was empty.")
    if head[:1] == b"{" or (head[:1] == b"[" and "json" in content_type):
        return _json(body, url=url, language=language)
    if _HTML_START.match(body[:4096]):
        return ParseFailed(
            "This is a web page, not a feed. Look on the page for its feed's address (RSS or Atom)."
        )
    if b"<!ENTITY" in body.upper() and (len(_ENTITY.findall(body)) > MAX_ENTITIES or _nests(body)):
        return ParseFailed("The document declares entities that unfold without end, as attacks do.")
    return _xml(body, content_type=content_type, url=url, language=language)


def _nests(body: bytes) -> bool:
    """Whether an entity is declared in terms of others: the shape of every entity bomb."""
    return bool(
        re.search(rb"<!ENTITY\s+%?\s*\S+\s+(['\"])[^'\"]*&[^#'\"][^'\"]*\1", body, re.IGNORECASE)
    )


def _xml(body: bytes, *, content_type: str, url: str, language: str) -> ParsedFeed | ParseFailed:
    headers = {"content-type": content_type or "application/xml", "content-location": url}
    found = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    fault = found.get("bozo_exception") if found.get("bozo") else None
    if not found.entries and not found.get("version"):
        why = f" ({_said(fault)})" if fault else ""
        return ParseFailed(f"This is neither RSS nor Atom nor JSON Feed{why}.")
    feed = found.feed
    own = primary(str(feed.get("language") or "")) or language
    base = str(feed.get("link") or "") if str(feed.get("link") or "").startswith("http") else url
    posts = [_entry(entry, base=base, language=own) for entry in found.entries]
    return _feed(
        plain(str(feed.get("title") or ""), 300),
        posts,
        language=own,
        malformed=_said(fault) if fault else "",
        ttl=_ttl(feed),
    )


def _entry(entry: dict[str, Any], *, base: str, language: str) -> Post:
    contents = [c for c in entry.get("content") or [] if isinstance(c, Mapping)]
    bodies = [str(c.get("value") or "") for c in contents]
    spoken = next((str(c["language"]) for c in contents if c.get("language")), "")
    draft = Draft(
        guid=str(entry.get("id") or ""),
        link=str(entry.get("link") or ""),
        title=str(entry.get("title") or ""),
        author=str(entry.get("author") or ""),
        summary=str(entry.get("summary") or ""),
        content=max(bodies, key=len, default=""),
        language=spoken,
        # Not by the entry's own `get`: it would pass one date off as the other, with a warning.
        published_at=utc(dict.get(entry, "published_parsed"))
        or utc(dict.get(entry, "updated_parsed")),
    )
    return post(draft, base=base, language=language)


def _said(fault: object) -> str:
    """A parser's complaint, short enough for a table."""
    text = plain(str(fault), 200)
    return " ".join(text.split()) or type(fault).__name__


def _ttl(feed: Mapping[str, Any]) -> timedelta | None:
    """The longer of `ttl` (minutes) and `sy:updatePeriod` over `sy:updateFrequency`."""
    hints = []
    if (minutes := _number(feed.get("ttl"))) and minutes <= 60 * 24 * 30:
        hints.append(timedelta(minutes=minutes))
    if period := _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower()):
        hints.append(period / (_number(feed.get("sy_updatefrequency")) or 1))
    return max(hints, default=None)


def _number(text: object) -> int:
    digits = str(text or "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 9 else 0


def _json(body: bytes, *, url: str, language: str) -> ParsedFeed | ParseFailed:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as fault:
        return ParseFailed(f"The answer looks like JSON but cannot be read ({_said(fault)}).")
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        return ParseFailed("This is JSON, but no JSON Feed: it has no list of items.")
    own = primary(str(found.get("language") or "")) or language
    posts = [_item(item, base=url, language=own) for item in items if isinstance(item, dict)]
    version = str(found.get("version") or "")
    known = version.startswith(("https://jsonfeed.org/version/", "http://jsonfeed.org/version/"))
    return _feed(
        plain(str(found.get("title") or ""), 300),
        posts,
        language=own,
        malformed="" if known else "it does not name its version of JSON Feed",
        ttl=None,
    )


def _item(item: Mapping[str, Any], *, base: str, language: str) -> Post:
    people = item.get("authors") or [item.get("author")]
    names = [
        str(person.get("name") or "")
        for person in (people if isinstance(people, list) else [])
        if isinstance(person, dict)
    ]
    draft = Draft(
        guid=str(item.get("id") or ""),
        link=str(item.get("url") or item.get("external_url") or ""),
        title=str(item.get("title") or ""),
        author=", ".join(filter(None, names)),
        summary=str(item.get("summary") or ""),
        content=str(item.get("content_html") or item.get("content_text") or ""),
        language=str(item.get("language") or ""),
        published_at=iso(item.get("date_published")) or iso(item.get("date_modified")),
    )
    return post(draft, base=base, language=language)


def _feed(
    title: str, posts: Iterable[Post], *, language: str, malformed: str, ttl: timedelta | None
) -> ParsedFeed:
    """Keep the newest `MAX_ENTRIES`, each identity once."""
    once = {post.guid: post for post in reversed(list(posts))}
    kept = list(once.values())[::-1]
    dropped = max(0, len(kept) - MAX_ENTRIES)
    if dropped:
        oldest = datetime.min.replace(tzinfo=UTC)
        kept = sorted(kept, key=lambda p: p.published_at or oldest, reverse=True)[:MAX_ENTRIES]
    return ParsedFeed(title, language, tuple(kept), malformed, dropped, ttl)
