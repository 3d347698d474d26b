"""Markup becomes plain text, whatever it is hidden in."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.normalise import Draft, iso, plain, post, web_address
from monitor.text import clean

URL = "https://news.example/feed"
BITS = st.sampled_from([
    "<script>", "</script>", "<p>", "</p>", "<b", ">", "<", "&lt;", "&gt;", "&amp;", "&#60;", "&#x3c",
    "<!--", "-->", "<![CDATA[", "]]>", "<svg/onload=x>", "<xmp>", "</xmp>", "<textarea>", "<title>",
    "<style>", "</style>", "'", '"', "=", "/", "word", " ", "\n", "\x00", "\u202e", "\ud800", "é",
    "<plaintext>", "<math><mi>", "<template>", "javascript:", "<a href=", "<img src=x onerror=y>",
])  # fmt: skip
MARKUP = st.lists(BITS, max_size=25).map("".join) | st.text(max_size=100)


@given(MARKUP)
def test_no_tag_can_begin_in_a_plain_text(markup: str) -> None:
    assert not re.search("<[a-zA-Z/!?]", plain(markup))


@given(MARKUP)
def test_a_plain_text_can_be_stored_and_holds_nothing_invisible(markup: str) -> None:
    text = plain(markup)
    assert text.encode("utf-8").decode("utf-8") == text == clean(text)


@given(MARKUP, st.integers(1, 50))
def test_a_plain_text_is_never_longer_than_asked(markup: str, limit: int) -> None:
    assert len(plain(markup, limit)) <= limit


@given(st.text(st.characters(exclude_characters="<>&", exclude_categories=["C", "Z"])))
def test_a_text_without_markup_stays_as_it_is(text: str) -> None:
    assert plain(html.escape(text, quote=False)) == clean(text)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b", "a < b"),
        ("a<b", "a‹b"),
        ("2 <3 and 5> 4", "2 <3 and 5> 4"),
        ("<p>One<br/>two</p><p>three", "One\ntwo\nthree"),
        ("we said &lt;script&gt; in <i>jest</i>", "we said ‹script› in jest"),
        ("&lt;p&gt;escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "escaped twice"),
        ("x<script>alert(1)</script>y", "xy"),
        ("x<style>p{}</style>y", "xy"),
        ("<xmp><script>alert(1)</script></xmp>z", "z"),
        ("<svg/onload=alert(1)>z", "z"),
        ("AT&amp;T &#8211; caf&eacute;", "AT&T – café"),
        ("a\x00b\u202ec\ufeff", "abc"),
    ],
)
def test_markup_is_read_as_a_browser_shows_it(markup: str, text: str) -> None:
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (" /a b ", "https://news.example/a%20b"),
        ("//other.example/x", "https://other.example/x"),
        ("?p=1", "https://news.example/feed?p=1"),
        ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
        ("https://a.example/\u202egpj.exe", "https://a.example/gpj.exe"),
        ("HTTPS://A.example/x", "https://A.example/x"),
        ("https://[bad/", ""),
        ("https://a.example:99999/", ""),
        ("https://a.example:0/", ""),
        ("vbscript:x", ""),
        ("https://a.example/" + "x" * 4_000, ""),
        ("", ""),
    ],
)
def test_links_are_absolute_and_cannot_break_out_of_where_they_are_shown(
    link: str, address: str
) -> None:
    assert web_address(link, URL) == address


@given(st.text(max_size=200))
def test_a_link_is_a_web_address_or_nothing(link: str) -> None:
    found = web_address(link, URL)
    assert not found or found.startswith(("http://", "https://"))
    assert not re.search(r"""[<>"\\\s]""", found)
    found.encode("utf-8")


def draft(**changes: str) -> Draft:
    texts = dict.fromkeys(("guid", "link", "title", "author", "summary", "content", "language"), "")
    return Draft(**(texts | changes), published_at=None)


def test_two_endless_ids_that_begin_alike_stay_apart() -> None:
    one, two = (post(draft(guid="g" * 3_000 + end), base=URL, language="") for end in "ab")
    assert one.guid != two.guid
    assert len(one.guid) <= 2_000


@given(st.builds(draft, guid=MARKUP, link=MARKUP, title=MARKUP, author=MARKUP, summary=MARKUP))
def test_every_post_has_an_identity_and_can_be_stored(entry: Draft) -> None:
    made = post(entry, base=URL, language="en")
    assert made.guid
    for text in (made.guid, made.url, made.canonical_url, made.title, made.author, made.text):
        text.encode("utf-8")
    assert "\n" not in made.title + made.author + made.guid


@given(st.text(max_size=40) | st.datetimes().map(lambda moment: moment.isoformat()))
def test_a_date_of_json_is_read_in_utc_or_not_at_all(text: str) -> None:
    found = iso(text)
    if found is not None:
        assert found.utcoffset() is not None
        assert 1990 <= found.year <= 2100
