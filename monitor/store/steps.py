"""Lessons begun, written step by step, and taken from stage to stage."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from monitor.errors import Refused, StaleVersion
from monitor.lessons import stages
from monitor.lessons.steps import Step, read, seen
from monitor.store import audit, learning, standing
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line


@dataclass(frozen=True, slots=True)
class New:
    """What a lesson begins with."""

    title: str
    is_own: bool = False
    seen_by: str = "viewer"
    kind: str = ""
    happened_on: str = ""


def start(
    conn: Connection, new: New, *, incident_id: int | None = None, actor: str, now: datetime
) -> int:
    """Begin a lesson, of an incident or of our own; returns its number.

    An incident that has one leads to it.
    """
    title = one_line(new.title, 200)
    if incident_id is not None:
        incident = standing.current(conn, incident_id)
        known = conn.execute(
            "SELECT lesson_id FROM lesson_incidents WHERE incident_id = ? ORDER BY lesson_id LIMIT 1",
            (incident_id,),
        ).fetchone()
        if known is not None:
            return int(known["lesson_id"])
        title = title or incident["title"]
    if not title:
        raise Refused("Give it a title: what went wrong, in a few words.")
    added = conn.execute(
        "INSERT INTO lessons (title, kind, is_own, seen_by, happened_on, created_at, updated_at,"
        " updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (title, new.kind, int(new.is_own), new.seen_by, new.happened_on, stamp(now), stamp(now), actor),
    )  # fmt: skip
    number = int(added.lastrowid or 0)
    if incident_id is not None:
        conn.execute(
            "INSERT INTO lesson_incidents (lesson_id, incident_id) VALUES (?, ?)",
            (number, incident_id),
        )
    audit.record(
        conn, actor, "lesson.start", f"lesson:{number}", now=now,
        after={"incident": incident_id} if incident_id else {"is_own": new.is_own},
    )  # fmt: skip
    return number


def save(
    conn: Connection,
    lesson_id: int,
    step: Step,
    form: Mapping[str, object],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Save one step. Raises `StaleVersion` if somebody else saved this very step meanwhile."""
    row = dict(learning.current(conn, lesson_id))
    mark = str(form.get("seen", ""))
    if not mark:
        raise Refused('Say which state of the step you saw: "seen" is in what you read.')
    if mark != seen(step, row):
        raise StaleVersion(
            f"{row['updated_by']} has saved “{step.title}” meanwhile. What stands there now is shown"
            " above what you typed: bring the two together, and save."
        )
    values = read(step, form)
    if not values.get("title", "x"):
        raise Refused("Give it a title: what went wrong, in a few words.")
    if not values.get("seen_by", "x"):
        values.pop("seen_by")
    before = {name: row[name] for name, value in values.items() if row[name] != value}
    if not before:
        return
    with learning.recorded(conn, "lesson.step", lesson_id, actor=actor, now=now) as c:
        learning.write(conn, lesson_id, {name: values[name] for name in before})
        c.words = f"saved “{step.title}” of the lesson"
        c.before, c.after = dict(before), {name: values[name] for name in before}


def move(conn: Connection, lesson_id: int, stage: str, *, actor: str, now: datetime) -> None:
    """Take a lesson to a stage. Raises `Refused` with all that is missing."""
    row = learning.current(conn, lesson_id)
    if stage not in stages.STAGES:
        raise Refused(f"The stages are {', '.join(stages.STAGES)}.")
    lacks = stages.refusal(row["stage"], stage, learning.standing(conn, row), now.date())
    if lacks:
        raise Refused(f"It cannot be called {stage} yet. " + " ".join(lacks))
    if row["stage"] == stage:
        return
    with learning.recorded(conn, "lesson.stage", lesson_id, actor=actor, now=now) as c:
        learning.write(conn, lesson_id, {"stage": stage, "reopened_at": "", "reopened_why": ""})
        c.words = f"called the lesson {stage}"
        c.before, c.after = {"stage": row["stage"]}, {"stage": stage}


def agree(conn: Connection, lesson_id: int, who: str, *, actor: str, now: datetime) -> None:
    """Say who agreed: names, or a meeting and its day; empty takes it back."""
    row, text = learning.current(conn, lesson_id), one_line(who, 300)
    with learning.recorded(conn, "lesson.agreed", lesson_id, actor=actor, now=now) as c:
        learning.write(conn, lesson_id, {"agreed_by": text})
        c.words = "wrote down who agreed on the lesson" if text else "took the agreement back"
        c.before, c.after = {"agreed_by": row["agreed_by"]}, {"agreed_by": text}


def plan_check(
    conn: Connection, lesson_id: int, day: date | None, *, actor: str, now: datetime
) -> None:
    """Set the day on which somebody looks whether the change holds."""
    row, text = learning.current(conn, lesson_id), day.isoformat() if day else ""
    with learning.recorded(conn, "lesson.plan_check", lesson_id, actor=actor, now=now) as c:
        learning.write(conn, lesson_id, {"verify_on": text})
        c.words = f"set the check of the lesson for {text or 'no day'}"
        c.before, c.after = {"verify_on": row["verify_on"]}, {"verify_on": text}


