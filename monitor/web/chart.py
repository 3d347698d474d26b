"""Weekly counts as bars: geometry for a server-made SVG, with the same figures for a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

WEEKS = 13
"""A quarter: what 90 days come to."""

WIDTH, HEIGHT = 520, 150
MONTHS = 12
_LEFT, _TOP, _BOTTOM = 34, 12, 22
_STEPS = (1, 2, 5)


class _Share(Protocol):
    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days."""

    first: date
    total: int = 0
    part: int = 0
    """Those of the total that are shown darker."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A week as it is drawn."""

    week: Week
    x: float
    width: float
    y: float
    height: float
    part_y: float
    part_height: float
    label: str
    """Empty where it would stand too close to the one before."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars with a scale of round numbers."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, str], ...]
    """Height and number of each line of the scale."""
    total: int
    part: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT


def weekly(
    found: Iterable[tuple[str, bool]], now: datetime, weeks: int = WEEKS
) -> tuple[Week, ...]:
    """Posts by week, oldest first; the last week ends today. `found` is time and whether dark."""
    first = now.date() - timedelta(days=7 * weeks - 1)
    counts = [[0, 0] for _ in range(weeks)]
    for moment, is_part in found:
        number = (date.fromisoformat(moment[:10]) - first).days // 7
        if 0 <= number < weeks:
            counts[number][0] += 1
            counts[number][1] += is_part
    return tuple(
        Week(first + timedelta(days=7 * n), total, part) for n, (total, part) in enumerate(counts)
    )


def chart(weeks: tuple[Week, ...], labels: Sequence[str] | None = None) -> Chart:
    """Where everything is drawn; `labels` stand under the bars instead of every third date."""
    top = ceiling(max((week.total for week in weeks), default=0))
    room, step = HEIGHT - _TOP - _BOTTOM, (WIDTH - _LEFT) / max(len(weeks), 1)
    bars = []
    for number, week in enumerate(weeks):
        tall, part = room * week.total / top, room * week.part / top
        bars.append(
            Bar(
                week=week,
                x=round(_LEFT + number * step + 3, 1),
                width=round(step - 6, 1),
                y=round(HEIGHT - _BOTTOM - tall, 1),
                height=round(tall, 1),
                part_y=round(HEIGHT - _BOTTOM - part, 1),
                part_height=round(part, 1),
                label=labels[number]
                if labels is not None
                else f"{week.first:%-d %b}"
                if (len(weeks) - 1 - number) % 3 == 0
                else "",
            )
        )
    marks = (0, top // 2, top) if top % 2 == 0 else (0, top)
    lines = tuple((round(HEIGHT - _BOTTOM - room * n / top, 1), f"{n:,}") for n in marks)
    return Chart(tuple(bars), lines, sum(w.total for w in weeks), sum(w.part for w in weeks))


@dataclass(frozen=True, slots=True)
class Point:
    """A share of a month, and how sure it is."""

    label: str
    x: float
    y: float
    low: float
    high: float
    value: object
    """The share as people read it."""


def points(months: Sequence[tuple[str, _Share]]) -> tuple[Point, ...]:
    """Shares from 0 to 1 as points with their intervals, the last `MONTHS` of them."""
    room, shown = HEIGHT - _TOP - _BOTTOM, months[-MONTHS:]
    step = (WIDTH - _LEFT) / max(len(shown), 6)

    def at(share: float) -> float:
        return round(HEIGHT - _BOTTOM - room * share, 1)

    return tuple(
        Point(
            month,
            round(_LEFT + (n + 0.5) * step, 1),
            at(share.value),
            at(share.low),
            at(share.high),
            share,
        )
        for n, (month, share) in enumerate(shown)
    )


def ceiling(most: int) -> int:
    """The next round number, of 1, 2, 5, 10, 20, 50 and so on."""
    size = 1
    while True:
        for step in _STEPS:
            if most <= step * size:
                return step * size
        size *= 10
