"""Changes to rules/local.yaml, the one pack that the pages write.

Only the lines of the one rule change. Those go through ruamel.yaml's round trip, so that comments
and the order of keys stay in them too. The result is read again: unless it says exactly what it
should, and the whole folder loads with it, nothing is written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString, ScalarString, SingleQuotedScalarString
from ruamel.yaml.tokens import CommentToken

from monitor.config import items
from monitor.config.check import check
from monitor.config.files import locked, replace
from monitor.config.forms import PackFile
from monitor.config.load import parse
from monitor.config.source import Source
from monitor.errors import ConfigError, Fault, StaleVersion
from monitor.text import digest

LOCAL = "rules/local.yaml"

_HEADER = """\
# Rules that the team wrote in the browser, under Rules > New rule. They may be edited here as well:
# comments stay, and a running Failwatch takes changes up by itself.
pack: local
rules:
"""

_PLAIN = re.compile(r"[^\W\d_][\w-]*(?<!null)(?<!true)(?<!false)", re.IGNORECASE)
"""Words that need no quotes in a list in brackets."""

Prove = Callable[[Mapping[str, bytes]], None]
"""Tries the folder with these files in place of its own; raises `ConfigError`."""


def entry_faults(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with the form of a rule, said of its keys."""
    found = check(Source(LOCAL, {"rules": [dict(entry)]}), PackFile)
    faults = found if isinstance(found, list) else []
    return [fault.message.removeprefix("rules[0].") for fault in faults]


def mark(entry: Mapping[str, Any]) -> str:
    """Tells one wording of a rule from another, so that nobody overwrites what they have not seen."""
    return digest(*(f"{key}={entry[key]!r}" for key in sorted(entry)))[:16]


def local_rules(root: Path) -> dict[str, dict[str, Any]]:
    """The rules of rules/local.yaml as they stand, by id; none if there is no file that can be read."""
    try:
        found = parse(LOCAL, (root / LOCAL).read_bytes())
    except OSError:
        return {}
    rules = [] if isinstance(found, Fault) else _rules(found)
    return {str(rule.get("id")): rule for rule in rules if isinstance(rule, dict)}


def save_rule(
    root: Path, entry: Mapping[str, Any], *, replaces: str, seen: str, prove: Prove
) -> str:
    """Add a rule, or put it in the place of rule `replaces`, last seen as `seen`.

    Returns the file's hash. Raises `StaleVersion` if somebody changed the rule meanwhile,
    `ConfigError` if it cannot stand.
    """
    if faults := entry_faults(entry):
        raise ConfigError(Fault(LOCAL, 0, f"the rule is not saved: {said}") for said in faults)
    with locked(root, LOCAL):
        text, source = _read(root)
        rules = _rules(source)
        at = _index(rules, replaces) if replaces else None
        if replaces and (at is None or mark(rules[at]) != seen):
            raise StaleVersion(
                f"The rule {replaces} was changed or removed in {LOCAL} meanwhile."
                " Nothing was overwritten: open it again."
            )
        meant = [*rules, dict(entry)] if at is None else _put(rules, at, dict(entry))
        return _write(root, _spliced(text, source, at, entry), meant, prove)


def set_enabled(root: Path, rule: str, *, is_on: bool, prove: Prove) -> str:
    """Put a rule in force or switch it off; returns the file's hash. Raises `ConfigError`."""
    with locked(root, LOCAL):
        text, source = _read(root)
        rules = _rules(source)
        at = _index(rules, rule)
        if at is None:
            raise _refusal(f"there is no rule {rule} in it any more.")
        entry = {key: value for key, value in rules[at].items() if key != "enabled"}
        if not is_on:
            entry["enabled"] = False
        return _write(root, _spliced(text, source, at, entry), _put(rules, at, entry), prove)


def _put(rules: list[Any], at: int, entry: dict[str, Any]) -> list[Any]:
    return [*rules[:at], entry, *rules[at + 1 :]]


def _read(root: Path) -> tuple[str, Source]:
    try:
        content = (root / LOCAL).read_bytes()
    except FileNotFoundError:
        content = _HEADER.encode()
    except OSError as error:
        raise _refusal(f"it cannot be read ({error.strerror}).") from None
    found = parse(LOCAL, content)
    if isinstance(found, Fault):
        raise ConfigError([found])
    return content.decode("utf-8-sig"), found


def _rules(source: Source) -> list[Any]:
    value = source.value if isinstance(source.value, dict) else {}
    rules = value.get("rules")
    return rules if isinstance(rules, list) else []


def _index(rules: list[Any], rule: str) -> int | None:
    ids = [item.get("id") if isinstance(item, dict) else None for item in rules]
    return ids.index(rule) if rule in ids else None


