"""The casebook's rows: its feed, and what it knows of an incident that a feed cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.store import incidents, organisations, vocabulary
from monitor.store.db import Connection, stamp


@dataclass(frozen=True, slots=True)
class Description:
    """What a shipped case adds to its incident."""

    casebook_id: str
    organisation: str
    severity: int
    tags: tuple[str, ...]
    said_on: str
    """ISO date of the response, or empty."""
    response: str
    response_type: str
    outcome: str
    sector: str = ""
    channel: str = ""


def fingerprint(conn: Connection, url: str) -> str:
    """Which version of the casebook is in; empty if none."""
    row = conn.execute("SELECT body_hash FROM feeds WHERE url = ?", (url,)).fetchone()
    return row["body_hash"] if row else ""


def feed(conn: Connection, url: str, title: str, *, now: datetime) -> int:
    """The casebook's row in `feeds`, made if need be: shipped, so never polled."""
    conn.execute(
        "INSERT OR IGNORE INTO feeds (url, fetch_url, title, language, category, state, created_at)"
        " VALUES (?, ?, ?, 'en', 'casebook', 'shipped', ?)",
        (url, url, title, stamp(now)),
    )
    number: int = conn.execute("SELECT id FROM feeds WHERE url = ?", (url,)).fetchone()["id"]
    return number


def finish(conn: Connection, feed_id: int, *, fingerprint: str, now: datetime) -> None:
    """Note which version is in."""
    conn.execute(
        "UPDATE feeds SET body_hash = ?, last_polled_at = ?, last_success_at = ?,"
        " last_outcome = 'new', next_poll_why = 'comes with Failwatch; not polled' WHERE id = ?",
        (fingerprint, stamp(now), stamp(now), feed_id),
    )


def post(conn: Connection, feed_id: int, guid: str) -> tuple[int, str]:
    """Number and publication time of a case's post."""
    row = conn.execute(
        "SELECT id, published_at FROM posts WHERE feed_id = ? AND guid = ?", (feed_id, guid)
    ).fetchone()
    return row["id"], row["published_at"]


def describe(conn: Connection, incident_id: int, known: Description, *, now: datetime) -> None:
    """Write what the casebook knows; what a person has changed since is left alone."""
    conn.execute(
        "UPDATE incidents SET casebook_id = ?, severity = ?,"
        " organisation = CASE WHEN organisation = '' THEN ? ELSE organisation END"
        " WHERE id = ? AND casebook_id IS NULL",
        (known.casebook_id, known.severity, known.organisation, incident_id),
    )
    row = conn.execute("SELECT organisation FROM incidents WHERE id = ?", (incident_id,)).fetchone()
    if known.organisation and row["organisation"] == known.organisation:
        organisations.failed(conn, incident_id, known.organisation, by="casebook", now=now)
    incidents.add_tags(conn, incident_id, known.tags, by="casebook")
    for kind, name in (("sector", known.sector), ("channel", known.channel)):
        if name:
            incidents.add_tags(conn, incident_id, [name], by="casebook")
            vocabulary.shipped(conn, [name], kind)
    conn.execute(
        "INSERT INTO responses (incident_id, said_on, text, type, outcome)"
        " SELECT :incident, :on, :text, :type, :outcome"
        " WHERE NOT EXISTS (SELECT 1 FROM responses WHERE incident_id = :incident)",
        {
            "incident": incident_id,
            "on": known.said_on,
            "text": known.response,
            "type": known.response_type,
            "outcome": known.outcome,
        },
    )
