"""The page of a post: fetched as politely as a feed, within narrower limits."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.feeds import fetch
from monitor.feeds.fetch import Fetcher
from monitor.model import Fetched, FetchFailed, FetchLimits
from tests.loopback import Answer, Loopback

LIMITS = FetchLimits(allow_networks=("127.0.0.0/8",), total_seconds=1, idle_seconds=2)
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def pages(*urls: str) -> list[Fetched | FetchFailed]:
    async def all_of() -> list[Fetched | FetchFailed]:
        async with Fetcher(
            LIMITS, user_agent="Failwatch/1 (+me)", clock=lambda: datetime(2026, 3, 1, tzinfo=UTC)
        ) as fetcher:
            return list(await asyncio.gather(*map(fetcher.page, urls)))

    return asyncio.run(all_of())


def reason(url: str) -> str:
    (found,) = pages(url)
    assert isinstance(found, FetchFailed), found
    return found.reason


def test_a_page_is_asked_for_as_a_page_by_our_name_without_cookies(server: Loopback) -> None:
    server.answers["/a"] = Answer(b"<p>x</p>", headers={**HTML, "Set-Cookie": "id=1"})
    first, second = *pages(server.url("/a#top")), *pages(server.url("/a"))
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert first.body == b"<p>x</p>"
    for path, headers in server.requests:
        assert path == "/a"
        assert headers["Accept"].startswith("text/html,")
        assert headers["User-Agent"] == "Failwatch/1 (+me)"
        assert headers["Cookie"] is None


def test_a_host_is_asked_for_one_page_at_a_time(server: Loopback) -> None:
    server.answers["/a"] = Answer(b"x", headers=HTML)
    pages(*[server.url(f"/a?{n}") for n in range(6)])
    assert (len(server.requests), server.most_at_once) == (6, 1)


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "video/mp4"])
def test_what_is_no_page_is_not_downloaded(server: Loopback, kind: str) -> None:
    def endless(file: Any) -> None:
        while True:
            file.write(b"x" * 65_536)

    server.answers["/a"] = Answer(headers={"Content-Type": kind}, write=endless)
    assert reason(server.url("/a")) == f"It is no web page but {kind}."


def test_a_huge_page_is_given_up_at_two_megabytes(server: Loopback) -> None:
    server.answers["/a"] = Answer(b"x" * (fetch.PAGE_BYTES + 1), headers=HTML)
    assert reason(server.url("/a")) == "The answer is larger than 2 MB."


def test_a_slow_page_is_given_up(server: Loopback) -> None:
    def drip(file: Any) -> None:
        for _ in range(200):
            file.write(b"x")
            file.flush()
            asyncio.run(asyncio.sleep(0.05))

    server.answers["/a"] = Answer(headers=HTML, write=drip)
    assert "longer than 1 seconds in all" in reason(server.url("/a"))


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd"]
)
def test_a_redirect_to_a_forbidden_address_is_refused(server: Loopback, target: str) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": target})
    assert "efused" in reason(server.url("/a")) or "not a web address" in reason(server.url("/a"))


def test_a_refusal_is_told_in_words_for_a_page(server: Loopback) -> None:
    assert reason(server.url("/none")) == "The page is not there (404)."
