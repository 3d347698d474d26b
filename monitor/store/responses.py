"""What the failing organisation said: added, put right, taken away, each undoable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor.errors import Refused
from monitor.store import changes, standing
from monitor.store.db import Connection
from monitor.store.images import Reach
from monitor.text import clean, one_line

TYPES = {
    "deny": "deny: it did not happen, or was not us",
    "diminish": "diminish: it is not that bad",
    "rebuild": "rebuild: we apologise, and make it good",
    "bolster": "bolster: remember the good we do",
    "silence": "silence: no answer",
}
MAX_TEXT = 4_000
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?Z?)?")


@dataclass(frozen=True, slots=True)
class Said:
    """A response as a person writes it down."""

    type: str
    text: str
    said_on: str = ""
    """A day, or a day and a time in UTC."""
    url: str = ""
    outcome: str = ""


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return bool(_TIME.fullmatch(text))


def _checked(said: Said) -> dict[str, object]:
    if said.type not in TYPES:
        raise Refused(f"Say of which type the response is: {', '.join(TYPES)}.")
    text, outcome = clean(said.text).strip(), clean(said.outcome).strip()
    if not text and said.type != "silence":
        raise Refused("Quote what they said.")
    if max(len(text), len(outcome)) > MAX_TEXT:
        raise Refused(f"A response has at most {MAX_TEXT:,} characters.")
    when = said.said_on.strip()
    if when and not _is_time(when):
        raise Refused(
            f"“{one_line(when, 30)}” is no time: write 2026-03-05, or 2026-03-05 14:30 in UTC."
        )
    url = one_line(said.url, 2_000)
    if url and urlsplit(url).scheme not in {"http", "https"}:
        raise Refused("The address of a response begins with http:// or https://.")
    if len(when) > 10:
        when = when.replace(" ", "T").rstrip("Z")
        when = (when if len(when) > 16 else f"{when}:00") + "Z"
    return {"type": said.type, "text": text, "said_on": when, "url": url, "outcome": outcome}


def add(conn: Connection, incident_id: int, said: Said, *, actor: str, now: datetime) -> int:
    """Write down a response; returns its number."""
    standing.current(conn, incident_id)
    values = _checked(said) | {"incident_id": incident_id, "added_by": actor}
    reach: Reach = [("responses", "incident_id = ?", (incident_id,))]
    with changes.recorded(conn, "incident.response", incident_id, reach, actor=actor, now=now) as c:
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        added = conn.execute(
            f"INSERT INTO responses ({names}) VALUES ({marks})", list(values.values())
        )
        number = int(added.lastrowid or 0)
        c.words = f"wrote down a response ({said.type})"
        c.after = {"response": number, "type": said.type, "text": str(values["text"])[:200]}
    return number


def change(
    conn: Connection, incident_id: int, number: int, said: Said, *, actor: str, now: datetime
) -> None:
    """Put a response right."""
    standing.current(conn, incident_id)
    values = _checked(said)
    reach: Reach = [("responses", "id = ? AND incident_id = ?", (number, incident_id))]
    row = conn.execute(
        "SELECT * FROM responses WHERE id = ? AND incident_id = ?", (number, incident_id)
    ).fetchone()
    if row is None:
        raise Refused(f"Incident {incident_id} has no response {number} (any more).")
    with changes.recorded(conn, "incident.response", incident_id, reach, actor=actor, now=now) as c:
        sets = ", ".join(f"{name} = ?" for name in values)
        conn.execute(f"UPDATE responses SET {sets} WHERE id = ?", [*values.values(), number])
        c.words = "put a response right"
        c.before = {name: row[name] for name in values if row[name] != values[name]}
        c.after = {name: values[name] for name in c.before}


def remove(conn: Connection, incident_id: int, number: int, *, actor: str, now: datetime) -> None:
    """Take a response away."""
    standing.current(conn, incident_id)
    reach: Reach = [("responses", "id = ? AND incident_id = ?", (number, incident_id))]
    with changes.recorded(
        conn, "incident.unresponse", incident_id, reach, actor=actor, now=now
    ) as c:
        gone = conn.execute(
            "DELETE FROM responses WHERE id = ? AND incident_id = ? RETURNING type, text",
            (number, incident_id),
        ).fetchone()
        if gone is None:
            raise Refused(f"Incident {incident_id} has no response {number} (any more).")
        c.words = "took a response away"
        c.before = {"response": number, "type": gone["type"], "text": gone["text"][:200]}
