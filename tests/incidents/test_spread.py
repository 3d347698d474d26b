"""Levels of spread: independent sources within a span, whatever the order they come in."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents import spread
from monitor.incidents.spread import LEVELS, Reached, Sighting

START = datetime(2026, 3, 1, tzinfo=UTC)


def seen(source: str, hours: float) -> Sighting:
    return Sighting(source, START + timedelta(hours=hours))


sightings = st.lists(
    st.builds(seen, st.sampled_from(["", *"abcdefg"]), st.integers(0, 60)), max_size=14
)


def naive(told: list[Sighting], level: spread.Level) -> datetime | None:
    ends = [
        max(s.at for s in some)
        for some in combinations([s for s in told if s.source], level.sources)
        if len({s.source for s in some}) == level.sources
        and max(s.at for s in some) - min(s.at for s in some) <= level.within
    ]
    return min(ends, default=None)


@given(sightings)
def test_a_level_is_reached_when_all_combinations_say_so(told: list[Sighting]) -> None:
    expected = [(level, at) for level in LEVELS if (at := naive(told, level))]
    assert spread.reached(told) == [Reached(level, at) for level, at in expected]


@given(sightings, st.randoms())
def test_the_order_of_arrival_and_repeats_change_nothing(
    told: list[Sighting], chance: object
) -> None:
    shuffled = [*told, *told[:3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert spread.reached(shuffled) == spread.reached(told)


def test_the_edges_count() -> None:
    assert spread.reached([seen("a", 0), seen("b", 3), seen("c", 6.01)]) == []
    assert spread.reached([seen("a", 0), seen("a", 1), seen("b", 2)]) == []
    (one,) = spread.reached([seen("a", 0), seen("b", 3), seen("c", 6)])
    assert (one.level.number, one.at) == (1, START + timedelta(hours=6))
    slow = [seen(source, 6 * n) for n, source in enumerate("abcde")]
    assert [r.level.number for r in spread.reached(slow)] == [2]
    assert spread.highest([]) is None
    assert str(LEVELS[0]) == "3 independent sources within 6 hours"
