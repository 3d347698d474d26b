"""Everything that a person can do to an incident, by name: one list for forms, API and command line.

An act reads what was sent, checks it, and changes the incident in the caller's transaction. What it
answers names the change, so that it can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from monitor.errors import Refused
from monitor.flow.sent import (
    Answered,
    Assigned,
    Decide,
    Graded,
    Linked,
    Merged,
    Moved,
    Named,
    NoPart,
    Noted,
    Part,
    Parted,
    ReadAgain,
    Revisited,
    Same,
    Sent,
    Snoozed,
    Tagged,
    Titled,
    Undone,
    Withdrawn,
    read,
)
from monitor.model import Role
from monitor.store import (
    changes,
    duties,
    organisations,
    overrule,
    placing,
    remarks,
    responses,
    standing,
    suggestions,
    triage,
)
from monitor.store.db import Connection


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts on what, when."""

    conn: Connection
    incident_id: int
    actor: str
    now: datetime
    people: tuple[str, ...] = ()
    """Names of those who may sign in."""


def _who(desk: Desk) -> dict[str, Any]:
    return {"actor": desk.actor, "now": desk.now}


def _decide(d: Desk, s: Decide) -> dict[str, object]:
    triage.decide(
        d.conn, d.incident_id, version=s.version, status=s.status, reason=s.reason, **_who(d)
    )
    return {"status": s.status}


def _title(d: Desk, s: Titled) -> dict[str, object]:
    triage.set_title(d.conn, d.incident_id, s.title, version=s.version, **_who(d))
    return {}


def _severity(d: Desk, s: Graded) -> dict[str, object]:
    triage.set_severity(d.conn, d.incident_id, s.severity, version=s.version, **_who(d))
    return {}


def _organisation(d: Desk, s: Named) -> dict[str, object]:
    triage.set_organisation(d.conn, d.incident_id, s.organisation, version=s.version, **_who(d))
    return {}


def _tag(d: Desk, s: Tagged) -> dict[str, object]:
    return {"tag": remarks.tag(d.conn, d.incident_id, s.tag, **_who(d))}


def _untag(d: Desk, s: Tagged) -> dict[str, object]:
    remarks.untag(d.conn, d.incident_id, s.tag, **_who(d))
    return {}


def _note(d: Desk, s: Noted) -> dict[str, object]:
    number = remarks.note(d.conn, d.incident_id, s.text, people=d.people, **_who(d))
    return {"note": number, "mentions": remarks.mentioned(s.text, d.people)}


def _merge(d: Desk, s: Merged) -> dict[str, object]:
    overrule.merge(
        d.conn, d.incident_id, s.into, version=s.version, into_version=s.into_version, **_who(d)
    )
    return {"merged_into": s.into}


def _split(d: Desk, s: Parted) -> dict[str, object]:
    number, _ = overrule.split(
        d.conn, d.incident_id, s.posts, version=s.version, title=s.title, **_who(d)
    )
    return {"new_incident": number}


def _move(d: Desk, s: Moved) -> dict[str, object]:
    placing.move(d.conn, d.incident_id, s.post, s.to, version=s.version, **_who(d))
    return {"moved_to": s.to}


def _link(d: Desk, s: Linked) -> dict[str, object]:
    placing.link(d.conn, d.incident_id, s.post, version=s.version, **_who(d))
    return {}


def _unlink(d: Desk, s: Linked) -> dict[str, object]:
    placing.unlink(d.conn, d.incident_id, s.post, version=s.version, **_who(d))
    return {}


def _same(d: Desk, s: Same) -> dict[str, object]:
    if s.version is not None:
        standing.current(d.conn, d.incident_id, s.version)
    suggestions.answer(d.conn, s.post, s.of, is_same=s.answer == "yes", version=None, **_who(d))
    return {"answer": s.answer}


def _part(d: Desk, s: Part) -> dict[str, object]:
    organisations.say(d.conn, d.incident_id, s.organisation, s.role, version=s.version, **_who(d))
    return {"role": s.role}


def _unpart(d: Desk, s: NoPart) -> dict[str, object]:
    organisations.reject(d.conn, d.incident_id, s.organisation, version=s.version, **_who(d))
    return {}


def _assign(d: Desk, s: Assigned) -> dict[str, object]:
    due: date | None = duties.a_day(s.due, d.now)
    duties.assign(
        d.conn, d.incident_id, s.owner, version=s.version, due=due, handover=s.handover,
        people=d.people, **_who(d),
    )  # fmt: skip
    return {"due_on": due.isoformat() if due else None}


