"""How a story spread: posts by hour, day or week, and how many of them were new sources. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from monitor.store.db import moment
from monitor.web.chart import Chart, Week, chart

MOST = 24
"""Bars; the unit is the smallest that needs no more."""
LABELS = 4
"""Most labels below them: so many stand side by side on a phone, too."""

_UNITS = (
    (timedelta(hours=1), "hour"),
    (timedelta(hours=3), "three hours"),
    (timedelta(hours=6), "six hours"),
    (timedelta(days=1), "day"),
    (timedelta(days=7), "week"),
    (timedelta(days=28), "four weeks"),
    (timedelta(days=364), "year"),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A chart, and its figures for the table."""

    chart: Chart
    unit: str
    rows: tuple[tuple[str, int, int], ...]
    """Start of each span, posts, sources that had not told of it before."""


def spread(posts: Iterable[tuple[str, str]]) -> Spread | None:
    """Of (time, source) pairs; None if all of it fell into one hour, which needs no chart."""
    told = sorted((moment(at), source) for at, source in posts if at)
    if len(told) < 2 or told[-1][0] - told[0][0] < timedelta(hours=1):
        return None
    first, last = told[0][0], told[-1][0]
    size, unit = next(
        ((size, unit) for size, unit in _UNITS if (last - first) / size < MOST), _UNITS[-1]
    )
    start = first.replace(minute=0, second=0)
    if size >= timedelta(days=1):
        start = start.replace(hour=0)
    count = min(int((last - start) / size) + 1, 200)
    totals, news, seen = [0] * count, [0] * count, set[str]()
    for at, source in told:
        place = min(int((at - start) / size), count - 1)
        totals[place] += 1
        news[place] += source not in seen
        seen.add(source)
    starts = [start + n * size for n in range(count)]
    spans = tuple(Week(s, t, n) for s, t, n in zip(starts, totals, news, strict=True))
    every = ceil(count / LABELS)
    shown = [_label(s, size) if (count - 1 - n) % every == 0 else "" for n, s in enumerate(starts)]
    rows = tuple((f"{s:%Y-%m-%d %H:%M}", t, n) for s, t, n in zip(starts, totals, news, strict=True) if t)  # fmt: skip
    return Spread(chart(spans, shown), unit, rows)


def _label(start: datetime, size: timedelta) -> str:
    if size < timedelta(days=1):
        return f"{start:%-d %b %H h}"
    return f"{start:%-d %b}" if size < timedelta(days=28) else f"{start:%b %Y}"
