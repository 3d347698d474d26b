"""Fetching where servers are rude, slow, confused or after us; and that we are none of it."""

import asyncio
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme

from monitor.feeds import answers, guard
from monitor.feeds.fetch import Fetcher
from monitor.model import Fetched, FetchFailed, FetchLimits, NotModified, PollJob
from tests.loopback import Answer, Loopback

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = FetchLimits(
    allow_networks=("127.0.0.0/8",), max_bytes=1_000_000, total_seconds=3, idle_seconds=2
)
Result = Fetched | NotModified | FetchFailed


def here(_host: str, _port: int) -> list[str]:
    """Every name is this machine's."""
    return ["127.0.0.1"]


def job(url: str, **changes: Any) -> PollJob:
    return replace(PollJob(feed_id=1, url=url, title="t", language="en"), **changes)


def fetch(
    *jobs: PollJob,
    limits: FetchLimits = LIMITS,
    resolve: guard.Resolve = here,
    tls: ssl.SSLContext | None = None,
    at_once: int = 16,
) -> list[Result]:
    async def all_of() -> list[Result]:
        async with Fetcher(
            limits, user_agent="F", clock=lambda: NOW, resolve=resolve, tls=tls, at_once=at_once
        ) as fetcher:
            return list(await asyncio.gather(*(fetcher.get(j) for j in jobs)))

    return asyncio.run(all_of())


def body_of(job: PollJob, **options: Any) -> Fetched:
    (found,) = fetch(job, **options)
    assert isinstance(found, Fetched), found
    return found


def failure_of(job: PollJob, **options: Any) -> FetchFailed:
    (found,) = fetch(job, **options)
    assert isinstance(found, FetchFailed), found
    return found


def moved(to: str, status: int = 302, cookie: str = "") -> Answer:
    headers = {"Location": to} | ({"Set-Cookie": cookie} if cookie else {})
    return Answer(status=status, headers=headers)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(tls)
    return tls


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    return tls


