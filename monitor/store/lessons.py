"""Lessons: written on an incident, kept with a version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from monitor.errors import Refused, StaleVersion
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

TEXTS = ("what_happened", "why", "avoid", "recover", "here", "change")
MAX_TEXT = 20_000
CASEBOOK = "casebook"


def of_incident(
    conn: Connection, incident_id: int, roles: Collection[str] = ("viewer", "triager", "editor")
) -> Row | None:
    """The lesson of an incident, if it has one that these roles may read."""
    marks = ", ".join("?" for _ in roles)
    row: Row | None = conn.execute(
        "SELECT lessons.* FROM lessons JOIN lesson_incidents ON lesson_id = lessons.id"
        f" WHERE incident_id = ? AND seen_by IN ({marks}) ORDER BY lessons.id LIMIT 1",
        (incident_id, *roles),
    ).fetchone()
    return row


def _checked(fields: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for name in TEXTS:
        text = clean(fields.get(name, "")).strip()
        if len(text) > MAX_TEXT:
            raise Refused(f"A box holds at most {MAX_TEXT:,} characters; one has {len(text):,}.")
        values[name] = text
    return values


def save(
    conn: Connection,
    *,
    incident_id: int,
    fields: Mapping[str, str],
    version: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Make (`version` None) or change the lesson of an incident; returns its number.

    `fields` has `title` and any of `TEXTS`. Raises `StaleVersion` if somebody else saved first.
    """
    values = _checked(fields)
    known = of_incident(conn, incident_id)
    if (known["version"] if known else None) != version:
        by = f" by {known['updated_by']}" if known else ""
        raise StaleVersion(
            f"The lesson was saved meanwhile{by}. Go back: your text is still in its boxes. Copy it, load the page anew, and merge."
        )
    incident = conn.execute("SELECT title FROM incidents WHERE id = ?", (incident_id,)).fetchone()
    if incident is None:
        raise Refused(f"There is no incident {incident_id}.")
    values["title"] = one_line(fields.get("title", ""), 200) or (
        known["title"] if known else incident["title"]
    )
    if known is None:
        return _insert(conn, incident_id, values, actor=actor, now=now)
    before = {name: known[name] for name in values if known[name] != values[name]}
    if before:
        sets = ", ".join(f"{name} = ?" for name in values)
        conn.execute(
            f"UPDATE lessons SET {sets}, updated_at = ?, updated_by = ?, version = version + 1 WHERE id = ?",
            [*values.values(), stamp(now), actor, known["id"]],
        )
        audit.record(
            conn, actor, "lesson.save", f"lesson:{known['id']}", now=now,
            before=before, after={name: values[name] for name in before},
        )  # fmt: skip
    return int(known["id"])


def _insert(
    conn: Connection,
    incident_id: int,
    values: Mapping[str, str],
    *,
    actor: str,
    now: datetime,
    casebook_id: str | None = None,
) -> int:
    row = {
        **values,
        "casebook_id": casebook_id,
        "created_at": stamp(now),
        "updated_at": stamp(now),
        "updated_by": actor,
    }
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    added = conn.execute(f"INSERT INTO lessons ({names}) VALUES ({marks})", list(row.values()))
    number = int(added.lastrowid or 0)
    conn.execute(
        "INSERT INTO lesson_incidents (lesson_id, incident_id) VALUES (?, ?)", (number, incident_id)
    )
    audit.record(
        conn, actor, "lesson.save", f"lesson:{number}", now=now,
        after={"incident": incident_id, "title": values["title"]},
    )  # fmt: skip
    return number


def from_casebook(
    conn: Connection, *, casebook_id: str, incident_id: int, title: str, now: datetime, **texts: str
) -> None:
    """Bring a shipped lesson in, or up to date; one that a person has changed is left alone."""
    values = {"title": one_line(title, 200), **_checked(texts)}
    known = conn.execute("SELECT * FROM lessons WHERE casebook_id = ?", (casebook_id,)).fetchone()
    if known is None:
        _insert(conn, incident_id, values, actor=CASEBOOK, now=now, casebook_id=casebook_id)
    elif (known["updated_by"], known["stage"]) == (CASEBOOK, "identified") and any(
        known[name] != values[name] for name in values
    ):
        sets = ", ".join(f"{name} = ?" for name in values)
        conn.execute(
            f"UPDATE lessons SET {sets}, updated_at = ?, version = version + 1 WHERE id = ?",
            [*values.values(), stamp(now), known["id"]],
        )
        audit.record(conn, CASEBOOK, "lesson.save", f"lesson:{known['id']}", now=now)
