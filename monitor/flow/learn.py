"""Everything that a person can do to a lesson, by name: one list for forms, API and command line.

An act reads what was sent, checks it, and changes the lesson in the caller's transaction. What it
answers names the change, so that it can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.errors import Refused
from monitor.flow import lesson_forms as forms
from monitor.flow.sent import Sent, read
from monitor.lessons.steps import BY_ID
from monitor.model import Role
from monitor.store import actions, duties, facts, learning, principles, profile, recurrence, steps
from monitor.store.db import Connection


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts on which lesson, when."""

    conn: Connection
    lesson_id: int
    actor: str
    now: datetime
    people: tuple[str, ...] = ()
    """Names of those who may sign in."""


def _who(desk: Desk) -> dict[str, Any]:
    return {"actor": desk.actor, "now": desk.now}


def _stage(d: Desk, s: forms.Staged) -> dict[str, object]:
    steps.move(d.conn, d.lesson_id, s.stage, **_who(d))
    return {}


def _agree(d: Desk, s: forms.Agreed) -> dict[str, object]:
    steps.agree(d.conn, d.lesson_id, s.who, **_who(d))
    return {}


def _plan_check(d: Desk, s: forms.PlannedCheck) -> dict[str, object]:
    steps.plan_check(d.conn, d.lesson_id, duties.a_day(s.on, d.now), **_who(d))
    return {}


def _check(d: Desk, s: forms.Checked) -> dict[str, object]:
    steps.check(d.conn, d.lesson_id, s.how, holds=s.holds, **_who(d))
    return {}


def _reopen(d: Desk, s: forms.Reopened) -> dict[str, object]:
    steps.reopen(d.conn, d.lesson_id, s.why, **_who(d))
    return {}


def _fact(d: Desk, s: forms.Stated) -> dict[str, object]:
    fact = facts.Fact(s.text, s.alleged, s.post, s.quote, s.source, s.url)
    if s.fact is None:
        return {"fact": facts.add(d.conn, d.lesson_id, fact, **_who(d))}
    facts.change(d.conn, d.lesson_id, s.fact, fact, **_who(d))
    return {"fact": s.fact}


def _unfact(d: Desk, s: forms.Struck) -> dict[str, object]:
    facts.remove(d.conn, d.lesson_id, s.fact, **_who(d))
    return {}


def _hold(d: Desk, _: forms.Held) -> dict[str, object]:
    facts.hold(d.conn, d.lesson_id, **_who(d))
    return {}


def _own(d: Desk, number: int) -> int:
    """An action of this very lesson. Raises `Refused`."""
    if actions.find(d.conn, number)["lesson_id"] != d.lesson_id:
        raise Refused(f"Lesson {d.lesson_id} has no action {number}.")
    return number


def _action(d: Desk, s: forms.Asked) -> dict[str, object]:
    due = duties.a_day(s.due, d.now)
    if s.action is None:
        number = actions.add(
            d.conn, d.lesson_id, s.text, owner=s.owner, due=due, people=d.people, **_who(d)
        )
        return {"action": number}
    actions.edit(
        d.conn, _own(d, s.action), s.text, owner=s.owner, due=due, version=s.version,
        people=d.people, **_who(d),
    )  # fmt: skip
    return {"action": s.action}


def _finish(d: Desk, s: forms.Finished) -> dict[str, object]:
    actions.finish(
        d.conn, _own(d, s.action), evidence=s.evidence, note=s.note, version=s.version, **_who(d)
    )
    return {}


def _drop(d: Desk, s: forms.Dropped) -> dict[str, object]:
    actions.drop(d.conn, _own(d, s.action), s.note, version=s.version, **_who(d))
    return {}


def _again(d: Desk, s: forms.OpenedAgain) -> dict[str, object]:
    actions.reopen(d.conn, _own(d, s.action), version=s.version, **_who(d))
    return {}


def _unfile(d: Desk, s: forms.Detached) -> dict[str, object]:
    # Looked at before it is gone: a file of another lesson is none of this one's.
    of = d.conn.execute("SELECT action_id FROM action_files WHERE id = ?", (s.file,)).fetchone()
    if of is None:
        raise Refused(f"There is no file {s.file}.")
    _own(d, of["action_id"])
    actions.detach(d.conn, s.file, **_who(d))
    return {}


