"""Lessons as plain values: what the API answers, and what the pages are made of."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from monitor.lessons import stages
from monitor.lessons.steps import STEPS, is_filled, seen
from monitor.store import (
    actions,
    agenda,
    changes,
    facts,
    learning,
    principles,
    profile,
    queue,
    shipped,
    steps,
)
from monitor.store.db import Connection, Row

BRIEF = (
    "id", "title", "stage", "kind", "is_own", "casebook_id", "created_at", "updated_at", "updated_by", "reopened_at",
)  # fmt: skip


def listed(
    conn: Connection, filters: steps.Filters, roles: Collection[str]
) -> list[dict[str, Any]]:
    """Lessons by filters, each with what is open and whether its sources changed."""
    stale = facts.all_stale(conn)
    return [
        {name: row[name] for name in (*BRIEF, "open_actions", "incidents")}
        | {"kind": row["kind_of"], "is_stale": row["id"] in stale}
        for row in steps.listed(conn, filters, roles)
    ]


def whole(
    conn: Connection, lesson_id: int, roles: Collection[str], now: datetime
) -> dict[str, Any] | None:
    """Everything on a lesson; None if there is none, or not for them."""
    row = learning.find(conn, lesson_id, roles)
    if row is None:
        return None
    standing, today = learning.standing(conn, row), now.date()
    columns = [f.name for step in STEPS for f in step.fields]
    case = shipped.told(conn, row["casebook_id"]) if row["casebook_id"] else None
    after = stages.STAGES[stages.STAGES.index(row["stage"]) + 1 :]
    return {name: row[name] for name in BRIEF} | {
        name: json.loads(row[name]) if name in {"risks", "impact"} else row[name]
        for name in (*columns, "agreed_by", "verify_on", "verified_on", "verified_by", "verified_how", "reopened_why", "checked_at")
    } | {
        "next_stage": after[0] if after else None,
        "missing": list(stages.missing(after[0], standing, today)) if after else [],
        "steps": {step.id: {"seen": seen(step, dict(row)), "is_filled": is_filled(step, dict(row))} for step in STEPS},
        "facts": [dict(fact) for fact in facts.of_lesson(conn, lesson_id)],
        "stale": [dict(post) for post in facts.stale(conn, lesson_id)],
        "actions": tasks(conn, lesson_id, today),
        "principles": [dict(p) for p in principles.of_lesson(conn, lesson_id)],
        "incidents": [dict(i) for i in incidents(conn, lesson_id)],
        "responses": [dict(r) for r in said(conn, lesson_id)],
        "case": case,
        "here_answer": asdict(profile.answer(conn, row)) if "triager" in roles else None,
        "verdicts": [dict(v) for v in profile.verdicts(conn, lesson_id)] if "triager" in roles else [],
        "revisits": [dict(r) for i in incidents(conn, lesson_id) for r in agenda.revisits_of(conn, i["id"])],
    }  # fmt: skip


def tasks(conn: Connection, lesson_id: int, today: date) -> list[dict[str, Any]]:
    """The actions of a lesson with their files, and whether they are late."""
    rows = learning.tasks(conn, lesson_id)
    files = actions.files(conn, [row["id"] for row in rows])
    return [
        dict(row)
        | {
            "is_overdue": stages.is_overdue(learning.as_task(row), today),
            "files": [dict(file) for file in files[row["id"]]],
        }
        for row in rows
    ]


def incidents(conn: Connection, lesson_id: int) -> list[Row]:
    """The incidents that a lesson rests on, oldest first."""
    return conn.execute(
        "SELECT incidents.id, incidents.title, organisation, status, first_post_at, posts, sources,"
        " incidents.casebook_id FROM lesson_incidents JOIN incidents ON incidents.id = incident_id"
        " WHERE lesson_id = ? ORDER BY first_post_at, incidents.id",
        (lesson_id,),
    ).fetchall()


def said(conn: Connection, lesson_id: int) -> list[Row]:
    """What the organisations said."""
    return conn.execute(
        "SELECT responses.*, organisation FROM responses JOIN lesson_incidents USING (incident_id)"
        " JOIN incidents ON incidents.id = incident_id WHERE lesson_id = ? ORDER BY said_on, responses.id",
        (lesson_id,),
    ).fetchall()


def history(conn: Connection, lesson_id: int, now: datetime) -> list[dict[str, Any]]:
    """Every change of a lesson, newest first."""
    rows = conn.execute(
        "SELECT * FROM audit WHERE item = ? ORDER BY id DESC LIMIT 200", (f"lesson:{lesson_id}",)
    ).fetchall()
    behind = changes.of_audit(conn, [row["id"] for row in rows])
    return [
        {
            "at": row["at"],
            "actor": row["actor"],
            "words": change["words"] if change else row["action"].partition(".")[2].replace("_", " "),
            "change": change["id"] if change else None,
            "can_undo": bool(change and changes.can_undo(change, now)),
            "undone_by": change["undone_by"] if change else "",
        }
        for row in rows
        for change in [behind.get(row["id"])]
    ]  # fmt: skip


def tags(conn: Connection, lesson_id: int) -> list[str]:
    """The tags of its incidents."""
    numbers = [row["id"] for row in incidents(conn, lesson_id)]
    found = queue.tags(conn, numbers)
    return sorted({tag for number in numbers for tag in found[number]})
