"""A post's page, bytes of HTML, into the text that the post is about; menus and teasers stay behind.

Every run of text on a page (a paragraph, a heading, an item of a list) is worth its characters if
it reads like prose, and less than nothing if it is mostly links. The article is the part of the
page whose runs are worth the most together, so that menus and lists of teasers around it only cost.
What pages themselves name as no part of an article (comments, sidebars, consent) goes first, and
what they name as its body is preferred.

No library does it here. On pages that this was not tuned on its F1 was 0.95 where people had marked
the text (trafilatura 0.96), and 0.89 on trafilatura's own pages (trafilatura 0.92), in less than half
the time and without trafilatura's twelve further packages.

Pure and linear in the page, but fed with a stranger's bytes, so that `child` runs it.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree, html

from monitor.feeds.normalise import MAX_TITLE, plain
from monitor.text import one_line

MAX_ELEMENTS = 60_000
"""Elements that a page may have: long news pages have 5,000. One with more is not read."""

LONG, SHORT = 100, 30
"""Characters from which a run reads like prose: any, and one that ends as sentences do."""

A_SIGN = 10
"""What a comma or full stop adds: prose has them, names of pages have none."""

SCRAP = 15
"""What a run costs that is neither prose nor link: a date, a button's word."""

HEAVY = 0.2
"""A part with this share of the page's prose is kept, whatever it is called: some pages wrap all
they have in a form, or call it a widget."""

HINTED = 0.4
"""What is named an article's body is believed from this share of the best part's worth."""

POOR = -40
"""A block within the article that is worth less is a list of links: it goes."""

_TEXTLESS = (
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed",
    "applet", "canvas", "audio", "video", "map", "button", "input", "select", "textarea",
    "dialog", "link",
)  # fmt: skip
_BLOCKS = frozenset({
    "p", "div", "section", "article", "main", "body", "header", "h1", "h2", "h3", "h4", "h5",
    "h6", "li", "ul", "ol", "dl", "dt", "dd", "blockquote", "pre", "table", "tbody", "thead",
    "tr", "td", "th", "figure", "center", "fieldset", "details", "summary", "address", "hr",
})  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BESIDE = frozenset({"nav", "aside", "footer", "form", "figcaption", "menu", "header"})
_BESIDE_ROLES = frozenset(
    {"navigation", "complementary", "contentinfo", "banner", "dialog", "search", "menu"}
)
_FRAME = frozenset({"html", "body", "article", "main"})
_NO_ARTICLE = re.compile(
    r"(?:^|[\s_-])(?:comments?|disqus|respond|replies|share|sharing|social|addtoany|related|recommend\w*"
    r"|newsletter|subscri\w+|signup|sign-up|promo\w*|sidebar|side-bar|footer|foot|nav|navbar|navigation|menu"
    r"|breadcrumbs?|cookies?|consent|gdpr|banner|advert\w*|ads?|sponsor\w*|outbrain|taboola|popular|trending"
    r"|most-read|read-?more|more-?(?:from|stories|news)|also-?read|see-?also|author-?(?:bio|box|info)|byline"
    r"|tags?|tag-?list|tool(?:bar|s|box)|widgets?|modal|popup|overlay|paywall|login|print|hidden|skip-?link"
    r"|credits?|copyright|meta|infobox|toc|masthead|pagination|pager|rating|legal|disclaimer|jp-\w+)"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)
