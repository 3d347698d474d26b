"""What people's decisions say of a rule, and what to do about it: one piece of advice in words.

Every comparison is made with the interval, so that three unlucky decisions move nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.rules.figures import Share
from monitor.text import fold, title_key

ENOUGH = 8
"""Decisions from which a rule is spoken of."""

GOAL = 0.7
"""Precision that a rule should have: below it, people read too much for nothing."""

HOPELESS = 0.3
"""A rule whose whole interval lies below this is no rule."""

LATELY = 20
"""Decisions that make up the newer side of a trend."""


class Kind(StrEnum):
    """What to do with a rule."""

    TOO_FEW = "too few decisions yet"
    RETIRE = "retire"
    NARROW = "narrow"
    LOWER = "lower the weight"
    RAISE = "raise the weight"
    FINE = "fine"


PRESSING = (Kind.RETIRE, Kind.NARROW)
"""Advice that costs people time every day until somebody takes it."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The last decisions against those before them."""

    before: Share
    lately: Share

    def __str__(self) -> str:
        """`rising` or `falling` only if the intervals lie apart."""
        if not self.before.total:
            return ""
        if self.lately.low > self.before.high:
            return "rising"
        if self.lately.high < self.before.low:
            return "falling"
        return "no clear change"


@dataclass(frozen=True, slots=True)
class Score:
    """A rule as decisions have it."""

    rule: str
    title: str
    weight: float
    """As it is in force."""
    precision: Share
    trend: Trend
    advice: Kind
    words: tuple[str, ...] = ()
    """What its false flags say and its hits do not."""


def trend(outcomes: Sequence[bool]) -> Trend:
    """The trend of decisions, oldest first."""
    before, lately = outcomes[:-LATELY], outcomes[-LATELY:]
    return Trend(Share(sum(before), len(before)), Share(sum(lately), len(lately)))


def advise(precision: Share, weight: float) -> Kind:
    """What to do with a rule of this precision and weight.

    The weight claims a share of hits, so it should lie in the interval of the share that people
    found. Where the share is also too small to be of use, another weight would only hide that.
    """
    if precision.total < ENOUGH:
        return Kind.TOO_FEW
    if precision.high < HOPELESS:
        return Kind.RETIRE
    if precision.value < GOAL:
        return Kind.NARROW
    if weight > precision.high:
        return Kind.LOWER
    if weight < precision.low:
        return Kind.RAISE
    return Kind.FINE


def score(
    rule: str,
    title: str,
    *,
    weight: float,
    outcomes: Sequence[bool],
    query: str = "",
    false: Iterable[str] = (),
    right: Iterable[str] = (),
) -> Score:
    """All that decisions say of a rule.

    `false` are titles of its false flags, `right` those of posts that were relevant, by any rule.
    """
    precision = Share(sum(outcomes), len(outcomes))
    advice = advise(precision, weight)
    words = telling(false, right, query) if advice in PRESSING else ()
    return Score(rule, title, weight, precision, trend(outcomes), advice, words)


def telling(
    false: Iterable[str], right: Iterable[str], query: str = "", most: int = 5
) -> tuple[str, ...]:
    """Words that tell false flags from what is relevant, the most frequent first.

    Each is in two titles of the false at least, three times as often there, title for title, as
    among the relevant, and no word of the query, which is in every title it finds.
    """
    wrong, good = list(false), list(right)
    bad_count, good_count = _in_titles(wrong), _in_titles(good)
    asked = tuple(word for word in re.findall(r"\w+", fold(query)) if len(word) > 2)
    found = [
        (count, word)
        for word, count in bad_count.items()
        if count >= 2
        and not word.startswith(asked)
        # One is added on both sides: a word is not telling because little is relevant yet.
        and (count + 1) / (len(wrong) + 2) >= 3 * (good_count[word] + 1) / (len(good) + 2)
    ]
    return tuple(word for _, word in sorted(found, key=lambda f: (-f[0], f[1]))[:most])


def _in_titles(titles: Iterable[str]) -> Counter[str]:
    return Counter(
        word
        for title in titles
        for word in set(title_key(title).split())
        if len(word) > 2 and not word.isdecimal()
    )


def sentence(score: Score) -> str:
    """The advice with its reason."""
    found, weight = score.precision, f"{score.weight:.2f}"
    share = f"{found.hits} of {found.total} decided incidents were relevant"
    interval = f"{found.low:.2f} to {found.high:.2f}"
    said = ", ".join(f"“{word}”" for word in score.words)
    words = f" Words that only its false flags have in common: {said}." if said else ""
    match score.advice:
        case Kind.TOO_FEW:
            return f"Too few decisions yet ({found.total} of {ENOUGH})."
        case Kind.RETIRE:
            return f"Retire it: only {share} ({interval}).{words}"
        case Kind.NARROW:
            claim = (
                f" Its weight {weight} claims more than that." if score.weight > found.high else ""
            )
            return f"Narrow it: {share} ({interval}).{claim}{words}"
        case Kind.LOWER:
            return f"Lower the weight: it claims {weight}, but {share} ({interval})."
        case Kind.RAISE:
            return f"Raise the weight: it claims {weight}, but {share} ({interval})."
        case Kind.FINE:
            return f"Fine: {share} ({interval}), and its weight {weight} says so."


def summary(scores: Iterable[Score]) -> list[str]:
    """A line for each rule that should be narrowed or retired, the worst first; for Home and mails."""
    pressing = [s for s in scores if s.advice in PRESSING]
    pressing.sort(key=lambda s: (PRESSING.index(s.advice), s.precision.value, s.rule))
    return [f"{s.rule}: {sentence(s)}" for s in pressing]
