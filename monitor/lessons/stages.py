"""The stages of a lesson, and the proof that each asks for. Pure.

    identified   somebody has begun to write
    agreed       it says what happened and what to do, and who agreed
    assigned     every action has an owner and a day
    changed      every action is done, with a link or a file that shows it
    verified     after the day set for it, somebody looked whether the change holds

A lesson climbs one stage at a time, and falls by itself to the highest whose proof still stands: a
new action on a changed lesson makes it an assigned one. So nothing is called learned on somebody's
word alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

STAGES = ("identified", "agreed", "assigned", "changed", "verified")
LEARNED = "verified"

PROOF = {
    "identified": "somebody has begun to write it down",
    "agreed": "it says what happened and what to do, and who agreed",
    "assigned": "every action has an owner and a day",
    "changed": "every action is done, with a link or a file that shows it",
    "verified": "after the day set for it, somebody looked whether the change holds",
}


@dataclass(frozen=True, slots=True)
class Task:
    """An action as far as stages ask for it."""

    text: str
    owner: str = ""
    due_on: str = ""
    state: str = "open"
    """open, done or dropped."""
    has_evidence: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a lesson has to show."""

    says_what_happened: bool = False
    says_what_to_do: bool = False
    """How to avoid it, how to recover, or what we change."""
    agreed_by: str = ""
    tasks: tuple[Task, ...] = ()
    verify_on: str = ""
    """The first day on which it can be verified."""
    verified_on: str = ""
    """The day on which somebody looked and found that it holds."""
    verified_how: str = ""
    """What they looked at."""

    @property
    def live(self) -> tuple[Task, ...]:
        """The actions that were not dropped."""
        return tuple(task for task in self.tasks if task.state != "dropped")


def _agreed(s: Standing, _today: date) -> list[str]:
    found = [] if s.says_what_happened else ["Say what happened."]
    if not s.says_what_to_do:
        found.append("Say how to avoid it, how to recover from it, or what we change.")
    return found if s.agreed_by.strip() else [*found, "Say who agreed."]


def _assigned(s: Standing, _today: date) -> list[str]:
    if not s.live:
        return ["Write down at least one action."]
    bare = [t for t in s.live if t.state == "open" and not (t.owner and t.due_on)]
    return [f"Give “{_short(t.text)}” {_lacks(t)}." for t in bare]


def _changed(s: Standing, _today: date) -> list[str]:
    found = [f"“{_short(t.text)}” is still open." for t in s.live if t.state == "open"]
    return found + [
        f"Show that “{_short(t.text)}” is done: a link or a file."
        for t in s.live
        if t.state == "done" and not t.has_evidence
    ]


def _verified(s: Standing, today: date) -> list[str]:
    if not s.verify_on:
        return ["Set the day on which you will look whether the change holds."]
    if today.isoformat() < s.verify_on:
        return [f"It can be verified from {s.verify_on} on; that day is still to come."]
    if not s.verified_on or s.verified_on < s.verify_on:
        return ["Look whether the change holds, and write down what you looked at."]
    return [] if s.verified_how.strip() else ["Write down what you looked at."]


_ASKS = {"agreed": _agreed, "assigned": _assigned, "changed": _changed, "verified": _verified}


def missing(stage: str, standing: Standing, today: date) -> tuple[str, ...]:
    """What a lesson lacks to stand at a stage, each as a sentence that says what to do.

    Whatever the stages below it lack is lacked by it, too.
    """
    wanted = STAGES[1 : STAGES.index(stage) + 1]
    return tuple(fault for name in wanted for fault in _ASKS[name](standing, today))


def highest(standing: Standing, today: date) -> str:
    """The highest stage whose proof stands."""
    return next(s for s in reversed(STAGES) if not missing(s, standing, today))


def held(stage: str, standing: Standing, today: date) -> str:
    """Where a lesson at a stage stands now: there, or lower if proof is gone."""
    return min(stage, highest(standing, today), key=STAGES.index)


def refusal(now_at: str, wanted: str, standing: Standing, today: date) -> tuple[str, ...]:
    """Why a lesson cannot go from one stage to another; empty if it can. Down is always free."""
    step = STAGES.index(wanted) - STAGES.index(now_at)
    if step > 1:
        return (f"After {now_at} comes {STAGES[STAGES.index(now_at) + 1]}: one stage at a time.",)
    return missing(wanted, standing, today) if step > 0 else ()


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59].rstrip()}…"


def _lacks(task: Task) -> str:
    wanted = ["an owner"] * (not task.owner) + ["a day"] * (not task.due_on)
    return " and ".join(wanted)


def is_overdue(task: Task, today: date) -> bool:
    """Whether an action should have been done by now."""
    return task.state == "open" and bool(task.due_on) and task.due_on < today.isoformat()


def reminder(task: Task, today: date) -> str:
    """Which reminder an action is due for today, as a mark that is the same all that day's long.

    Three days before, on the day, and each full week after; empty if none. Each mark is sent once,
    so that a worker that slept tells of the last one only.
    """
    if task.state != "open" or not task.due_on:
        return ""
    late = (today - date.fromisoformat(task.due_on)).days
    if late < -3:
        return ""
    if late < 0:
        return "soon"
    return "due" if late < 7 else f"late {late // 7}"


@dataclass(frozen=True, slots=True)
class ActionBrief:
    """An action of a lesson, as a reminder tells of it."""

    id: int
    lesson_id: int
    lesson: str
    """Title."""
    stage: str
    text: str
    owner: str
    due_on: str
    state: str
    mark: str
    """Which reminder it is: soon, due, or late with the number of weeks."""