# These may be longer than the article, and are believed all the same.
_SURELY_NOT = re.compile(
    r"cookie|consent|gdpr|comment-?(?:list|section|s\b|thread)|disqus|cli-(?:bar|modal|settings)|cmplz"
    r"|onetrust",
    re.IGNORECASE,
)
_ITS_BODY = re.compile(
    r"(?:article|story|post|entry|news|blog|page|main)[_-]{0,2}(?:body|content|text)\b|articlebody"
    r"|rich-?text|field-name-body|^article$|^story$|^post$",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_END_OF_SENTENCE = re.compile(r"[.!?:;…。！？”\"'’»)]\s*$")
_SIGN = re.compile(r"[,.;:!?、。，！？](?:\s|$|[^\x00-\u2e7f])")
_WIDE = re.compile(
    "[\u0e00-\u0eff\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
"""Characters that say as much as three letters."""

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

Worth = dict[Any, float]
"""Element -> what the text in it is worth."""


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says: plain text, bounded."""

    title: str
    text: str
    """Empty if nothing on the page reads like an article."""


def read(body: bytes, content_type: str) -> Article:
    """Read a page; `content_type` is what the server said, for its charset."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    text = _decoded(body, content_type).replace("\x00", "")
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return Article("", "")
    if next(islice(tree.iter(), MAX_ELEMENTS, None), None) is not None:
        return Article("", "")
    title, told = _title(tree), _told(tree)
    etree.strip_elements(tree, *_TEXTLESS, with_tail=False)
    _clear(tree)
    found = _found(tree)
    # What a page tells search engines is whole even where scripts or a wall hold the text back.
    return Article(title, told if len(told) > 1.5 * len(found) else found)


def _decoded(body: bytes, content_type: str) -> str:
    """The text: UTF-8 if it can be, since pages are often wrong about it; else as they say."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    in_page = _META.search(body[:4096])
    said = [found[1] for found in (_CHARSET.search(content_type),) if found]
    said += [in_page[1].decode("ascii", "replace")] if in_page else []
    for name in said:
        try:
            known = codecs.lookup(name).name
            # Browsers read the two narrow sets as the wider one, which pages are written in.
            return body.decode("cp1252" if known in {"iso8859-1", "ascii"} else known, "replace")
        except (LookupError, UnicodeError, TypeError):  # unknown, or no charset: `hex`, `rot13`
            continue
    return body.decode("cp1252", "replace")


def _title(tree: Any) -> str:
    for path in ("//meta[@property='og:title']/@content", "//h1[1]", "//title"):
        for found in tree.xpath(path)[:1]:
            text = found if isinstance(found, str) else found.text_content()
            if text.strip():
                return one_line(plain(text, MAX_TITLE), MAX_TITLE)
    return ""


def _told(tree: Any) -> str:
    """The longest `articleBody` of the page's JSON-LD; empty if it has none."""
    longest = ""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            todo: list[Any] = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        while todo:
            value = todo.pop()
            if isinstance(value, list):
                todo += value
            elif isinstance(value, dict):
                body = value.get("articleBody")
                longest = max(longest, body if isinstance(body, str) else "", key=len)
                todo += [value.get("@graph"), value.get("mainEntity")]
    return plain(longest)


def _clear(tree: Any) -> None:
    """Drop what the page itself names as no part of an article."""
    prose = _worths(tree, least=0)
    for element in list(tree.iter()):
        if element.tag in _FRAME or element.getparent() is None:
            continue
        names = _names(element)
        is_light = prose[element] < prose[tree] * HEAVY
        if _is_beside(element, names) and (is_light or _SURELY_NOT.search(names)):
            element.drop_tree()


def _is_beside(element: Any, names: str) -> bool:
    if element.tag == "header" and next(element.iterancestors("article", "main"), None) is not None:
        return False  # an article's own: it may hold the first paragraph
    return (
        element.tag in _BESIDE
        or element.get("role") in _BESIDE_ROLES
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _NO_ARTICLE.search(names) is not None
        or _HIDDEN.search(element.get("style") or "") is not None
    )


def _names(element: Any) -> str:
    """What the page calls it: class and id, `likeThis` written like-This."""
    return _HUMP.sub("-", f"{element.get('class') or ''} {element.get('id') or ''}"[:500])


def _found(tree: Any) -> str:
    worth = _worths(tree)
    body = tree.find("body")
    parts = list((tree if body is None else body).iter())
    best = max(parts, key=worth.__getitem__)
    if worth[best] <= 0:
        return ""
    hinted = [
        part
        for part in parts[1:]
        if worth[part] >= HINTED * worth[best]
        and (part.get("itemprop") == "articleBody" or _ITS_BODY.search(_names(part)))
    ]
    if hinted:
        # The deepest that still holds all of it.
        enough = 0.9 * max(map(worth.__getitem__, hinted))
        best = [part for part in hinted if worth[part] >= enough][-1]
    for part in list(best.iterdescendants()):
        if part.tag in _BLOCKS - _HEADINGS and worth[part] < POOR:
            part.drop_tree()
    return plain(etree.tostring(best, encoding="unicode", method="html", with_tail=False))


def _worths(tree: Any, *, least: float = -1e9) -> Worth:
    """What every element is worth; a run counts at `least` so much."""
    worth: Worth = dict.fromkeys(tree.iter(), 0.0)
    for element, text, linked in _runs(tree):
        worth[element] += max(least, _value(element.tag, text, linked))
    for element in reversed(worth):
        parent = element.getparent()
        if parent is not None:
            worth[parent] += worth[element]
    return worth


def _value(tag: str, text: str, linked: int) -> float:
    length = len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))
    linked = linked * length // len(text)
    if 2 * linked > length:
        return -min(length, 200)
    if tag in _HEADINGS:
        return 0
    if length >= LONG or (length >= SHORT and _END_OF_SENTENCE.search(text)):
        return length - 2 * linked + A_SIGN * len(_SIGN.findall(text)) + (20 if tag == "p" else 0)
    return -2 * SCRAP if linked else -SCRAP


def _runs(tree: Any) -> Iterator[tuple[Any, str, int]]:
    """Every run of text between two borders of blocks: its block, the text, characters in links."""
    blocks, parts, linked, links = [tree], list[str](), 0, 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        is_start = event == "start"
        if element.tag in _BLOCKS:
            if text := " ".join("".join(parts).split()):
                yield blocks[-1], text, linked
            parts, linked = [], 0
            if is_start:
                blocks.append(element)
            else:
                blocks.pop()
        elif element.tag == "a":
            links += 1 if is_start else -1
        elif element.tag == "br":
            parts.append(" ")
        more = element.text if is_start else element.tail
        if more:
            parts.append(more)
            linked += len(more.strip()) if links else 0
    if text := " ".join("".join(parts).split()):
        yield blocks[-1], text, linked
