"""Rules of the shapes that comms teams write, made by chance from the words of real posts.

A third of them watch a brand (most brands never occur, as with real watch lists) for words of
failure, by AND or NEAR; the rest are about things: two groups near each other, AND NOT, in the
title, in one sentence, a phrase. No word stands in more than 2 % of the posts: lint warns of more.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from monitor.model import RuleSource, Severity
from monitor.words import words

SYLLABLES = [
    "ba",
    "ko",
    "ri",
    "ten",
    "vo",
    "lu",
    "mar",
    "zi",
    "pel",
    "dra",
    "quo",
    "nix",
    "tas",
    "hel",
    "gro",
    "wyn",
    "dex",
    "fal",
    "mo",
    "rin",
]


class Shapes:
    """Makes rules; the same seed makes the same."""

    def __init__(self, texts: Sequence[str], seed: int = 1) -> None:
        single: Counter[str] = Counter()
        double: Counter[str] = Counter()
        for text in texts:
            said = [word for word in words(text) if word.isascii() and word.isalpha()]
            single.update(set(said))
            double.update({f"{a} {b}" for a, b in pairwise(said) if min(len(a), len(b)) > 2})
        most = 0.02 * len(texts)
        self._words = sorted(w for w, n in single.items() if len(w) > 3 and 2 <= n <= most)
        self._pairs = sorted(p for p, n in double.items() if 2 <= n <= most)
        self._random = random.Random(seed)

    def rules(self, count: int) -> list[RuleSource]:
        return [
            RuleSource(
                f"r{n}", f"Rule {n}", Severity.MISSTEP, 0.6, self._query(), (), (), file="made"
            )
            for n in range(count)
        ]

    def _query(self) -> str:
        between = self._random.randint
        match self._random.choices(range(7), (35, 25, 15, 10, 8, 3, 4))[0]:
            case 0:
                return f"{self._brand()} AND {self._group(between(4, 10))}"
            case 1:
                return f"{self._brand()} NEAR/{between(3, 12)} {self._group(between(4, 10))}"
            case 2:
                return f"{self._group(between(3, 6))} NEAR/{between(3, 12)} {self._group(between(3, 8))}"
            case 3:
                wanted = f"{self._group(between(3, 6))} AND {self._group(between(3, 8))}"
                return f"{wanted} AND NOT {self._group(between(2, 4))}"
            case 4:
                return f"title:{self._group(between(3, 6))} AND {self._group(4)}"
            case 5:
                return f"SENTENCE({self._group(3)} {self._group(4)})"
        return f'"{self._random.choice(self._pairs)}"'

    def _brand(self) -> str:
        name = "".join(self._random.choices(SYLLABLES, k=self._random.randint(3, 4)))
        other = self._random.choice(SYLLABLES)
        return f'({name} OR "{name} {self._word()}" OR #{name} OR {name}{other}*)'

    def _group(self, count: int) -> str:
        return "(" + " OR ".join(self._term() for _ in range(count)) + ")"

    def _term(self) -> str:
        chance = self._random.random()
        if chance < 0.6:
            return self._word()
        if chance < 0.85:
            return f'"{self._random.choice(self._pairs)}"'
        word = self._word()
        return f"{word[: max(5, len(word) - 2)]}*"

    def _word(self) -> str:
        return self._random.choice(self._words)
