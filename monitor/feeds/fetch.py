"""The HTTP part of a poll: polite, bounded, guarded; failures are values in plain words.

One request a host at a time and a fixed number in all; redirects are followed here, one by one, so
that every hop is checked and validators are sent only to the address that gave them.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2

from monitor.feeds import answers, guard
from monitor.model import Fetched, FetchFailed, FetchLimits, NotModified, PollJob

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
REDIRECTS = {301, 302, 303, 307, 308}
PERMANENT = {301, 308}
MAX_RATIO = 100
"""Unpacked over packed bytes, looked at after the first MiB: real text stays under 20."""


class _Stop(Exception):  # noqa: N818  # a way out of the loop, not an error class
    """A fetch ends here, for this reason."""

    def __init__(self, reason: str, *, status: int | None = None, received: int = 0) -> None:
        super().__init__(reason)
        self.failed = FetchFailed(reason, status=status, bytes=received)


@dataclass(slots=True)
class _Hop:
    """Where a fetch stands between two requests."""

    url: str
    is_permanent: bool = True
    count: int = 0


class Fetcher:
    """A client for feeds; an async context manager.

    `at_once` requests in all, `per_host` a host. `clock` dates Retry-After and Expires.
    """

    def __init__(
        self,
        limits: FetchLimits,
        *,
        user_agent: str,
        clock: Callable[[], datetime],
        at_once: int = 16,
        per_host: int = 1,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._all = asyncio.Semaphore(at_once)
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(per_host)
        )
        self._client = httpx2.AsyncClient(
            transport=guard.async_transport(limits.allow_networks, connections=at_once * 2),
            headers={
                "User-Agent": user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, deflate",
            },
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
        async with self._hosts[urlsplit(job.url).netloc.lower()], self._all:
            started = time.monotonic()
            try:
                async with asyncio.timeout(self._limits.total_seconds):
                    found = await self._follow(job, started)
            except _Stop as stop:
                found = stop.failed
            except TimeoutError:
                found = FetchFailed(
                    f"The server took longer than {self._limits.total_seconds:g} seconds in all."
                )
            except (
                httpx2.HTTPError,
                httpx2.InvalidURL,
                httpx2.StreamError,
                ssl.SSLError,
                OSError,
            ) as error:
                found = FetchFailed(answers.spoken(error, job.url, self._limits))
            self._client.cookies.clear()
        if isinstance(found, FetchFailed):
            return FetchFailed(
                found.reason,
                found.status,
                found.retry_after,
                found.is_gone,
                found.bytes,
                _ms(started),
            )
        return found

    async def _follow(self, job: PollJob, started: float) -> Fetched | NotModified | FetchFailed:
        hop, seen = _Hop(_checked(job.url)), set()
        while True:
            if hop.url in seen:
                raise _Stop("The server redirects in a circle.")
            seen.add(hop.url)
            # The connection pool would follow HTTP's rules on its own; the hops are ours to judge.
            async with self._client.stream(
                "GET", hop.url, headers=self._validators(job, hop)
            ) as answer:
                if answer.status_code in REDIRECTS:
                    self._redirect(hop, answer)
                    continue
                return await self._answer(job, hop, answer, started)

    def _validators(self, job: PollJob, hop: _Hop) -> dict[str, str]:
        """ETag and Last-Modified, byte for byte, and only to the address that gave them."""
        if hop.url != job.url:
            return {}
        headers = {"If-None-Match": job.etag, "If-Modified-Since": job.last_modified}
        return {name: value for name, value in headers.items() if value}

    def _redirect(self, hop: _Hop, answer: httpx2.Response) -> None:
        hop.count += 1
        status = answer.status_code
        target = answer.headers.get("location", "")
        if not target:
            raise _Stop("The server redirects, but does not say where to.", status=status)
        if hop.count > self._limits.max_redirects:
            raise _Stop(
                f"The server redirects more than {self._limits.max_redirects} times.", status=status
            )
        url = _checked(urljoin(hop.url, target))
        if hop.url.startswith("https:") and not url.startswith("https:"):
            raise _Stop(
                "The server redirects from https to plain http, which is not followed.",
                status=status,
            )
        hop.is_permanent = hop.is_permanent and status in PERMANENT
        hop.url = url

    async def _answer(
        self, job: PollJob, hop: _Hop, answer: httpx2.Response, started: float
    ) -> Fetched | NotModified | FetchFailed:
        status = answer.status_code
        moved_to = hop.url if hop.count and hop.is_permanent else ""
        if status == 304:
            return NotModified(
                hop.url, moved_to, answers.fresh_for(answer, self._clock()), _ms(started)
            )
        if status != 200:
            return answers.refused(answer, self._clock())
        body = await self._body(answer)
        return Fetched(
            body=body,
            content_type=answer.headers.get("content-type", ""),
            url=hop.url,
            moved_to=moved_to,
            status=status,
            # Validators of a temporary address must not be sent to the lasting one.
            etag=answer.headers.get("etag", "") if hop.url == job.url or moved_to else "",
            last_modified=answer.headers.get("last-modified", "")
            if hop.url == job.url or moved_to
            else "",
            fresh_for=answers.fresh_for(answer, self._clock()),
            ms=_ms(started),
        )

    async def _body(self, answer: httpx2.Response) -> bytes:
        """Read at most `max_bytes`, packed or unpacked; decoding is bounded by httpx2 a chunk."""
        encodings = [
            e for e in re.split(r"[,\s]+", answer.headers.get("content-encoding", "").lower()) if e
        ]
        if len(encodings) > 1 or not set(encodings) <= {"gzip", "x-gzip", "deflate", "identity"}:
            raise _Stop(
                f"The server packed its answer in a way we did not ask for ({', '.join(encodings)}).",
                status=200,
            )
        limit = self._limits.max_bytes
        too_big = f"The answer is larger than {limit / 1e6:g} MB."
        declared = answer.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:18]) > limit:
            raise _Stop(too_big, status=200)
        chunks, size = [], 0
        async for chunk in answer.aiter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            packed = answer.num_bytes_downloaded
            if size > limit or packed > limit:
                raise _Stop(too_big, status=200, received=packed)
            if encodings and size > 2**20 and size > packed * MAX_RATIO:
                raise _Stop(
                    "The answer unpacks to more than a hundred times its size, as attacks do.",
                    status=200,
                    received=packed,
                )
        return b"".join(chunks)


def _ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _checked(url: str) -> str:
    """The address without its fragment, if it is one that we ask."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, usable = urlsplit(""), False
    if not usable or "\\" in url:
        raise _Stop(f"{answers.redacted(url)} is not a web address (http or https).")
    if parts.username or parts.password:
        raise _Stop(f"{answers.redacted(url)} holds a user name or password, which is not sent.")
    return urlunsplit(parts._replace(fragment=""))
