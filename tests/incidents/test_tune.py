"""Thresholds fitted to labels: enough of them, false merges weigh more, what is set stays if as good."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents.tune import FALSE, LEAST, UNASKED, Label, fit, outcome, verdict
from monitor.settings import Thresholds

NOW = Thresholds(0.14, 0.07)
likenesses = st.floats(0, 1)


def labels(same: list[float], apart: list[float]) -> list[Label]:
    told = [*((x, True) for x in same), *((x, False) for x in apart)]
    return [Label(n, 1, is_same, x) for n, (x, is_same) in enumerate(told)]


def test_too_few_of_a_kind_prove_nothing() -> None:
    assert fit(labels([0.9] * 50, [0.1] * (LEAST - 1)), NOW) is None


def test_labels_that_what_is_set_fits_change_nothing() -> None:
    found = fit(labels([0.5] * 20, [0.01] * 20), NOW)
    assert found
    assert (found.thresholds, found.changed) == (NOW, ())


def test_false_merges_raise_the_threshold_over_them() -> None:
    found = fit(labels([0.5] * 20, [0.3] * 20), NOW)
    assert found
    assert 0.3 < found.thresholds.join <= 0.5
    assert (found.before.false, found.after.false) == (20, 0)
    assert {label.is_same for label in found.changed} == {False}


def test_posts_that_people_had_to_join_lower_it() -> None:
    found = fit(labels([0.1] * 20, [0.01] * 20), NOW)
    assert found
    assert found.thresholds.join <= 0.1
    assert verdict(found.changed[0], NOW) == "suggest"
    assert verdict(found.changed[0], found.thresholds) == "join"


def test_a_false_merge_weighs_more_than_a_missed_one() -> None:
    found = fit(labels([0.2] * FALSE * 10 + [0.5] * 10, [0.3] * 11), NOW)
    assert found
    assert found.thresholds.join > 0.3


@given(
    st.lists(likenesses, min_size=LEAST, max_size=30),
    st.lists(likenesses, min_size=LEAST, max_size=30),
)
def test_a_proposal_never_does_worse_and_asks_in_time(
    same: list[float], apart: list[float]
) -> None:
    told = labels(same, apart)
    found = fit(told, NOW)
    assert found
    assert found.thresholds.suggest <= found.thresholds.join

    def loss(thresholds: Thresholds) -> int:
        joined = [verdict(label, thresholds) == "join" for label in told]
        return sum(
            FALSE * is_in if not label.is_same else not is_in
            for label, is_in in zip(told, joined, strict=True)
        )

    assert loss(found.thresholds) <= loss(NOW)
    assert found.before == outcome(told, NOW)
    if found.thresholds.suggest > 0.03:
        assert found.after.missed <= UNASKED * len(same)
