"""Shares and their intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.figures import Share


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # Figures of Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(hits: int, total: int, low: float, high: float) -> None:
    share = Share(hits, total)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


def test_nothing_counted_says_nothing() -> None:
    share = Share(0, 0)
    assert (share.low, share.high, str(share)) == (0.0, 1.0, "not measured yet")


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_bounds(counted: tuple[int, int]) -> None:
    share = Share(*counted)
    assert 0.0 <= share.low <= share.value <= share.high <= 1.0
