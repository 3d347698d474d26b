"""SM-2, held against worked figures and against what must hold of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lessons.spacing import LEAST_EASE, LONGEST, Spacing, practised

scores = st.lists(st.integers(0, 5), max_size=30)


def run(given_scores: list[int]) -> Spacing:
    now = Spacing()
    for score in given_scores:
        now = practised(now, score)
    return now


def test_the_published_intervals_come_out() -> None:
    days = [run([4] * n).days for n in range(1, 6)]
    assert days == [1, 6, 15, 38, 95]
    assert run([4] * 5).ease == pytest.approx(2.5)
    assert run([5]).ease == pytest.approx(2.6)
    assert run([3]).ease == pytest.approx(2.36)


def test_a_low_score_begins_anew_and_leaves_the_ease() -> None:
    firm = run([5, 5, 5])
    assert practised(firm, 2) == Spacing(0, 1, firm.ease)
    assert practised(practised(firm, 0), 4).days == 1


@pytest.mark.parametrize("score", [-1, 6])
def test_no_other_score_is_taken(score: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 5"):
        practised(Spacing(), score)


@given(scores)
def test_everything_comes_back_and_nothing_too_often(given_scores: list[int]) -> None:
    now = run(given_scores)
    assert now.ease >= LEAST_EASE
    assert not given_scores or 1 <= now.days <= LONGEST


@given(scores, st.integers(3, 5))
def test_a_passed_drill_never_comes_back_sooner_than_before(
    given_scores: list[int], score: int
) -> None:
    was = run(given_scores)
    assert practised(was, score).days >= min(was.days, LONGEST)


@given(scores, st.integers(0, 4))
def test_a_better_score_never_makes_it_come_back_sooner(
    given_scores: list[int], score: int
) -> None:
    was = run(given_scores)
    worse, better = practised(was, score), practised(was, score + 1)
    assert better.days >= worse.days
    assert score < 3 or better.ease >= worse.ease  # a low score leaves it alone
