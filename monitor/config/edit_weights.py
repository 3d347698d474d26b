"""New weights for rules, written into their packs: only the number on each `weight:` line changes.

The packs are edited as text, so that comments, order and quotes stay as their authors left them.
Each is read again: unless it says exactly what it should, and the whole folder loads with all the
changes, nothing is written. Each file is then replaced in one step; a kill in between leaves every
file whole, some changed and some not yet, and the same command finishes the rest.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from monitor.config.files import locked, replace
from monitor.config.load import RULES, TERMS, parse
from monitor.config.source import Source
from monitor.errors import ConfigError, Fault

Prove = Callable[[Mapping[str, bytes]], None]
"""Tries the folder with these files in place of its own; raises `ConfigError`."""

_WEIGHT = re.compile(r"(?:^|[\s{,-])weight\s*:\s*([-+.\w]+)(?=[\s,}]|$)")


def set_weights(
    root: Path, weights: Mapping[str, tuple[float, float]], *, prove: Prove
) -> tuple[str, ...]:
    """Give rules new weights: id -> (the weight it must have now, the new one).

    Returns the files that were changed. Raises `ConfigError`, and writes nothing, if a rule is not
    there, has another weight by now, or stands in a form that cannot be edited.
    """
    with locked(root, RULES):
        changed: dict[str, bytes] = {}
        left = dict(weights)
        for name in _packs(root):
            content, mine = _edited(root, name, left)
            for rule in mine:
                del left[rule]
            if mine:
                changed[name] = content
        if left:
            raise ConfigError(
                Fault(RULES, 0, f"there is no rule {rule} in any file; nothing was written.")
                for rule in sorted(left)
            )
        if changed:
            prove(changed)
        for name, content in changed.items():
            try:
                replace((root / name).resolve(), content)  # a link stays a link
            except OSError as error:
                raise _refusal(name, 0, f"it cannot be written ({error.strerror}).") from None
        return tuple(changed)


def _packs(root: Path) -> list[str]:
    try:
        found = sorted((root / RULES).glob("*.yaml"))
    except OSError:
        found = []
    names = [f"{RULES}/{path.name}" for path in found if not path.name.startswith(".")]
    return [name for name in names if name != TERMS]


def _edited(
    root: Path, name: str, weights: Mapping[str, tuple[float, float]]
) -> tuple[bytes, list[str]]:
    """A pack with the new weights of its rules, and which rules those are."""
    try:
        content = (root / name).read_bytes()
    except OSError as error:
        raise _refusal(name, 0, f"it cannot be read ({error.strerror}).") from None
    source = _source(name, content)
    lines = content.decode("utf-8-sig").splitlines(keepends=True)
    mine: list[str] = []
    meant = copy.deepcopy(source.value)
    for index, rule in enumerate(_rules(source.value)):
        key = str(rule.get("id")) if isinstance(rule, dict) else ""
        if key not in weights:
            continue
        old, new = weights[key]
        line = source.line(("rules", index, "weight"))
        if rule.get("weight") != old:
            # Nobody's change is overwritten: it may have been made for what we would do now.
            said = f"rule {key}: its weight is {rule.get('weight')} by now, not {old:g}; ask again."
            raise _refusal(name, line, said)
        hit = _WEIGHT.search(lines[line - 1])
        if hit is None:
            raise _by_hand(name, line, key)
        start, end = hit.span(1)
        lines[line - 1] = f"{lines[line - 1][:start]}{new:.2f}{lines[line - 1][end:]}"
        _rules(meant)[index]["weight"] = round(new, 2)
        mine.append(key)
    made = "".join(lines).encode("utf-8", "surrogatepass")
    if mine and _source(name, made).value != meant:
        raise _by_hand(name, 0, ", ".join(mine))
    bom = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return bom + made, mine


def _source(name: str, content: bytes) -> Source:
    found = parse(name, content)
    if isinstance(found, Fault):
        raise ConfigError([found])
    return found


def _rules(value: Any) -> list[Any]:
    found = value.get("rules") if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _by_hand(name: str, line: int, rule: str) -> ConfigError:
    return _refusal(
        name, line, f"rule {rule}: its weight is written in a way that cannot be edited; change it by hand."
    )  # fmt: skip


def _refusal(name: str, line: int, message: str) -> ConfigError:
    return ConfigError([Fault(name, line, message)])