def _spliced(text: str, source: Source, at: int | None, entry: Mapping[str, Any]) -> str:
    """The file with an entry in the place of an item, or below the last one."""
    lines = items.lines_of(text)
    if at is not None:
        start, end = _span(lines, source, at)
        indent = items.dash(lines, source, "rules", at) or ""
        # As deep as `_dumped` sets it, so that comments at the ends of lines keep their column.
        old = ["  " + line.removeprefix(indent) for line in lines[start:end]]
        made = _changed("\n".join([*old, ""]), entry)
    else:
        if rules := _rules(source):
            start = end = _span(lines, source, len(rules) - 1)[1]
            indent = items.dash(lines, source, "rules", 0) or ""
        else:
            first, indent = items.opened(lines, source, "rules"), "  "
            if first is None:
                raise _by_hand(source.line(("rules",)))
            start = end = first
        item = CommentedMap()
        _update(item, entry)
        made = (
            ["", *_dumped(item)]
            if start and lines[start - 1].strip() not in _OPEN
            else _dumped(item)
        )
    whole = [*lines[:start], *(indent + line if line else "" for line in made), *lines[end:], ""]
    return ("\r\n" if "\r\n" in text else "\n").join(whole)


_OPEN = {"rules:", ""}
"""Lines after which a rule needs no blank line before it."""


def _span(lines: list[str], source: Source, at: int) -> tuple[int, int]:
    found = items.span(lines, source, "rules", at)
    if found is None:
        raise _by_hand(source.line(("rules", at)))
    return found


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # never break a line that its author did not
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _changed(text: str, entry: Mapping[str, Any]) -> list[str]:
    """The lines of an item made to say an entry; a comment that has no place any more goes on top."""
    (item,) = _yaml().load(text)
    before = list(_comments(item))
    _update(item, entry)
    made = _dumped(item)
    (again,) = _yaml().load("\n".join([*made, ""]))
    kept = list(_comments(again))
    lost = [comment for comment in before if comment not in kept]
    return [*lost, *made]


def _comments(node: Any) -> Iterator[str]:
    """Every comment in and below a node, each line by itself."""
    tokens: list[Any] = [getattr(node, "comment", None)] if isinstance(node, ScalarString) else []
    if isinstance(node, CommentedMap | CommentedSeq):
        tokens += [node.ca.comment, *node.ca.items.values(), node.ca.end]
        for inner in node.values() if isinstance(node, CommentedMap) else node:
            yield from _comments(inner)
    while tokens:
        token = tokens.pop(0)
        if isinstance(token, list):
            tokens = [*token, *tokens]
        elif isinstance(token, CommentToken):
            yield from (line.strip() for line in str(token.value).split("\n") if line.strip())


def _update(item: CommentedMap, entry: Mapping[str, Any]) -> None:
    """Make an item say an entry; keys that say it already keep their lines and comments."""
    for key in [key for key in item if key not in entry]:
        del item[key]
    for key, value in entry.items():
        if key not in item:
            # A new key such as `enabled` stands above the query, which is long: it should be seen.
            is_late = key in {"query", "examples"} or "query" not in item
            item.insert(len(item) if is_late else list(item).index("query"), key, _styled(value))
        elif item[key] != value:
            item[key] = _styled(value)


def _styled(value: Any) -> Any:
    """A value as people would write it: lines as a block, words in brackets, examples one a line."""
    if isinstance(value, str):
        return LiteralScalarString(value) if "\n" in value else value
    if isinstance(value, dict):
        return CommentedMap({key: CommentedSeq(texts) for key, texts in value.items()})
    if isinstance(value, list):
        words = CommentedSeq(
            word if _PLAIN.fullmatch(word) else SingleQuotedScalarString(word) for word in value
        )
        words.fa.set_flow_style()
        return words
    return value


def _dumped(item: CommentedMap) -> list[str]:
    """An item's lines, its dash at the margin."""
    made = io.StringIO()
    try:
        _yaml().dump([item], made)
    except YAMLError as error:
        said = " ".join(str(error).split())[:200]
        raise _refusal(f"the rule cannot be written as YAML: {said}.") from None
    return [line.removeprefix("  ") for line in made.getvalue().rstrip("\n").split("\n")]


def _write(root: Path, text: str, meant: list[Any], prove: Prove) -> str:
    """Read it back, try the whole folder with it, then replace the file in one step."""
    content = text.encode("utf-8", "surrogatepass")
    found = parse(LOCAL, content)
    if isinstance(found, Fault) or _rules(found) != meant:
        raise _by_hand(0)
    prove({LOCAL: content})
    try:
        (root / LOCAL).parent.mkdir(exist_ok=True)
        replace((root / LOCAL).resolve(), content)  # a link stays a link
    except OSError as error:
        raise _refusal(
            f"it cannot be written ({error.strerror}). Give the user that runs Failwatch the right to"
            " write in rules/."
        ) from None
    return digest(text)


def _by_hand(line: int) -> ConfigError:
    return _refusal(
        "its rules are written in a way that cannot be kept; make the change by hand.", line
    )


def _refusal(message: str, line: int = 0) -> ConfigError:
    return ConfigError([Fault(LOCAL, line, message)])
