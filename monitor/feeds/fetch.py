"""The HTTP part of a poll, and of reading a post's page: polite, bounded, guarded; failures are values in plain words.

One request a host at a time and a fixed number in all; redirects are followed here, one by one, so
that every hop is checked and validators are sent only to the address that gave them.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx2

from monitor.feeds import answers, guard
from monitor.model import Fetched, FetchFailed, FetchLimits, NotModified, PollJob

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
PAGES = {"", "text/html", "application/xhtml+xml"}
"""Types that a page may have; nothing else is even downloaded."""

PAGE_BYTES = 2_000_000
PAGE_SECONDS = 15.0
REDIRECTS = {301, 302, 303, 307, 308}
PERMANENT = {301, 308}
BODIES = {200, 203}
ENCODINGS = {"gzip", "deflate", "identity"}
MAX_URL = 4_000
MAX_RATIO = 100
"""Unpacked over packed bytes, looked at after the first MiB: real text stays under 20."""


class _Stop(Exception):  # noqa: N818  # a way out of the loop, not an error class
    """A fetch ends here, for this reason."""

    def __init__(self, reason: str, *, status: int | None = None, received: int = 0) -> None:
        super().__init__(reason)
        self.failed = FetchFailed(reason, status=status, bytes=received)


@dataclass(slots=True)
class _Trip:
    """Where a fetch stands, and what it has left."""

    url: str
    limits: FetchLimits
    seconds: float
    """Left of the total; waiting for one's turn costs nothing."""
    is_page: bool = False
    """A post's page is asked for, not a feed."""
    hops: int = 0
    is_permanent: bool = True
    """Every redirect so far was."""

    @property
    def moved_to(self) -> str:
        return self.url if self.hops and self.is_permanent else ""


