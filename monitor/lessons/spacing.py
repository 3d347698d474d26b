"""When something that was practised comes back. Pure.

By the published method SM-2: P. A. Woźniak, *Optimization of learning*, Master's thesis, University of
Technology in Poznań, 1990, section 3.2. The first interval is a day, the second six days, each
further one the one before times an ease that begins at 2.5, falls with low scores, rises with high
ones, and never goes below 1.3. A score below 3 begins anew with a day and leaves the ease alone.

Left out is SM-2's last step, which asks again on the same day until the score is 4: a team drills
once, and comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

BEST = 5
PASSED = 3
"""The least score with which an interval grows."""
LEAST_EASE = 1.3
LONGEST = 730
"""Days: whatever was practised comes back within two years, for people and times change."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How firmly something sits."""

    repetitions: int = 0
    """How often in a row it went well."""
    days: int = 0
    """Until it comes back, counted from when it was last practised."""
    ease: float = 2.5


def practised(was: Spacing, score: int) -> Spacing:
    """The spacing after a score from 0 to `BEST`."""
    if not 0 <= score <= BEST:
        raise ValueError(f"a score is from 0 to {BEST}, not {score}")
    if score < PASSED:
        return Spacing(0, 1, was.ease)
    lack = BEST - score
    ease = max(LEAST_EASE, was.ease + 0.1 - lack * (0.08 + lack * 0.02))
    days = {0: 1, 1: 6}.get(was.repetitions) or round(was.days * was.ease)
    return Spacing(was.repetitions + 1, min(days, LONGEST), ease)
