"""A view as a feed that any reader takes: Atom (RFC 4287) and JSON Feed 1.1. Pure.

The same items give the same bytes, so that a reader that asks again can be told that nothing changed.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a feed."""

    id: str
    url: str
    """Its page here."""
    title: str
    text: str
    published: str
    updated: str
    tags: tuple[str, ...] = ()
    author: str = ""
    source: str = ""
    """Where it is told first, on the web; may be empty."""


@dataclass(frozen=True, slots=True)
class Channel:
    """The feed itself."""

    id: str
    title: str
    url: str
    """The page that it shows."""
    feed_url: str
    updated: str
    """When it was made; items that are newer count instead."""


def atom(channel: Channel, items: Sequence[Item]) -> bytes:
    """An Atom feed."""
    root = etree.Element("feed", xmlns=ATOM)
    _add(root, "id", channel.id)
    _words(root, "title", channel.title)
    _add(root, "updated", updated(channel, items))
    _add(root, "link", rel="self", type="application/atom+xml", href=channel.feed_url)
    _add(root, "link", rel="alternate", type="text/html", href=channel.url)
    _add(_add(root, "author"), "name", "Failwatch")
    for item in items:
        entry = _add(root, "entry")
        _add(entry, "id", item.id)
        _words(entry, "title", item.title)
        _add(entry, "updated", item.updated)
        _add(entry, "published", item.published)
        _add(entry, "link", rel="alternate", type="text/html", href=item.url)
        if item.source:
            _add(entry, "link", rel="via", href=item.source)
        if item.author:
            _add(_add(entry, "author"), "name", item.author)
        for tag in item.tags:
            _add(entry, "category", term=tag)
        _words(entry, "content", item.text)
    made: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _add(above: etree._Element, name: str, text: str = "", **values: str) -> etree._Element:
    made = etree.SubElement(above, name, {k: legal(v) for k, v in values.items()})
    if text:
        made.text = legal(text)
    return made


def _words(above: etree._Element, name: str, text: str) -> None:
    """Words of other people, which stay words in every reader.

    Many readers take `text` that looks like markup for markup, so such words go as HTML in which it is escaped.
    """
    if "<" in text or "&" in text:
        _add(above, name, html.escape(text, quote=False).replace("\n", "<br>\n"), type="html")
    else:
        _add(above, name, text, type="text")


def legal(text: str) -> str:
    """A text without what XML cannot hold."""
    return _ILLEGAL.sub("", text)


def json_feed(channel: Channel, items: Sequence[Item]) -> bytes:
    """A JSON Feed."""
    made = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.url,
        "feed_url": channel.feed_url,
        "items": [_as_json(item) for item in items],
    }
    text = json.dumps(made, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace")


def _as_json(item: Item) -> dict[str, object]:
    made: dict[str, object] = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_text": item.text,
        "date_published": item.published,
        "date_modified": item.updated,
    }
    if item.source:
        made["external_url"] = item.source
    if item.author:
        made["authors"] = [{"name": item.author}]
    if item.tags:
        made["tags"] = list(item.tags)
    return made


def updated(channel: Channel, items: Sequence[Item]) -> str:
    """When the feed changed last."""
    return max([channel.updated, *(item.updated for item in items)])