class Fetcher:
    """A client for feeds; an async context manager.

    `at_once` requests in all, `per_host` a host. `clock` dates Retry-After and Expires; `tls` says
    whom to trust instead of the usual authorities; `resolve` turns names into addresses.
    """

    def __init__(
        self,
        limits: FetchLimits,
        *,
        user_agent: str,
        clock: Callable[[], datetime],
        at_once: int = 16,
        per_host: int = 1,
        tls: ssl.SSLContext | None = None,
        resolve: guard.Resolve = guard.resolve,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._per_host = per_host
        self._all = asyncio.Semaphore(at_once)
        # A host is forgotten with its last request, or redirects could fill the memory with names.
        self._hosts: weakref.WeakValueDictionary[str, asyncio.Semaphore] = (
            weakref.WeakValueDictionary()
        )
        self._client = httpx2.AsyncClient(
            transport=guard.async_transport(
                limits.allow_networks, connections=at_once * 2, tls=tls, resolve=resolve
            ),
            headers={
                "User-Agent": user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, deflate",
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx2.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Open the client."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Close the client and its connections."""
        await self._client.__aexit__(kind, exc, tb)

    async def get(self, job: PollJob) -> Fetched | NotModified | FetchFailed:
        """Fetch one feed within the limits, conditionally if it was fetched before."""
        trip = _Trip(job.url, self._limits, self._limits.total_seconds)
        return await self._travel(trip, answers.validators(job))

    async def page(self, url: str) -> Fetched | FetchFailed:
        """Fetch the page of a post: as politely as a feed, within narrower limits."""
        limits = replace(
            self._limits,
            max_bytes=min(PAGE_BYTES, self._limits.max_bytes),
            total_seconds=min(PAGE_SECONDS, self._limits.total_seconds),
        )
        found = await self._travel(_Trip(url, limits, limits.total_seconds, is_page=True), {})
        if isinstance(found, NotModified):
            raise TypeError("an unconditional request has no 304")
        return found

    async def _travel(
        self, trip: _Trip, validators: dict[bytes, bytes]
    ) -> Fetched | NotModified | FetchFailed:
        try:
            found = await self._follow(trip, validators)
        except _Stop as stop:
            found = stop.failed
        except TimeoutError:
            found = FetchFailed(
                f"The server took longer than {trip.limits.total_seconds:g} seconds in all."
            )
        except (
            httpx2.HTTPError,
            httpx2.InvalidURL,
            httpx2.StreamError,
            ssl.SSLError,
            OSError,
            UnicodeError,
        ) as error:
            found = FetchFailed(answers.spoken(error, trip.url, trip.limits))
        return replace(found, ms=int((trip.limits.total_seconds - trip.seconds) * 1000))

    async def _follow(
        self, trip: _Trip, validators: dict[bytes, bytes]
    ) -> Fetched | NotModified | FetchFailed:
        trip.url = _checked(trip.url)
        seen: set[str] = set()
        while trip.url not in seen:
            seen.add(trip.url)
            found = await self._hop(trip, validators if trip.hops == 0 else {})
            if found is not None:
                return found
        raise _Stop("The server redirects in a circle.")

    async def _hop(
        self, trip: _Trip, validators: dict[bytes, bytes]
    ) -> Fetched | NotModified | FetchFailed | None:
        """One request when its turn has come; None after a redirect, with `trip` led on."""
        host = (urlsplit(trip.url).hostname or "").rstrip(".")
        turn = self._hosts.setdefault(host, asyncio.Semaphore(self._per_host))
        headers = {b"Accept": ACCEPT_PAGE.encode()} if trip.is_page else validators
        async with turn, self._all:
            started = time.monotonic()
            try:
                # The client would follow redirects by HTTP's rules; the hops are ours to judge.
                async with (
                    asyncio.timeout(trip.seconds),
                    self._client.stream("GET", trip.url, headers=headers) as answer,
                ):
                    if answer.status_code in REDIRECTS:
                        self._redirect(trip, answer)
                        return None
                    return await self._found(trip, answer, is_conditional=bool(validators))
            finally:
                trip.seconds = max(0.0, trip.seconds - (time.monotonic() - started))

    def _redirect(self, trip: _Trip, answer: httpx2.Response) -> None:
        trip.hops += 1
        status = answer.status_code
        target = answer.headers.get("location", "")
        if not target:
            raise _Stop("The server redirects, but does not say where to.", status=status)
        if trip.hops > trip.limits.max_redirects:
            raise _Stop(
                f"The server redirects more than {trip.limits.max_redirects} times.", status=status
            )
        url = _checked(_joined(trip.url, target))
        if trip.url.startswith("https:") and not url.startswith("https:"):
            raise _Stop(
                "The server redirects from https to plain http, which is not followed.",
                status=status,
            )
        trip.is_permanent = trip.is_permanent and status in PERMANENT
        trip.url = url

    async def _found(
        self, trip: _Trip, answer: httpx2.Response, *, is_conditional: bool
    ) -> Fetched | NotModified | FetchFailed:
        now = self._clock()
        fresh_for = answers.fresh_for(answer, now)
        if answer.status_code == 304 and is_conditional:
            return NotModified(trip.url, trip.moved_to, fresh_for, 0)
        if answer.status_code not in BODIES:
            if trip.is_page:
                return answers.no_page(answer)
            return answers.refused(answer, now, is_lasting=trip.is_permanent)
        if trip.is_page and answers.media_type(answer) not in PAGES:
            kind = answers.shown(answers.media_type(answer))
            raise _Stop(f"It is no web page but {kind}.", status=answer.status_code)
        body = await self._body(answer, trip.limits.max_bytes)
        return Fetched(
            body=body,
            content_type=answer.headers.get("content-type", "")[:200],
            url=trip.url,
            moved_to=trip.moved_to,
            status=answer.status_code,
            # Validators of a temporary address must not be sent to the lasting one.
            etag=answers.validator(answer, b"etag") if trip.is_permanent else "",
            last_modified=answers.validator(answer, b"last-modified") if trip.is_permanent else "",
            fresh_for=fresh_for,
            ms=0,
        )

    async def _body(self, answer: httpx2.Response, limit: int) -> bytes:
        """Read at most `limit` bytes, packed or unpacked; decoding is bounded by httpx2 a chunk."""
        encodings = re.findall(r"[^,\s]+", answer.headers.get("content-encoding", "").lower())
        status = answer.status_code
        if len(encodings) > 1 or not set(encodings) <= ENCODINGS:
            ways = answers.shown(", ".join(encodings))
            raise _Stop(
                f"The server packed its answer in a way we did not ask for ({ways}).", status=status
            )
        too_big = f"The answer is larger than {limit / 1e6:g} MB."
        declared = answer.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:18]) > limit:
            raise _Stop(too_big, status=status)
        chunks, size = [], 0
        async for chunk in answer.aiter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            packed = answer.num_bytes_downloaded
            if encodings and size > 2**20 and size > packed * MAX_RATIO:
                raise _Stop(
                    "The answer unpacks to more than a hundred times its size, as attacks do.",
                    status=status,
                    received=packed,
                )
            if size > limit or packed > limit:
                raise _Stop(too_big, status=status, received=packed)
        return b"".join(chunks)


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def _checked(url: str) -> str:
    """The address without its fragment, otherwise as it is, if it is one that we ask."""
    address = url.partition("#")[0].strip()
    parts = urlsplit("")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "\\" in address or len(address) > MAX_URL:
        raise _Stop(f"{answers.redacted(url)} is not a web address (http or https).")
    if "@" in parts.netloc:
        raise _Stop(f"{answers.redacted(url)} holds a user name or password, which is not sent.")
    return address
