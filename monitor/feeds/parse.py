"""Bytes into posts: RSS, RDF, Atom and JSON Feed, well formed or nearly so.

Pure, but slow on hostile input (feedparser is quadratic in places), so that `child` runs it where
it can be killed.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax import SAXParseException

import feedparser

from monitor.feeds import jsonfeed
from monitor.feeds.normalise import Draft, plain, post, primary, utc
from monitor.model import ParsedFeed, ParseFailed, Post
from monitor.text import one_line

MAX_ENTRIES = 5_000
MAX_ENTITIES = 200
"""Entity declarations that a document may have: real feeds have none, bombs have a few that nest."""

MAX_ENTITY = 10_000
"""Characters of a declaration that are looked at."""

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
MAX_TTL = timedelta(days=30)

# Possessive, since a comment that could end in two places would be tried in both, and so on.
_HTML_START = re.compile(
    rb"(?:\s|(?><!--.*?-->)|(?><\?.*?>))*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(rb"<!ENTITY\s", re.IGNORECASE)
_NESTED = re.compile(
    rb"<!ENTITY\s++(?:%%\s++)?+[^\s'\"]++\s++(['\"])(?:(?!\1)[^&]|&#){0,%d}+&" % MAX_ENTITY,
    re.IGNORECASE,
)
# References to halves of characters, and beyond the last one: feedparser would fail on them.
_ODD_REFERENCES = re.compile(
    rb"(?:&#(?:[xX]0*+(?:[dD][89a-fA-F][0-9a-fA-F]{2}|[0-9a-fA-F]{6,}+)|0*+(?:5[5-7]\d{3}|\d{7,}+))"
    rb"(?![0-9a-fA-F]);?)+"
)
_OLDEST = datetime.min.replace(tzinfo=UTC)


def parse(body: bytes, *, content_type: str, url: str, language: str) -> ParsedFeed | ParseFailed:
    """Read a feed of any kind.

    `url` is where the body came from, for relative links; `language` is what feeds.yaml says, for
    posts that do not say it themselves. Failures are sentences for whoever looks after the feeds.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    head = body[:4096].lstrip()
    if not body.strip():
        return ParseFailed("The answer was empty: the server sent no feed at all.")
    if head[:1] == b"{" or (head[:1] == b"[" and "json" in content_type):
        return _json(body, url=url, language=language)
    if _HTML_START.match(head) and not re.search(rb"<(?:rss|feed|rdf:RDF)[\s>]", head):
        return ParseFailed(
            "This is a web page, not a feed. Look on the page for its feed's address (RSS or Atom)."
        )
    if _is_bomb(body):
        return ParseFailed("The document declares entities that unfold without end, as attacks do.")
    return _xml(body, content_type=content_type, url=url, language=language)


def _is_bomb(body: bytes) -> bool:
    """Whether it declares entities in terms of others, the shape of every entity bomb, or far too many."""
    if not _ENTITY.search(body):
        return False
    return len(_ENTITY.findall(body)) > MAX_ENTITIES or bool(_NESTED.search(body))


def _xml(body: bytes, *, content_type: str, url: str, language: str) -> ParsedFeed | ParseFailed:
    # feedparser is not told where the body came from: it would make addresses of opaque guids, and
    # a feed that moves would give all its posts new identities. Links are made absolute by us.
    try:
        found = feedparser.parse(
            io.BytesIO(_ODD_REFERENCES.sub(_mended, body)),
            response_headers={"content-type": _charset(body, content_type)},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, OverflowError):
        return ParseFailed(
            "The document holds characters or numbers that no reader can make sense of."
        )
    fault = _fault(found.get("bozo_exception") if found.get("bozo") else None)
    if not found.entries and not found.get("version"):
        why = f" ({fault})" if fault else ""
        return ParseFailed(f"This is neither RSS nor Atom nor JSON Feed{why}.")
    feed = found.feed
    own = primary(_text(feed, "language")) or language
    drafts = [_draft(entry) for entry in found.entries]
    return _feed(
        _text(feed, "title"), drafts, base=url, language=own, malformed=fault, ttl=_ttl(feed)
    )