def _snooze(d: Desk, s: Snoozed) -> dict[str, object]:
    until = duties.a_day(s.until, d.now)
    duties.snooze(d.conn, d.incident_id, until, version=s.version, **_who(d))
    return {"snoozed_until": until.isoformat() if until else None}


def _response(d: Desk, s: Answered) -> dict[str, object]:
    said = responses.Said(s.type, s.text, s.said_on, s.url, s.outcome)
    if s.response is None:
        return {"response": responses.add(d.conn, d.incident_id, said, **_who(d))}
    responses.change(d.conn, d.incident_id, s.response, said, **_who(d))
    return {"response": s.response}


def _unresponse(d: Desk, s: Withdrawn) -> dict[str, object]:
    responses.remove(d.conn, d.incident_id, s.response, **_who(d))
    return {}


def _revisit(d: Desk, s: Revisited) -> dict[str, object]:
    duties.revisit(d.conn, d.incident_id, s.days, outcome=s.outcome, text=s.text, **_who(d))
    return {}


def _second(d: Desk, s: ReadAgain) -> dict[str, object]:
    duties.read_again(d.conn, d.incident_id, s.answer, reason=s.reason, **_who(d))
    return {}


def _undo(d: Desk, s: Undone) -> dict[str, object]:
    number = s.change
    if number is None:
        last = changes.last_by(d.conn, d.actor, now=d.now, incident_id=d.incident_id)
        if last is None:
            raise Refused("You have changed nothing here in the last 24 hours.")
        number = last["id"]
    elif changes.find(d.conn, number)["incident_id"] != d.incident_id:
        raise Refused(f"Change {number} is not of incident {d.incident_id}.")
    done = changes.undo(d.conn, number, **_who(d))
    return {"undone": number, "words": done.words}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that people can do."""

    form: type[Sent]
    run: Callable[[Desk, Any], dict[str, object]]
    needs_version: bool = True
    """Whether it replaces something, so that it must say which state of it was seen."""
    role: Role = Role.TRIAGER


ACTS: Mapping[str, Act] = {
    "decide": Act(Decide, _decide),
    "title": Act(Titled, _title),
    "severity": Act(Graded, _severity),
    "organisation": Act(Named, _organisation),
    "merge": Act(Merged, _merge),
    "split": Act(Parted, _split),
    "move": Act(Moved, _move),
    "link": Act(Linked, _link, needs_version=False),
    "unlink": Act(Linked, _unlink),
    "same": Act(Same, _same, needs_version=False),
    "part": Act(Part, _part, needs_version=False),
    "unpart": Act(NoPart, _unpart, needs_version=False),
    "assign": Act(Assigned, _assign),
    "snooze": Act(Snoozed, _snooze),
    "tag": Act(Tagged, _tag, needs_version=False),
    "untag": Act(Tagged, _untag, needs_version=False),
    "note": Act(Noted, _note, needs_version=False),
    "response": Act(Answered, _response, needs_version=False),
    "unresponse": Act(Withdrawn, _unresponse, needs_version=False),
    "revisit": Act(Revisited, _revisit, needs_version=False),
    "second": Act(ReadAgain, _second, needs_version=False),
    "undo": Act(Undone, _undo, needs_version=False),
}


def perform(
    desk: Desk, name: str, sent: Mapping[str, object], *, any_version: bool = False
) -> dict[str, object]:
    """Do one thing; returns what came of it, with the incident's new version and the change.

    `any_version` lets a change be made on whatever the incident is now. Raises `Refused`,
    `StaleVersion`.
    """
    act = ACTS[name]
    form = read(act.form, sent)
    if act.needs_version and form.version is None and not any_version:
        raise Refused(
            "Say which version of the incident you saw, so that nobody's change is overwritten:"
            ' "version" is in what you read.'
        )
    before = _newest(desk.conn)
    found = act.run(desk, form)
    change = _newest(desk.conn)
    row = desk.conn.execute(
        "SELECT version FROM incidents WHERE id = ?", (desk.incident_id,)
    ).fetchone()
    leads = standing.leads_to(desk.conn, desk.incident_id)
    return {
        "incident": leads,
        "version": row["version"] if row else None,
        "change": change if change != before else None,
        **found,
    }


def _newest(conn: Connection) -> int:
    number: int = conn.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]
    return number
