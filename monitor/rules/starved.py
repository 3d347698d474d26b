"""A rule that has been silent for longer than its own habit.

Its words may have gone out of use, a site may have changed, or an edit may have broken it; nobody
would notice otherwise.

If matches come at a steady rate, with a mean gap g, a silence of t has the probability exp(-t/g);
it is below 1 % from t = g·ln 100 ≈ 4.6 g on. News is not that steady: a story brings many posts at
once. So days with a match are counted rather than matches, and a silence is told of only if it is
also longer than every silence before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

ENOUGH = 5
"""Days with a match from which a rule has a habit."""

UNLIKELY = 0.01
"""How improbable a silence must be at the rule's own rate."""

SHORTEST = timedelta(days=14)
"""No silence shorter than this is told of, however busy the rule was."""

NEVER = timedelta(days=90)
"""How long a rule may be in force before it is said that it never matched."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule that is starved."""

    rule: str
    title: str
    since: datetime
    """Its last match, or when it was put in force if that was later."""
    days: int
    mean_gap: float
    """Days between days with a match; 0 if it never matched."""
    longest_gap: int
    """In days."""

    @property
    def is_first(self) -> bool:
        """Whether it never matched at all."""
        return not self.mean_gap

    def __str__(self) -> str:
        """In words."""
        if self.is_first:
            return f"it has never matched, in {self.days:,} days in force"
        gap = max(1, round(self.mean_gap))
        return (
            f"nothing for {self.days:,} days; before, it matched every {gap:,} "
            f"{'day' if gap == 1 else 'days'}, and was never silent for longer than "
            f"{self.longest_gap:,}"
        )


def allowed(days: Sequence[date]) -> timedelta | None:
    """How long a rule that matched on these days may be silent; None if it has no habit yet."""
    kept = sorted(set(days))
    if len(kept) < ENOUGH:
        return None
    mean = (kept[-1] - kept[0]) / (len(kept) - 1)
    longest = max(later - earlier for earlier, later in pairwise(kept))
    return max(-math.log(UNLIKELY) * mean, SHORTEST, longest)


def silence(
    rule: str, title: str, *, days: Sequence[date], live_since: datetime, now: datetime
) -> Silence | None:
    """Whether a rule is starved, by the days on which posts that it matched were published.

    Whether its feeds were read meanwhile is for the caller to say: without posts, nobody matches.
    """
    if not days:
        if now - live_since <= NEVER:
            return None
        return Silence(rule, title, live_since, (now - live_since).days, 0.0, 0)
    limit, kept = allowed(days), sorted(set(days))
    since = max(kept[-1], live_since.date())  # while it was switched off, it could find nothing
    silent = now.date() - since
    if limit is None or silent <= limit:
        return None
    last = datetime.combine(since, time(), now.tzinfo)
    mean = (kept[-1] - kept[0]).days / (len(kept) - 1)
    longest = max((later - earlier).days for earlier, later in pairwise(kept))
    return Silence(rule, title, last, silent.days, mean, longest)