def _mended(found: re.Match[bytes]) -> bytes:
    """Two halves of a character become the whole one, as for emoji; anything else a `\ufffd`."""
    numbers = (
        int(part[1:], 16) if part[:1] in b"xX" else int(part)
        for part in (ref.rstrip(b";")[:40] for ref in found.group().split(b"&#")[1:])
    )
    halves = "".join(chr(number) if number <= 0x10FFFF else "\ufffd" for number in numbers)
    whole = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return b"".join(b"&#x%X;" % ord(sign) for sign in whole)


def _charset(body: bytes, content_type: str) -> str:
    """The content type, put right where the body plainly is UTF-8 and the server says otherwise.

    The standard lets the server win; servers are set up once and forgotten. Text of another
    encoding is hardly ever valid UTF-8 by chance.
    """
    if "charset" not in content_type.lower() or body.isascii():
        return content_type or "application/xml"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return content_type
    return "application/xml; charset=utf-8"


def _draft(entry: dict[str, Any]) -> Draft:
    contents = [c for c in entry.get("content") or [] if isinstance(c, Mapping)]
    return Draft(
        guid=_text(entry, "id"),
        link=_text(entry, "link"),
        title=_text(entry, "title"),
        author=_text(entry, "author"),
        summary=_text(entry, "summary"),
        content=max((_text(c, "value") for c in contents), key=len, default=""),
        language=next((_text(c, "language") for c in contents if c.get("language")), ""),
        # Not by the entry's own `get`: it would pass one date off as the other, with a warning.
        published_at=utc(dict.get(entry, "published_parsed"))
        or utc(dict.get(entry, "updated_parsed")),
    )


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _fault(fault: object) -> str:
    """Why a strict reader would refuse the document, in a line; empty if none would.

    That the server named another encoding or type than the document's is no fault of the document.
    """
    if fault is None or isinstance(
        fault, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    ):
        return ""
    if isinstance(fault, SAXParseException):
        return f"line {fault.getLineNumber()}: {one_line(fault.getMessage(), 200)}"
    return one_line(plain(str(fault), 200), 200) or type(fault).__name__


def _ttl(feed: Mapping[str, Any]) -> timedelta | None:
    """The longer of `ttl` (minutes) and `sy:updatePeriod` over `sy:updateFrequency`."""
    hints = [timedelta(minutes=_number(feed.get("ttl")))]
    if period := _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower()):
        hints.append(period / (_number(feed.get("sy_updatefrequency")) or 1))
    return min(max(hints), MAX_TTL) or None


def _number(text: object) -> int:
    digits = str(text or "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 9 else 0


def _json(body: bytes, *, url: str, language: str) -> ParsedFeed | ParseFailed:
    found = jsonfeed.read(body)
    if isinstance(found, ParseFailed):
        return found
    own = primary(found.language) or language
    return _feed(
        found.title, found.drafts, base=url, language=own, malformed=found.malformed, ttl=None
    )


def _feed(
    title: str,
    drafts: Iterable[Draft],
    *,
    base: str,
    language: str,
    malformed: str,
    ttl: timedelta | None,
) -> ParsedFeed:
    """Keep the newest `MAX_ENTRIES`, each identity once, in the feed's order."""
    found = list(drafts)
    newest = sorted(
        range(len(found)), key=lambda at: found[at].published_at or _OLDEST, reverse=True
    )
    kept = (found[at] for at in sorted(newest[:MAX_ENTRIES]))
    posts: dict[str, Post] = {}
    for draft in kept:
        made = post(draft, base=base, language=language)
        posts.setdefault(made.guid, made)
    dropped = max(0, len(found) - MAX_ENTRIES)
    name = one_line(plain(title, 1_000), 300)
    return ParsedFeed(name, language, tuple(posts.values()), malformed, dropped, ttl)
