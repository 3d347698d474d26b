"""Posts a second through parse, match and store, on real feeds; beside it, the parts alone.

    python benchmarks/pipeline.py [FOLDER OF FEEDS]

Each part works on the same posts in one run; the ratio is that part's time over the whole.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from monitor.config.load import load
from monitor.feeds.parse import parse
from monitor.flow.ingest import Newsroom, ingest
from monitor.model import Judged, ParsedFeed
from monitor.rules import match, pack
from monitor.store import db, rules, schema
from monitor.store.db import transaction

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROUNDS = 3
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def store(judged: list[list[Judged]], live: list[rules.LiveRule]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        conn = db.connect(Path(folder) / db.MAIN)
        schema.migrate(conn, "main")
        with transaction(conn):
            ids = rules.sync(conn, live, now=NOW)
        for number, batch in enumerate(judged, 1):
            with transaction(conn):
                conn.execute(
                    "INSERT INTO feeds (id, url, fetch_url, title, created_at) VALUES (?, ?, 'u', 't', 'x')",
                    (number, str(number)),
                )
                room = Newsroom(ids, (), lambda _incident, _subscriber: "")
                ingest(conn, number, batch, newsroom=room, is_backlog=True, now=NOW)
        conn.close()


def main(folder: Path) -> None:
    config = load(ROOT, {})
    rule_set = pack.build(config.rules, config.terms)
    live = [
        rules.LiveRule(r.source.id, r.version, r.source.title, r.family, int(r.source.severity),
                       r.source.weight, r.source.tags, r.source.query, r.source.file)
        for r in rule_set.rules
    ]  # fmt: skip
    bodies = [f.read_bytes() for f in sorted(folder.iterdir()) if f.suffix in {".xml", ".json"}]
    best: dict[str, float] = {}
    posts = 0
    for _ in range(ROUNDS):
        seconds, parsed = timed(
            lambda: [
                found
                for body in bodies
                if isinstance(
                    found := parse(body, content_type="", url="https://a.example/", language="en"),
                    ParsedFeed,
                )
            ]
        )
        best["parse"] = min(best.get("parse", seconds), seconds)
        seconds, judged = timed(
            lambda parsed=parsed: [
                [Judged(p, match.judge(rule_set, p)) for p in feed.posts] for feed in parsed
            ]
        )
        best["match"] = min(best.get("match", seconds), seconds)
        seconds, _ = timed(lambda judged=judged: store(judged, live))
        best["store"] = min(best.get("store", seconds), seconds)
        posts = sum(map(len, judged))
    whole = sum(best.values())
    size = sum(map(len, bodies)) / 1e6
    print(
        f"{len(bodies)} feeds, {size:.1f} MB, {posts} posts, {len(rule_set.rules)} rules; best of {ROUNDS}"
    )
    for part, seconds in best.items():
        print(f"{part:6} {posts / seconds:9,.0f} posts/s  {seconds / whole:5.0%} of the whole")
    print(f"{'all':6} {posts / whole:9,.0f} posts/s")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "feeds")
