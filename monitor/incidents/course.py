"""How an incident ran, by the times of its posts alone: sudden or smouldering, and when it peaked. Pure.

Coombs (*Ongoing Crisis Communication*) parts crises that strike at once from those that smoulder
before they are seen; the Institute for Crisis Management counts them so year by year. Both judge by
cause. Posts show no cause but its trace: a story that smoulders is told by a few before it is told
by many. So:

- the *peak* is the busiest 24 hours (the earliest of equals); its moment is the post in the middle;
- *sudden*: the busiest hours begin within 48 hours of the first post;
- *smouldering*: they begin later;
- with fewer than three posts nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_POSTS = 3
DAY = 86_400
SUDDEN = 2 * DAY
"""Seconds from the first post within which the busiest hours of a sudden one begin."""


@dataclass(frozen=True, slots=True)
class Course:
    """When an incident began and peaked, in seconds."""

    first: int
    peak: int
    is_sudden: bool

    @property
    def lead(self) -> int:
        """Seconds from the first signal to the peak."""
        return self.peak - self.first


def course(times: Sequence[int]) -> Course | None:
    """The course of an incident by the times of its posts; None with fewer than three."""
    if len(times) < LEAST_POSTS:
        return None
    ordered = sorted(times)
    best, start, busiest = 0, 0, 0
    for end, moment in enumerate(ordered):
        while moment - ordered[start] > DAY:
            start += 1
        if end - start + 1 > best:
            best, busiest = end - start + 1, start
    peak = ordered[busiest + (best - 1) // 2]
    return Course(ordered[0], peak, ordered[busiest] - ordered[0] <= SUDDEN)