def _teach(d: Desk, s: forms.Taught) -> dict[str, object]:
    number = principles.link(
        d.conn, d.lesson_id, s.principle, said_by=s.said_by, is_counter=s.against, note=s.note,
        **_who(d),
    )  # fmt: skip
    return {"principle": number}


def _unteach(d: Desk, s: forms.Untaught) -> dict[str, object]:
    principles.unlink(d.conn, d.lesson_id, s.principle, **_who(d))
    return {}


def _incident(d: Desk, s: forms.RestsOn) -> dict[str, object]:
    steps.rest_on(d.conn, d.lesson_id, s.incident, **_who(d))
    return {}


def _unincident(d: Desk, s: forms.RestsOn) -> dict[str, object]:
    steps.let_go(d.conn, d.lesson_id, s.incident, **_who(d))
    return {}


def _unfit(d: Desk, s: forms.RestsOn) -> dict[str, object]:
    recurrence.unfit(d.conn, d.lesson_id, s.incident, roles=learning.EVERYBODY, **_who(d))
    return {}


def _verdict(d: Desk, s: forms.Judged) -> dict[str, object]:
    profile.correct(d.conn, d.lesson_id, s.verdict, s.text, **_who(d))
    return {}


def _undo(d: Desk, s: forms.TakenBack) -> dict[str, object]:
    if learning.lesson_of(d.conn, s.change) != d.lesson_id:
        raise Refused(f"Change {s.change} is not of lesson {d.lesson_id}.")
    done = learning.undo(d.conn, s.change, **_who(d))
    return {"undone": done.id, "words": done.words}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that people can do."""

    form: type[Sent]
    run: Callable[[Desk, Any], dict[str, object]]
    role: Role = Role.EDITOR


ACTS: Mapping[str, Act] = {
    "stage": Act(forms.Staged, _stage),
    "agree": Act(forms.Agreed, _agree),
    "plancheck": Act(forms.PlannedCheck, _plan_check),
    "check": Act(forms.Checked, _check),
    "reopen": Act(forms.Reopened, _reopen),
    "fact": Act(forms.Stated, _fact),
    "unfact": Act(forms.Struck, _unfact),
    "hold": Act(forms.Held, _hold),
    "action": Act(forms.Asked, _action),
    "finish": Act(forms.Finished, _finish, Role.TRIAGER),  # whoever it was given to
    "drop": Act(forms.Dropped, _drop),
    "again": Act(forms.OpenedAgain, _again),
    "unfile": Act(forms.Detached, _unfile),
    "teach": Act(forms.Taught, _teach),
    "unteach": Act(forms.Untaught, _unteach),
    "incident": Act(forms.RestsOn, _incident, Role.TRIAGER),
    "unincident": Act(forms.RestsOn, _unincident),
    "unfit": Act(forms.RestsOn, _unfit, Role.TRIAGER),
    "verdict": Act(forms.Judged, _verdict),
    "undo": Act(forms.TakenBack, _undo),
}


def perform(desk: Desk, name: str, sent: Mapping[str, object]) -> dict[str, object]:
    """Do one thing; returns what came of it, with the stage and the change.

    `name` is one of `ACTS`, or that of a step of the lesson, which saves it. Raises `Refused`,
    `StaleVersion`.
    """
    before = _newest(desk.conn)
    if name in BY_ID:
        steps.save(desk.conn, desk.lesson_id, BY_ID[name], sent, **_who(desk))
        found: dict[str, object] = {}
    else:
        act = ACTS[name]
        found = act.run(desk, read(act.form, sent))
    change, row = _newest(desk.conn), learning.find(desk.conn, desk.lesson_id)
    return {
        "lesson": desk.lesson_id,
        "stage": row["stage"] if row else None,
        "change": change if change != before else None,
        **found,
    }


def _newest(conn: Connection) -> int:
    number: int = conn.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]
    return number
