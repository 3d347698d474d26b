"""An incident's place in the queue as pages show it: the arithmetic, chance, and how it spreads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.incidents import rank, spread
from monitor.incidents.rank import Part
from monitor.store import ranking
from monitor.store.db import Connection, moment
from monitor.web import show


@dataclass(frozen=True, slots=True)
class Placed:
    """What is said of a place."""

    value: float | None
    """The product; None until the worker has reckoned it."""
    parts: tuple[Part, ...]
    arithmetic: str
    is_drawn: bool
    developing: str
    """How fast it spreads, while that is news."""


def placed(conn: Connection, rows: Iterable[Any], now: datetime) -> dict[int, Placed]:
    """The places of incidents, by number, in one question."""
    shown = list(rows)
    found = ranking.arithmetic(conn, [row["id"] for row in shown])
    made = {}
    for row in shown:
        said, value = found.get(row["id"], ([], None))
        parts = tuple(Part(*part) for part in said)
        made[row["id"]] = Placed(
            value,
            parts,
            rank.in_words(parts, value) if value is not None else "",
            bool(row["is_drawn"]),
            _developing(row, now),
        )
    return made


def _developing(row: Any, now: datetime) -> str:
    again = row["reopened_at"]
    if again and now - moment(again) <= spread.FRESH:
        return f"told of again after two silent weeks, {show.age(again, now)} ago"
    at = row["developing_at"]
    if not at or now - moment(at) > spread.FRESH:
        return ""
    (level,) = (level for level in spread.LEVELS if level.number == row["developing"])
    return f"{level}, {show.age(at, now)} ago"
