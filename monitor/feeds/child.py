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
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from monitor.feeds.parse import parse
from monitor.model import Fetched, ParsedFeed, ParseFailed, Post

CPU_SECONDS = 10
WALL_SECONDS = 20.0
MEMORY_BYTES = 512 * 1024 * 1024
MAX_ANSWER = 96 * 1024 * 1024
"""Bytes of JSON that one feed may come to: several times the largest body that is fetched."""

POSTS_A_FRAME = 25
"""Few enough that decoding a frame does not keep the event loop from other work."""

MAX_JOBS = 1_000
"""Feeds that one child reads before a fresh one takes over: memory that leaked goes with it."""

_LENGTH = struct.Struct(">II")
"""Length of the JSON, then of the raw bytes that follow it."""

_NO_MEMORY = 3
"""Exit code of a child that reached its limit of memory."""

_GROWN = (
    "Reading it took more than {} MB of memory and was stopped: the document is broken, or made to"
    " be large."
)
_SLOW = (
    "Reading it took longer than {:g} seconds and was stopped: the document is broken, or made to"
    " be slow."
)
_BROKE = "Reading it broke the reader ({}). This is a fault of Failwatch: please report it."


class Parser:
    """Children that parse, each one feed at a time; an async context manager.

    A feed may cost `cpu_seconds` of processor time and `wall_seconds` by the clock; a child's
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
        child = await self._idle.get()
        try:
            return await self._with(child, fetched, language)
        finally:
            self._idle.put_nowait(child)

    async def _with(
        self, child: _Child, fetched: Fetched, language: str
    ) -> ParsedFeed | ParseFailed:
        is_well = False
        try:
            async with asyncio.timeout(self._wall_seconds):
                found, is_well = await child.ask(fetched, language)
        except TimeoutError:
            return ParseFailed(_SLOW.format(self._wall_seconds))
        except (asyncio.IncompleteReadError, ConnectionError):
            return ParseFailed(self._why(await child.kill(patience=1)))
        except (ValueError, TypeError, KeyError) as error:
            return ParseFailed(_BROKE.format(f"answer not understood, {type(error).__name__}"))
        finally:
            # Also when cancelled: the child may be half way through an answer that nobody reads.
            if not is_well:
                await child.kill()
        return found

    def _why(self, exit_code: int | None) -> str:
        if exit_code == -signal.SIGXCPU:
            return _SLOW.format(self._cpu_seconds)
        # Rust aborts when it gets no memory; the kernel kills when there is none at all.
        if exit_code in {_NO_MEMORY, -signal.SIGABRT, -signal.SIGKILL}:
            return _GROWN.format(self._memory_bytes // 2**20)
        return _BROKE.format(f"it ended with code {exit_code}")


class _Child:
    """One process, started when it is first asked and again after it was killed."""

    def __init__(self, cpu_seconds: int, memory_bytes: int) -> None:
        self._limits = (str(cpu_seconds), str(memory_bytes))
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, fetched: Fetched, language: str) -> tuple[ParsedFeed | ParseFailed, bool]:
        """The answer, and whether the child is fit for another feed."""
        if self._process is not None and self._process.returncode is not None:
            await self.kill()
        process = self._process or await self._start()
        sink, source = process.stdin, process.stdout
        if sink is None or source is None:
            raise BrokenPipeError
        job = {"content_type": fetched.content_type, "url": fetched.url, "language": language}
        head = json.dumps(job).encode()
        sink.write(_LENGTH.pack(len(head), len(fetched.body)) + head)
        sink.write(fetched.body)
        await sink.drain()
        room = MAX_ANSWER
        frame, room = await _frame(source, room)
        if "reason" in frame:
            return ParseFailed(str(frame["reason"])), not frame["retires"]
        posts: list[Post] = []
        while len(posts) < frame["count"]:
            batch, room = await _frame(source, room)
            posts.extend(_post(item) for item in batch["posts"])
        return _feed(frame, posts), not frame["retires"]

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "monitor.feeds.child", *self._limits,
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


async def _frame(source: asyncio.StreamReader, room: int) -> tuple[dict[str, Any], int]:
    """One frame of an answer, and how many bytes more the answer may have."""
    length, _ = _LENGTH.unpack(await source.readexactly(_LENGTH.size))
    if length > room:
        raise ValueError("an answer without end")
    return json.loads(await source.readexactly(length)), room - length


def _feed(head: dict[str, Any], posts: list[Post]) -> ParsedFeed:
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


def _frames(result: ParsedFeed | ParseFailed, *, retires: bool) -> Iterator[bytes]:
    """A result as the frames that `_Child.ask` reads."""
    if isinstance(result, ParseFailed):
        yield _packed({"reason": result.reason, "retires": retires})
        return
    yield _packed(
        {
            "title": result.title,
            "language": result.language,
            "malformed": result.malformed,
            "dropped": result.dropped,
            "ttl": result.ttl.total_seconds() if result.ttl else 0,
            "count": len(result.posts),
            "retires": retires,
        }
    )
    for at in range(0, len(result.posts), POSTS_A_FRAME):
        yield _packed({"posts": [asdict(post) for post in result.posts[at : at + POSTS_A_FRAME]]})


def _packed(value: dict[str, Any]) -> bytes:
    raw = json.dumps(value, default=datetime.isoformat, ensure_ascii=False).encode()
    return _LENGTH.pack(len(raw), 0) + raw


def _parsed(body: bytes, job: dict[str, str]) -> ParsedFeed | ParseFailed:
    try:
        return parse(body, **job)
    except RecursionError:
        return ParseFailed("The document is nested too deeply to be read.")
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # a reader's fault on hostile bytes costs one feed
        return ParseFailed(_BROKE.format(type(error).__name__))


def _confine(memory_bytes: int) -> None:
    """Give up what parsing does not need: memory beyond the limit, files, core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wind_up(cpu_seconds: int) -> None:
    """Let the kernel end us after `cpu_seconds` more of processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _size() -> int:
    """Bytes of address space now; 0 where the system does not tell.

    Not `ru_maxrss`: that begins with the size of the parent that we were forked from.
    """
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def serve(source: BinaryIO, sink: BinaryIO, *, cpu_seconds: int, memory_bytes: int) -> None:
    """Be the child: answer until the input ends."""
    _confine(memory_bytes)
    jobs = 0
    while len(lengths := source.read(_LENGTH.size)) == _LENGTH.size:
        _wind_up(cpu_seconds)
        head_length, body_length = _LENGTH.unpack(lengths)
        job = json.loads(source.read(head_length))
        result = _parsed(source.read(body_length), job)
        jobs += 1
        has_grown = _size() > memory_bytes / 2
        sink.writelines(_frames(result, retires=has_grown or jobs >= MAX_JOBS))
        sink.flush()


if __name__ == "__main__":
    try:
        serve(
            sys.stdin.buffer,
            sys.stdout.buffer,
            cpu_seconds=int(sys.argv[1]),
            memory_bytes=int(sys.argv[2]),
        )
    except MemoryError:
        # At once: an orderly end would need the memory that is not there.
        os._exit(_NO_MEMORY)
