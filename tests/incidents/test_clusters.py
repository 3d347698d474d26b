"""Figures of a grouping against one made by hand: known values, bounds, and what is listed as wrong."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents.clusters import measure, strays

groupings = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


def test_the_example_of_bagga_and_baldwin() -> None:
    meant = [*"aaaaa", *"bb", *"ccccc"]
    merged_smaller = [*"xxxxx", *"yyyyyyy"]
    assert measure(meant, merged_smaller).precision == pytest.approx(0.762, abs=0.001)
    merged_larger = [*"xxxxx", *"yy", *"xxxxx"]
    assert measure(meant, merged_larger).precision == pytest.approx(0.583, abs=0.001)
    assert measure(meant, merged_larger).recall == 1.0


@given(groupings)
def test_figures_lie_between_0_and_1_and_names_do_not_count(
    pair: tuple[list[str], list[int]],
) -> None:
    meant, found = pair
    figures = measure(meant, found)
    for figure in (figures.precision, figures.recall, figures.f1, figures.v_measure):
        assert -1e-9 <= figure <= 1 + 1e-9
    assert measure(meant, [f"group {g}" for g in found]) == figures
    turned = measure(found, meant)
    assert math.isclose(turned.precision, figures.recall)
    assert math.isclose(turned.v_measure, figures.v_measure, abs_tol=1e-9)


@given(st.lists(st.sampled_from("abcd"), min_size=1))
def test_what_is_grouped_as_meant_is_perfect_and_nothing_strays(meant: list[str]) -> None:
    figures, wrong = measure(meant, meant), strays(meant, meant)
    assert figures.precision == figures.recall == figures.f1 == figures.v_measure == 1.0
    assert (wrong.false, wrong.missed) == ((), ())


@given(groupings)
def test_nothing_strays_only_if_all_is_as_meant(pair: tuple[list[str], list[int]]) -> None:
    figures, wrong = measure(*pair), strays(*pair)
    assert bool(wrong.false) == (figures.precision < 1)
    assert bool(wrong.false or wrong.missed) == (figures.f1 < 1)


def test_a_stray_is_shown_beside_what_it_was_put_to_or_should_be() -> None:
    wrong = strays(["a", "a", "b", "a", "b"], [1, 1, 1, 2, 3])
    assert wrong.false == ((2, 0),)
    assert wrong.missed == ((3, 0),)


def test_no_posts_have_no_figures() -> None:
    with pytest.raises(ValueError, match="at least one post"):
        measure([], [])
