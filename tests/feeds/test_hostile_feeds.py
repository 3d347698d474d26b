"""Feeds that are broken by accident, or on purpose: all are read, or refused, quickly."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds import parse as parsing
from monitor.feeds.parse import parse
from monitor.model import ParsedFeed, ParseFailed, Post

URL = "https://news.example/feed"


def rss(inside: str, start: str = '<?xml version="1.0"?>') -> bytes:
    return f'{start}<rss version="2.0"><channel><title>T</title>{inside}</channel></rss>'.encode()


def read(body: bytes, content_type: str = "application/xml") -> ParsedFeed:
    found = parse(body, content_type=content_type, url=URL, language="en")
    assert isinstance(found, ParsedFeed), found
    return found


def refused(body: bytes) -> str:
    found = parse(body, content_type="", url=URL, language="en")
    assert isinstance(found, ParseFailed), found
    return found.reason


def one(inside: str) -> Post:
    (post,) = read(rss(f"<item>{inside}</item>")).posts
    return post


def json_feed(*items: dict[str, Any], **members: Any) -> bytes:
    version = {"version": "https://jsonfeed.org/version/1.1"}
    return json.dumps(version | {"items": items} | members).encode()


def bomb(depth: int) -> str:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(depth)
    )
    inside = f"<rss version='2.0'><channel><title>&e{depth - 1};</title></channel></rss>"
    return f"<!DOCTYPE x [{entities}]>{inside}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_billion_laughs_end_quickly_and_small(encoding: str) -> None:
    started = time.monotonic()
    body = f'<?xml version="1.0" encoding="{encoding}"?>{bomb(10)}'.encode(encoding)
    found = parse(body, content_type="", url=URL, language="")
    assert time.monotonic() - started < 30
    assert isinstance(found, ParseFailed) or len(found.title) <= 300


def test_one_great_entity_used_often_ends_quickly_and_small() -> None:
    started = time.monotonic()
    found = parse(
        rss("<item><title>" + "&a;" * 50_000 + "</title></item>",
            start=f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>'),
        content_type="", url=URL, language="",
    )  # fmt: skip
    assert time.monotonic() - started < 30
    assert isinstance(found, ParseFailed) or all(len(p.title) <= 1_000 for p in found.posts)


def test_entities_without_nesting_are_no_attack() -> None:
    body = rss("<item><title>Caf&eacute; &co;</title></item>",
               start='<!DOCTYPE rss [\n<!ENTITY eacute "&#233;">\n<!ENTITY co "and sons">\n]>')  # fmt: skip
    assert read(body).posts[0].title == "Café and sons"


@pytest.mark.parametrize(
    ("references", "title"),
    [
        ("&#55357;&#56832;!", "😀!"),
        ("&#xD83D;&#xDE00;&#x2014;", "😀—"),
        ("&#xD800;x", "\ufffdx"),
        ("&#x110000;&#99999999999;", "\ufffd\ufffd"),
        ("&#x" + "F" * 5_000 + ";", "\ufffd"),
        ("&#" + "9" * 5_000 + ";", "\ufffd"),
        ("&#55000;&#128512;&#x00000041;", "훘😀A"),
    ],
)
def test_references_to_half_a_character_cost_no_feed(references: str, title: str) -> None:
    assert one(f"<title>{references}</title>").title == title


def test_files_and_addresses_in_entities_are_not_opened() -> None:
    for target in ("file:///etc/hostname", "http://127.0.0.1:9/x"):
        body = rss("<item><title>[&x;]</title></item>",
                   start=f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{target}">]>')  # fmt: skip
        assert len(read(body).posts[0].title) < 10


@pytest.mark.parametrize(
    "body",
    [
        b"<!---->" * 600 + b"<rss>",
        b"<!--" * 200_000,
        b"<!ENTITY " + b" " * 200_000,
        b"<!ENTITY a '" + b"&#" * 200_000,
        b"<" + b" " * 200_000 + b"rss>",
        rss("<item><title>" + "&lt;" + " " * 200_000 + "</title></item>"),
        rss("<item><title>" + "&lt;b " * 100_000 + "</title></item>"),
        rss("<item><description>" + "\n \n" * 100_000 + "</description></item>"),
        b'{"items": ' + b"[" * 100_000,
        b"<rss><channel>" + b"<item>" * 2_000,
    ],
    ids=range(10),
)
def test_bodies_made_to_be_slow_are_not(body: bytes) -> None:
    started = time.monotonic()
    parse(body, content_type="", url=URL, language="")
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'<?xml version="1.0" encoding="windows-1251"?>{}', "text/xml"),
        (b"{}", "text/xml; charset=windows-1251"),
        (b'<?xml version="1.0" encoding="windows-1251"?>{}', "text/xml; charset=utf-8"),
    ],
)
def test_windows_1251_is_read_whoever_says_so(body: bytes, content_type: str) -> None:
    inside = rss("<item><title>Скандал</title></item>", start="").decode().encode("cp1251")
    assert read(body.replace(b"{}", inside), content_type).posts[0].title == "Скандал"


@pytest.mark.parametrize(
    ("encoding", "title"),
    [("iso-8859-1", "Défaut"), ("utf-16", "Скандал"), ("shift_jis", "炎上"), ("gb18030", "道歉"), ("koi8-r", "Позор")],
)  # fmt: skip
def test_other_encodings_are_read(encoding: str, title: str) -> None:
    body = rss(
        f"<item><title>{title}</title></item>", f'<?xml version="1.0" encoding="{encoding}"?>'
    )
    assert read(body.decode().encode(encoding)).posts[0].title == title


def test_a_server_that_calls_utf_8_something_else_is_not_believed() -> None:
    body = rss("<item><title>Über „Fehler“</title></item>")
    assert read(body, "text/xml; charset=iso-8859-1").posts[0].title == "Über „Fehler“"


def test_a_server_that_names_no_encoding_does_not_make_a_feed_malformed() -> None:
    body = rss("<item><title>Über</title></item>")
    for content_type in ("text/xml", "text/html; charset=utf-8", "application/octet-stream", ""):
        assert read(body, content_type).malformed == ""


def test_a_fault_is_told_with_its_line() -> None:
    assert read(b"\n\n" + rss("")).malformed.startswith("line ")
    assert "<" not in read(rss("<item><title>a & b</title></item>")).malformed


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><body>x", b"  <html lang=en>", b"\xef\xbb\xbf<!doctype HTML>",
        b"<!-- a --><!-- b --><html>", b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html>',
        b"<HEAD><title>rss</title>",
    ],
)  # fmt: skip
def test_web_pages_are_told_apart_and_the_remedy_is_said(page: bytes) -> None:
    assert "web page, not a feed" in refused(page)
    assert "RSS or Atom" in refused(page)


def test_a_feed_with_a_doctype_of_html_is_a_feed() -> None:
    assert read(rss("<item><title>x</title></item>", "<!DOCTYPE html>")).posts[0].title == "x"


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Sun, 01 Mar 2026 12:00:00 GMT", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("Sat, 31 Feb 2026 12:00:00 GMT", None),
        ("Sun, 01 Mar 0001 12:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("99999-99-99T99:99:99Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_utc_or_nothing(date: str, at: datetime | None) -> None:
    assert one(f"<title>x</title><pubDate>{date}</pubDate>").published_at == at


def test_an_entry_without_a_publishing_date_takes_that_of_its_update() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><title>x</title>
    <updated>2026-03-01T10:00:00Z</updated></entry></feed>"""
    assert read(atom).posts[0].published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("inside", ["<guid>5</guid>", '<guid isPermaLink="false">5</guid>'])
