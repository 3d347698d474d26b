"""Thresholds of grouping fitted to what people said: these two are one story, those are not.

A label is a post and an incident that a person joined or kept apart, with how alike they are without
each other. From `join` on posts join by themselves: the value with the least loss is chosen, where a
false merge, which hides a story, costs as much as `FALSE` missed ones. People are asked from
`suggest` on: it leaves no more than one in ten of what belongs together unasked.

Pure. Few labels prove little: below `LEAST` of each kind nothing is proposed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.settings import Thresholds

LEAST = 10
"""Labels of each kind that are needed."""

FALSE = 4
"""Missed merges that one false merge is worth."""

UNASKED = 0.1
"""Share of what belongs together that may lie below `suggest`."""

LOWEST, HIGHEST = 0.03, 0.9
"""Thresholds beyond these are a sign of odd labels, not of odd posts."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of a post and an incident."""

    post_id: int
    incident_id: int
    is_same: bool
    likeness: float
    """0 to 1, as grouping reckons it for the post and the incident's other posts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What thresholds do to the labels."""

    false: int
    """Posts that would join what people kept them apart from."""
    missed: int
    """Posts that would neither join nor be asked about, though people joined them."""
    asked: int
    """Labels that lie between the thresholds."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What is proposed, and what it would change."""

    thresholds: Thresholds
    before: Outcome
    after: Outcome
    changed: tuple[Label, ...]
    """Labels that would be treated otherwise, the most alike first."""


def fit(labels: Sequence[Label], now: Thresholds) -> Fit | None:
    """Thresholds that suit the labels, in steps of 0.005; None if there are too few of a kind.

    What is in force stays unless another value is better, not merely as good.
    """
    same = [label.likeness for label in labels if label.is_same]
    apart = [label.likeness for label in labels if not label.is_same]
    if min(len(same), len(apart)) < LEAST:
        return None
    join = _best(now.join, same, apart)
    suggest = _asking(same, join, now.suggest)
    found = Thresholds(join, suggest)
    changed = [label for label in labels if verdict(label, now) != verdict(label, found)]
    changed.sort(key=lambda label: (-label.likeness, label.post_id, label.incident_id))
    return Fit(found, outcome(labels, now), outcome(labels, found), tuple(changed))


def outcome(labels: Sequence[Label], thresholds: Thresholds) -> Outcome:
    """What thresholds do to labels."""
    verdicts = [(label.is_same, verdict(label, thresholds)) for label in labels]
    return Outcome(
        false=verdicts.count((False, "join")),
        missed=verdicts.count((True, "start")),
        asked=sum(verdict == "suggest" for _, verdict in verdicts),
    )


def verdict(label: Label, thresholds: Thresholds) -> str:
    """What grouping would do: `join`, `suggest`, or `start` an incident."""
    if label.likeness >= thresholds.join:
        return "join"
    return "suggest" if label.likeness >= thresholds.suggest else "start"


def _best(now: float, same: Sequence[float], apart: Sequence[float]) -> float:
    def loss(join: float) -> int:
        return FALSE * sum(x >= join for x in apart) + sum(x < join for x in same)

    steps = [n / 200 for n in range(round(LOWEST * 200), round(HIGHEST * 200) + 1)]
    return min((now, *steps), key=lambda join: (loss(join), abs(join - now)))


def _asking(same: Sequence[float], join: float, now: float) -> float:
    """The highest value below which no more than `UNASKED` lie, at most what is in force, or half."""
    unasked = sorted(same)[: math.floor(UNASKED * len(same)) + 1][-1]
    at_most = min(now, join / 2) if now < join else join / 2
    return max(min(math.floor(unasked * 200) / 200, at_most), min(LOWEST, at_most))
