"""What people owe incidents: an owner, a day, another look later, a second reader.

Snoozed incidents come back by themselves: the queue leaves out those whose time lies ahead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta

from monitor.errors import Refused, StaleVersion
from monitor.model import Status
from monitor.store import changes, standing
from monitor.store.db import Connection, Row, stamp
from monitor.store.images import Reach
from monitor.text import clean, one_line

REVISITS = (1, 7, 30, 90)
"""Days after a decision for *relevant* at which somebody looks what followed."""

OUTCOMES = {
    "over": "it is over",
    "calmer": "it has calmed down",
    "same": "nothing has changed",
    "worse": "it has grown worse",
    "again": "they failed again",
}
MAX_TEXT = 4_000
SECOND_SHARE = 10
"""One decision in so many is read a second time."""

_LONGEST = timedelta(days=366)


def is_drawn(incident_id: int) -> bool:
    """Whether an incident is in the random sample for a second reader.

    Drawn by a hash of its number: as good as by lot, since a number says nothing of the story, and
    the same on every machine and at every decision, so that nobody can decide again to escape it.
    """
    return hashlib.sha256(f"second reader {incident_id}".encode()).digest()[0] % SECOND_SHARE == 0


def follow(conn: Connection, row: Row, status: str, *, actor: str, now: datetime) -> None:
    """Plan what a decision asks for, and drop what the last one asked for; part of the decision."""
    number = row["id"]
    conn.execute("DELETE FROM revisits WHERE incident_id = ? AND outcome = ''", (number,))
    conn.execute("DELETE FROM second_readings WHERE incident_id = ? AND answer = ''", (number,))
    if row["casebook_id"]:
        return
    if status == Status.RELEVANT:
        conn.executemany(
            "INSERT OR IGNORE INTO revisits (incident_id, days, due_at) VALUES (?, ?, ?)",
            [(number, days, stamp(now + timedelta(days=days))) for days in REVISITS],
        )
    if status in {Status.RELEVANT, Status.DISMISSED} and is_drawn(number):
        conn.execute(
            "INSERT OR IGNORE INTO second_readings (incident_id, first_status, first_by, asked_at)"
            " VALUES (?, ?, ?, ?)",
            (number, status, actor, stamp(now)),
        )


def a_day(text: str, now: datetime) -> date | None:
    """A day as people write it: `2026-03-05`, or `+3` for in three days; None if empty."""
    word = text.strip()
    if not word:
        return None
    try:
        if word.startswith("+"):
            return now.date() + timedelta(days=int(word[1:].rstrip("d")))
        return date.fromisoformat(word)
    except (ValueError, OverflowError):
        raise Refused(
            f"“{one_line(word, 30)}” is no day: write it as 2026-03-05, or +3 for in three days."
        ) from None


def assign(
    conn: Connection,
    incident_id: int,
    owner: str,
    *,
    version: int | None,
    due: date | None = None,
    handover: str = "",
    people: Collection[str],
    actor: str,
    now: datetime,
) -> int:
    """Give an incident to one of `people`, with a day and a note; nobody if empty. New version."""
    row = standing.current(conn, incident_id, version)
    known = {name.casefold(): name for name in people}
    name = known.get(owner.strip().casefold(), "")
    if owner.strip() and not name:
        raise Refused(
            f"Nobody called {one_line(owner, 40)} may sign in: {', '.join(sorted(people)) or 'nobody'} may."
        )
    text = clean(handover).strip()
    if len(text) > MAX_TEXT:
        raise Refused(f"A hand-over note has at most {MAX_TEXT:,} characters.")
    values: dict[str, object] = {
        "owner": name, "due_on": due.isoformat() if due else None, "handover": text
    }  # fmt: skip
    words = f"gave it to {name}" if name else "took it from its owner"
    if due:
        words += f", due on {due}"
    return standing.write(
        conn, row, values, what="incident.assign", words=words, actor=actor, now=now
    )


def snooze(
    conn: Connection,
    incident_id: int,
    until: date | None,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Leave an incident out of the queue until a day begins; None wakes it. Returns the new version."""
    row = standing.current(conn, incident_id, version)
    if until is not None and not now.date() < until <= (now + _LONGEST).date():
        raise Refused("Snooze it until a day after today, at most a year ahead.")
    values: dict[str, object] = {"snoozed_until": f"{until}T00:00:00Z" if until else None}
    words = f"snoozed it until {until}" if until else "woke it"
    return standing.write(
        conn, row, values, what="incident.snooze", words=words, actor=actor, now=now
    )


def revisit(
    conn: Connection,
    incident_id: int,
    days: int,
    *,
    outcome: str,
    text: str = "",
    actor: str,
    now: datetime,
) -> None:
    """Say what followed, so many days after. Raises `StaleVersion` if somebody has said it."""
    standing.current(conn, incident_id)
    row = conn.execute(
        "SELECT * FROM revisits WHERE incident_id = ? AND days = ?", (incident_id, days)
    ).fetchone()
    if row is None:
        raise Refused(
            f"Incident {incident_id} has no revisit after {days} days: it is not relevant."
        )
    if row["outcome"]:
        raise StaleVersion(f"{row['done_by']} has looked already: {OUTCOMES[row['outcome']]}.")
    if outcome not in OUTCOMES:
        raise Refused(f"Say what became of it: {', '.join(OUTCOMES)}.")
    words = clean(text).strip()
    if len(words) > MAX_TEXT:
        raise Refused(f"What followed has at most {MAX_TEXT:,} characters.")
    reach: Reach = [("revisits", "id = ?", (row["id"],))]
    with changes.recorded(conn, "incident.revisit", incident_id, reach, actor=actor, now=now) as c:
        conn.execute(
            "UPDATE revisits SET outcome = ?, text = ?, done_at = ?, done_by = ? WHERE id = ?",
            (outcome, words, stamp(now), actor, row["id"]),
        )
        c.words = f"looked again after {days} days: {OUTCOMES[outcome]}"
        c.after = {"days": days, "outcome": outcome, "text": words}


def read_again(
    conn: Connection, incident_id: int, answer: str, *, reason: str = "", actor: str, now: datetime
) -> None:
    """The second reader's answer; the incident's status stays the first reader's."""
    row = conn.execute(
        "SELECT * FROM second_readings WHERE incident_id = ?", (incident_id,)
    ).fetchone()
    if row is None:
        raise Refused(f"Incident {incident_id} is not in the sample for a second reader.")
    if row["first_by"] == actor:
        raise Refused("You decided on it first: somebody else must read it.")
    if row["answer"]:
        raise StaleVersion(f"{row['answered_by']} has read it already.")
    if answer not in {"relevant", "dismissed"}:
        raise Refused("Answer relevant or dismissed.")
    reach: Reach = [("second_readings", "id = ?", (row["id"],))]
    with changes.recorded(conn, "incident.second", incident_id, reach, actor=actor, now=now) as c:
        conn.execute(
            "UPDATE second_readings SET answer = ?, reason = ?, answered_at = ?, answered_by = ?"
            " WHERE id = ?",
            (answer, one_line(reason, 200), stamp(now), actor, row["id"]),
        )
        c.words, c.after = "read it as second reader", {"answer": answer}
