"""What a child may cost, and that its end costs nobody else anything."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.feeds import child, reader
from monitor.feeds.child import Parser
from monitor.feeds.parse import parse
from monitor.model import Fetched, ParsedFeed, ParseFailed

GOOD = b"<rss version='2.0'><channel><title>T</title><item><title>Still here</title></item></channel></rss>"
MIB = 2**20


def fetched(body: bytes) -> Fetched:
    return Fetched(body, "text/xml", "https://a.example/feed", "", 200, "", "", None, 0)


def slow(attributes: int = 60_000) -> bytes:
    many = " ".join(f"a{n}='x'" for n in range(attributes))
    return (
        f"<rss version='2.0'><channel><item {many}><title>t</title></item></channel></rss>".encode()
    )


def large() -> bytes:
    text = b"word " * 2_800_000
    return (
        b"<rss version='2.0'><channel><item><description>"
        + text
        + b"</description></item></channel></rss>"
    )


def pids(parser: Parser) -> list[int]:
    return [one._process.pid for one in parser._children if one._process is not None]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def eventually(pid: int, seconds: float = 5) -> bool:
    """Whether a process ends in time."""
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


@pytest.mark.asyncio
async def test_processor_time_is_limited_by_the_kernel() -> None:
    async with Parser(cpu_seconds=1) as parser:
        found = await parser.parse(fetched(slow()), "en")
        assert isinstance(found, ParseFailed)
        assert "longer than 1 seconds" in found.reason
        assert isinstance(await parser.parse(fetched(GOOD), "en"), ParsedFeed)


@pytest.mark.asyncio
async def test_time_by_the_clock_is_limited_too() -> None:
    async with Parser(wall_seconds=0.6) as parser:
        await parser.parse(fetched(GOOD), "en")
        (pid,) = pids(parser)
        os.kill(pid, signal.SIGSTOP)  # a child that waits for ever uses no processor time
        found = await parser.parse(fetched(GOOD), "en")
        assert isinstance(found, ParseFailed)
        assert "longer than 0.6 seconds" in found.reason
        assert eventually(pid)


@pytest.mark.asyncio
async def test_memory_is_limited_and_the_reason_says_so() -> None:
    async with Parser(memory_bytes=100 * MIB) as parser:
        found = await parser.parse(fetched(large()), "en")
        assert isinstance(found, ParseFailed)
        assert "100 MB of memory" in found.reason
        assert isinstance(await parser.parse(fetched(GOOD), "en"), ParsedFeed)


@pytest.mark.asyncio
async def test_a_child_that_was_killed_meanwhile_is_replaced_unnoticed() -> None:
    async with Parser() as parser:
        await parser.parse(fetched(GOOD), "en")
        (pid,) = pids(parser)
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.3)
        assert isinstance(await parser.parse(fetched(GOOD), "en"), ParsedFeed)
        assert pids(parser) != [pid]


@pytest.mark.asyncio
async def test_an_abandoned_parse_leaves_no_answer_for_the_next_feed() -> None:
    async with Parser() as parser:
        task = asyncio.create_task(parser.parse(fetched(slow(20_000)), "en"))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        found = await parser.parse(fetched(GOOD), "en")
        assert isinstance(found, ParsedFeed)
        assert found.posts[0].title == "Still here"


@pytest.mark.asyncio
async def test_a_hostile_feed_does_not_hold_up_another_worker() -> None:
    async with Parser(workers=2, cpu_seconds=2) as parser:
        await parser.parse(fetched(GOOD), "en")
        hanging = asyncio.create_task(parser.parse(fetched(slow()), "en"))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        assert isinstance(await parser.parse(fetched(GOOD), "en"), ParsedFeed)
        assert time.monotonic() - started < 1.5
        assert isinstance(await hanging, ParseFailed)


@pytest.mark.asyncio
async def test_a_child_that_has_grown_is_replaced_after_its_answer() -> None:
    async with Parser(memory_bytes=60 * MIB) as parser:  # the bare child is more than half of it
        assert isinstance(await parser.parse(fetched(GOOD), "en"), ParsedFeed)
        assert pids(parser) == []
        assert isinstance(await parser.parse(fetched(GOOD), "en"), ParsedFeed)


@pytest.mark.asyncio
async def test_a_child_is_kept_however_large_its_parent_is() -> None:
    ballast = b"x" * (300 * MIB)  # the system counts a parent's peak as its child's
    async with Parser() as parser:
        await parser.parse(fetched(GOOD), "en")
        (first,) = pids(parser)
        await parser.parse(fetched(large()), "en")
        assert pids(parser) == [first]
    assert len(ballast) == 300 * MIB


@pytest.mark.asyncio
async def test_the_child_knows_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILWATCH_SMTP_PASSWORD", "canary")
    async with Parser() as parser:
        await parser.parse(fetched(GOOD), "en")
        (pid,) = pids(parser)
        environment = environment_of(pid)
    assert b"canary" not in environment


@pytest.mark.asyncio
async def test_what_is_sent_and_told_crosses_whole() -> None:
    texts = "".join(
        f"<item><guid>{n}</guid><title>Ü 道歉 {n} &amp; \N{GRINNING FACE}</title>"
        f"<pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item>"
        for n in range(reader.POSTS_A_FRAME * 2 + 1)
    )
    body = f"<rss version='2.0'><channel><ttl>90</ttl>{texts}</channel></rss>".encode()
    async with Parser() as parser:
        found = await parser.parse(fetched(body), "de")
    assert found == parse(
        body, content_type="text/xml", url="https://a.example/feed", language="de"
    )


@pytest.mark.asyncio
async def test_an_answer_that_is_not_understood_costs_its_feed_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Parser() as parser:
        with monkeypatch.context() as patch:
            patch.setattr(child, "MAX_ANSWER", 10)
            found = await parser.parse(fetched(GOOD), "en")
            assert isinstance(found, ParseFailed)
            assert "not understood" in found.reason
        assert isinstance(await parser.parse(fetched(GOOD), "en"), ParsedFeed)


def test_a_child_at_work_ends_soon_after_its_parent_was_killed() -> None:
    code = (
        "import asyncio, os\n"
        "from tests.feeds.test_child_limits import fetched, pids, slow\n"
        "from monitor.feeds.child import Parser\n"
        "async def main():\n"
        "    parser = Parser(cpu_seconds=1)\n"
        "    task = asyncio.create_task(parser.parse(fetched(slow(200_000)), 'en'))\n"
        "    await asyncio.sleep(0.8)\n"
        "    print(*pids(parser), flush=True); os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert eventually(int(run.stdout), seconds=10)
