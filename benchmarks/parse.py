"""How much faster or slower our parsing is than feedparser alone: `python benchmarks/parse.py [FOLDER]`.

Reads every feed of a folder of real ones, engines in turn so that a noisy machine disturbs all
alike, and prints ratios: only they mean anything.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import feedparser

from monitor.feeds.child import Parser
from monitor.feeds.parse import parse
from monitor.model import Fetched

ROUNDS = 3
URL = "https://news.example/feed"


def alone(body: bytes) -> None:
    """feedparser as it comes: sanitises and resolves addresses."""
    feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL})


def bare(body: bytes) -> None:
    """feedparser for structure only, as our parsing uses it."""
    feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def ours(body: bytes) -> None:
    """The whole way to plain posts."""
    parse(body, content_type="", url=URL, language="")


async def in_child(bodies: list[bytes]) -> float:
    """Seconds for all, through the child; its start is not counted."""
    async with Parser() as parser:
        await parser.parse(_fetched(bodies[0]), "")
        started = time.perf_counter()
        for body in bodies:
            await parser.parse(_fetched(body), "")
        return time.perf_counter() - started


def _fetched(body: bytes) -> Fetched:
    return Fetched(body, "", URL, "", 200, "", "", None, 0)


def _timed(engine: Callable[[bytes], None], bodies: list[bytes]) -> float:
    started = time.perf_counter()
    for body in bodies:
        engine(body)
    return time.perf_counter() - started


def main(folder: Path) -> None:
    """Print MB/s and the ratio to feedparser alone, medians of `ROUNDS`."""
    bodies = [path.read_bytes() for path in sorted(folder.glob("*.xml"))]
    if not bodies:
        sys.exit(f"There are no feeds (*.xml) in {folder}.")
    megabytes = sum(map(len, bodies)) / 1e6
    print(f"{len(bodies)} feeds, {megabytes:.1f} MB, {ROUNDS} rounds")
    seconds: dict[str, list[float]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # feedparser's, about its own way of mapping dates
        for _ in range(ROUNDS):
            for name, engine in (
                ("feedparser alone", alone),
                ("structure only", bare),
                ("ours", ours),
            ):
                seconds.setdefault(name, []).append(_timed(engine, bodies))
            seconds.setdefault("ours, in the child", []).append(asyncio.run(in_child(bodies)))
    base = statistics.median(seconds["feedparser alone"])
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"{name:20} {megabytes / median:6.1f} MB/s  {base / median:5.2f} x")


if __name__ == "__main__":
    default = Path(__file__).parents[2] / "shared" / "feeds"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
