"""When a feed is polled next, and why then: pure functions of what is known.

The interval follows the square root of a feed's rate, which spends a fixed number of polls so
that posts are met soonest on average (Sia, Cho and Cho, "Efficient Monitoring Algorithm for Fast
News Alerts", IEEE TKDE 2007).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

FLOOR = timedelta(minutes=15)
CEILING = timedelta(hours=24)
HINT_CEILING = timedelta(days=7)
"""No publisher's wish keeps us away for longer."""

PRIOR_RATE = 0.5
"""Posts a day that a feed is taken to have before anything is known."""

HALF_LIFE = timedelta(days=14)
BASE = timedelta(hours=3)
"""Interval of a feed with one post a day."""

FIRST_RETRY = timedelta(minutes=30)
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class NextPoll:
    """A due time, and the reason that the Feeds page shows beside it."""

    at: datetime
    reason: str


def learn_rate(rate: float, *, new_posts: int, elapsed: timedelta) -> float:
    """Blend what was just seen into a rate, in posts a day; older news counts half every 14 days."""
    days = max(elapsed / timedelta(days=1), 1 / 96)
    keep = math.exp2(-days / (HALF_LIFE / timedelta(days=1)))
    seen = new_posts / days
    return keep * (rate or PRIOR_RATE) + (1 - keep) * seen


def spoken(delta: timedelta) -> str:
    """A span in words: `40 minutes`, `3 hours`, `2 days`."""
    minutes = max(1, round(delta.total_seconds() / 60))
    if minutes < 90:
        count, unit = minutes, "minute"
    elif minutes < 36 * 60:
        count, unit = round(minutes / 60), "hour"
    else:
        count, unit = round(minutes / 1440), "day"
    return f"{count} {unit}{'' if count == 1 else 's'}"


def after_success(
    now: datetime,
    *,
    every: timedelta | None,
    rate: float,
    fresh_for: timedelta | None,
    ttl: timedelta | None,
    jitter: float,
) -> NextPoll:
    """Plan after an answer; hints of server and feed lengthen, never shorten.

    `jitter` in [0, 1) adds up to a tenth, so that feeds do not bunch; never earlier.
    """
    if every is not None:
        interval, reason = max(every, FLOOR), f"every {spoken(every)}, as feeds.yaml says"
    else:
        learnt = BASE / math.sqrt(max(rate, 1e-6))
        interval = min(max(learnt, FLOOR), CEILING)
        reason = f"about {spoken(timedelta(days=1) / max(rate, 1e-3))} between its posts"
    for hint, who in ((fresh_for, "its server"), (ttl, "the feed")):
        wished = min(hint, HINT_CEILING) if hint else None
        if wished and wished > interval:
            interval, reason = wished, f"{who} asks to be left alone for {spoken(wished)}"
    return NextPoll(now + interval * (1 + JITTER * jitter), reason)


def after_failure(
    now: datetime,
    *,
    every: timedelta | None,
    failures: int,
    retry_after: timedelta | None,
    jitter: float,
) -> NextPoll:
    """Back off: doubling from half an hour to a week; longer if the server says so.

    `failures` counts those in a row, this one included.
    """
    doubled = FIRST_RETRY * 2 ** min(max(failures - 1, 0), 10)
    interval = min(max(doubled, every or FLOOR), HINT_CEILING)
    times = "once" if failures <= 1 else f"{failures} times in a row"
    reason = f"it failed {times}; trying again in {spoken(interval)}"
    if retry_after and min(retry_after, HINT_CEILING) > interval:
        interval = min(retry_after, HINT_CEILING)
        reason = f"its server asked us to wait {spoken(interval)}"
    return NextPoll(now + interval * (1 + JITTER * jitter), reason)
