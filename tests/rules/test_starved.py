"""A rule that is silent for longer than its habit."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.rules import starved
from monitor.rules.starved import Silence, allowed

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LIVE = datetime(2025, 1, 1, tzinfo=UTC)
day_sets = st.lists(st.dates(date(2025, 1, 1), date(2026, 5, 31)), max_size=40)


def silence(days: list[date], now: datetime = NOW, live: datetime = LIVE) -> Silence | None:
    return starved.silence("r", "R", days=days, live_since=live, now=now)


def every(gap: int, count: int, last: date) -> list[date]:
    return [last - timedelta(days=gap * n) for n in range(count)]


@pytest.mark.parametrize(
    ("gap", "silent", "is_starved"),
    [(1, 14, False), (1, 16, True), (10, 45, False), (10, 48, True), (30, 120, False)],
)
def test_a_rule_is_starved_after_its_own_time(gap: int, silent: int, is_starved: bool) -> None:
    last = (NOW - timedelta(days=silent)).date()
    assert (silence(every(gap, 12, last)) is not None) == is_starved


def test_a_rule_that_was_silent_as_long_before_is_not_starved() -> None:
    last = (NOW - timedelta(days=60)).date()
    burst = every(1, 10, last)
    assert silence(burst) is not None
    assert silence([*burst, burst[-1] - timedelta(days=70)]) is None


def test_a_story_of_many_posts_counts_as_its_days() -> None:
    assert silence([date(2026, 1, 1)] * 50) is None
    assert allowed([date(2026, 1, 1)] * 50) is None


def test_a_rule_without_a_match_is_told_of_after_ninety_days() -> None:
    assert silence([], live=NOW - timedelta(days=90)) is None
    found = silence([], live=NOW - timedelta(days=91))
    assert str(found) == "it has never matched, in 91 days in force"


def test_it_is_said_in_words() -> None:
    found = silence(every(2, 10, date(2026, 5, 1)))
    assert (
        str(found)
        == "nothing for 31 days; before, it matched every 2 days, and was never silent for longer than 2"
    )


@given(day_sets)
def test_no_silence_is_told_of_that_is_short_or_has_been_before(days: list[date]) -> None:
    found = silence(days)
    assume(days)
    if found is None:
        limit = allowed(days)
        assert limit is None or NOW.date() - max(days) <= limit + timedelta(days=1)
    else:
        assert found.days >= 14
        assert found.days >= found.longest_gap
        assert found.days >= 4.6 * found.mean_gap
        assert len(set(days)) >= starved.ENOUGH


@given(day_sets, st.integers(0, 400))
def test_a_starved_rule_stays_so_until_it_matches(days: list[date], later: int) -> None:
    then = NOW + timedelta(days=later)
    if days and silence(days) is not None:
        assert silence(days, now=then) is not None
        assert silence([*days, then.date()], now=then) is None
