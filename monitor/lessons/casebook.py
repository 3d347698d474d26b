"""The casebook: well-known failures with their lessons, shipped as a feed and a lessons file.

`lessons.yaml` is the source; `casebook.atom` is made of it with `python -m monitor.lessons.casebook`,
and a test holds the two together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ruamel.yaml import YAML

FEED_ID = "tag:failwatch,2026:casebook"
KINDS = ("crisis", "misstep", "shortfall", "near_miss", "good_recovery")
RESPONSES = ("deny", "diminish", "rebuild", "bolster", "silence")
_FOLDER = "monitor.lessons.casebook_data"


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


def load() -> tuple[Case, ...]:
    """Every case, oldest first; raises `ValueError` naming the case that is not in order."""
    text = resources.files(_FOLDER).joinpath("lessons.yaml").read_text(encoding="utf-8")
    found = YAML(typ="safe", pure=True).load(text)
    return tuple(sorted(map(_case, found["cases"]), key=lambda case: (case.date, case.id)))


def _case(raw: dict[str, Any]) -> Case:
    known = {f.name for f in fields(Case)}
    name = raw.get("id", "a case without an id")
    missing, odd = known - {"date_precision"} - set(raw), set(raw) - known
    if missing or odd:
        raise ValueError(f"{name}: missing {sorted(missing)}, unknown {sorted(odd)}")
    values: dict[str, Any] = {
        key: " ".join(value.split()) if isinstance(value, str) else value
        for key, value in raw.items()
    }
    values["date"] = date.fromisoformat(str(raw["date"])).isoformat()
    values["tags"] = tuple(raw["tags"])
    values["sources"] = tuple((s["title"], s["url"]) for s in raw["sources"])
    case = Case(**values)
    if case.kind not in KINDS or case.response_type not in RESPONSES or not case.sources:
        raise ValueError(f"{name}: kind, response_type or sources are not in order")
    if not re.fullmatch(r"[a-z0-9-]+", case.id) or case.severity not in {1, 2, 3, 4}:
        raise ValueError(f"{name}: id or severity are not in order")
    return case


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