def test_an_identity_does_not_change_with_the_address_of_the_feed(inside: str) -> None:
    body = rss(f"<item>{inside}<title>x</title></item>")
    found = {
        parse(body, content_type="", url=url, language="").posts[0].guid  # type: ignore[union-attr]
        for url in ("http://old.example/feed", "https://new.example/rss")
    }
    assert found == {"5"}


def test_markup_survives_in_no_field_of_any_kind_of_feed() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    escaped = evil.replace("<", "&lt;")
    bodies = [
        rss(f"<title>{escaped}</title><item><title>{escaped}</title><author>{escaped}</author>"
            f"<description>{escaped}</description><link>javascript:alert(1)</link></item>"),
        rss(f"<item><title><![CDATA[{evil}]]></title><description><![CDATA[{evil}]]></description></item>"),
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">{escaped}</title><entry><id>1</id>'
        f'<title type="text">{escaped}</title><author><name>{escaped}</name></author>'
        f'<summary type="html">{escaped}</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        f"<script>alert(1)</script>x</div></content></entry></feed>".encode(),
        json_feed({"id": "1", "title": evil, "summary": evil, "content_text": evil,
                   "authors": [{"name": evil}], "url": "javascript:alert(1)"}, title=evil),
    ]  # fmt: skip
    for body in bodies:
        found = read(body)
        (post,) = found.posts
        shown = f"{found.title} {post.title} {post.author} {post.summary} {post.text} {post.url}"
        for sign in ("<", "alert", "onerror", "javascript"):
            assert sign not in shown


