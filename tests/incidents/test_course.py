"""The course of an incident by the times of its posts."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents.course import DAY, LEAST_POSTS, SUDDEN, course

HOUR = 3600
TIMES = st.lists(st.integers(0, 400 * DAY), min_size=LEAST_POSTS, max_size=40)


def test_fewer_than_three_posts_say_nothing() -> None:
    assert course([]) is None
    assert course([1, 2]) is None


def test_a_story_that_everybody_tells_at_once_is_sudden() -> None:
    ran = course([0, HOUR, 2 * HOUR, 3 * HOUR, 40 * DAY])
    assert ran is not None
    assert ran.is_sudden
    assert ran.lead == HOUR


def test_a_story_that_few_tell_before_many_smoulders() -> None:
    ran = course([0, 9 * DAY, 9 * DAY + HOUR, 9 * DAY + 2 * HOUR])
    assert ran is not None
    assert not ran.is_sudden
    assert ran.lead == 9 * DAY + HOUR


@given(TIMES, st.randoms())
def test_the_order_of_the_posts_does_not_matter(times: list[int], chance: object) -> None:
    assert course(times) == course(sorted(times)) == course(times[::-1])


@given(TIMES)
def test_the_peak_is_a_post_and_lies_in_a_busiest_day(times: list[int]) -> None:
    ran = course(times)
    assert ran is not None
    assert ran.first == min(times)
    assert ran.peak in times
    busiest = max(sum(t <= other <= t + DAY for other in times) for t in times)
    around = max(
        sum(t <= other <= t + DAY for other in times) for t in times if t <= ran.peak <= t + DAY
    )
    assert around == busiest


@given(TIMES, st.integers(-10_000, 10_000))
def test_only_the_gaps_count(times: list[int], shift: int) -> None:
    ran, moved = course(times), course([t + shift for t in times])
    assert ran is not None
    assert moved is not None
    assert (ran.lead, ran.is_sudden) == (moved.lead, moved.is_sudden)


@given(st.lists(st.integers(0, SUDDEN), min_size=3, max_size=30))
def test_what_is_over_within_two_days_is_sudden(times: list[int]) -> None:
    ran = course(times)
    assert ran is not None
    assert ran.is_sudden
