"""Fetching over real sockets: polite, bounded, guarded; every failure in plain words."""

import asyncio
import gzip
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import pytest

from monitor.feeds import answers
from monitor.feeds.fetch import Fetcher
from monitor.model import Fetched, FetchFailed, FetchLimits, NotModified, PollJob
from tests.loopback import Answer, Loopback

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = FetchLimits(
    allow_networks=("127.0.0.0/8",), max_bytes=1_000_000, total_seconds=3, idle_seconds=2
)
Result = Fetched | NotModified | FetchFailed


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def job(url: str, **changes: Any) -> PollJob:
    return replace(PollJob(feed_id=1, url=url, title="t", language="en"), **changes)


def fetch(*jobs: PollJob, limits: FetchLimits = LIMITS) -> list[Result]:
    async def all_of() -> list[Result]:
        async with Fetcher(limits, user_agent="Failwatch/test", clock=lambda: NOW) as fetcher:
            return list(await asyncio.gather(*(fetcher.get(j) for j in jobs)))

    return asyncio.run(all_of())


def failure(url: str, limits: FetchLimits = LIMITS) -> str:
    (found,) = fetch(job(url), limits=limits)
    assert isinstance(found, FetchFailed), found
    return found.reason


def test_a_feed_is_fetched_with_what_it_says_of_itself(server: Loopback) -> None:
    headers = {
        "ETag": 'W/"a"',
        "Last-Modified": "then",
        "Cache-Control": "max-age=600",
        "Content-Type": "text/xml",
    }
    server.answers["/f"] = Answer(b"<rss/>", headers=headers)
    (found,) = fetch(job(server.url("/f")))
    assert isinstance(found, Fetched)
    assert (found.body, found.etag, found.last_modified, found.content_type) == (
        b"<rss/>",
        'W/"a"',
        "then",
        "text/xml",
    )
    assert found.fresh_for == timedelta(minutes=10)
    assert found.moved_to == ""


def test_validators_go_back_byte_for_byte_and_304_is_no_body(server: Loopback) -> None:
    server.answers["/f"] = lambda headers: Answer(
        status=304 if headers["If-None-Match"] == 'W/"a"' else 200
    )
    (found,) = fetch(job(server.url("/f"), etag='W/"a"', last_modified="then"))
    assert isinstance(found, NotModified)
    assert server.requests[0][1]["If-Modified-Since"] == "then"


def test_we_say_who_we_are_and_send_no_cookies(server: Loopback) -> None:
    server.answers["/f"] = Answer(b"x", headers={"Set-Cookie": "a=b"})
    fetch(job(server.url("/f")), job(server.url("/f")))
    for _, headers in server.requests:
        assert headers["User-Agent"] == "Failwatch/test"
        assert headers["Cookie"] is None
        assert "br" not in headers["Accept-Encoding"]


def test_a_permanent_redirect_is_followed_and_told(server: Loopback) -> None:
    server.answers["/old"] = Answer(status=301, headers={"Location": "/new"})
    server.answers["/new"] = Answer(b"x")
    (found,) = fetch(job(server.url("/old"), etag='"e"'))
    assert isinstance(found, Fetched)
    assert found.moved_to == server.url("/new")
    assert server.requests[1][1]["If-None-Match"] is None, "validators belong to the old address"


def test_a_temporary_redirect_is_followed_and_not_remembered(server: Loopback) -> None:
    server.answers["/old"] = Answer(status=302, headers={"Location": "/new"})
    server.answers["/new"] = Answer(b"x", headers={"ETag": '"n"'})
    (found,) = fetch(job(server.url("/old")))
    assert isinstance(found, Fetched)
    assert (found.moved_to, found.etag) == ("", "")


def test_a_redirect_loop_ends(server: Loopback) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": "/b"})
    server.answers["/b"] = Answer(status=302, headers={"Location": "/a"})
    assert "circle" in failure(server.url("/a"))


