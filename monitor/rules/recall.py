"""How much the rules miss: an estimate from the weekly look at posts that no rule flagged.

Of the N posts of a week that nothing flagged, n are drawn by chance and looked at, and m of them are
failures. So about N·m/n were missed. Over several weeks the share is that of a stratified sample,
p = Σ (N_w/N)·(m_w/n_w) (Cochran, *Sampling Techniques*, 3rd ed. 1977, section 5.3). Its interval is
Wilson's with the effective number of posts, 1/Σ (N_w/N)²·(1 - n_w/N_w)/n_w (Kish, *Survey Sampling*,
1965; Wilson intervals with effective sizes: Dean and Pagano, *J. Surv. Stat. Methodol.* 3, 2015,
484-503). It holds where nothing was found yet, which is the usual case; it can be no narrower than
what was seen with people's own eyes.

Recall is found / (found + missed), in posts: found are the flagged posts of the same weeks whose
incidents people called relevant. Its ends take the ends of what was missed; the upper end also
supposes that every flagged post that still awaits a decision is relevant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.rules.figures import wilson


@dataclass(frozen=True, slots=True)
class Week:
    """A sampled week, as it stands now."""

    week: str
    """ISO 8601, `2026-W09`."""
    population: int
    """Unflagged posts."""
    missed: int
    """Of those looked at: failures."""
    cleared: int
    """Of those looked at: none."""
    unclear: int = 0
    """Nobody could tell; they count for nothing."""
    open: int = 0
    """Nobody has looked yet."""
    found: int = 0
    """Flagged posts of relevant incidents."""
    undecided: int = 0
    """Flagged posts that await a decision."""

    @property
    def answered(self) -> int:
        """Posts that say something."""
        return self.missed + self.cleared


@dataclass(frozen=True, slots=True)
class Range:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the weeks that somebody looked at say together."""

    weeks: int
    answered: int
    missed: int
    """Failures among the posts looked at."""
    population: int
    found: int
    undecided: int
    missed_a_week: Range
    recall: Range | None
    """None while neither a found nor a missed failure is known of."""


def estimate(weeks: Sequence[Week]) -> Estimate | None:
    """The estimate over all weeks in which somebody answered; None if there are none."""
    asked = [week for week in weeks if week.answered]
    if not asked:
        return None
    population = sum(week.population for week in asked)
    share = sum(w.population * w.missed / w.answered for w in asked) / population
    variance = sum(
        (w.population / population) ** 2 * (1 - w.answered / w.population) / w.answered
        for w in asked
    )
    low, high = wilson(share, 1 / variance if variance else math.inf)
    seen, cleared = sum(w.missed for w in asked), sum(w.cleared for w in asked)
    missed = Range(
        share * population,
        max(low * population, seen),
        min(high * population, population - cleared),
    )
    found, undecided = sum(w.found for w in asked), sum(w.undecided for w in asked)
    return Estimate(
        weeks=len(asked),
        answered=seen + cleared,
        missed=seen,
        population=population,
        found=found,
        undecided=undecided,
        missed_a_week=Range(*(x / len(asked) for x in (missed.value, missed.low, missed.high))),
        recall=_recall(found, undecided, missed),
    )


def _recall(found: int, undecided: int, missed: Range) -> Range | None:
    if not found and not missed.value:
        return None
    most = found + undecided
    return Range(
        found / (found + missed.value),
        found / (found + missed.high) if found else 0.0,
        most / (most + missed.low) if most else 0.0,
    )


def sentences(found: Estimate | None) -> list[str]:
    """The estimate in words, for a page, a command or a mail."""
    if found is None:
        return ["Nobody has looked at a sampled post yet, so there is no estimate."]
    missed, weeks = found.missed_a_week, "1 week" if found.weeks == 1 else f"{found.weeks} weeks"
    lines = [
        (
            f"Missed: about {_count(missed.value)} posts a week"
            f" (95 % interval: {_count(missed.low)} to {_count(missed.high)}). In {weeks},"
            f" {found.missed} of {found.answered} posts looked at were failures,"
            f" drawn from {found.population:,} that nothing flagged."
        )
    ]
    if found.recall is None:
        lines.append("Recall: not known, since no failure was found or missed in these weeks.")
        return lines
    recall = found.recall
    line = (
        f"Recall: {recall.value:.2f} ({recall.low:.2f} to {recall.high:.2f}):"
        f" {found.found:,} flagged posts of the same weeks were relevant."
    )
    if found.undecided:
        line += f" {found.undecided:,} more await a decision."
    return [*lines, line]


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
