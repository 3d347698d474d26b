"""What people send to change an incident: one form an act, for pages, API and command line alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from monitor.errors import Refused
from monitor.text import one_line


def _numbers(value: object) -> object:
    """Several numbers, however they are sent: a list, one, or `5, 6`."""
    if isinstance(value, str):
        return [part for part in value.replace(",", " ").split() if part]
    return [value] if isinstance(value, int) else value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Version = Annotated[int | None, BeforeValidator(_none_if_empty)]
Number = Annotated[int | None, BeforeValidator(_none_if_empty)]
Numbers = Annotated[list[int], BeforeValidator(_numbers)]


class Sent(BaseModel):
    """What may be sent with every act."""

    model_config = ConfigDict(extra="forbid")
    version: Version = None


class Decide(Sent):
    """A status."""

    status: str
    reason: str = ""


class Titled(Sent):
    """A title."""

    title: str


class Graded(Sent):
    """A severity, 1 to 4."""

    severity: int


class Named(Sent):
    """An organisation; empty takes it back."""

    organisation: str = ""


class Tagged(Sent):
    """A tag."""

    tag: str


class Noted(Sent):
    """A note."""

    text: str


class Merged(Sent):
    """The incident that it becomes part of."""

    into: int
    into_version: Version = None


class Parted(Sent):
    """Posts that become an incident of their own."""

    posts: Numbers = []
    title: str = ""


class Moved(Sent):
    """A post and where it belongs."""

    post: int
    to: int


class Linked(Sent):
    """A post."""

    post: int


class Same(Sent):
    """Whether a post of one incident tells of another, as was asked."""

    post: int
    of: int
    """The incident that it may tell of."""
    answer: Literal["yes", "no"]


class Part(Sent):
    """What part an organisation had."""

    organisation: str
    role: str = "failed"


class NoPart(Sent):
    """An organisation that had no part in it."""

    organisation: str


class Assigned(Sent):
    """An owner, a day and a note; empty takes them back."""

    owner: str = ""
    due: str = ""
    handover: str = ""


class Snoozed(Sent):
    """A day; empty wakes it."""

    until: str = ""


class Answered(Sent):
    """What the organisation said; `response` names one that is put right."""

    type: str
    text: str = ""
    said_on: str = ""
    url: str = ""
    outcome: str = ""
    response: Number = None


class Withdrawn(Sent):
    """A response that is taken away."""

    response: int


class Revisited(Sent):
    """What followed, some days later."""

    days: int
    outcome: str
    text: str = ""


class ReadAgain(Sent):
    """A second reader's answer."""

    answer: str
    reason: str = ""


class Undone(Sent):
    """A change to take back; without one, the person's last on this incident."""

    change: Number = None


def read(form: type[Sent], sent: Mapping[str, object]) -> Any:
    """What was sent, checked; raises `Refused` naming every field that is wrong."""
    try:
        return form.model_validate(dict(sent))
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(str(p) for p in fault['loc'][:1]) or 'the whole'}: {_plain(fault)}"
            for fault in error.errors()
        )
        raise Refused(f"{one_line(said, 500)}.") from None


_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be a text",
    "list_type": "must be a list of numbers",
}


def _plain(fault: Any) -> str:
    return _PLAIN.get(fault["type"], str(fault["msg"]).lower())
