"""Pages into the text that a post is about: what stays, what goes, and what no page can do."""

import asyncio
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds import article
from monitor.feeds.child import Parser
from monitor.model import Fetched, ParseFailed

FIRST = "Acme Foods pulled its new advert on Monday, after customers called it tasteless and cruel."
SECOND = "The company said that it had listened, and that it was sorry for the hurt it had caused."
MENU = "".join(f"<li><a href='/{n}'>Section number {n} of our paper</a></li>" for n in range(30))


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def text(body: str, head: str = "") -> str:
    return article.read(page(body, head), "text/html; charset=utf-8").text


def test_the_article_stays_and_what_surrounds_it_goes() -> None:
    found = text(
        f"<ul>{MENU}</ul><div><h1>Acme pulls advert</h1><p>{FIRST}</p><p>{SECOND}</p></div>"
        f"<div class='related'><p>Ten recipes for pasta, which your family will love and ask for.</p></div>"
        f"<div class='comment-list'><p>{'I would never, ever buy it again. ' * 40}</p></div>"
        f"<footer><p>All rights reserved, and so on, by the owner of this site, since 1999.</p></footer>"
    )
    assert found == f"Acme pulls advert\n{FIRST}\n{SECOND}"


def test_what_a_page_names_its_body_is_believed() -> None:
    teaser = "<article><p>Another story of today, about something else, told in one long line.</p></article>"
    found = text(f"<div itemprop='articleBody'><p>{FIRST}</p><p>{SECOND}</p></div>{teaser}{teaser}")
    assert found == f"{FIRST}\n{SECOND}"


def test_a_page_wrapped_in_a_form_is_read_all_the_same() -> None:
    assert (
        text(f"<form id='aspnetForm'><p>{FIRST}</p><p>{SECOND}</p></form>") == f"{FIRST}\n{SECOND}"
    )


def test_what_is_hidden_is_not_read() -> None:
    hidden = (
        "<p style='display: none'>Secret words for search engines, and for nobody else at all.</p>"
    )
    assert "Secret" not in text(f"<p>{FIRST}</p>{hidden}<p>{SECOND}</p>" + f"<p>{SECOND}</p>" * 3)


def test_the_text_that_search_engines_are_told_stands_in_for_one_behind_a_wall() -> None:
    told = f'{{"@graph": [{{"@type": "NewsArticle", "articleBody": "{FIRST} &amp; {SECOND}"}}]}}'
    head = f"<script type='application/ld+json'>{told}</script>"
    assert text("<p>Subscribe to read on, it is worth it.</p>", head) == f"{FIRST} & {SECOND}"
    assert text("<p>x</p>", head.replace("{", "[")) == ""


def test_no_markup_is_left_even_where_a_page_speaks_of_it() -> None:
    found = text(f"<p>{FIRST} They wrote &lt;script&gt;alert(1)&lt;/script&gt; on it.</p>")
    assert "<" not in found
    assert "‹script›" in found


@pytest.mark.parametrize(
    ("charset", "said", "meta"),
    [
        ("iso-8859-1", "text/html; charset=ISO-8859-1", ""),
        ("windows-1251", "text/html", "<meta http-equiv=x content='text/html; charset=windows-1251'>"),
        ("shift_jis", "text/html; charset=Shift_JIS", ""),
        ("utf-16", "text/html", ""),
        ("utf-8", "text/html; charset=iso-8859-1", "<meta charset=latin1>"),
        ("cp1252", "text/html; charset=hex", ""),
    ],
)  # fmt: skip
def test_every_charset_is_read(charset: str, said: str, meta: str) -> None:
    words = {
        "windows-1251": "Компания отозвала рекламу, и клиенты были возмущены, как никогда прежде.",
        "shift_jis": "同社は月曜日に広告を取り下げ、謝罪した。顧客はひどいと述べ、失望していた。",
    }.get(charset, "Müller zog die Anzeige zurück, nachdem Kunden sie für geschmacklos hielten.")
    found = article.read(
        f"<html><head>{meta}</head><body><p>{words}</p></body></html>".encode(charset), said
    )
    assert found.text == words


def test_the_title_is_the_pages_own() -> None:
    head = "<title>Acme pulls advert - The Paper</title>"
    assert article.read(page(f"<p>{FIRST}</p>", head), "").title == "Acme pulls advert - The Paper"
    told = head + "<meta property='og:title' content='Acme &amp; the advert'>"
    assert article.read(page(f"<p>{FIRST}</p>", told), "").title == "Acme & the advert"


def test_a_list_of_links_is_no_article() -> None:
    assert text(f"<ul>{MENU}</ul>") == ""


@given(
    st.binary(max_size=2_000)
    | st.text(alphabet="<>/apdiv ='!-[]&;x.\x00é", max_size=500).map(str.encode)
)
def test_any_bytes_give_plain_text(body: bytes) -> None:
    found = article.read(body, "text/html")
    for said in (found.title, found.text):
        said.encode()
        assert not re.search(r"<[a-zA-Z/!?]", said)


def in_child(*bodies: bytes) -> list[article.Article | ParseFailed]:
    async def all_of() -> list[article.Article | ParseFailed]:
        async with Parser(cpu_seconds=3) as parser:
            return [
                await parser.article(Fetched(body, "text/html", "", "", 200, "", "", None, 0))
                for body in bodies
            ]

    return asyncio.run(all_of())


def test_bombs_of_markup_cost_their_page_and_the_next_is_read() -> None:
    started = time.monotonic()
    *bombs, good = in_child(
        b"<div>" * 400_000,
        b"<p>" + b"<a>" * 600_000,
        b"<div " + b" ".join(b"a%d=x" % n for n in range(200_000)) + b">",
        b"<p>x</p>y" * 200_000,
        b"<nav>" + b"<p class=share>x</p>y" * 15_000,
        page(f"<p>{FIRST}</p><p>{SECOND}</p>"),
    )
    assert good == article.Article("", f"{FIRST}\n{SECOND}")
    assert all(isinstance(bomb, ParseFailed) or not bomb.text.startswith("<") for bomb in bombs)
    assert time.monotonic() - started < 40
