"""What the team wants, learnt from its decisions: multinomial naive Bayes with every figure shown.

    tokens      the words of an incident's first post, and `rule:`, `feed:`, `host:` of where it is from
    learn       decisions -> a model: for each token how often it was kept and dropped
    standing    whether the model is in force: enough decisions, and better than the rules alone
    explain     the strongest tokens of one post, with their counts

It ranks and never hides. A word set by hand counts as the person said, learnt or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import log

from monitor.words import words

ENOUGH = 20
"""Decisions of each kind before anything is learnt."""

LAST = 100
"""Decisions on which the model must beat the rules, each judged by what was known before it."""

MARGIN = 0.12
"""By so much: what was decided is mostly the top of the queue, where the rules' score tells least, so
that judging on it flatters what is learnt. Smaller gains were none on posts further down."""

MEMORY = 5_000
"""The newest decisions that are learnt from: what a team wants changes."""

MIN_SEEN = 3
"""A token met fewer times says nothing: a word met once would carry an absurd weight."""

PRIOR = 4.0
"""Pretended sightings of every token, shared out as all words are: few real ones say little."""

WORDS = 120
"""Words of the text that count, after the title: a post says early what it is about."""

STRONGEST = 4
BOUND = 5.0
"""The factor lies between 1/5 and 5."""

TEMPER = 8.0
"""Log odds at which the factor has gone half of its way."""

BY_HAND = {"more": 2.0, "less": -2.0, "never mind": 0.0}
"""What a person can make of a token, and the log odds that it then has."""


def tokens(
    title: str, text: str, *, rules: Iterable[str] = (), feed: str = "", host: str = ""
) -> tuple[str, ...]:
    """What is learnt from a post, each once, in a fixed order.

    Numbers and words of one or two letters are left out. No word holds a colon, so none can be
    taken for a rule, feed or host.
    """
    said = [*words(title), *words(text[: WORDS * 8])[:WORDS]]
    kept = dict.fromkeys(word for word in said if len(word) > 2 and not word[0].isdigit())
    origin = [f"rule:{rule}" for rule in rules]
    origin += [f"{kind}:{name}" for kind, name in (("feed", feed), ("host", host)) if name]
    return (*kept, *("".join(token.split()) for token in dict.fromkeys(origin)))


@dataclass(frozen=True, slots=True)
class Decision:
    """One incident that a person kept or dropped."""

    tokens: tuple[str, ...]
    is_relevant: bool
    base: float
    """Its rank by everything but the preference; above 0."""


@dataclass(frozen=True, slots=True)
class Term:
    """What one token says."""

    token: str
    weight: float
    """Log odds: above 0 speaks for it."""
    kept: int
    dropped: int
    by_hand: str = ""
    """`more`, `less` or `never mind`; empty if it is learnt."""

    def __str__(self) -> str:
        """As people read it: `“backlash” +1.9 (14 kept, 2 dropped)`."""
        if self.by_hand:
            return f"“{self.token}” {self.weight:+.1f} (set by hand: {self.by_hand})"
        return f"“{self.token}” {self.weight:+.1f} ({self.kept} kept, {self.dropped} dropped)"


@dataclass(slots=True)
class Model:
    """Counts of tokens among what was kept and what was dropped; grows by `add`."""

    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    all_kept: int = 0
    all_dropped: int = 0
    by_hand: Mapping[str, str] = field(default_factory=dict)
    is_on: bool = True
    """Whether what was learnt counts; what was set by hand always does."""

    def add(self, decision: Decision) -> None:
        """Learn one more decision."""
        if decision.is_relevant:
            self.kept.update(decision.tokens)
            self.all_kept += len(decision.tokens)
        else:
            self.dropped.update(decision.tokens)
            self.all_dropped += len(decision.tokens)

    def term(self, token: str) -> Term:
        """What a token says: nothing if it was met fewer than `MIN_SEEN` times."""
        kept, dropped = self.kept.get(token, 0), self.dropped.get(token, 0)
        if (said := self.by_hand.get(token)) is not None:
            return Term(token, BY_HAND[said], kept, dropped, said)
        if not self.is_on or kept + dropped < MIN_SEEN:
            return Term(token, 0.0, kept, dropped)
        return Term(token, self._odds(kept, dropped), kept, dropped)

    def _odds(self, kept: int, dropped: int) -> float:
        # Shared out by the sizes of both sides, so that a token as frequent in both weighs nothing
        # from the first sighting on, however many more words one side has.
        all_kept, all_dropped = self.all_kept + 1, self.all_dropped + 1
        share = all_kept / (all_kept + all_dropped)
        return log((kept + PRIOR * share) / all_kept) - log(
            (dropped + PRIOR * (1 - share)) / all_dropped
        )

    def said(self, found: Iterable[str]) -> list[Term]:
        """What those of the tokens say that say something."""
        return [
            term for token in found if self._is_known(token) and (term := self.term(token)).weight
        ]

    def _is_known(self, token: str) -> bool:
        # Most tokens of a post were never met often: a quick look spares making a term of each.
        met = self.kept.get(token, 0) + self.dropped.get(token, 0)
        return met >= MIN_SEEN or token in self.by_hand

    def score(self, found: Iterable[str]) -> float:
        """The sum of what the tokens say: log odds, 0 if nothing is known."""
        return sum(term.weight for term in self.said(found))


def learn(decisions: Sequence[Decision], by_hand: Mapping[str, str] | None = None) -> Model:
    """Learn the newest `MEMORY` of decisions, which are given oldest first."""
    recent = decisions[-MEMORY:]
    sides = [[d.tokens for d in recent if d.is_relevant is side] for side in (True, False)]
    kept, dropped = (Counter(chain.from_iterable(side)) for side in sides)
    return Model(kept, dropped, kept.total(), dropped.total(), by_hand or {})


def factor(score: float) -> float:
    """Log odds as a factor between 1/`BOUND` and `BOUND`: 1 for 0, growing with the score."""
    return float(BOUND ** (score / (abs(score) + TEMPER)))


def strongest(said: Iterable[Term], most: int = STRONGEST) -> list[Term]:
    """The tokens that say most, the strongest first."""
    return sorted(said, key=lambda term: (-abs(term.weight), term.token))[:most]


def average_precision(scored: Iterable[tuple[float, bool]]) -> float:
    """Mean precision at each relevant item, best score first; equal scores count as one place."""
    groups: dict[float, list[int]] = {}
    for score, is_relevant in scored:
        tally = groups.setdefault(score, [0, 0])
        tally[0] += is_relevant
        tally[1] += 1
    hits = seen = 0
    total = 0.0
    for score in sorted(groups, reverse=True):
        found, size = groups[score]
        hits, seen = hits + found, seen + size
        total += found * hits / seen
    return total / hits if hits else 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the learnt preference is in force, and the figures that say so."""

    kept: int
    dropped: int
    rules: float | None = None
    """Average precision of the order without it on the last decisions; None if not reckoned."""
    learnt: float | None = None
    """And of the order with it."""
    judged: int = 0
    """How many decisions these two rest on."""

    @property
    def is_on(self) -> bool:
        """In force only with enough decisions of each kind, and only while it does clearly better."""
        if self.rules is None or self.learnt is None:
            return False
        return self.learnt >= self.rules + MARGIN

    def __str__(self) -> str:
        """Say it in words."""
        if self.rules is None or self.learnt is None:
            return (
                f"Off: it takes {ENOUGH} relevant and {ENOUGH} dismissed incidents to learn from;"
                f" there are {self.kept:,} and {self.dropped:,}."
            )
        figures = (
            f"average precision on the last {self.judged} decisions is {self.learnt:.2f} with it"
            f" and {self.rules:.2f} without"
        )
        if self.is_on:
            return f"On: {figures}."
        return f"Off, since it does not do clearly better (by {MARGIN:g}): {figures}."


def standing(decisions: Sequence[Decision]) -> Standing:
    """Judge the last decisions, each by what was learnt from those before it."""
    recent = decisions[-MEMORY:]
    kept = sum(d.is_relevant for d in recent)
    dropped = len(recent) - kept
    if min(kept, dropped) < ENOUGH:
        return Standing(kept, dropped)
    cut = max(len(recent) - LAST, 0)
    model = learn(recent[:cut])
    plain: list[tuple[float, bool]] = []
    ranked: list[tuple[float, bool]] = []
    for decision in recent[cut:]:
        plain.append((decision.base, decision.is_relevant))
        learnt = decision.base * factor(model.score(decision.tokens))
        ranked.append((learnt, decision.is_relevant))
        model.add(decision)
    return Standing(kept, dropped, average_precision(plain), average_precision(ranked), len(ranked))