def test_endless_redirects_end(server: Loopback) -> None:
    for n in range(9):
        server.answers[f"/{n}"] = Answer(status=302, headers={"Location": f"/{n + 1}"})
    assert "more than 5 times" in failure(server.url("/0"))


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::ffff:192.168.0.1]/"]
)
def test_a_redirect_to_a_private_address_is_refused(server: Loopback, target: str) -> None:
    server.answers["/f"] = Answer(status=302, headers={"Location": target})
    assert "not a public address" in failure(server.url("/f"))


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://a.example/", "http://u:p@a.example/", "http:\\\\a"]
)
def test_a_redirect_to_what_is_no_web_address_is_refused(server: Loopback, target: str) -> None:
    server.answers["/f"] = Answer(status=302, headers={"Location": target})
    (found,) = fetch(job(server.url("/f")))
    assert isinstance(found, FetchFailed)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]"]
)
def test_loopback_by_any_name_is_refused_unless_allowed(server: Loopback, host: str) -> None:
    port = server.url("").rsplit(":", 1)[1]
    reason = failure(f"http://{host}:{port}/f", FetchLimits())
    assert "not a public address" in reason
    assert "allow_networks" in reason
    assert server.requests == []


def test_a_gone_feed_is_told_apart(server: Loopback) -> None:
    server.answers["/f"] = Answer(status=410)
    (found,) = fetch(job(server.url("/f")))
    assert isinstance(found, FetchFailed)
    assert found.is_gone


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "wait"),
    [("120", timedelta(minutes=2)), ("Sun, 01 Mar 2026 13:00:00 GMT", timedelta(hours=1))],
)
def test_retry_after_is_heard(server: Loopback, status: int, header: str, wait: timedelta) -> None:
    server.answers["/f"] = Answer(status=status, headers={"Retry-After": header})
    (found,) = fetch(job(server.url("/f")))
    assert isinstance(found, FetchFailed)
    assert found.retry_after == wait


def test_a_body_of_a_gigabyte_is_given_up_early(server: Loopback) -> None:
    sent = 0

    def flood(file: Any) -> None:
        nonlocal sent
        for _ in range(1000):
            file.write(b"x" * 1_000_000)
            sent += 1

    server.answers["/f"] = Answer(write=flood)
    assert "larger than 1 MB" in failure(server.url("/f"))
    assert sent < 50


def test_a_declared_size_is_believed_before_reading(server: Loopback) -> None:
    server.answers["/f"] = Answer(
        b"x", headers={"Content-Length": "99999999999"}, write=lambda _file: None
    )
    assert "larger than 1 MB" in failure(server.url("/f"))


def test_a_gzip_bomb_is_given_up(server: Loopback) -> None:
    bomb = gzip.compress(b"\0" * 300_000_000)
    server.answers["/f"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    reason = failure(server.url("/f"), replace(LIMITS, max_bytes=15_000_000))
    assert "hundred times" in reason or "larger than" in reason


def test_stacked_encodings_are_refused(server: Loopback) -> None:
    server.answers["/f"] = Answer(b"x", headers={"Content-Encoding": "gzip, gzip"})
    assert "packed its answer" in failure(server.url("/f"))


def test_a_slow_drip_ends_at_the_deadline(server: Loopback) -> None:
    def drip(file: Any) -> None:
        for _ in range(100):
            file.write(b"x")
            file.flush()
            time.sleep(0.1)

    server.answers["/f"] = Answer(write=drip)
    started = time.monotonic()
    assert "longer than 1 seconds in all" in failure(
        server.url("/f"), replace(LIMITS, total_seconds=1)
    )
    assert time.monotonic() - started < 5


def test_an_unreachable_host_and_an_unknown_name_are_told_in_words() -> None:
    assert "cannot be reached" in failure("http://127.0.0.1:9/feed")
    assert "cannot be found" in failure("https://nosuch.invalid/feed")


def test_one_request_a_host_at_a_time(server: Loopback) -> None:
    def slowly(_headers: Message) -> Answer:
        time.sleep(0.05)
        return Answer(b"x")

    for n in range(5):
        server.answers[f"/{n}"] = slowly
    fetch(*(job(server.url(f"/{n}")) for n in range(5)))
    assert server.most_at_once == 1


def test_secrets_in_addresses_are_not_told() -> None:
    assert (
        answers.redacted("https://u:p@a.example/f?key=abc&x=1") == "https://…@a.example/f?key=…&x=…"
    )
