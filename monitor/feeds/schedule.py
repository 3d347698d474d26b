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
"""Nobody is asked more often, and only those are who say that they do not mind."""

POLITE_FLOOR = timedelta(hours=1)
"""The shortest interval of our own choice."""

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


def _pace(rate: float) -> str:
    """A rate in posts a day, in words."""
    if rate < 1 / 60:
        return "hardly a post in two months"
    if rate > 48:
        return f"about {round(rate / 24)} posts an hour"
    if rate > 24:
        return "more than a post an hour"
    return f"one post every {spoken(timedelta(days=1) / rate)} on average"


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

    Below an hour goes only whom feeds.yaml sends there, or whose server says that its answer is
    out of date sooner. `jitter` in [0, 1) adds up to a tenth, so that feeds do not bunch.
    """
    if every is not None:
        interval = max(every, FLOOR)
        reason = f"feeds.yaml says every {spoken(interval)}"
    else:
        floor = min(max(fresh_for or POLITE_FLOOR, FLOOR), POLITE_FLOOR)
        learnt = BASE / math.sqrt(max(rate, 1e-6))
        interval = min(max(learnt, floor), CEILING)
        reason = _pace(rate)
    for hint, who in ((fresh_for, "the server"), (ttl, "the feed")):
        wished = min(hint or timedelta(), HINT_CEILING)
        if wished > interval:
            interval, reason = wished, f"{who} asked us to wait {spoken(wished)}"
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
    count = max(failures, 1)
    reason = f"backing off after {count} failure{'' if count == 1 else 's'}"
    wished = min(retry_after or timedelta(), HINT_CEILING)
    if wished > interval:
        interval, reason = wished, f"the server asked us to wait {spoken(wished)}"
    return NextPoll(now + interval * (1 + JITTER * jitter), reason)
