"""A rule while somebody writes it: the fields of the workbench's form, whatever stands in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitor.config.edit_rules import LOCAL, mark
from monitor.config.fields import SEVERITIES
from monitor.model import RuleSource, Severity
from monitor.text import clean

MAX_QUERY = 25_000
"""A little more than a query may have, so that the fault is said rather than the text cut."""

MAX_EXAMPLES = 100
UNNAMED = "draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far."""

    query: str = ""
    id: str = ""
    title: str = ""
    severity: str = "2"
    weight: str = "0.5"
    family: str = ""
    tags: str = ""
    """Separated by commas."""
    languages: str = ""
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()
    replaces: str = ""
    """The rule of rules/local.yaml that is being changed; empty for a new one."""
    seen: str = ""
    """How that rule read when it was opened."""


def from_form(form: Mapping[str, Any]) -> Draft:
    """What a form sent."""

    def line(name: str, most: int = 300) -> str:
        return " ".join(clean(str(form.get(name, "")))[:most].split())

    def lines(name: str) -> tuple[str, ...]:
        given = clean(str(form.get(name, ""))).split("\n")
        kept = (" ".join(text.split()) for text in given[: MAX_EXAMPLES * 2])
        return tuple(dict.fromkeys(text for text in kept if text))[:MAX_EXAMPLES]

    return Draft(
        query=_query(str(form.get("query", ""))),
        id=line("id"), title=line("title"), severity=line("severity"), weight=line("weight"),
        family=line("family"), tags=line("tags"), languages=line("languages"),
        match=lines("match"), no_match=lines("no_match"),
        replaces=line("replaces"), seen=line("seen"),
    )  # fmt: skip


def _query(text: str) -> str:
    """A query as it was typed, so that places in it are those on the screen."""
    return clean(text[:MAX_QUERY]).replace("\t", " ")


def from_source(source: RuleSource, entry: Mapping[str, Any] | None, taken: set[str]) -> Draft:
    """A rule that there is: to be changed if `entry` is how rules/local.yaml has it, else a copy."""
    draft = Draft(
        query=_query(source.query), id=source.id, title=source.title,
        severity=str(int(source.severity)), weight=f"{source.weight:g}", family=source.family,
        tags=", ".join(source.tags), languages=", ".join(source.languages),
        match=tuple(" ".join(text.split()) for text in source.match_examples),
        no_match=tuple(" ".join(text.split()) for text in source.no_match_examples),
    )  # fmt: skip
    if entry is not None:
        return replace(draft, replaces=source.id, seen=mark(entry))
    names = (f"{source.id[:58]}-{number}" for number in range(2, 1000))
    return replace(draft, id=next((name for name in names if name not in taken), ""))


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def _number(text: str) -> float | str:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def entry(draft: Draft, *, is_on: bool) -> dict[str, Any]:
    """The rule as the file is to have it; what is at its default is left out."""
    severity = SEVERITIES.get(draft.severity.lower(), draft.severity)
    made: dict[str, Any] = {
        "id": draft.id, "title": draft.title,
        "severity": int(severity) if str(severity).isdecimal() else severity,
        "weight": _number(draft.weight),
    }  # fmt: skip
    if draft.family:
        made["family"] = draft.family
    if languages := _words(draft.languages):
        made["languages"] = languages
    if tags := _words(draft.tags):
        made["tags"] = tags
    if not is_on:
        made["enabled"] = False
    return made | {
        "query": "\n".join(line.rstrip() for line in draft.query.strip().split("\n")),
        "examples": {"match": list(draft.match), "no_match": list(draft.no_match)},
    }


def source(draft: Draft) -> RuleSource:
    """The rule as it can be tried now: what is missing or wrong beside the query takes a default."""
    weight = _number(draft.weight)
    is_weight = isinstance(weight, float) and 0 < weight < 1
    severity = int(draft.severity) if draft.severity in {"1", "2", "3", "4"} else 2
    return RuleSource(
        id=draft.replaces or draft.id or UNNAMED, title=draft.title or draft.id or UNNAMED,
        severity=Severity(severity), weight=float(weight) if is_weight else 0.5, query=draft.query,
        match_examples=draft.match, no_match_examples=draft.no_match, family=draft.family,
        languages=tuple(_words(draft.languages)), tags=tuple(_words(draft.tags)),
        file=LOCAL, query_line=1,
    )  # fmt: skip
