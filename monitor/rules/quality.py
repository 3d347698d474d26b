"""How good the rules are, measured on posts that somebody labelled.

A post counts as right if it is flagged and labelled `fail`, or neither. Rows with a label that is
none of `LABELS` (such as `border`) are left out and counted apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.model import Match, Verdict
from monitor.rules.figures import Share
from monitor.rules.labelled import FAIL, LABELS, Row
from monitor.rules.match import THRESHOLD, score


@dataclass(frozen=True, slots=True)
class Graded:
    """A labelled post with what the rules say of it."""

    row: Row
    verdict: Verdict

    @property
    def is_fail(self) -> bool:
        """Whether the label says that it should be flagged."""
        return self.row.label == FAIL


@dataclass(frozen=True, slots=True)
class F1:
    """The harmonic mean of precision and recall, with its 95 % interval.

    F1 / (2 - F1) is the share TP / (TP + FP + FN) (Hand, Christen, Kirielle 2021, Machine Learning
    110:451), so the Wilson interval of that share, carried back, is an interval of F1: the *Wilson
    indirect* method of Lam, Gopal, Qian 2023, arXiv 2309.14621. It needs no chance, keeps within 0
    to 1, and holds for few cases.
    """

    share: Share
    """Flagged failures among the posts that are flagged, failures or both."""

    @property
    def value(self) -> float:
        """2 TP / (2 TP + FP + FN); 0 when nothing was counted."""
        return _carried(self.share.value)

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return _carried(self.share.low)

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return _carried(self.share.high)

    def __str__(self) -> str:
        """As people read it: `0.85 (0.81 to 0.88)`."""
        if not self.share.total:
            return "not measured yet"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def _carried(share: float) -> float:
    return 2 * share / (1 + share)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What one rule did on the labelled posts, flagged or not."""

    rule: str
    title: str
    weight: float
    precision: Share
    """Failures among the posts that it matches."""
    only_fails: int
    """Failures that would not be flagged without it."""
    only_false: int
    """Other posts that would not be flagged without it."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of a set of rules."""

    rows: dict[str, int]
    """Labelled posts counted, by label."""
    flagged: dict[str, int]
    """Flagged ones among them, by label."""
    left_out: dict[str, int]
    """Rows with other labels."""
    precision: Share
    recall: Share
    f1: F1
    false_flags: Share
    """Flagged ones among the posts that tell of no failure."""
    incidents: Share
    """Incidents with a flagged post among those that rows name."""
    rules: tuple[RuleFigures, ...] = field(repr=False)
    """Most matches first; those without a match are not among them."""
    silent: tuple[str, ...]
    """Rules that match no row, left-out ones not looked at."""
    misses: tuple[Graded, ...] = field(repr=False)
    """Failures that are not flagged, the lowest score first."""
    false: tuple[Graded, ...] = field(repr=False)
    """Other posts that are flagged, the highest score first."""
    missed_incidents: tuple[str, ...]


def measure(graded: Iterable[Graded], rules: Sequence[str] = ()) -> Quality:
    """Figures over labelled posts; `rules` are the ids in force, to name those that match nothing."""
    left_out: Counter[str] = Counter()
    counted: list[Graded] = []
    for item in graded:
        if item.row.label in LABELS:
            counted.append(item)
        else:
            left_out[item.row.label] += 1
    rows = Counter(g.row.label for g in counted)
    flagged = Counter(g.row.label for g in counted if g.verdict.flagged)
    right, fails, found = flagged[FAIL], rows[FAIL], flagged.total()
    false = found - right
    incidents = _incidents(counted)
    figures = _rules(counted)
    seen = {figure.rule for figure in figures}
    return Quality(
        rows={label: rows[label] for label in LABELS},
        flagged={label: flagged[label] for label in LABELS},
        left_out=dict(sorted(left_out.items())),
        precision=Share(right, found),
        recall=Share(right, fails),
        f1=F1(Share(right, fails + false)),
        false_flags=Share(false, len(counted) - fails),
        incidents=Share(sum(incidents.values()), len(incidents)),
        rules=figures,
        silent=tuple(sorted(set(rules) - seen)),
        misses=tuple(
            sorted(
                (g for g in counted if g.is_fail and not g.verdict.flagged),
                key=lambda g: g.verdict.score,
            )
        ),
        false=tuple(
            sorted(
                (g for g in counted if not g.is_fail and g.verdict.flagged),
                key=lambda g: -g.verdict.score,
            )
        ),
        missed_incidents=tuple(
            sorted(name for name, is_found in incidents.items() if not is_found)
        ),
    )


def _incidents(counted: Sequence[Graded]) -> dict[str, bool]:
    """Whether each incident that failures name has a flagged post."""
    found: dict[str, bool] = {}
    for item in counted:
        if item.is_fail and item.row.incident:
            name = item.row.incident
            found[name] = found.get(name, False) or item.verdict.flagged
    return found


def _rules(counted: Sequence[Graded]) -> tuple[RuleFigures, ...]:
    hits: defaultdict[str, list[tuple[Match, Graded]]] = defaultdict(list)
    for item in counted:
        for match in item.verdict.matches:
            hits[match.rule].append((match, item))
    made = [_figures(rule, found) for rule, found in hits.items()]
    return tuple(sorted(made, key=lambda f: (-f.precision.total, f.rule)))


def _figures(rule: str, found: list[tuple[Match, Graded]]) -> RuleFigures:
    alone = Counter(item.is_fail for match, item in found if _hangs_on(item.verdict, match))
    return RuleFigures(
        rule=rule,
        title=found[0][0].title,
        weight=found[0][0].weight,
        precision=Share(sum(item.is_fail for _, item in found), len(found)),
        only_fails=alone[True],
        only_false=alone[False],
    )


def _hangs_on(verdict: Verdict, match: Match) -> bool:
    """Whether a post is flagged, and would not be without this match."""
    return verdict.flagged and score([m for m in verdict.matches if m is not match]) < THRESHOLD
