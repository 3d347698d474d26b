"""Weights from decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules import weigh
from monitor.rules.figures import Share
from monitor.rules.match import THRESHOLD
from monitor.rules.weigh import BESIDE_OTHERS, Effect, Judged, Rule, effect, propose

counted = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
hundredths = st.integers(1, 99).map(lambda n: n / 100)


@pytest.mark.parametrize(
    ("weight", "hits", "total", "new"),
    [
        (0.8, 2, 8, 0.53),  # (6.4 + 2) / 16
        (0.6, 8, 8, 0.8),
        (0.6, 400, 400, 0.95),
        (0.6, 0, 400, 0.05),
        (0.3, 40, 40, 0.49),
        (0.8, 8, 10, None),
        (0.8, 0, 7, None),
    ],
)
def test_the_new_weight_is_the_mean_after_the_decisions(
    weight: float, hits: int, total: int, new: float | None
) -> None:
    found = propose("r", weight, Share(hits, total), prior=weight)
    assert (found.new if found else None) == new


@given(hundredths, counted)
def test_a_weight_moves_towards_the_precision_and_never_past_it(
    weight: float, shares: tuple[int, int]
) -> None:
    share = Share(*shares)
    found = propose("r", weight, share, prior=weight)
    if share.total < weigh.ENOUGH:
        assert found is None
    if found is None:
        return
    assert weigh.LOWEST <= found.new <= weigh.HIGHEST
    goal = min(max(share.value, weigh.LOWEST), weigh.HIGHEST)
    assert min(weight, goal) - 0.006 <= found.new <= max(weight, goal) + 0.006
    if weight < THRESHOLD:
        assert found.new <= max(BESIDE_OTHERS, weight)
    if found.is_held:
        assert found.new == BESIDE_OTHERS < share.value


@given(hundredths, hundredths, counted)
def test_a_weight_once_taken_over_is_not_proposed_again(
    prior: float, weight: float, shares: tuple[int, int]
) -> None:
    found = propose("r", weight, Share(*shares), prior=prior)
    if found:
        assert propose("r", found.new, Share(*shares), prior=prior) is None


LIVE = {"a": Rule(0.6, "a"), "b": Rule(0.4, "b"), "c": Rule(0.4, "c"), "c2": Rule(0.3, "c")}
POSTS = [
    Judged(True, ("a",)),
    Judged(False, ("a",)),
    Judged(False, ("a",)),
    Judged(True, ("b", "c")),
    Judged(True, ("c", "c2")),
    Judged(False, ("b", "gone")),
    Judged(True, ()),
]


def test_the_effect_counts_posts_by_what_people_said() -> None:
    assert effect(POSTS, LIVE, {}) == Effect(posts=7)
    assert effect(POSTS, LIVE, {"a": 0.4}) == Effect(7, lost=1, spared=2)
    assert effect(POSTS, LIVE, {"c2": 0.5}) == Effect(7, gained=1)
    assert effect(POSTS, LIVE, {"b": 0.5}) == Effect(7, added=1)


@given(st.dictionaries(st.sampled_from(sorted(LIVE)), hundredths))
def test_what_changes_one_way_changes_back_the_other(new: dict[str, float]) -> None:
    there = effect(POSTS, LIVE, new)
    changed = {n: Rule(new.get(n, r.weight), r.family) for n, r in LIVE.items()}
    back = effect(POSTS, changed, {n: r.weight for n, r in LIVE.items()})
    assert (there.lost, there.spared) == (back.gained, back.added)
    assert (there.gained, there.added) == (back.lost, back.spared)
