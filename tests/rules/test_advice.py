"""What decisions say of a rule: advice, trend, and the words of false flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules import advice
from monitor.rules.advice import ENOUGH, Kind, advise, score, telling, trend
from monitor.rules.figures import Share
from monitor.text import title_key

counted = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("hits", "total", "weight", "said"),
    [
        (0, 0, 0.8, Kind.TOO_FEW),
        (0, 7, 0.8, Kind.TOO_FEW),
        (0, 8, 0.8, Kind.NARROW),  # 0 to 0.32: eight misses alone do not condemn
        (0, 9, 0.8, Kind.RETIRE),
        (30, 60, 0.5, Kind.NARROW),
        (40, 50, 0.95, Kind.LOWER),
        (40, 50, 0.5, Kind.RAISE),
        (40, 50, 0.8, Kind.FINE),
        (7, 8, 0.6, Kind.FINE),
    ],
)
def test_the_advice_follows_from_interval_and_weight(
    hits: int, total: int, weight: float, said: Kind
) -> None:
    assert advise(Share(hits, total), weight) is said


@given(counted, st.floats(0.01, 0.99))
def test_advice_on_the_weight_is_given_only_where_it_leaves_the_interval(
    shares: tuple[int, int], weight: float
) -> None:
    share = Share(*shares)
    said = advise(share, weight)
    assert (said is Kind.TOO_FEW) == (share.total < ENOUGH)
    if said in {Kind.LOWER, Kind.RAISE}:
        assert not share.low <= weight <= share.high
    if said is Kind.FINE:
        assert share.low <= weight <= share.high
        assert share.value >= advice.GOAL
    if said is Kind.RETIRE:
        assert share.high < advice.HOPELESS


@given(st.lists(st.booleans(), max_size=120))
def test_a_trend_splits_the_decisions_and_speaks_only_if_the_intervals_lie_apart(
    outcomes: list[bool],
) -> None:
    found = trend(outcomes)
    assert found.before.total + found.lately.total == len(outcomes)
    assert found.before.hits + found.lately.hits == sum(outcomes)
    assert found.lately.total == min(len(outcomes), advice.LATELY)
    if str(found) in {"rising", "falling"}:
        low, high = sorted([found.before, found.lately], key=lambda s: s.value)
        assert low.high < high.low
    assert (str(found) == "") == (len(outcomes) <= advice.LATELY)


def test_a_rule_that_goes_bad_is_falling() -> None:
    assert str(trend([True] * 30 + [False] * 20)) == "falling"
    assert str(trend([False] * 30 + [True] * 20)) == "rising"
    assert str(trend([True, False] * 30)) == "no clear change"


def test_words_of_false_flags_are_named_but_not_those_of_the_query_or_of_everything() -> None:
    false = [f"The film {n} panned by critics in a backlash" for n in range(6)] + ["The backlash"]
    right = [f"The brand {n} meets a storm" for n in range(20)]
    found = telling(false, right, query="backlash")
    assert set(found) == {"film", "panned", "critics"}
    assert telling(false, [], query="backlash") == ()


@given(st.lists(st.text(max_size=20), max_size=6), st.lists(st.text(max_size=20), max_size=6))
def test_a_telling_word_is_in_two_false_titles(false: list[str], right: list[str]) -> None:
    for word in telling(false, right):
        assert sum(word in title_key(title).split() for title in false) >= 2


def test_the_summary_names_only_what_is_pressing_worst_first() -> None:
    made = [
        score("fine", "Fine", weight=0.8, outcomes=[True] * 8 + [False] * 2),
        score("poor", "Poor", weight=0.9, outcomes=[True, False] * 10),
        score("none", "None", weight=0.9, outcomes=[False] * 20),
        score("new", "New", weight=0.9, outcomes=[False] * 3),
        score("timid", "Timid", weight=0.1, outcomes=[True] * 20),
    ]
    lines = advice.summary(made)
    assert [line.split(":")[0] for line in lines] == ["none", "poor"]
    assert lines[0].startswith("none: Retire it: only 0 of 20 decided incidents were relevant")
    assert "Its weight 0.90 claims more than that." in lines[1]
    assert advice.sentence(made[3]) == "Too few decisions yet (3 of 8)."
