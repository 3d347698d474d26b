"""What the rules miss, estimated from samples."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.figures import Share
from monitor.rules.recall import Week, estimate


@st.composite
def week_of(draw: st.DrawFn) -> Week:
    population = draw(st.integers(1, 5000))
    answered = draw(st.integers(0, min(population, 30)))
    missed = draw(st.integers(0, answered))
    return Week(
        "w", population, missed, answered - missed,
        found=draw(st.integers(0, 200)), undecided=draw(st.integers(0, 50)),
    )  # fmt: skip


def test_nothing_looked_at_says_nothing() -> None:
    assert estimate([]) is None
    assert estimate([Week("w", 100, 0, 0, unclear=3, open=7, found=9)]) is None


def test_one_week_is_wilsons_interval_of_the_share_scaled_to_the_population() -> None:
    found = estimate([Week("w", 1_000_000, 1, 9, found=50_000)])
    assert found is not None
    share = Share(1, 10)
    assert found.missed_a_week.value == pytest.approx(100_000)
    assert found.missed_a_week.low == pytest.approx(share.low * 1_000_000, rel=1e-4)
    assert found.missed_a_week.high == pytest.approx(share.high * 1_000_000, rel=1e-4)
    assert found.recall is not None
    assert found.recall.value == pytest.approx(1 / 3)


def test_where_everything_was_looked_at_there_is_no_doubt() -> None:
    found = estimate([Week("a", 10, 2, 8, found=6), Week("b", 5, 0, 5, found=2)])
    assert found is not None
    assert found.missed_a_week.low == found.missed_a_week.value == found.missed_a_week.high == 1.0
    assert found.recall is not None
    assert found.recall.low == found.recall.value == found.recall.high == 0.8


def test_no_miss_yet_leaves_the_interval_open_above() -> None:
    found = estimate([Week("w", 1000, 0, 10, found=20)])
    assert found is not None
    assert found.missed_a_week.value == found.missed_a_week.low == 0.0
    assert 200 < found.missed_a_week.high < 300
    assert found.recall is not None
    assert found.recall.value == found.recall.high == 1.0
    assert found.recall.low == pytest.approx(20 / (20 + found.missed_a_week.high))


def test_a_large_week_weighs_more_than_a_small_one() -> None:
    found = estimate([Week("a", 9000, 1, 9), Week("b", 1000, 5, 5)])
    assert found is not None
    assert found.missed_a_week.value * 2 == pytest.approx(9000 * 0.1 + 1000 * 0.5)


@given(st.lists(week_of(), max_size=8))
def test_every_interval_holds_its_value_and_what_was_seen(weeks: list[Week]) -> None:
    found = estimate(weeks)
    if found is None:
        assert not any(week.answered for week in weeks)
        return
    missed, slack = found.missed_a_week, 1e-6
    assert missed.low <= missed.value + slack
    assert missed.value <= missed.high + slack
    assert missed.low * found.weeks >= found.missed - slack
    assert missed.high * found.weeks <= found.population - (found.answered - found.missed) + slack
    if found.recall is not None:
        assert 0 <= found.recall.low <= found.recall.value + slack
        assert found.recall.value <= found.recall.high + slack <= 1 + 2 * slack


@given(week_of())
def test_undecided_posts_only_widen_the_interval_upwards(week: Week) -> None:
    with_them, without = estimate([week]), estimate([Week(*_without_undecided(week))])
    if with_them and without and with_them.recall and without.recall:
        assert with_them.recall.low == without.recall.low
        assert with_them.recall.high >= without.recall.high


def _without_undecided(week: Week) -> tuple[str, int, int, int, int, int, int]:
    return (week.week, week.population, week.missed, week.cleared, 0, 0, week.found)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    chance, held, rounds = random.Random(3), 0, 400
    for _ in range(rounds):
        truth, weeks = 0, []
        for size in (300, 800, 1500):
            failures = [chance.random() < 0.08 for _ in range(size)]
            truth += sum(failures)
            missed = sum(chance.sample(failures, 20))
            weeks.append(Week("w", size, missed, 20 - missed))
        found = estimate(weeks)
        assert found is not None
        held += found.missed_a_week.low <= truth / 3 <= found.missed_a_week.high
    assert held / rounds > 0.92
