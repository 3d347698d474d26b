"""How sure a share is: the one interval that every page, command and report shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


def wilson(share: float, total: float) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share of `total` > 0 cases.

    `total` need not be whole: samples of several strata are worth so many cases of one.
    """
    if math.isinf(total):
        return share, share
    centre = (share + Z95**2 / (2 * total)) / (1 + Z95**2 / total)
    spread = share * (1 - share) / total + Z95**2 / (4 * total * total)
    half = Z95 / (1 + Z95**2 / total) * math.sqrt(spread)
    # Rounding may carry an end past the share or past 0 and 1.
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, with its 95 % Wilson score interval (Wilson 1927, JASA 22:209).

    The interval keeps within 0 to 1 and holds for few cases, where hits/total ± z·s does not.
    """

    hits: int
    total: int

    @property
    def value(self) -> float:
        """`hits / total`; 0 when nothing was counted."""
        return self.hits / self.total if self.total else 0.0

    @property
    def low(self) -> float:
        """Lower end of the interval; 0 when nothing was counted."""
        return wilson(self.value, self.total)[0] if self.total else 0.0

    @property
    def high(self) -> float:
        """Upper end of the interval; 1 when nothing was counted."""
        return wilson(self.value, self.total)[1] if self.total else 1.0

    def __str__(self) -> str:
        """As people read it: `0.83 (0.61 to 0.94, 15 of 18)`."""
        if not self.total:
            return "not measured yet"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f}, {self.hits} of {self.total})"
