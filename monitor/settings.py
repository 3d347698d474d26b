"""What a team sets that rooms side by side go by: frozen values with the defaults of failwatch.yaml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """When the weekly digest is due, by the team's own clock."""

    is_on: bool = True
    day: str = "monday"
    hour: int = 8
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which likeness on, 0 to 1, a post joins an incident, and a person is asked."""

    join: float = 0.13
    suggest: float = 0.07
