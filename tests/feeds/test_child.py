"""Hostile bytes cost their feed, never the worker."""

import asyncio
import os
import subprocess
import sys
import time

from monitor.feeds.child import Parser
from monitor.model import Fetched, ParsedFeed, ParseFailed

GOOD = b"<rss version='2.0'><channel><title>T</title><item><title>Still here</title></item></channel></rss>"


def fetched(body: bytes) -> Fetched:
    return Fetched(body, "text/xml", "https://a.example/feed", "", 200, "", "", None, 0)


def parse(*bodies: bytes, seconds: int = 10) -> list[ParsedFeed | ParseFailed]:
    async def all_of() -> list[ParsedFeed | ParseFailed]:
        async with Parser(cpu_seconds=seconds) as parser:
            return [await parser.parse(fetched(body), "en") for body in bodies]

    return asyncio.run(all_of())


def quadratic(attributes: int) -> bytes:
    many = " ".join(f"a{n}='x'" for n in range(attributes))
    return (
        f"<rss version='2.0'><channel><item {many}><title>t</title></item></channel></rss>".encode()
    )


def test_one_child_reads_one_feed_after_the_other() -> None:
    assert [type(p) for p in parse(GOOD, b"<html>", GOOD)] == [ParsedFeed, ParseFailed, ParsedFeed]


def test_a_feed_that_hangs_is_stopped_and_the_next_is_read() -> None:
    slow, good = parse(quadratic(60_000), GOOD, seconds=2)
    assert isinstance(slow, ParseFailed)
    assert "longer than 2 seconds" in slow.reason
    assert isinstance(good, ParsedFeed)


def test_a_feed_that_eats_memory_is_stopped_and_the_next_is_read() -> None:
    async def run() -> list[ParsedFeed | ParseFailed]:
        async with Parser(memory_bytes=200 * 2**20) as parser:
            big = b"<rss version='2.0'><channel>" + b"<item><title>t</title></item>" * 400_000
            return [await parser.parse(fetched(b), "en") for b in (big, GOOD)]

    large, good = asyncio.run(run())
    assert isinstance(large, ParseFailed)
    assert isinstance(good, ParsedFeed)


def test_the_child_ends_with_its_parent() -> None:
    code = (
        "import asyncio, os, sys\n"
        "from tests.feeds.test_child import GOOD, fetched\n"
        "from monitor.feeds.child import Parser\n"
        "async def main():\n"
        "    p = Parser(); await p.parse(fetched(GOOD), 'en')\n"
        "    print(p._children[0]._process.pid, flush=True); os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    child = int(run.stdout)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("the child outlived its parent")
