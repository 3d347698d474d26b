"""Bytes into posts: every kind of feed, and every kind of trouble."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.normalise import plain, web_address
from monitor.feeds.parse import parse
from monitor.model import ParsedFeed, ParseFailed, Post

URL = "https://news.example/feed"
REAL = Path(__file__).parents[2].parent / "shared" / "feeds"


def rss(items: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{head}{items}</channel></rss>'.encode()


def read(body: bytes, content_type: str = "application/xml") -> ParsedFeed:
    found = parse(body, content_type=content_type, url=URL, language="en")
    assert isinstance(found, ParsedFeed), found
    return found


def one(items: str) -> Post:
    (post,) = read(rss(f"<item>{items}</item>")).posts
    return post


def refused(body: bytes, content_type: str = "text/xml") -> str:
    found = parse(body, content_type=content_type, url=URL, language="en")
    assert isinstance(found, ParseFailed), found
    return found.reason


ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>a</id><title>One</title>
<link href="/one"/><published>2026-03-01T10:00:00Z</published><content type="html">&lt;p&gt;Text&lt;/p&gt;</content></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel><title>T</title></channel><item><title>One</title><link>https://news.example/one</link><description>Text</description></item></rdf:RDF>"""
OLD = b"""<rss version="0.91"><channel><title>T</title><item><title>One</title><link>https://news.example/one</link><description>Text</description></item></channel></rss>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [
            {
                "id": "1",
                "url": "/one",
                "title": "One",
                "content_html": "<p>Text</p>",
                "date_published": "2026-03-01T10:00:00Z",
            }
        ],
    }
).encode()


@pytest.mark.parametrize(
    "body",
    [
        ATOM,
        RDF,
        OLD,
        JSON,
        rss("<item><title>One</title><link>/one</link><description>Text</description></item>"),
    ],
)
def test_every_kind_of_feed_is_read(body: bytes) -> None:
    (post,) = read(body).posts
    assert (post.title, post.url, post.text) == ("One", "https://news.example/one", "Text")


def test_dates_are_utc_and_a_broken_one_is_none() -> None:
    assert one(
        "<title>a</title><pubDate>Sun, 01 Mar 2026 12:00:00 +0200</pubDate>"
    ).published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert one("<title>a</title><pubDate>the other day</pubDate>").published_at is None


def test_identity_falls_back_to_link_then_to_title_and_date() -> None:
    assert one("<guid>g</guid><link>https://a.example/1</link><title>t</title>").guid == "g"
    assert one("<link>https://a.example/1</link><title>t</title>").guid == "https://a.example/1"
    nameless = [
        one(f"<title>{t}</title><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate>").guid
        for t in "aab"
    ]
    assert nameless[0] == nameless[1] != nameless[2]


def test_markup_never_survives() -> None:
    post = one(
        "<title>&lt;script&gt;alert(1)&lt;/script&gt;Sorry &amp;amp; regret</title><description>&lt;p onclick='x'&gt;One&lt;/p&gt;&lt;p&gt;two &lt;b&gt;three&lt;/b&gt;</description>"
    )
    assert "script" not in post.title
    assert post.title == "Sorry & regret"
    assert post.text == "One\ntwo three"


def test_a_less_than_sign_in_a_text_is_text() -> None:
    assert plain("3 < 5 and 7 > 2 &amp; so on") == "3 < 5 and 7 > 2 & so on"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://a.example\\@b/",
        "http://a b/",
    ],
)
def test_only_web_addresses_become_links(link: str) -> None:
    assert web_address(link, URL) == ""


def test_windows_1251_is_read_as_its_writer_meant_it() -> None:
    body = '<?xml version="1.0" encoding="windows-1251"?><rss version="2.0"><channel><title>T</title><item><title>Скандал</title></item></channel></rss>'.encode(
        "cp1251"
    )
    assert read(body).posts[0].title == "Скандал"


def test_a_malformed_feed_is_read_and_marked() -> None:
    found = read(
        b"<rss version='2.0'><channel><title>T</title><item><title>One & two</title></item></channel>"
    )
    assert found.posts[0].title == "One & two"
    assert found.malformed


def test_a_web_page_is_told_apart_from_a_feed() -> None:
    assert "web page, not a feed" in refused(
        b"<!DOCTYPE html><html><head></head></html>", "text/html"
    )


def test_an_empty_answer_and_an_empty_feed_are_told_apart() -> None:
    assert "empty" in refused(b"  \n")
    assert read(rss("")).posts == ()


def test_what_is_no_feed_at_all_is_said() -> None:
    assert "neither RSS nor Atom" in refused(b"<x><y/></x>")
    assert "no list of items" in refused(b'{"a": 1}')
    assert "cannot be read" in refused(b'{"a": ')


def test_a_billion_laughs_are_refused() -> None:
    body = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><rss version="2.0"><channel><title>&c;</title></channel></rss>'
    assert "unfold without end" in refused(body)


def test_everything_is_bounded() -> None:
    post = one(
        f"<title>{'x' * 5000}</title><description>{'word ' * 90_000}</description><guid>{'g' * 9000}</guid>"
    )
    assert len(post.title) == 1000
    assert len(post.guid) <= 2000
    assert len(post.text) <= 200_000


def test_the_newest_of_too_many_entries_are_kept() -> None:
    items = "".join(f"<item><guid>{n}</guid><title>t</title></item>" for n in range(5_100))
    found = read(rss(items))
    assert (len(found.posts), found.dropped) == (5_000, 100)


def test_a_feeds_own_pace_is_heard() -> None:
    ttl = read(rss("", "<ttl>120</ttl>")).ttl
    assert ttl is not None
    assert ttl.total_seconds() == 7200


@given(st.text(max_size=200))
def test_plain_text_holds_no_invisible_characters_and_reads_the_same_again(text: str) -> None:
    once = plain(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in once)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    assert isinstance(parse(body, content_type="", url=URL, language=""), ParsedFeed | ParseFailed)


@pytest.mark.skipif(not REAL.is_dir(), reason="needs real feeds in ../shared/feeds")
def test_real_feeds_are_all_read() -> None:
    files = [f for f in REAL.iterdir() if f.suffix in {".xml", ".json"}]
    failed = [
        f.name
        for f in files
        if isinstance(parse(f.read_bytes(), content_type="", url=URL, language=""), ParseFailed)
    ]
    assert failed == []
