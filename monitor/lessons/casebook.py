"""The casebook: well-known failures with their lessons, shipped as a feed and a lessons file.

`lessons.yaml` is the source; `casebook.atom` is made of it with `python -m monitor.lessons.casebook`,
and a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from monitor.errors import ConfigError, Fault
from monitor.text import clean

FEED_ID = "tag:failwatch,2026:casebook"
KINDS = ("crisis", "misstep", "shortfall", "near_miss", "good_recovery")
RESPONSES = ("deny", "diminish", "rebuild", "bolster", "silence")
PRECISIONS = ("day", "month", "year")
_FOLDER = "monitor.lessons.casebook_data"
_FILE = "lessons.yaml"


@dataclass(frozen=True, slots=True)
class Case:
    """One failure, and what it teaches."""

    id: str
    title: str
    organisation: str
    sector: str
    channel: str
    date: str
    """ISO; the first day where only month or year are known."""
    kind: str
    """One of `KINDS`: a failure is not always a crisis."""
    severity: int
    tags: tuple[str, ...]
    what_happened: str
    why: str
    response: str
    response_type: str
    outcome: str
    avoid: str
    recover: str
    here: str
    change: str
    sources: tuple[tuple[str, str], ...]
    """(title, URL), at least one."""
    date_precision: str = "day"

    @property
    def guid(self) -> str:
        """Its identity in the feed."""
        return f"{FEED_ID}/{self.id}"


_KEYS = frozenset(f.name for f in fields(Case))
_TEXTS = sorted(_KEYS - {"date", "severity", "tags", "sources"})
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "kind": KINDS,
    "response_type": RESPONSES,
    "date_precision": PRECISIONS,
    "severity": (1, 2, 3, 4),
}


def load() -> tuple[Case, ...]:
    """Every shipped case, oldest first; raises `ConfigError` if the file is not in order."""
    return read(resources.files(_FOLDER).joinpath(_FILE).read_text(encoding="utf-8"))


def read(text: str) -> tuple[Case, ...]:
    """The cases of a lessons file, oldest first; raises `ConfigError` with every fault's line."""
    try:
        found = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigError([Fault(_FILE, line, f"This is no YAML: {error.problem}.")]) from error
    if not isinstance(found, dict) or found.get("version") != 1 or not _is_cases(found):
        message = "It must begin with `version: 1` and have a list of `cases`, each with its keys."
        raise ConfigError([Fault(_FILE, 1, message)])
    faults = [
        Fault(_FILE, _line(raw, key), f"{raw.get('id', 'a case')}: {message}")
        for raw in found["cases"]
        for key, message in _problems(raw)
    ]
    faults += _doubles(found["cases"])
    if faults:
        raise ConfigError(faults)
    return tuple(sorted(map(_case, found["cases"]), key=lambda case: (case.date, case.id)))


def _is_cases(found: Mapping[str, Any]) -> bool:
    cases = found.get("cases")
    return isinstance(cases, list) and all(isinstance(raw, dict) for raw in cases)


def _line(raw: Any, key: str) -> int:
    line: int = raw.lc.key(key)[0] if key in raw else raw.lc.line
    return line + 1


def _problems(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a case: the key it is wrong at, and what to do."""
    for key in sorted(_KEYS - {"date_precision"} - set(raw)):
        yield key, f"{key} is missing; every case has it."
    for key in sorted(set(map(str, raw)) - _KEYS):
        near = get_close_matches(key, _KEYS, 1)
        yield key, f"{key} is not known" + (f"; did you mean {near[0]}?" if near else ".")
    for key in _TEXTS:
        if key in raw and not _is_text(raw[key]):
            yield key, f"{key} must be a text, and not empty."
    for key, allowed in _CHOICES.items():
        if key in raw and raw[key] not in allowed:
            yield key, f"{key} must be one of {', '.join(map(str, allowed))}."
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(raw.get("id", "x"))):
        yield "id", "id must be of small letters, digits and single hyphens."
    if "date" in raw and not _is_date(raw["date"]):
        yield "date", "date must be a day such as 2017-04-10."
    if "tags" in raw and not (_is_list(raw["tags"]) and all(map(_is_text, raw["tags"]))):
        yield "tags", "tags must be a list of at least one word."
    if "sources" in raw and not (_is_list(raw["sources"]) and all(map(_is_source, raw["sources"]))):
        yield "sources", "sources must be a list of at least one {title, url}, url with http(s)."


def _doubles(cases: list[Any]) -> list[Fault]:
    """Ids and titles that stand twice: the later one is at fault."""
    seen: set[tuple[str, str]] = set()
    faults = []
    for raw in cases:
        for key in ("id", "title"):
            value = str(raw.get(key, ""))
            if value and (key, value) in seen:
                faults.append(Fault(_FILE, _line(raw, key), f"{value}: this {key} stands twice."))
            seen.add((key, value))
    return faults


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(_flat(value))


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_source(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"title", "url"}:
        return False
    if not _is_text(value["title"]) or not _is_text(value["url"]):
        return False
    parts = urlsplit(value["url"])
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _flat(value: str) -> str:
    return " ".join(clean(value).split())


def _case(raw: Mapping[str, Any]) -> Case:
    values: dict[str, Any] = {key: _flat(raw[key]) for key in _TEXTS if key in raw}
    return Case(
        **values,
        date=date.fromisoformat(str(raw["date"])).isoformat(),
        severity=int(raw["severity"]),
        tags=tuple(map(_flat, raw["tags"])),
        sources=tuple((_flat(s["title"]), _flat(s["url"])) for s in raw["sources"]),
    )


def atom(cases: tuple[Case, ...]) -> bytes:
    """The casebook as Atom 1.0 (RFC 4287), the same bytes for the same cases."""
    newest = max((case.date for case in cases), default="2005-01-01")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
        f"<id>{FEED_ID}</id>",
        "<title>Failwatch casebook</title>",
        "<author><name>Failwatch</name></author>",
        f"<updated>{newest}T00:00:00Z</updated>",
        *(_entry(case) for case in cases),
        "</feed>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _entry(case: Case) -> str:
    text = f"{case.what_happened} {case.response} {case.outcome}"
    return "\n".join(
        [
            "<entry>",
            f"<id>{case.guid}</id>",
            f"<title>{escape(case.title)}</title>",
            f"<link href={quoteattr(case.sources[0][1])}/>",
            f"<published>{case.date}T00:00:00Z</published>",
            f"<updated>{case.date}T00:00:00Z</updated>",
            f"<category term={quoteattr(case.sector)}/>",
            f"<summary>{escape(case.what_happened)}</summary>",
            f"<content>{escape(text)}</content>",
            "</entry>",
        ]
    )


if __name__ == "__main__":
    target = Path(str(resources.files(_FOLDER).joinpath("casebook.atom")))
    target.write_bytes(atom(load()))
