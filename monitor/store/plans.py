"""Plans that were held against past failures, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime

from monitor.errors import Refused
from monitor.lessons.plans import HAPPENED, KINDS
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

MAX_TEXT = 10_000


def lessons(
    conn: Connection, incident_ids: Collection[int], roles: Collection[str]
) -> dict[int, Row]:
    """The lesson of each incident that has one which these roles may read, the team's before others."""
    marks = ", ".join("?" for _ in roles)
    rows = conn.execute(
        "SELECT incident_id, lessons.id, lessons.title, why, avoid, change FROM lesson_incidents"
        " JOIN lessons ON lessons.id = lesson_id WHERE incident_id IN (SELECT value FROM json_each(?))"
        f" AND seen_by IN ({marks}) ORDER BY updated_by <> 'casebook', lessons.id",
        (json.dumps(sorted(incident_ids)), *roles),
    )
    return {row["incident_id"]: row for row in rows}


def tag_kinds(conn: Connection) -> dict[str, str]:
    """What each tag speaks of: sector, channel, or nothing: what went wrong."""
    return {row["name"]: row["kind"] for row in conn.execute("SELECT name, kind FROM tags")}


def checked(kind: str, title: str, text: str) -> tuple[str, str, str]:
    """A plan as it is kept. Raises `Refused`."""
    name, body = one_line(title, 200), clean(text).strip()
    if kind not in KINDS:
        raise Refused("Say what it is: choose from the list.")
    if not name or len(body.split()) < 5:
        raise Refused("Give it a title, and describe it in a few lines: what, for whom, where, when.")  # fmt: skip
    if len(body) > MAX_TEXT:
        raise Refused(f"A plan has at most {MAX_TEXT:,} characters: a few lines are enough.")
    return kind, name, body


def keep(
    conn: Connection,
    plan: tuple[str, str, str],
    found: Mapping[str, object],
    *,
    look_back: date | None,
    actor: str,
    now: datetime,
) -> int:
    """Keep a plan with what was found; returns its number."""
    added = conn.execute(
        "INSERT INTO plans (kind, title, text, found, found_at, look_back_on, created_by, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *plan, json.dumps(found, ensure_ascii=False), stamp(now),
            look_back.isoformat() if look_back else "", actor, stamp(now),
        ),
    )  # fmt: skip
    number = int(added.lastrowid or 0)
    audit.record(conn, actor, "plan.keep", f"plan:{number}", now=now, after={"title": plan[1]})
    return number


def find(conn: Connection, number: int) -> Row:
    """A plan by its number. Raises `Refused`."""
    row: Row | None = conn.execute("SELECT * FROM plans WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(f"There is no plan {number}.")
    return row


def renew(
    conn: Connection, number: int, found: Mapping[str, object], *, actor: str, now: datetime
) -> None:
    """Keep what is found now."""
    find(conn, number)
    conn.execute(
        "UPDATE plans SET found = ?, found_at = ? WHERE id = ?",
        (json.dumps(found, ensure_ascii=False), stamp(now), number),
    )
    audit.record(conn, actor, "plan.renew", f"plan:{number}", now=now)


def look_back(
    conn: Connection, number: int, happened: str, what: str, *, actor: str, now: datetime
) -> None:
    """Say what came of a plan."""
    row, text = find(conn, number), clean(what).strip()
    if happened not in HAPPENED:
        raise Refused("Say whether it happened: choose from the list.")
    if len(text) > MAX_TEXT:
        raise Refused(f"At most {MAX_TEXT:,} characters.")
    values = {"happened": happened, "what": text, "looked_back_by": actor, "looked_back_at": stamp(now)}  # fmt: skip
    sets = ", ".join(f"{name} = ?" for name in values)
    conn.execute(f"UPDATE plans SET {sets} WHERE id = ?", [*values.values(), number])
    audit.record(
        conn, actor, "plan.look_back", f"plan:{number}", now=now,
        before={"happened": row["happened"], "what": row["what"]},
        after={"happened": happened, "what": text},
    )  # fmt: skip


def listed(conn: Connection, today: date) -> list[Row]:
    """Plans: those to look back at first, then the newest."""
    return conn.execute(
        "SELECT *, happened = '' AND look_back_on <> '' AND look_back_on <= :today AS is_due FROM plans"
        " ORDER BY is_due DESC, id DESC LIMIT 200",
        {"today": today.isoformat()},
    ).fetchall()


def sheets(conn: Connection, number: int) -> list[Row]:
    """The reflections that were begun on a plan."""
    return conn.execute(
        "SELECT id, title, closed_at FROM reflections WHERE plan_id = ? ORDER BY id", (number,)
    ).fetchall()
