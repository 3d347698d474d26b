"""Answers to dear questions: kept as long as that is honest, and nobody waits twice."""

import asyncio
import time
from typing import Any

from monitor.store.db import Connection
from monitor.web.ds import site
from monitor.web.kept import Kept, kept
from tests.web.conftest import NOW, House


def test_what_costs_little_follows_every_change_and_what_is_dear_stands_a_while() -> None:
    cheap = Kept("", mark=5, at=NOW, began=100.0, took=0.01)
    assert cheap.stands(5, 9999.0)
    assert not cheap.stands(6, 100.1)
    dear = Kept("", mark=5, at=NOW, began=100.0, took=0.5)
    assert dear.stands(6, 149.0)
    assert not dear.stands(6, 151.0)
    assert not Kept("", mark=5, at=NOW, began=0.0, took=60.0).stands(6, 301.0)


def test_nobody_waits_for_a_dear_answer_that_was_given_before(house: House) -> None:
    asked: list[int] = []

    def ask(_: Connection) -> int:
        asked.append(1)
        time.sleep(0.15)
        return len(asked)

    async def go() -> list[Any]:
        place = site(house.datasette)
        first = await kept(house.datasette, "k", 1, ask)
        # As if it were long ago.
        place.kept["k"] = Kept(first.value, first.mark, first.at, first.began - 1000, first.took)
        began = time.monotonic()
        several = [await kept(house.datasette, "k", 2, ask) for _ in range(3)]
        waited = time.monotonic() - began
        await asyncio.gather(*place.under_way.values())
        return [first.value, [k.value for k in several], waited < 0.1, (await kept(house.datasette, "k", 2, ask)).value]  # fmt: skip

    assert asyncio.run(go()) == [1, [1, 1, 1], True, 2]
    assert len(asked) == 2
