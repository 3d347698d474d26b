"""What people wrote on a wiki page beside our part, back as a note on the incident of the lesson."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.errors import Refused
from monitor.store import remarks, standing
from monitor.store.db import Connection
from monitor.wikis.pages import NOTES
from monitor.wikis.sync import added

LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was written."""

    wiki: str
    page: str
    by: str


def note(
    conn: Connection,
    incident_id: int | None,
    *,
    before: str,
    after: str,
    where: Place,
    now: datetime,
) -> bool:
    """Note the lines that people added to a page, in the caller's transaction; whether there were any."""
    words = added(before, after).strip()
    if not words.strip("=# *") or words.strip("=# *") == NOTES or incident_id is None:
        return False
    number = standing.leads_to(conn, incident_id)
    if number is None:
        return False
    if len(words) > LONGEST:
        words = words[: LONGEST - 1] + "…"
    by = f" by {where.by}" if where.by else ""
    text = f"Written on the wiki page “{where.page}” ({where.wiki}){by}:\n{words}"
    try:
        remarks.note(conn, number, text, actor=f"wiki:{where.wiki}", now=now)
    except Refused:
        return False
    return True