def test_json_may_hold_what_it_likes() -> None:
    odd: list[Any] = [None, 1, 1.5, True, "", "x", [], {}, [1], {"a": 1}, "\ud800", 10**30]
    names = ("id", "url", "title", "summary", "content_html", "authors", "author", "language")
    for value in odd:
        found = parse(
            json_feed(dict.fromkeys((*names, "date_published"), value), title=value, language=value),
            content_type="", url=URL, language="",
        )  # fmt: skip
        assert isinstance(found, ParsedFeed)
        for post in found.posts:
            (post.guid + post.title + post.text).encode("utf-8")


def test_json_with_a_byte_order_mark_is_read() -> None:
    body = b"\xef\xbb\xbf" + json_feed({"id": 7, "title": "x"})
    assert [(p.guid, p.title) for p in read(body).posts] == [("7", "x")]


def test_the_newest_are_kept_in_the_feeds_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_ENTRIES", 2)
    items = "".join(
        f"<item><guid>{day}</guid><pubDate>0{day} Mar 2026 12:00:00 GMT</pubDate></item>"
        for day in (1, 3, 2)
    )
    found = read(rss(items))
    assert ([p.guid for p in found.posts], found.dropped) == (["3", "2"], 1)


@pytest.mark.parametrize(
    ("hint", "ttl"),
    [
        ("<ttl>120</ttl>", timedelta(hours=2)),
        ("<ttl>soon</ttl>", None),
        ("<ttl>0</ttl>", None),
        ("<ttl>99999999</ttl>", timedelta(days=30)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", timedelta(hours=12)),
        ("<ttl>60</ttl><sy:updatePeriod>weekly</sy:updatePeriod>", timedelta(days=7)),
    ],
)  # fmt: skip
def test_a_feeds_wish_to_be_left_alone_is_heard(hint: str, ttl: timedelta | None) -> None:
    spaced = rss(hint).replace(
        b"<rss ", b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    )
    assert read(spaced).ttl == ttl


TAGS = st.sampled_from([
    "<rss version='2.0'>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "<guid>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "<content type='html'>", "<author>", "text",
    "<![CDATA[", "]]>", "&amp;", "&#xD800;", "&#0;", "<!DOCTYPE x [", "<!ENTITY a 'b'>", "]>", "<pubDate>",
    "\ufeff", "<?xml version='1.0'?>", "2026-03-01", "{", "}", '"items":', "[", "]", "\x00", "<description>",
])  # fmt: skip


@given(st.lists(TAGS, max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_heap_of_pieces_breaks_the_reader(text: str) -> None:
    found = parse(text.encode("utf-8", "replace"), content_type="", url=URL, language="")
    if isinstance(found, ParsedFeed):
        for post in found.posts:
            (post.guid + post.url + post.title + post.author + post.text).encode("utf-8")
