"""What a form held that was refused: its page shows it again, so that nobody types it twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from monitor.errors import Refused, StaleVersion


@dataclass(frozen=True, slots=True)
class Typed:
    """The form, what its boxes held, and why it was refused; empty if nothing was."""

    act: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    status: int = 200

    def get(self, act: str, name: str, otherwise: object = "") -> Any:  # any: a template's value
        """What a box of a form holds now."""
        return self.values.get(name, otherwise) if act == self.act else otherwise

    def has(self, act: str, name: str, value: object) -> bool:
        """Whether a box of a list was ticked, or whether a form is of this row."""
        held = self.values.get(name, []) if act == self.act else []
        return str(value) in (held if isinstance(held, list) else [held])


def refused(act: str, values: dict[str, Any], error: Refused | StaleVersion) -> Typed:
    """What to show again after a refusal."""
    return Typed(act, values, str(error), 409 if isinstance(error, StaleVersion) else 422)
