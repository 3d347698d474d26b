"""New weights from decisions: what a rule claimed, moved towards what people found.

A weight is a share of hits that its author expected. It counts as much as `STRENGTH` decisions
(a Beta prior with the weight as its mean); the new weight is the mean after the decisions,
(8·weight + hits) / (8 + decisions). So eight decisions move it half of the way, and eighty nearly all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model import Match, Severity
from monitor.rules import match
from monitor.rules.figures import Share

STRENGTH = 8
"""Decisions that the author's own expectation is worth."""

ENOUGH = 8
"""Decisions from which a weight is proposed."""

LOWEST, HIGHEST = 0.05, 0.95
"""No number of decisions makes a rule certain."""

BESIDE_OTHERS = match.THRESHOLD - 0.01
"""The most that a rule below the threshold is raised to.

It never flags alone, so people judged it only where other rules spoke too: its share is too good.
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new weight, with its evidence."""

    rule: str
    old: float
    new: float
    precision: Share
    is_held: bool = False
    """It would be higher, but for `BESIDE_OTHERS`."""


def propose(rule: str, weight: float, precision: Share, *, prior: float) -> Proposal | None:
    """The new weight of a rule; None if there are too few decisions or it stays as it is.

    `prior` is the weight that an author gave it, before any of these decisions. It is not the weight
    in force if that was proposed here: the same decisions would be counted again at every call.
    """
    if precision.total < ENOUGH:
        return None
    mean = (STRENGTH * prior + precision.hits) / (STRENGTH + precision.total)
    bounded = min(max(mean, LOWEST), HIGHEST)
    most = max(prior, BESIDE_OTHERS) if prior < match.THRESHOLD else HIGHEST
    new = round(min(bounded, most), 2)
    if abs(new - weight) < 0.005:
        return None
    return Proposal(rule, weight, new, precision, is_held=bounded > most)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a score needs of a rule in force."""

    weight: float
    family: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A post that people decided on, with the rules that matched it."""

    is_failure: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What new weights would change among the posts that were decided on."""

    posts: int = 0
    """Looked at."""
    lost: int = 0
    """Failures that would no longer be flagged."""
    spared: int = 0
    """Others that would no longer be."""
    gained: int = 0
    """Failures that would be flagged now."""
    added: int = 0
    """Others that would be."""


def effect(posts: Iterable[Judged], live: Mapping[str, Rule], new: Mapping[str, float]) -> Effect:
    """Score every post by the weights in force and by the new ones; rules gone since say nothing."""
    after = {name: Rule(new.get(name, rule.weight), rule.family) for name, rule in live.items()}
    counted = [0] * 5
    for post in posts:
        counted[0] += 1
        was, will = _is_flagged(post, live), _is_flagged(post, after)
        if was != will:
            counted[(1 if was else 3) + (not post.is_failure)] += 1
    return Effect(*counted)


def _is_flagged(post: Judged, rules: Mapping[str, Rule]) -> bool:
    # Of all that a match is, only weight and family enter the score.
    known = {name: rules[name] for name in post.rules if name in rules}
    found = [
        Match(name, "", "", rule.family, Severity.SHORTFALL, rule.weight, (), ())
        for name, rule in known.items()
    ]
    return match.score(found) >= match.THRESHOLD
