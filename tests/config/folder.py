"""A folder of configuration, and what is said of it."""

from pathlib import Path

import pytest

from monitor.config.load import load
from monitor.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent

RULE = """\
pack: a
rules:
  - id: outcry
    title: Outcry
    severity: backlash
    weight: 0.6
    query: >-
      outcry
      OR uproar
    examples:
      match: [an outcry, an uproar]
      no_match: [a cry, a roar]
"""


def write(root: Path, **files: str | bytes) -> None:
    """Write `feeds`, `failwatch` or, with any other name, a file of rules/."""
    for name, text in files.items():
        inner = root if name in {"feeds", "failwatch"} else root / "rules"
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        (inner / f"{name}.yaml").write_bytes(content)


def faults(root: Path, environ: dict[str, str] | None = None) -> list[str]:
    """The faults that loading tells of, as a person sees them."""
    with pytest.raises(ConfigError) as caught:
        load(root, environ or {})
    return [str(fault) for fault in caught.value.faults]
