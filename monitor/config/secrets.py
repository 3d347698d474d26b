"""Secrets come from the environment, or from a file that the environment names; never from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.errors import Fault
from monitor.model import NO_SECRET, Secret

MAIL_PASSWORD = "FAILWATCH_MAIL_PASSWORD"  # noqa: S105  # a variable's name


def wiki_password(name: str) -> str:
    """The variable that holds the password for a wiki of this name."""
    return f"FAILWATCH_WIKI_{name.upper().replace('-', '_')}_PASSWORD"


def secret(environ: Mapping[str, str], variable: str, faults: list[Fault]) -> Secret:
    """The value of `variable`, or the text of the file that `variable`_FILE names; empty if neither.

    Line ends after the text in a file are no part of it: editors put one there.
    """
    if value := environ.get(variable):
        return Secret(value)
    path = environ.get(f"{variable}_FILE")
    if not path:
        return NO_SECRET
    try:
        return Secret(Path(path).read_text(encoding="utf-8").rstrip("\r\n"))
    except OSError as error:
        why = error.strerror or type(error).__name__
    except ValueError:  # not UTF-8, or a path that cannot be one
        why = "it is no text"
    message = f"{path} cannot be read ({why}). Put the password there, or unset {variable}_FILE."
    faults.append(Fault(f"{variable}_FILE", 0, message))
    return NO_SECRET
