"""The form of the casebook's files.

Version 2 is written now. Version 1, which had one `response` and plain sources, is still read: what
it lacks stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

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


class Form(BaseModel):
    """What every form has in common: no unknown key, no guess at a type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SourceForm(Form):
    """Where a case was found."""

    title: Text
    url: Annotated[str, AfterValidator(_web)]
    publisher: Text | None = None
    date: Day | None = None


class ResponseForm(Form):
    """What the organisation said, or that it said nothing."""

    type: ResponseType
    text: Text
    date: Day | None = None


class CaseForm(Form):
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


class PrincipleForm(Form):
    """A short sentence that cases point to."""

    id: Slug
    text: Text
