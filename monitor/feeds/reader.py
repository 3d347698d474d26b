"""The process that parses: what runs in a child of `child`, which it answers until its input ends.

A job is a frame of JSON and the raw bytes to read; so is each answer, without bytes.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from monitor.feeds import article
from monitor.feeds.parse import parse
from monitor.model import ParsedFeed, ParseFailed

POSTS_A_FRAME = 25
"""Few enough that decoding a frame does not keep the event loop from other work."""

MAX_JOBS = 1_000
"""Documents that one process reads before a fresh one takes over: memory that leaked goes with it."""

LENGTH = struct.Struct(">II")
"""Length of the JSON, then of the raw bytes that follow it."""

NO_MEMORY = 3
"""Exit code of a process that reached its limit of memory."""

BROKE = "Reading it broke the reader ({}). This is a fault of Failwatch: please report it."


def _frames(
    result: ParsedFeed | article.Article | ParseFailed, *, retires: bool
) -> Iterator[bytes]:
    """A result as the frames that `child` reads."""
    if isinstance(result, ParseFailed):
        yield packed({"reason": result.reason, "retires": retires})
        return
    if isinstance(result, article.Article):
        yield packed({**asdict(result), "retires": retires})
        return
    yield packed(
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
        yield packed({"posts": [asdict(post) for post in result.posts[at : at + POSTS_A_FRAME]]})


def packed(value: dict[str, Any], body: bytes = b"") -> bytes:
    """A value as a frame, followed by raw bytes."""
    raw = json.dumps(value, default=datetime.isoformat, ensure_ascii=False).encode()
    return LENGTH.pack(len(raw), len(body)) + raw + body


def _result(body: bytes, job: dict[str, str]) -> ParsedFeed | article.Article | ParseFailed:
    try:
        if job.pop("kind") == "page":
            return article.read(body, **job)
        return parse(body, **job)
    except RecursionError:
        return ParseFailed("The document is nested too deeply to be read.")
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # a reader's fault on hostile bytes costs one feed
        return ParseFailed(BROKE.format(type(error).__name__))


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
    while len(lengths := source.read(LENGTH.size)) == LENGTH.size:
        _wind_up(cpu_seconds)
        head_length, body_length = LENGTH.unpack(lengths)
        job = json.loads(source.read(head_length))
        result = _result(source.read(body_length), job)
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
        os._exit(NO_MEMORY)
