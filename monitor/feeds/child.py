"""Parsing in a child process that can be killed: hostile bytes cost a feed, never the worker.

The child is started once and kept; it is replaced when it hangs, dies or grows. Parent and child
speak in frames of length and JSON (bytes follow raw), so that nothing the child says is ever
executed. The child ends when its input does, so none outlives a killed parent.
"""

from __future__ import annotations

import asyncio
import json
import resource
import struct
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, BinaryIO, Self

from monitor.feeds.parse import parse
from monitor.model import Fetched, ParsedFeed, ParseFailed, Post

CPU_SECONDS = 10
MEMORY_BYTES = 512 * 1024 * 1024
MAX_ANSWER = 256 * 1024 * 1024
_LENGTH = struct.Struct(">II")
"""Length of the JSON, then of the raw bytes that follow it."""


class Parser:
    """A child that parses, one feed at a time; an async context manager.

    `seconds` is how long one feed may take, `memory_bytes` how large the child may grow.
    """

    def __init__(self, *, seconds: float = CPU_SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Start nothing yet: the child comes with the first feed."""
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _exc: BaseException | None,
        _tb: TracebackType | None,
    ) -> None:
        """End the child."""
        await self._kill()

    async def parse(self, fetched: Fetched, language: str) -> ParsedFeed | ParseFailed:
        """Parse one feed's bytes; a child that cannot is killed, and says so as a value."""
        async with self._turn:
            try:
                return await asyncio.wait_for(self._ask(fetched, language), self._seconds)
            except TimeoutError:
                await self._kill()
                return ParseFailed(
                    f"Reading it took longer than {self._seconds:g} seconds and was stopped:"
                    " the document is broken, or made to be slow."
                )
            except (asyncio.IncompleteReadError, ConnectionError, BrokenPipeError):
                await self._kill()
                return ParseFailed(
                    f"Reading it took more than {self._memory_bytes // 2**20} MB of memory, or broke"
                    " the reader: the document is broken, or made to be large."
                )
            except asyncio.CancelledError:
                # The child may be half way through an answer that nobody will read.
                await self._kill()
                raise

    async def _ask(self, fetched: Fetched, language: str) -> ParsedFeed | ParseFailed:
        child = self._child or await self._start()
        if child.stdin is None or child.stdout is None:
            raise BrokenPipeError
        head = json.dumps(
            {"content_type": fetched.content_type, "url": fetched.url, "language": language}
        ).encode()
        child.stdin.write(_LENGTH.pack(len(head), len(fetched.body)) + head)
        child.stdin.write(fetched.body)
        await child.stdin.drain()
        length, _ = _LENGTH.unpack(await child.stdout.readexactly(_LENGTH.size))
        if length > MAX_ANSWER:
            raise BrokenPipeError
        return _from_json(json.loads(await child.stdout.readexactly(length)))

    async def _start(self) -> asyncio.subprocess.Process:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor.feeds.child", str(self._memory_bytes),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        return self._child

    async def _kill(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            child.kill()
        await child.communicate()


def _to_json(result: ParsedFeed | ParseFailed) -> bytes:
    if isinstance(result, ParseFailed):
        return json.dumps({"reason": result.reason}).encode("utf-8", "replace")
    value = asdict(result)
    value["ttl"] = result.ttl.total_seconds() if result.ttl else None
    return json.dumps(value, default=datetime.isoformat).encode("utf-8", "replace")


def _from_json(value: dict[str, Any]) -> ParsedFeed | ParseFailed:
    if "reason" in value:
        return ParseFailed(value["reason"])
    posts = tuple(
        Post(
            **item
            | {"published_at": datetime.fromisoformat(at) if (at := item["published_at"]) else None}
        )
        for item in value["posts"]
    )
    ttl = timedelta(seconds=value["ttl"]) if value["ttl"] else None
    return ParsedFeed(
        value["title"], value["language"], posts, value["malformed"], value["dropped"], ttl
    )


def _answer(source: BinaryIO, head_length: int, body_length: int) -> bytes:
    head = json.loads(source.read(head_length))
    body = source.read(body_length)
    try:
        return _to_json(parse(body, **head))
    except RecursionError:
        return _to_json(ParseFailed("The document is nested too deeply to be read."))


def serve(memory_bytes: int) -> None:
    """Be the child: answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(lengths := source.read(_LENGTH.size)) == _LENGTH.size:
        answer = _answer(source, *_LENGTH.unpack(lengths))
        sink.write(_LENGTH.pack(len(answer), 0) + answer)
        sink.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
