"""How sure a share is: the one interval that every page, command and report shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


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
        return min(self.value, max(0.0, self._centre - self._half)) if self.total else 0.0

    @property
    def high(self) -> float:
        """Upper end of the interval; 1 when nothing was counted."""
        return max(self.value, min(1.0, self._centre + self._half)) if self.total else 1.0

    @property
    def _centre(self) -> float:
        return (self.value + Z95**2 / (2 * self.total)) / (1 + Z95**2 / self.total)

    @property
    def _half(self) -> float:
        n, p = self.total, self.value
        return Z95 / (1 + Z95**2 / n) * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))

    def __str__(self) -> str:
        """As people read it: `0.83 (0.61 to 0.94, 15 of 18)`."""
        if not self.total:
            return "not measured yet"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f}, {self.hits} of {self.total})"
