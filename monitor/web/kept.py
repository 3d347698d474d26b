"""Answers to dear questions, kept as long as that is honest: a page never waits for what it showed before.

What takes little is asked anew after every change. What takes long stands for a hundred times as long as
it took, and for five minutes at most; then whoever asks gets what there is, and it is asked anew behind
their back, one question at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from monitor.store.db import Connection
from monitor.web.ds import Site, site

T = TypeVar("T")

MOST = 40
"""Answers that are kept."""

_QUICK = 0.1
"""Seconds; what took no longer is asked anew after every change."""

_TIMES, _LONGEST = 100, 300.0


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """An answer, and what it was made from."""

    value: T
    mark: object
    """What it knows of: the last change, the files."""
    at: datetime
    began: float
    took: float

    @property
    def is_dear(self) -> bool:
        """Whether nobody should wait for it."""
        return self.took > _QUICK

    def stands(self, mark: object, moment: float) -> bool:
        """Whether it need not be made anew."""
        is_young = moment - self.began < min(self.took * _TIMES, _LONGEST)
        return self.mark == mark or (self.is_dear and is_young)


async def kept(
    datasette: Any, key: Hashable, mark: object, ask: Callable[[Connection], T]
) -> Kept[T]:
    """The answer to a question; `mark` differs when something changed that it counts."""
    place = site(datasette)
    known: Kept[T] | None = place.kept.get(key)
    if known is not None and known.stands(mark, time.monotonic()):
        return known
    if known is None or not known.is_dear:
        return await _made(place, key, mark, ask)
    if key not in place.under_way:
        task = asyncio.create_task(_made(place, key, mark, ask))
        place.under_way[key] = task
        task.add_done_callback(lambda _: place.under_way.pop(key, None))
    return known


async def _made(place: Site, key: Hashable, mark: object, ask: Callable[[Connection], T]) -> Kept[T]:  # fmt: skip
    def work(conn: Connection) -> Kept[T]:
        began = time.monotonic()
        value = ask(conn)
        return Kept(value, mark, place.clock(), began, time.monotonic() - began)

    made = await place.slowly(work)
    place.kept[key] = made
    place.kept.move_to_end(key)
    while len(place.kept) > MOST:
        place.kept.popitem(last=False)
    return made
