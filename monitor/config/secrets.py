"""Secrets come from the environment, or from a file that the environment names; never from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.errors import Fault
from monitor.model import Secret


def secret(environ: Mapping[str, str], variable: str, faults: list[Fault]) -> Secret:
    """The value of `variable`, or the content of the file named by `variable`_FILE; empty if neither."""
    if value := environ.get(variable):
        return Secret(value)
    path = environ.get(f"{variable}_FILE")
    if not path:
        return Secret("")
    try:
        return Secret(Path(path).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(f"{variable}_FILE", 0, f"{path} cannot be read ({error})."))
        return Secret("")
