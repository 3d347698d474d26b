"""Parsing in child processes that can be killed: hostile bytes cost a feed, never the worker.

A child is started once and kept; it is replaced when it hangs, dies or has grown. Parent and child
speak in frames of length and JSON (a feed's bytes follow raw), so that nothing a child says is
ever executed. A child ends when its input does, so none outlives a killed parent for longer than
the job in its hands, whose processor time the kernel counts.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from monitor.feeds.article import Article
from monitor.feeds.reader import BROKE, LENGTH, NO_MEMORY, packed
from monitor.model import Fetched, ParsedFeed, ParseFailed, Post

CPU_SECONDS = 10
WALL_SECONDS = 20.0
MEMORY_BYTES = 512 * 1024 * 1024
MAX_ANSWER = 96 * 1024 * 1024
"""Bytes of JSON that one document may come to: several times the largest body that is fetched."""

_GROWN = (
    "Reading it took more than {} MB of memory and was stopped: the document is broken, or made to"
    " be large."
)
_SLOW = (
    "Reading it took longer than {:g} seconds and was stopped: the document is broken, or made to"
    " be slow."
)

Answer = TypeVar("Answer")
_Understand = Callable[[dict[str, Any], "_Frames"], Awaitable[Answer]]
"""(first frame, the rest of them) -> what the child found."""


class Parser:
    """Children that parse, each one document at a time; an async context manager.

    A document may cost `cpu_seconds` of processor time and `wall_seconds` by the clock; a child's
    address space may grow to `memory_bytes`.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        cpu_seconds: int = CPU_SECONDS,
        wall_seconds: float = WALL_SECONDS,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        self._memory_bytes = memory_bytes
        self._children = [_Child(cpu_seconds, memory_bytes) for _ in range(workers)]
        self._idle: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        for child in self._children:
            self._idle.put_nowait(child)

    async def __aenter__(self) -> Self:
        """Start nothing yet: a child comes with the first feed."""
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _exc: BaseException | None,
        _tb: TracebackType | None,
    ) -> None:
        """End the children."""
        for child in self._children:
            await child.kill()

    async def parse(self, fetched: Fetched, language: str) -> ParsedFeed | ParseFailed:
        """Parse one feed's bytes; a child that cannot is killed, and says so as a value."""
        job = {
            "kind": "feed", "content_type": fetched.content_type, "url": fetched.url,
            "language": language,
        }  # fmt: skip
        return await self._ask(job, fetched.body, _feed)

    async def article(self, fetched: Fetched) -> Article | ParseFailed:
        """Read the text of a page in the same way."""
        job = {"kind": "page", "content_type": fetched.content_type}
        return await self._ask(job, fetched.body, _article)

    async def _ask(
        self, job: dict[str, str], body: bytes, understand: _Understand[Answer]
    ) -> Answer | ParseFailed:
        child = await self._idle.get()
        try:
            return await self._with(child, packed(job, body), understand)
        finally:
            self._idle.put_nowait(child)

    async def _with(
        self, child: _Child, frame: bytes, understand: _Understand[Answer]
    ) -> Answer | ParseFailed:
        is_well = False
        try:
            async with asyncio.timeout(self._wall_seconds):
                found, is_well = await child.ask(frame, understand)
        except TimeoutError:
            return ParseFailed(_SLOW.format(self._wall_seconds))
        except (asyncio.IncompleteReadError, ConnectionError):
            return ParseFailed(self._why(await child.kill(patience=1)))
        except (ValueError, TypeError, KeyError) as error:
            return ParseFailed(BROKE.format(f"answer not understood, {type(error).__name__}"))
        finally:
            # Also when cancelled: the child may be half way through an answer that nobody reads.
            if not is_well:
                await child.kill()
        return found

    def _why(self, exit_code: int | None) -> str:
        if exit_code == -signal.SIGXCPU:
            return _SLOW.format(self._cpu_seconds)
        # Rust aborts when it gets no memory; the kernel kills when there is none at all.
        if exit_code in {NO_MEMORY, -signal.SIGABRT, -signal.SIGKILL}:
            return _GROWN.format(self._memory_bytes // 2**20)
        return BROKE.format(f"it ended with code {exit_code}")


class _Child:
    """One process, started when it is first asked and again after it was killed."""

    def __init__(self, cpu_seconds: int, memory_bytes: int) -> None:
        self._limits = (str(cpu_seconds), str(memory_bytes))
        self._process: asyncio.subprocess.Process | None = None

    async def ask(
        self, frame: bytes, understand: _Understand[Answer]
    ) -> tuple[Answer | ParseFailed, bool]:
        """The answer, and whether the child is fit for another job."""
        if self._process is not None and self._process.returncode is not None:
            await self.kill()
        process = self._process or await self._start()
        sink, source = process.stdin, process.stdout
        if sink is None or source is None:
            raise BrokenPipeError
        sink.write(frame)
        await sink.drain()
        answer = _Frames(source, MAX_ANSWER)
        head = await answer.next()
        if "reason" in head:
            return ParseFailed(str(head["reason"])), not head["retires"]
        return await understand(head, answer), not head["retires"]

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "monitor.feeds.reader", *self._limits,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
            # Nothing of ours but where the code lies: the environment may hold passwords.
            env={"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)},
        )  # fmt: skip
        return self._process

    async def kill(self, *, patience: float = 0) -> int | None:
        """End the process, if there is one, and return its exit code.

        One that broke off is about to go by itself: `patience` seconds show how it went.
        """
        process, self._process = self._process, None
        if process is None:
            return None
        if patience:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), patience)
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.communicate()
        return process.returncode


class _Frames:
    """The frames of one answer, which may come to `room` bytes."""

    def __init__(self, source: asyncio.StreamReader, room: int) -> None:
        self._source = source
        self._room = room

    async def next(self) -> dict[str, Any]:
        """The next frame."""
        length, _ = LENGTH.unpack(await self._source.readexactly(LENGTH.size))
        if length > self._room:
            raise ValueError("an answer without end")
        self._room -= length
        found: dict[str, Any] = json.loads(await self._source.readexactly(length))
        return found


async def _article(head: dict[str, Any], _rest: _Frames) -> Article:
    return Article(title=str(head["title"]), text=str(head["text"]))


async def _feed(head: dict[str, Any], rest: _Frames) -> ParsedFeed:
    posts: list[Post] = []
    while len(posts) < head["count"]:
        posts.extend(_post(item) for item in (await rest.next())["posts"])
    return ParsedFeed(
        title=str(head["title"]),
        language=str(head["language"]),
        posts=tuple(posts),
        malformed=str(head["malformed"]),
        dropped=int(head["dropped"]),
        ttl=timedelta(seconds=float(head["ttl"])) or None,
    )


def _post(item: dict[str, Any]) -> Post:
    at = item.pop("published_at")
    return Post(**item, published_at=datetime.fromisoformat(at) if at else None)
