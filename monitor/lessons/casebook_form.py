"""The form of the casebook's files, and every mistake in one with file, line, case and remedy.

Version 2 is written now. Version 1, which had one `response` and plain sources, is still read: what
it lacks stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from monitor.errors import ConfigError, Fault
from monitor.text import clean

MAX_QUOTED = 25
"""Words that a quotation may have: what is told at greater length is told in our own."""
EARLIEST = date(2000, 1, 1)
BEFORE = timedelta(days=400)
"""So long before its case may a source be written: of the plan, or of the year before."""

Kind = Literal["crisis", "misstep", "shortfall", "near_miss", "good_recovery"]
ResponseType = Literal["deny", "diminish", "rebuild", "bolster", "silence"]
Precision = Literal["day", "month", "year"]


def _flat(value: str) -> str:
    text = " ".join(clean(value).split())
    if not text:
        raise ValueError("must be a text, and not empty")
    for quoted in re.findall("“([^”]*)”", text):
        if len(quoted.split()) > MAX_QUOTED:
            raise ValueError(
                f"quotes more than {MAX_QUOTED} words in a row; shorten it, or tell it in your own"
            )
    return text


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        raise ValueError("must be of small letters, digits and single hyphens")
    return value


def _country(value: str) -> str:
    if not re.fullmatch("[A-Z]{2}", value):
        raise ValueError("must be the two capital letters of a country, such as GB")
    return value


def _web(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        usable = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", value.strip()):
        raise ValueError("must be a web address that begins with https:// or http://")
    return value.strip()


def _past(value: date) -> date:
    if value < EARLIEST:
        raise ValueError(f"must be a day since {EARLIEST:%Y}, such as 2017-04-10")
    return value


Text = Annotated[str, AfterValidator(_flat)]
Slug = Annotated[str, AfterValidator(_slug)]
Day = Annotated[date, AfterValidator(_past)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SourceForm(_Form):
    """Where a case was found."""

    title: Text
    url: Annotated[str, AfterValidator(_web)]
    publisher: Text | None = None
    date: Day | None = None


class ResponseForm(_Form):
    """What the organisation said, or that it said nothing."""

    type: ResponseType
    text: Text
    date: Day | None = None


class CaseForm(_Form):
    """One case as its file has it."""

    id: Slug
    title: Text
    organisation: Text
    sector: Text
    channel: Text
    country: Annotated[str, AfterValidator(_country)] | None = None
    date: Day
    date_precision: Precision = "day"
    kind: Kind
    severity: Literal[1, 2, 3, 4]
    tags: list[Text] = Field(min_length=1)
    what_happened: Text
    alleged: Text | None = None
    expected: Text | None = None
    why: Text
    responses: list[ResponseForm] = Field(min_length=1)
    outcome: Text
    avoid: Text
    recover: Text
    here: Text
    change: Text
    principles: list[Slug] = []
    sources: list[SourceForm] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_version_1(cls, raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, Mapping) or (info.context or {}).get("version") != 1:
            return raw
        new = dict(raw)
        said = {
            name: new.pop(key)
            for key, name in (("response", "text"), ("response_type", "type"))
            if key in new
        }
        return new | {"responses": [said]}

    @model_validator(mode="after")
    def _in_order(self, info: ValidationInfo) -> CaseForm:
        for said in self.responses:
            if said.date and said.date < self.date and self.date_precision == "day":
                raise ValueError(f"responses: {said.date} is before the case's own date")
        for source in self.sources:
            if source.date and source.date < self.date - BEFORE:
                raise ValueError(f"sources: {source.date} is long before the case's own date")
        if len({source.url for source in self.sources}) < len(self.sources):
            raise ValueError("sources: an address stands twice; name each once")
        if (info.context or {}).get("version") == 2:
            self._whole()
        return self

    def _whole(self) -> None:
        if not self.country:
            raise ValueError("country: is missing; say where it happened, such as GB")
        if not self.principles:
            raise ValueError("principles: is missing; name at least one of principles.yaml")
        if not all(source.publisher for source in self.sources):
            raise ValueError("sources: each needs a publisher")
        if self.kind == "shortfall" and not self.expected:
            raise ValueError("expected: is missing; say of a shortfall what was hoped for")


class PrincipleForm(_Form):
    """A short sentence that cases point to."""

    id: Slug
    text: Text


_FORMS: Mapping[str, type[_Form]] = {"cases": CaseForm, "principles": PrincipleForm}
_OLD: Mapping[tuple[int | str, ...], str] = {
    ("responses", 0, "text"): "response",
    ("responses", 0, "type"): "response_type",
}
_NEW_IN_2 = frozenset({"country", "alleged", "expected", "responses", "principles"})


def read(text: str, file: str, name: str = "cases") -> list[Any]:
    """The forms in a file, in its order; raises `ConfigError` with every fault."""
    raw, version = _parsed(text, file, name)
    faults, forms = [], []
    for item in raw:
        try:
            forms.append(_FORMS[name].model_validate(dict(item), context={"version": version}))
        except ValidationError as error:
            faults += [
                Fault(file, *_told(item, detail, name, version))
                for detail in error.errors(include_url=False)
            ]
    if faults := sorted({*faults, *doubles([(file, raw)])}):
        raise ConfigError(faults)
    return forms


def _parsed(text: str, file: str, name: str) -> tuple[list[Any], int]:
    try:
        found = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigError([Fault(file, line, f"This is no YAML: {error.problem}.")]) from error
    items = found.get(name) if isinstance(found, dict) else None
    if (
        not isinstance(items, list)
        or found.get("version") not in {1, 2}
        or not all(isinstance(item, dict) for item in items)
    ):
        message = f"It must begin with `version: 2` (or 1, the older form) and have a list of `{name}`, each with its keys."
        raise ConfigError([Fault(file, 1, message)])
    return items, int(found["version"])


def doubles(files: Sequence[tuple[str, Sequence[Any]]]) -> Iterator[Fault]:
    """Ids and titles that stand twice, in one file or in two: the later one is at fault."""
    seen: dict[tuple[str, str], str] = {}
    for file, items in files:
        for item in items:
            for key in ("id", "title"):
                value = str(item.get(key, ""))
                if value and (key, value) in seen:
                    where = "" if seen[key, value] == file else f", first in {seen[key, value]}"
                    message = f"{value}: this {key} stands twice{where}; rename one."
                    yield Fault(file, _line(item, key), message)
                seen.setdefault((key, value), file)


def _line(item: Any, key: str) -> int:
    line: int = item.lc.key(key)[0] if key in item else item.lc.line
    return line + 1


def _told(item: Any, detail: ErrorDetails, name: str, version: int) -> tuple[int, str]:
    """Line and sentence of one fault."""
    loc, kind = detail["loc"], detail["type"]
    said = str(detail.get("ctx", {}).get("error", ""))
    if not loc and ": " in said:  # what concerns the case as a whole names its key itself
        key, said = said.split(": ", 1)
        loc = (key,)
    old = _OLD.get(loc) if version == 1 else None
    path = old or ".".join(f"{step}" for step in loc)
    top = old or str(loc[0] if loc else "id")
    of = f"{item.get('id', name.rstrip('s'))}"
    match kind:
        case "missing":
            message = f"{path} is missing; every {name.rstrip('s')} has it."
        case "extra_forbidden":
            keys = _allowed(loc, name, version)
            near = get_close_matches(str(loc[-1]), keys, 1)
            message = f"{path} is not known" + (f"; did you mean {near[0]}?" if near else ".")
        case "literal_error":
            allowed = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            message = f"{path} must be one of {allowed}."
        case "value_error":
            message = f"{path} {said}."
        case "too_short" | "list_type":
            message = f"{path} must be a list of at least one."
        case _ if kind.startswith("date"):
            message = f"{path} must be a day such as 2017-04-10."
        case "string_type":
            message = f"{path} must be a text; put it in quotes."
        case _:
            message = f"{path} must be keys with values."
    return _line(item, top), f"{of}: {message}"


def _allowed(loc: Sequence[int | str], name: str, version: int) -> list[str]:
    inner: Mapping[str, type[_Form]] = {"responses": ResponseForm, "sources": SourceForm}
    form = inner[str(loc[0])] if len(loc) > 1 and loc[0] in inner else _FORMS[name]
    keys = list(form.model_fields)
    if form is CaseForm and version == 1:
        keys = [key for key in keys if key not in _NEW_IN_2] + ["response", "response_type"]
    return keys