def check(
    conn: Connection, lesson_id: int, how: str, *, holds: bool, actor: str, now: datetime
) -> None:
    """Write down what a check found: it holds, or it does not and the lesson is assigned again."""
    row, text = learning.current(conn, lesson_id), clean(how).strip()[:4_000]
    today = now.date().isoformat()
    if not text:
        raise Refused("Write down what you looked at and what you found.")
    if not row["verify_on"] or today < row["verify_on"]:
        day = f"from {row['verify_on']} on" if row["verify_on"] else "once its day is set"
        raise Refused(f"It can be checked {day}: a change must have had time to fail.")
    with learning.recorded(conn, "lesson.check", lesson_id, actor=actor, now=now) as c:
        if holds:
            values: dict[str, object] = {
                "verified_on": today, "verified_by": actor, "verified_how": text
            }  # fmt: skip
        else:
            values = {
                "verified_on": "", "verified_by": "", "verified_how": "", "verify_on": "",
                "stage": min(row["stage"], "assigned", key=stages.STAGES.index),
                "reopened_at": stamp(now), "reopened_why": f"The check found that it does not hold: {text}",
            }  # fmt: skip
        learning.write(conn, lesson_id, values)
        c.words = f"checked the lesson: it {'holds' if holds else 'does not hold'}"
        c.before = {name: row[name] for name in values}
        c.after = dict(values)


def reopen(conn: Connection, lesson_id: int, why: str, *, actor: str, now: datetime) -> None:
    """Take a lesson back to agreed, with the reason."""
    row, text = learning.current(conn, lesson_id), one_line(why, 500)
    if not text:
        raise Refused("Say why it is open again.")
    at = min(row["stage"], "agreed", key=stages.STAGES.index)
    with learning.recorded(conn, "lesson.reopen", lesson_id, actor=actor, now=now) as c:
        learning.write(
            conn, lesson_id, {"stage": at, "reopened_at": stamp(now), "reopened_why": text, "verified_on": "", "verified_by": "", "verified_how": ""}
        )  # fmt: skip
        c.words = "opened the lesson again"
        c.before, c.after = {"stage": row["stage"]}, {"stage": at, "reopened_why": text}


def rest_on(
    conn: Connection, lesson_id: int, incident_id: int, *, actor: str, now: datetime
) -> None:
    """Let a lesson rest on one more incident; one that was changed or verified is open again."""
    row, incident = learning.current(conn, lesson_id), standing.current(conn, incident_id)
    known = conn.execute(
        "SELECT 1 FROM lesson_incidents WHERE lesson_id = ? AND incident_id = ?",
        (lesson_id, incident_id),
    ).fetchone()
    if known is not None:
        raise Refused(f"It rests on incident {incident_id} already.")
    with learning.recorded(conn, "lesson.incident", lesson_id, actor=actor, now=now) as c:
        conn.execute(
            "INSERT INTO lesson_incidents (lesson_id, incident_id) VALUES (?, ?)",
            (lesson_id, incident_id),
        )
        c.words = "let the lesson rest on another incident"
        c.after = {"incident": incident_id}
        is_news = incident["created_at"] >= row["created_at"] and not incident["casebook_id"]
        if row["stage"] in {"changed", "verified"} and is_news:
            why = f"It happened again: incident {incident_id}."
            learning.write(
                conn, lesson_id, {"stage": "assigned", "reopened_at": stamp(now), "reopened_why": why,
                "verified_on": "", "verified_by": "", "verified_how": "", "verify_on": ""}
            )  # fmt: skip
            c.words += " and opened it again"


def let_go(
    conn: Connection, lesson_id: int, incident_id: int, *, actor: str, now: datetime
) -> None:
    """Take an incident off a lesson; one of others keeps at least one."""
    row = learning.current(conn, lesson_id)
    left = conn.execute(
        "SELECT count(*) FROM lesson_incidents WHERE lesson_id = ? AND incident_id <> ?",
        (lesson_id, incident_id),
    ).fetchone()[0]
    if not left and not row["is_own"]:
        raise Refused("A lesson from others rests on at least one incident.")
    with learning.recorded(conn, "lesson.unincident", lesson_id, actor=actor, now=now) as c:
        conn.execute(
            "DELETE FROM lesson_incidents WHERE lesson_id = ? AND incident_id = ?",
            (lesson_id, incident_id),
        )
        c.words, c.before = "took an incident off the lesson", {"incident": incident_id}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lessons are listed."""

    stage: str = ""
    kind: str = ""
    whose: str = ""
    """ours, others, casebook or nothing."""
    words: str = ""


PAGE = 200

KIND = "coalesce(nullif(lessons.kind, ''), (SELECT cases.kind FROM cases WHERE cases.id = lessons.casebook_id), '')"
"""What a team says of a lesson's kind, else what the casebook says."""


def listed(conn: Connection, filters: Filters, roles: Collection[str]) -> list[Row]:
    """Lessons that somebody may read, those changed last on top; ours before shipped ones."""
    marks = ", ".join("?" for _ in roles)
    where, values = [f"seen_by IN ({marks})"], list(roles)
    for column, value in (("stage", filters.stage), (KIND, filters.kind)):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    whose = {"ours": "is_own = 1", "others": "is_own = 0 AND casebook_id IS NULL", "casebook": "casebook_id IS NOT NULL"}  # fmt: skip
    if filters.whose in whose:
        where.append(whose[filters.whose])
    for word in filters.words.split()[:8]:
        where.append("(title || ' ' || what_happened || ' ' || why || ' ' || avoid || ' ' || change) LIKE ? ESCAPE '\\'")  # fmt: skip
        values.append("%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")  # fmt: skip
    return conn.execute(
        f"SELECT lessons.*, {KIND} AS kind_of,"
        " (SELECT count(*) FROM actions WHERE lesson_id = lessons.id AND state = 'open') AS open_actions,"
        " (SELECT count(*) FROM lesson_incidents WHERE lesson_id = lessons.id) AS incidents"
        f" FROM lessons WHERE {' AND '.join(where)}"
        f" ORDER BY casebook_id IS NOT NULL, updated_at DESC, id DESC LIMIT {PAGE + 1}",
        values,
    ).fetchall()
