"""The order of the queue: a product of parts, each shown with its factor and its reason.

| part | factor | grows with |
|---|---|---|
| rules | 0.05 to 1 | what the rules say of it |
| spread | 1 to 3 | independent sources, and how fast they came |
| novelty | 0.4 to 1 | being unlike what was decided already |
| profile | 1 to 3 | what of it concerns the organisation itself |
| preference | 1/5 to 5 | what the team kept and dropped so far, and words set by hand |
| age | 0.25 to 1 | being recent |

No factor is 0 and none is without bound: nothing can be hidden, and no part decides alone. One item in
ten stands at a place drawn by chance instead, so that what the order misses can be measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import log2, prod

from monitor.incidents import preference, spread
from monitor.incidents.novelty import Alike
from monitor.incidents.preference import Term
from monitor.text import digest
from monitor.words import words

FLOOR = 0.05
"""Of the rules' part: what no rule flags can still be lifted by the others."""

MOST_SOURCES = 16
"""From here on more sources change nothing."""

SPEED = {0: 1.0, 1: 1.25, 2: 1.5}
"""Level of spread -> factor."""

MOST_SPREAD = 3.0
KNOWN = 0.6
"""What a story loses that was decided word for word."""

FITS = {"brands": 2.0, "words": 1.5, "sector": 1.5, "markets": 1.25, "channels": 1.25}
MOST_FIT = 3.0
HALF_LIFE = timedelta(days=7)
OLDEST = 0.25
DRAWN_OF = 10
"""One item in so many is drawn at random."""


@dataclass(frozen=True, slots=True)
class Part:
    """One factor of the product."""

    name: str
    factor: float
    words: str


@dataclass(frozen=True, slots=True)
class Signals:
    """All that the order is made from."""

    score: float
    """What the rules say, 0 to 1."""
    sources: int = 1
    """Independent ones."""
    level: int = 0
    """Of its spread: 0, 1 or 2."""
    alike: Alike | None = None
    fit: Sequence[tuple[str, str]] = ()
    """(heading of the profile, word that was found)."""
    odds: float = 0.0
    """What the preference makes of it."""
    terms: Sequence[Term] = ()
    """Its strongest words."""
    why_off: str = ""
    """Why nothing is learnt; empty if something is."""
    age: timedelta = field(default_factory=timedelta)
    has_profile: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in the queue, and how it comes about."""

    value: float
    parts: tuple[Part, ...]


def rank(signals: Signals) -> Ranked:
    """Multiply the parts."""
    parts = (
        _rules(signals), _spread(signals), _novelty(signals), _profile(signals),
        _preference(signals), _age(signals),
    )  # fmt: skip
    return Ranked(prod(part.factor for part in parts), parts)


def base(score: float) -> float:
    """What the rules alone make of it: `FLOOR` to 1."""
    return FLOOR + (1 - FLOOR) * min(max(score, 0.0), 1.0)


def _rules(s: Signals) -> Part:
    return Part("rules", base(s.score), f"the rules give {s.score:.2f}")


def _spread(s: Signals) -> Part:
    sources = min(max(s.sources, 1), MOST_SOURCES)
    factor = min((1 + log2(sources) / 4) * SPEED.get(s.level, 1.0), MOST_SPREAD)
    said = "one source" if s.sources <= 1 else f"{s.sources} independent sources"
    if reached := [level for level in spread.LEVELS if level.number == s.level]:
        said += f", {reached[0]}"
    return Part("spread", factor, said)


def _novelty(s: Signals) -> Part:
    if s.alike is None:
        return Part("novelty", 1.0, "like nothing decided so far")
    share = min(max(s.alike.share, 0.0), 1.0)
    said = f"shares {share:.0%} of its title’s words with incident {s.alike.incident_id}, {s.alike.status}"
    return Part("novelty", 1 - KNOWN * share, said)


def _profile(s: Signals) -> Part:
    if not s.fit:
        said = "nothing of your profile in it" if s.has_profile else "no profile is set"
        return Part("profile", 1.0, said)
    factor = prod(FITS[heading] for heading in {heading for heading, _ in s.fit})
    said = ", ".join(f"{heading}: “{word}”" for heading, word in s.fit)
    return Part("profile", min(factor, MOST_FIT), said)


def _preference(s: Signals) -> Part:
    said = ", ".join(map(str, s.terms))
    if not said:
        said = s.why_off or "its words say nothing either way"
    return Part("preference", preference.factor(s.odds), said)


def _age(s: Signals) -> Part:
    age = max(s.age, timedelta())
    factor = max(OLDEST, 0.5 ** (age / HALF_LIFE))
    hours = int(age.total_seconds() // 3600)
    said = f"{hours // 24} days" if hours >= 48 else "an hour" if hours == 1 else f"{hours} hours"
    return Part("age", factor, f"last post {said} ago" if hours else "last post within the hour")


def fit(profile: Iterable[tuple[str, str]], title: str, text: str) -> list[tuple[str, str]]:
    """What of a profile, (heading, word), a post speaks of: whole words, case and accents aside."""
    said = f" {' '.join(words(title))} | {' '.join(words(text))} "
    return [
        (heading, word)
        for heading, word in profile
        if (key := " ".join(words(word))) and f" {key} " in said
    ]


def in_words(parts: Iterable[Part], value: float) -> str:
    """The arithmetic as one line: `rules 0.82 × spread 1.50 × … = 1.23`."""
    said = " × ".join(f"{part.name} {part.factor:.2f}" for part in parts)
    return f"{said} = {value:.2f}"


def drawn(incident_id: int, salt: str) -> float | None:
    """For one incident in ten: the share of the queue, 0 to 1, above which chance puts it.

    Depends on nothing but number and salt: who changes the salt each day draws others each day.
    """
    chance = int(digest("drawn", salt, str(incident_id))[:16], 16)
    return (chance // DRAWN_OF) / ((1 << 64) // DRAWN_OF + 1) if chance % DRAWN_OF == 0 else None


def next_look(age: timedelta) -> timedelta:
    """When an age is worth reckoning with anew: after an hour, and the older, the later."""
    hours = max(age, timedelta()) / timedelta(hours=1)
    return timedelta(hours=min(24.0, max(1.0, hours / 24)))
