"""When a feed is polled next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds import schedule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RATES = st.floats(0, 5000)
JITTER = st.floats(0, 0.999)


def after(
    rate: float,
    *,
    every: timedelta | None = None,
    fresh: timedelta | None = None,
    jitter: float = 0,
) -> schedule.NextPoll:
    return schedule.after_success(
        NOW, every=every, rate=rate, fresh_for=fresh, ttl=None, jitter=jitter
    )


@given(RATES, JITTER)
def test_never_sooner_than_the_floor_nor_later_than_a_day_and_a_tenth(
    rate: float, jitter: float
) -> None:
    gap = after(rate, jitter=jitter).at - NOW
    assert schedule.FLOOR <= gap <= schedule.CEILING * 1.1


@given(RATES, RATES)
def test_a_busier_feed_is_never_polled_less_often(a: float, b: float) -> None:
    assert after(max(a, b)).at <= after(min(a, b)).at


def test_four_times_the_rate_halves_the_gap() -> None:
    assert (after(4).at - NOW) * 2 == after(1).at - NOW


def test_hints_lengthen_and_never_shorten() -> None:
    assert after(1, fresh=timedelta(hours=9)).at == NOW + timedelta(hours=9)
    assert "asked us to wait 9 hours" in after(1, fresh=timedelta(hours=9)).reason
    assert after(1, fresh=timedelta(seconds=5)).at == after(1).at
    assert after(1, fresh=timedelta(days=99)).at == NOW + timedelta(days=7)


def test_feeds_yaml_overrules_what_was_learnt() -> None:
    assert after(100, every=timedelta(hours=2)).at == NOW + timedelta(hours=2)


@given(st.integers(1, 500), JITTER)
def test_failures_back_off_to_a_week_and_no_further(failures: int, jitter: float) -> None:
    found = schedule.after_failure(
        NOW, every=None, failures=failures, retry_after=None, jitter=jitter
    )
    more = schedule.after_failure(
        NOW, every=None, failures=failures + 1, retry_after=None, jitter=jitter
    )
    assert found.at <= more.at <= NOW + timedelta(days=7) * 1.1


def test_retry_after_counts_if_it_is_longer() -> None:
    wait = timedelta(days=2)
    assert (
        schedule.after_failure(NOW, every=None, failures=1, retry_after=wait, jitter=0).at
        == NOW + wait
    )


@given(st.floats(0.01, 100), st.integers(0, 50), st.floats(0.01, 200))
def test_a_learnt_rate_lies_between_what_was_known_and_what_was_seen(
    rate: float, new: int, hours: float
) -> None:
    seen = new / max(hours / 24, 1 / 96)
    learnt = schedule.learn_rate(rate, new_posts=new, elapsed=timedelta(hours=hours))
    assert min(rate, seen) * 0.999 <= learnt <= max(rate, seen) * 1.001


def test_below_an_hour_goes_only_whom_the_server_or_feeds_yaml_sends_there() -> None:
    assert after(500).at == NOW + timedelta(hours=1)
    assert after(500, fresh=timedelta(minutes=20)).at == NOW + timedelta(minutes=20)
    assert after(500, fresh=timedelta(minutes=1)).at == NOW + timedelta(minutes=15)
    assert after(0.1, every=timedelta(minutes=15)).at == NOW + timedelta(minutes=15)
    assert after(0.1, every=timedelta(minutes=1)).at == NOW + timedelta(minutes=15)


def test_of_several_wishes_the_longest_counts() -> None:
    found = schedule.after_success(
        NOW, every=timedelta(hours=2), rate=1, fresh_for=timedelta(hours=5),
        ttl=timedelta(hours=8), jitter=0,
    )  # fmt: skip
    assert found == schedule.NextPoll(NOW + timedelta(hours=8), "the feed asked us to wait 8 hours")


@given(RATES, JITTER)
def test_chance_makes_a_poll_later_and_never_sooner(rate: float, jitter: float) -> None:
    plain, shaken = after(rate).at - NOW, after(rate, jitter=jitter).at - NOW
    assert plain <= shaken <= plain * 1.1


@pytest.mark.parametrize(
    ("rate", "reason"),
    [
        (8, "one post every 3 hours on average"),
        (0.5, "one post every 2 days on average"),
        (240, "about 10 posts an hour"),
        (30, "more than a post an hour"),
        (0, "hardly a post in two months"),
    ],
)
def test_the_reason_is_the_feeds_pace_in_words(rate: float, reason: str) -> None:
    assert after(rate).reason == reason


@pytest.mark.parametrize(
    ("failures", "wait", "reason"),
    [
        (1, None, "backing off after 1 failure"),
        (3, None, "backing off after 3 failures"),
        (1, timedelta(hours=2), "the server asked us to wait 2 hours"),
        (9, timedelta(minutes=1), "backing off after 9 failures"),
        (1, timedelta(days=400), "the server asked us to wait 7 days"),
    ],
)
def test_the_reason_of_a_wait_is_told(failures: int, wait: timedelta | None, reason: str) -> None:
    found = schedule.after_failure(NOW, every=None, failures=failures, retry_after=wait, jitter=0)
    assert found.reason == reason
    assert found.at - NOW <= timedelta(days=7)


def test_a_feed_that_is_polled_daily_is_not_polled_sooner_because_it_fails() -> None:
    every = timedelta(days=1)
    found = schedule.after_failure(NOW, every=every, failures=1, retry_after=None, jitter=0)
    assert found.at == NOW + every


def test_what_is_known_counts_half_after_two_weeks() -> None:
    assert schedule.learn_rate(4, new_posts=0, elapsed=timedelta(days=14)) == pytest.approx(2)
    assert schedule.learn_rate(0, new_posts=0, elapsed=timedelta(days=14)) == pytest.approx(0.25)
