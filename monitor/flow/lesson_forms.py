"""What people send to change a lesson: one form an act, for pages, API and command line alike."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from monitor.flow.sent import Number, Sent, Version


def _ticked(value: object) -> object:
    """A box that was ticked, however it is sent."""
    return value in {"on", "1", "yes", "true", True} if isinstance(value, str | int) else value


Ticked = Annotated[bool, BeforeValidator(_ticked)]


class Staged(Sent):
    """A stage."""

    stage: str


class Agreed(Sent):
    """Who agreed."""

    who: str = ""


class PlannedCheck(Sent):
    """The day of the check; empty takes it back."""

    on: str = ""


class Checked(Sent):
    """What a check found."""

    how: str
    holds: Ticked = False


class Reopened(Sent):
    """Why it is open again."""

    why: str


class Stated(Sent):
    """A fact; `fact` names one that is put right."""

    text: str
    alleged: Ticked = False
    post: Number = None
    quote: str = ""
    source: str = ""
    url: str = ""
    fact: Number = None


class Struck(Sent):
    """A fact that is taken away."""

    fact: int


class Held(Sent):
    """The lesson was held against its posts."""


class Asked(Sent):
    """An action; `action` names one that is changed."""

    text: str
    owner: str = ""
    due: str = ""
    action: Number = None


class Finished(Sent):
    """An action that is done, with what shows it."""

    action: int
    evidence: str = ""
    note: str = ""


class Dropped(Sent):
    """An action that will not be done, and why."""

    action: int
    note: str


class OpenedAgain(Sent):
    """An action that is open again."""

    action: int


class Detached(Sent):
    """A file that is taken away."""

    file: int


class Taught(Sent):
    """A principle that the lesson teaches, or speaks against."""

    principle: str
    said_by: str = ""
    against: Ticked = False
    note: str = ""


class Untaught(Sent):
    """A principle that is taken off."""

    principle: int


class RestsOn(Sent):
    """An incident."""

    incident: int


class Judged(Sent):
    """Whether it could happen here."""

    verdict: str
    text: str = ""


class TakenBack(Sent):
    """A change to take back."""

    change: int


__all__ = [
    "Agreed", "Asked", "Checked", "Detached", "Dropped", "Finished", "Held", "Judged", "OpenedAgain", "PlannedCheck", "Reopened",
    "RestsOn", "Staged", "Stated", "Struck", "TakenBack", "Taught", "Untaught", "Version",
]  # fmt: skip
