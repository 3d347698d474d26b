"""The casebook: well-known failures with their lessons, shipped as data.

People write `cases/*.yaml`, a file for each group of sectors, and `principles.yaml`. What is read
at a start is made of them with `python -m monitor.lessons.casebook`: `casebook.json`, because YAML
takes a hundred times as long, and `casebook.atom`, the same as a feed. A test holds them together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, get_args
from xml.sax.saxutils import escape, quoteattr

from monitor.lessons import casebook_form as form
from monitor.lessons import casebook_read as reading

FEED_ID = "tag:failwatch,2026:casebook"
KINDS = get_args(form.Kind)
RESPONSES = get_args(form.ResponseType)
PRECISIONS = get_args(form.Precision)
_FOLDER = "monitor.lessons.casebook_data"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a case was found."""

    title: str
    url: str
    publisher: str = ""
    date: str = ""
    """ISO day of publication; empty where the page gives none."""


@dataclass(frozen=True, slots=True)
class Response:
    """What the organisation said, or that it said nothing."""

    type: str
    """One of `RESPONSES`."""
    text: str
    date: str = ""
    """ISO day; empty where no source gives it."""


@dataclass(frozen=True, slots=True)
class Principle:
    """A short sentence that cases point to."""

    id: str
    text: str


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
    responses: tuple[Response, ...]
    """At least one, as the file has them."""
    outcome: str
    avoid: str
    recover: str
    here: str
    change: str
    sources: tuple[Source, ...]
    """At least one."""
    date_precision: str = "day"
    country: str = ""
    """Two letters: where it happened."""
    alleged: str = ""
    """What was claimed and is not established; empty if nothing is in dispute."""
    expected: str = ""
    """What was hoped for, and by how much it was missed."""
    principles: tuple[str, ...] = ()
    """Ids of principles."""

    @property
    def guid(self) -> str:
        """Its identity in the feed."""
        return f"{FEED_ID}/{self.id}"


@dataclass(frozen=True, slots=True)
class Casebook:
    """All that is shipped."""

    cases: tuple[Case, ...]
    """Oldest first."""
    principles: tuple[Principle, ...]


def load() -> Casebook:
    """What comes with this release."""
    found = json.loads(_text(_file("casebook.json")))
    return Casebook(
        tuple(map(_restored, found["cases"])),
        tuple(Principle(**principle) for principle in found["principles"]),
    )


def sources(folder: Path | None = None) -> Casebook:
    """The casebook as people write it; raises `ConfigError` if a file is not in order."""
    folder = folder or _file("")
    written = reading.read({"principles.yaml": _text(folder / "principles.yaml")}, "principles")
    files = {f"cases/{path.name}": _text(path) for path in sorted(folder.glob("cases/*.yaml"))}
    cases = reading.read(files, principles={principle.id for principle in written})
    return Casebook(_sorted(cases), tuple(Principle(p.id, p.text) for p in written))


def read(text: str, file: str = "lessons.yaml") -> tuple[Case, ...]:
    """The cases of one file, oldest first; raises `ConfigError` with every fault's line."""
    return _sorted(reading.read({file: text}))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _sorted(forms: list[form.CaseForm]) -> tuple[Case, ...]:
    made = (_restored(one.model_dump(mode="json", exclude_none=True)) for one in forms)
    return tuple(sorted(made, key=lambda case: (case.date, case.id)))


def _restored(raw: Mapping[str, Any]) -> Case:
    return Case(
        **dict(raw)
        | {
            "tags": tuple(raw["tags"]),
            "principles": tuple(raw["principles"]),
            "responses": tuple(Response(**said) for said in raw["responses"]),
            "sources": tuple(Source(**source) for source in raw["sources"]),
        }
    )


def _file(name: str) -> Path:
    return Path(str(resources.files(_FOLDER))) / name


def packed(book: Casebook) -> bytes:
    """The casebook as JSON, a line for each case, the same bytes for the same cases."""
    lines = [
        ",\n".join(json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) for one in part)
        for part in (book.cases, book.principles)
    ]
    return f'{{"cases": [\n{lines[0]}\n], "principles": [\n{lines[1]}\n]}}\n'.encode()


def atom(cases: tuple[Case, ...]) -> bytes:
    """Cases as Atom 1.0 (RFC 4287), the same bytes for the same cases."""
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
    text = " ".join([case.what_happened, *(said.text for said in case.responses), case.outcome])
    return "\n".join(
        [
            "<entry>",
            f"<id>{case.guid}</id>",
            f"<title>{escape(case.title)}</title>",
            f"<link href={quoteattr(case.sources[0].url)}/>",
            f"<published>{case.date}T00:00:00Z</published>",
            f"<updated>{case.date}T00:00:00Z</updated>",
            f"<category term={quoteattr(case.sector)}/>",
            f"<summary>{escape(case.what_happened)}</summary>",
            f"<content>{escape(text)}</content>",
            "</entry>",
        ]
    )


if __name__ == "__main__":
    made = sources()
    _file("casebook.json").write_bytes(packed(made))
    _file("casebook.atom").write_bytes(atom(made.cases))