def raw(
    *lines: bytes, then: Callable[[socket.socket], None] | None = None
) -> tuple[str, threading.Thread]:
    """A server for one connection that answers with these bytes and breaks off."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with listener, connection:
            connection.recv(65536)
            connection.sendall(b"".join(lines))
            if then:
                then(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/feed", thread


def test_validators_of_any_bytes_come_back_as_they_were(server: Loopback) -> None:
    server.answers["/f"] = Answer(b"x", headers={"ETag": '"caf\xe9 \xfc"', "Last-Modified": "Mon"})
    found = body_of(job(server.url("/f")))
    fetch(job(server.url("/f"), etag=found.etag, last_modified=found.last_modified))
    first, second = (headers for _, headers in server.requests)
    assert (first["If-None-Match"], first["If-Modified-Since"]) == (None, None)
    assert second["If-None-Match"].encode("latin-1", "surrogateescape") == b'"caf\xe9 \xfc"'
    assert second["If-Modified-Since"] == "Mon"


def test_validators_that_nobody_could_send_are_forgotten(server: Loopback) -> None:
    server.answers["/f"] = Answer(b"x", headers={"ETag": '"' + "x" * 5_000 + '"'})
    assert body_of(job(server.url("/f"))).etag == ""


def test_a_fragment_is_not_sent_and_changes_nothing(server: Loopback) -> None:
    server.answers["/f"] = Answer(status=304)
    (found,) = fetch(job(server.url("/f#top"), etag='"e"'))
    assert isinstance(found, NotModified)
    assert server.requests[0][0] == "/f"


def test_an_unasked_304_is_a_failure_since_there_is_nothing_to_keep(server: Loopback) -> None:
    server.answers["/f"] = Answer(status=304)
    assert "(304)" in failure_of(job(server.url("/f"))).reason


def test_no_cookie_is_kept_between_hops_or_polls(server: Loopback) -> None:
    server.answers["/a"] = moved("/b", cookie="id=1; Path=/")
    server.answers["/b"] = Answer(b"x", headers={"Set-Cookie": "id=2; Path=/"})
    fetch(job(server.url("/a")), job(server.url("/b")))
    assert [headers["Cookie"] for _, headers in server.requests] == [None] * 3


def test_neither_referer_nor_anything_else_tells_where_we_come_from(server: Loopback) -> None:
    server.answers["/a"] = moved("/b")
    server.answers["/b"] = Answer(b"x")
    fetch(job(server.url("/a")))
    usual = {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert {name.lower() for _, headers in server.requests for name in headers} == usual


@pytest.mark.parametrize(
    ("statuses", "is_moved"),
    [((301, 308), True), ((301, 302), False), ((302, 301), False), ((307, 308), False)],
)
def test_only_a_wholly_permanent_chain_moves_a_feed(
    server: Loopback, statuses: tuple[int, int], is_moved: bool
) -> None:
    server.answers["/a"] = moved("/b", statuses[0])
    server.answers["/b"] = moved("/c", statuses[1])
    server.answers["/c"] = Answer(b"x", headers={"ETag": '"c"'})
    found = body_of(job(server.url("/a")))
    assert found.url == server.url("/c")
    assert (found.moved_to, found.etag) == ((server.url("/c"), '"c"') if is_moved else ("", ""))


def test_a_feed_is_not_gone_because_a_temporary_address_is(server: Loopback) -> None:
    server.answers["/a"] = moved("/b", 302)
    server.answers["/b"] = Answer(status=410)
    assert not failure_of(job(server.url("/a"))).is_gone
    server.answers["/a"] = moved("/b", 301)
    assert failure_of(job(server.url("/a"))).is_gone


def test_each_hop_is_looked_up_and_checked(server: Loopback) -> None:
    server.answers["/a"] = moved("http://inside.example/meta-data")
    names = {"news.example": ["127.0.0.1"], "inside.example": ["169.254.169.254"]}
    found = failure_of(
        job(server.url("/a", "news.example")), resolve=lambda host, _port: names[host]
    )
    assert "inside.example is at 169.254.169.254" in found.reason
    assert "allow_networks" in found.reason


def test_a_name_that_is_also_at_a_private_address_is_refused(server: Loopback) -> None:
    found = failure_of(
        job(server.url("/a", "news.example")),
        resolve=lambda _host, _port: ["127.0.0.1", "192.168.1.1"],
    )
    assert "192.168.1.1" in found.reason
    assert server.requests == []


def test_https_is_followed_to_https_and_never_to_plain_http(
    server: Loopback, authority: trustme.CA
) -> None:
    with Loopback(context(authority, "news.example")) as safe:
        safe.answers["/a"] = moved("/b")
        safe.answers["/b"] = Answer(b"x")
        safe.answers["/down"] = moved(server.url("/plain"))
        tls = trusting(authority)
        assert body_of(job(safe.url("/a", "news.example")), tls=tls).body == b"x"
        found = failure_of(job(safe.url("/down", "news.example")), tls=tls)
    assert "from https to plain http" in found.reason
    assert server.requests == []


def test_certificates_that_nobody_vouches_for_are_refused(authority: trustme.CA) -> None:
    with Loopback(context(authority, "other.example")) as safe:
        unknown = failure_of(job(safe.url("/a", "other.example")))
        wrong_name = failure_of(job(safe.url("/a", "news.example")), tls=trusting(authority))
    assert "no valid certificate" in unknown.reason
    assert "no valid certificate" in wrong_name.reason
    assert safe.requests == []


def test_what_speaks_no_tls_is_told_in_words(server: Loopback) -> None:
    reason = failure_of(job(server.url("/f").replace("http:", "https:"))).reason
    assert "does not speak TLS" in reason


@pytest.mark.parametrize(
    ("packed", "name"),
    [
        (gzip.compress(b"feed", mtime=0), "gzip"),
        (zlib.compress(b"feed"), "deflate"),
        (zlib.compress(b"feed", wbits=-15), "deflate"),
        (b"feed", "identity"),
    ],
)
def test_packed_answers_are_unpacked(server: Loopback, packed: bytes, name: str) -> None:
    server.answers["/f"] = Answer(packed, headers={"Content-Encoding": name})
    assert body_of(job(server.url("/f"))).body == b"feed"


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, identity", "\x1b[31m"])
def test_ways_of_packing_that_we_did_not_ask_for_are_refused(server: Loopback, name: str) -> None:
    server.answers["/f"] = Answer(b"x", headers={"Content-Encoding": name})
    reason = failure_of(job(server.url("/f"))).reason
    assert reason.isprintable()


def test_garbage_called_gzip_is_told_in_words(server: Loopback) -> None:
    server.answers["/f"] = Answer(b"no gzip at all", headers={"Content-Encoding": "gzip"})
    assert "cannot be unpacked" in failure_of(job(server.url("/f"))).reason


def test_a_gzip_bomb_costs_neither_time_nor_traffic(server: Loopback) -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    server.answers["/f"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    started = time.monotonic()
    found = failure_of(job(server.url("/f")), limits=replace(LIMITS, max_bytes=15_000_000))
    assert "hundred times" in found.reason
    assert found.bytes <= len(bomb)
    assert time.monotonic() - started < 1.5


def test_silence_ends_at_the_idle_limit(server: Loopback) -> None:
    url, thread = raw(then=lambda _connection: time.sleep(1))
    limits = replace(LIMITS, idle_seconds=0.2)
    assert "said nothing for 0.2 seconds" in failure_of(job(url), limits=limits).reason
    thread.join()


@pytest.mark.parametrize(
    "lines",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"],
        [b"SSH-2.0-OpenSSH_9.2\r\n"],
        [b""],
        [b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"X-Many: x\r\n" * 100_000, b"\r\n"],
    ],
    ids=[
        "half a body",
        "half a chunk",
        "another protocol",
        "nothing",
        "a long header",
        "many headers",
    ],
)
def test_broken_answers_are_failures_in_words(lines: list[bytes]) -> None:
    url, thread = raw(*lines)
    started = time.monotonic()
    assert "127.0.0.1" in failure_of(job(url)).reason
    assert time.monotonic() - started < 2
    thread.join(timeout=5)


def test_a_silent_name_server_holds_up_its_own_feed_only(server: Loopback) -> None:
    released = threading.Event()

    def resolve(host: str, _port: int) -> list[str]:
        if host.startswith("dead"):
            released.wait(5)
        return ["127.0.0.1"]

    server.answers["/f"] = Answer(b"x")
    jobs = [job(f"http://dead{n}.example/f") for n in range(8)]
    started = time.monotonic()
    *dead, alive = fetch(
        *jobs,
        job(server.url("/f", "alive.example")),
        limits=replace(LIMITS, connect_seconds=0.5),
        resolve=resolve,
    )
    assert time.monotonic() - started < 2
    released.set()
    assert isinstance(alive, Fetched)
    assert alive.ms < 400
    assert all("did not answer within 0.5 seconds" in str(found) for found in dead)


def test_hosts_take_turns_also_where_redirects_lead(server: Loopback) -> None:
    now, most = 0, 0
    lock = threading.Lock()

    def slowly(_headers: object) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        return Answer(b"x")

    server.answers["/shared"] = slowly
    for n in range(4):
        server.answers[f"/{n}"] = moved(server.url("/shared", "shared.example"))
    found = fetch(*(job(server.url(f"/{n}", f"blog{n}.example")) for n in range(4)))
    assert all(isinstance(result, Fetched) for result in found)
    assert most == 1
    waited = max(result.ms for result in found if isinstance(result, Fetched))
    assert waited < 150, "waiting for one's turn does not count"


def test_no_more_requests_than_allowed_run_at_once(server: Loopback) -> None:
    def slowly(_headers: object) -> Answer:
        time.sleep(0.03)
        return Answer(b"x")

    server.answers["/f"] = slowly
    fetch(*(job(server.url("/f", f"blog{n}.example")) for n in range(12)), at_once=3)
    assert server.most_at_once == 3


@pytest.mark.parametrize("value", ["soon", "-5", "", "Sun, 01 Mar 2020 13:00:00 GMT", "\xb2"])
def test_a_senseless_retry_after_is_no_wish(server: Loopback, value: str) -> None:
    server.answers["/f"] = Answer(status=429, headers={"Retry-After": value})
    assert failure_of(job(server.url("/f"))).retry_after is None


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({"Cache-Control": "public, max-age=3600", "Age": "600"}, timedelta(minutes=50)),
        ({"Cache-Control": "max-age=60, no-cache"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Expires": "Sun, 01 Mar 2026 14:00:00 GMT"}, timedelta(hours=2)),
        ({"Expires": "0"}, None),
        (
            {"Cache-Control": "max-age=9", "Expires": "Sun, 01 Mar 2026 14:00:00 GMT"},
            timedelta(seconds=9),
        ),
        ({}, None),
    ],
)
def test_how_long_an_answer_stays_fresh_is_heard(
    server: Loopback, headers: dict[str, str], fresh: timedelta | None
) -> None:
    server.answers["/f"] = Answer(b"x", headers=headers)
    assert body_of(job(server.url("/f"))).fresh_for == fresh


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/", "file:///etc/passwd", "http://", "http:///x", "javascript:alert(1)",
        "http://u:secret@a.example/", "http://a.example\\@b.example/", "http://a.example:99999/",
        "http://[::1/", "http://a b/", "http://a.example/\x00", "//a.example/", "",
        "http://a.example/" + "x" * 9_000, "http://xn--/", "http://" + "a" * 300 + ".example/",
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_asked_fail_in_one_line_without_secrets(url: str) -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    reason = failure_of(job(url), resolve=unknown).reason
    assert "secret" not in reason
    assert reason.isprintable()
    assert len(reason) < 600


def test_a_strangers_words_are_shown_in_one_short_line() -> None:
    words = "broke\r\nX: y \x1b[31m http://u:p@a.example/?key=abc " + "z" * 1_000
    shown = answers.shown(words)
    assert shown.isprintable()
    assert len(shown) <= 200
    assert "abc" not in shown
    assert "u:p" not in shown
