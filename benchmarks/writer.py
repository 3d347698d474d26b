"""Writes into a served database as the worker does, until it is told to stop; see `scale.py`.

Two polls a second of five new posts each, judged by the rules in force, settled, grouped and told of by the
worker's own code; and every three seconds the places in the queue. That is 860,000 posts a day.
"""

from __future__ import annotations

import itertools
import random
import signal
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import FrameType

import bulk

from monitor import app
from monitor.flow import poll, ranking
from monitor.flow.files import Loaded
from monitor.model import Fetched, Judged, ParsedFeed, PollResult, Post
from monitor.store import feeds
from monitor.store.db import transaction

POSTS, EVERY, RANK_EVERY = 5, 0.5, 3.0
_numbers = itertools.count(time.time_ns())


def post(chance: random.Random, told: list[str], loud: list[str]) -> Post:
    """One in ten says what a rule looks for."""
    title = chance.choice(loud) if chance.random() < 0.1 else chance.choice(told)[:90]
    text = " ".join(chance.choices(told, k=6))
    url = f"https://site{chance.randint(1, 3000)}.example/{next(_numbers)}"
    return Post(url, url, url, title, "", text[:200], text, "en", app.now() - timedelta(minutes=chance.randint(0, 60)))  # fmt: skip


def loud_titles(loaded: Loaded) -> list[str]:
    return [
        text[:120]
        for rule in loaded.config.rules
        for text in rule.match_examples
        if rule.weight > 0.5
    ]


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    _, data, loaded = bulk.office(folder, port)
    chance, told, loud = random.Random(1), bulk.sentences([], 3_000), loud_titles(loaded)
    took: list[float] = []
    with app.stores(data) as (main, private):
        ids, desk, ranked = app.adopt(main, loaded), ranking.Desk(), 0.0
        room = app.newsroom(loaded, data, private, ids)
        while not stopping:
            began = time.monotonic()
            with transaction(main):
                jobs = feeds.claim(main, now=app.now(), limit=1, lease=poll.LEASE, ignore_schedule=True)  # fmt: skip
            for job in jobs:
                posts = tuple(post(chance, told, loud) for _ in range(POSTS))
                judged = tuple(Judged(p, loaded.judge(p, job.title)) for p in posts)
                fetched = Fetched(b"", "text/xml", job.url, "", 200, "", "", None, 80)
                result = PollResult(job, fetched, ParsedFeed(job.title, "en", posts), judged, "h")
                poll.settle(main, result, newsroom=room, now=app.now(), jitter=0.5)
            took.append((time.monotonic() - began) * 1000)
            if began - ranked > RANK_EVERY:
                app.rank(data, loaded, (main, private), desk)
                ranked = began
            time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    p95 = statistics.quantiles(took, n=20)[18] if len(took) > 1 else 0.0
    print(f"meanwhile {len(took) * POSTS:,} posts were written, a poll in {statistics.median(took):.0f} ms at the median and {p95:.0f} ms at p95")  # fmt: skip


if __name__ == "__main__":
    main()
