"""How far two readers agree beyond chance: Cohen's kappa, with what can be said of so few. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

FEW = 30
"""Below so many incidents read twice, the figure says little."""

_WORDS = ((0.8, "almost perfect"), (0.6, "substantial"), (0.4, "moderate"), (0.2, "fair"))
"""As Landis and Koch (1977) call it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What readings by two people came to."""

    read: int
    same: int
    kappa: float | None
    """None if nothing was read twice, or everybody answered the same: then chance explains all."""
    low: float
    high: float
    """Kappa lies between them, nineteen times in twenty."""
    table: tuple[tuple[str, str, int], ...]
    """First answer, second answer, how often."""

    @property
    def is_small(self) -> bool:
        """Whether there are too few readings to rest anything on."""
        return self.read < FEW

    @property
    def words(self) -> str:
        """The figure as a sentence."""
        if not self.read:
            return "Nothing was read twice yet."
        said = f"{self.same} of {self.read} were read alike"
        if self.kappa is None:
            return f"{said}; all answers are the same, so kappa says nothing."
        name = next((word for least, word in _WORDS if self.kappa > least), "slight")
        few = f" Few readings: from {FEW} on it says more." if self.is_small else ""
        return f"{said}: kappa {self.kappa:.2f} ({self.low:.2f} to {self.high:.2f}), {name} agreement.{few}"


def agreement(pairs: Iterable[tuple[str, str]]) -> Agreement:
    """Compare (first, second) answers.

    Kappa is (observed − by chance) / (1 − by chance); its interval by the large-sample error.
    """
    counts = Counter(pairs)
    read = sum(counts.values())
    same = sum(n for (one, other), n in counts.items() if one == other)
    table = tuple((one, other, n) for (one, other), n in sorted(counts.items()))
    if not read:
        return Agreement(0, 0, None, 0.0, 0.0, table)
    firsts, seconds = Counter[str](), Counter[str]()
    for (one, other), n in counts.items():
        firsts[one] += n
        seconds[other] += n
    observed = same / read
    chance = sum(firsts[answer] * seconds[answer] for answer in firsts) / read**2
    if chance >= 1:
        return Agreement(read, same, None, 0.0, 0.0, table)
    kappa = (observed - chance) / (1 - chance)
    spread = 1.96 * sqrt(observed * (1 - observed) / read) / (1 - chance)
    return Agreement(read, same, kappa, max(-1.0, kappa - spread), min(1.0, kappa + spread), table)
