"""Entries into posts: markup becomes plain text, everything is bounded and has an identity.

No HTML of a feed survives this module. nh3 is the boundary (feedparser's sanitiser is not one);
what it leaves is text with character references, which are then resolved. What looks like a tag
even then is text about markup: it gets typographic brackets, so that no text of ours can begin a
tag, whoever shows it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urljoin, urlsplit

import nh3

from monitor.addresses import canonical_url
from monitor.model import Post
from monitor.text import clean, digest, one_line

MAX_TITLE = 1_000
MAX_TEXT = 200_000
MAX_SUMMARY = 20_000
MAX_GUID = 2_000
MAX_URL = 4_000
MAX_NAME = 300

# What ends a line on a page ends one in the text; nh3 would join the words on either side.
_BREAKS = re.compile(
    r"</?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|section|article|figure|figcaption"
    r"|header|footer|pre|hr|dd|dt)\b",
    re.IGNORECASE,
)
# Their content is no text of the page, or is not parsed as markup, so that tags would survive in it.
_UNREAD = {
    "script", "style", "noscript", "template", "title", "textarea", "xmp", "iframe", "noembed",
    "noframes", "plaintext",
}  # fmt: skip
_TAG = re.compile(r"<[a-zA-Z/!?]")
_TAG_LEFT = re.compile(r"<(?=[a-zA-Z/!?])([^<>]*)(>?)")
_TWICE_ESCAPED = re.compile(r"</(?:a|p|div|span|strong|em|b|i|li|ul|ol|h[1-6]|table)>")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_BLANKS = re.compile(r"[ \t\f\v\u00a0]+")
_EMPTY_LINES = re.compile(r" ?\n(?: ?\n)+ ?")
_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_IN_URLS = re.compile('[\\s"<>^`{|}]')


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry's texts as a feed gave them: untrusted, perhaps with markup."""

    guid: str
    link: str
    title: str
    author: str
    summary: str
    content: str
    language: str
    published_at: datetime | None


def plain(markup: str, limit: int = MAX_TEXT) -> str:
    """Reduce HTML to the text that a reader of the page would see, at most `limit` characters.

    A text that holds no tag is taken as it is, but for its character references.
    """
    # Far more than can be kept is not even looked at: markup seldom is more than 20 times its text.
    text = _whole(markup[: limit * 20])
    if _TAG.search(text):
        text = _stripped(text)
    elif _REFERENCE.search(text):
        text = html.unescape(text)
        if _TWICE_ESCAPED.search(text):
            text = _stripped(text)
    text = _BLANKS.sub(" ", _whole(clean(text)))
    text = _TAG_LEFT.sub(lambda found: "‹" + found[1] + ("›" if found[2] else ""), text)
    return _EMPTY_LINES.sub("\n", text).strip()[:limit].rstrip()


def _stripped(markup: str) -> str:
    # A `<` that nothing closes is a sign of the text; an HTML parser would drop all that follows.
    end = markup.rfind(">") + 1
    markup = markup[:end] + markup[end:].replace("<", "&lt;")
    markup = _BREAKS.sub(lambda found: "\n" + found.group(), markup)
    return html.unescape(nh3.clean(markup, tags=set(), attributes={}, clean_content_tags=_UNREAD))


def _whole(text: str) -> str:
    """Replace halves of characters, which JSON can hold but nothing can store."""
    return _SURROGATES.sub("\ufffd", text)


def web_address(link: str, base: str) -> str:
    """An absolute http(s) address, or empty: nothing else may ever become a link of ours."""
    link = clean(_whole(link[: MAX_URL * 2])).strip()
    try:
        joined = urljoin(base, link) if link else ""
        parts = urlsplit(joined)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    if not usable or "\\" in joined or _NOT_IN_URLS.search(parts.netloc):
        return ""
    # Publishers forget to escape; a blank or quotation mark must not end the link where it is shown.
    joined = _NOT_IN_URLS.sub(lambda found: quote(found.group()), joined)
    return joined if len(joined) <= MAX_URL else ""


def post(draft: Draft, *, base: str, language: str) -> Post:
    """Make a post of an entry; identity is its id, else its link, else title and date."""
    title = _folded(draft.title, MAX_TITLE)
    summary, content = plain(draft.summary, MAX_SUMMARY), plain(draft.content)
    url = web_address(draft.link, base)
    published = draft.published_at
    return Post(
        guid=_identity(draft.guid) or url or _made_up(title, published, summary or content),
        url=url,
        canonical_url=canonical_url(url)[:MAX_URL],
        title=title or one_line(content or summary, 120),
        author=_folded(draft.author, MAX_NAME),
        summary=summary,
        text=max(content, summary, key=len),
        language=primary(draft.language) or language,
        published_at=published,
    )


def _identity(guid: str) -> str:
    """The feed's own id on one line; an endless one is replaced by its digest, never cut."""
    line = one_line(_whole(guid), len(guid) + 1)
    return line if len(line) <= MAX_GUID else "failwatch:" + digest(guid)


def _made_up(title: str, published: datetime | None, text: str) -> str:
    return "failwatch:" + digest(title, published.isoformat() if published else text)


def _folded(markup: str, limit: int) -> str:
    return one_line(plain(markup, limit), limit)


def primary(tag: str) -> str:
    """The language of a tag such as `en-GB`; empty if it is no tag."""
    head = re.split("[-_]", tag.strip().lower())[0]
    return head if re.fullmatch("[a-z]{2,3}", head) else ""


def utc(parts: object) -> datetime | None:
    """A time as feedparser gives it (UTC, nine numbers); None if it is no time."""
    if not isinstance(parts, tuple) or len(parts) < 6:
        return None
    year, month, day, hour, minute, second = parts[:6]
    return _safely(lambda: datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC))


def iso(text: object) -> datetime | None:
    """A time as JSON Feed has it (RFC 3339); None if it is no time."""
    if not isinstance(text, str):
        return None
    found = _safely(lambda: datetime.fromisoformat(text.strip()))
    if found is None:
        return None
    return _safely(lambda: (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC))


def _safely(make: Callable[[], datetime]) -> datetime | None:
    try:
        found = make()
    except (ValueError, OverflowError, TypeError):
        return None
    return found if 1990 <= found.year <= 2100 else None
