"""The casebook's rows: its feed, and what it knows of an incident that a feed cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.store import incidents, organisations, remarks, vocabulary
from monitor.store.db import Connection, stamp


@dataclass(frozen=True, slots=True)
class Description:
    """What a shipped case adds to its incident."""

    casebook_id: str
    organisation: str
    severity: int
    tags: tuple[str, ...]
    responses: tuple[tuple[str, str, str], ...]
    """(ISO date or empty, type, text) of each."""
    outcome: str
    sector: str
    channel: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept of a shipped case as it stands in its file."""

    id: str
    kind: str
    sector: str
    channel: str
    country: str
    happened_on: str
    date_precision: str
    expected: str
    alleged: str
    print: str
    sources: tuple[tuple[str, str, str, str], ...]
    """(publisher, title, address, ISO date or empty) of each."""
    principles: tuple[str, ...]


def fingerprint(conn: Connection, url: str) -> str:
    """Which version of the casebook is in; empty if none."""
    row = conn.execute("SELECT body_hash FROM feeds WHERE url = ?", (url,)).fetchone()
    return row["body_hash"] if row else ""


def prints(conn: Connection) -> dict[str, str]:
    """In which version each case is in."""
    return {row["id"]: row["print"] for row in conn.execute("SELECT id, print FROM cases")}


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


def incident(conn: Connection, casebook_id: str) -> int | None:
    """The incident of a case that came with an earlier release."""
    row = conn.execute("SELECT id FROM incidents WHERE casebook_id = ?", (casebook_id,)).fetchone()
    return row["id"] if row else None


def describe(conn: Connection, incident_id: int, known: Description, *, now: datetime) -> None:
    """Write what the casebook knows; what a person has changed since is left alone.

    Tags and responses each go by the log: if a person ever touched those of the incident, they are
    the team's.
    """
    conn.execute(
        "UPDATE incidents SET casebook_id = ?, severity = ?,"
        " organisation = CASE WHEN organisation = '' THEN ? ELSE organisation END"
        " WHERE id = ? AND casebook_id IS NULL",
        (known.casebook_id, known.severity, known.organisation, incident_id),
    )
    row = conn.execute("SELECT organisation FROM incidents WHERE id = ?", (incident_id,)).fetchone()
    if known.organisation and row["organisation"] == known.organisation:
        organisations.failed(conn, incident_id, known.organisation, by="casebook", now=now)
    if not _was_touched(conn, incident_id, "incident.tag", "incident.untag"):
        for kind, names in (("", known.tags), ("sector", [known.sector]), ("channel", [known.channel])):  # fmt: skip
            spelt = [remarks.spelt(conn, name) for name in names]
            incidents.add_tags(conn, incident_id, spelt, by="casebook")
            if kind:
                vocabulary.shipped(conn, spelt, kind)
    if not _was_touched(conn, incident_id, "incident.response", "incident.unresponse"):
        conn.execute(
            "DELETE FROM responses WHERE incident_id = ? AND added_by = ''", (incident_id,)
        )
        last = len(known.responses) - 1
        conn.executemany(
            "INSERT INTO responses (incident_id, said_on, type, text, outcome) VALUES (?, ?, ?, ?, ?)",
            [
                (incident_id, *said, known.outcome if place == last else "")
                for place, said in enumerate(known.responses)
            ],
        )


def _was_touched(conn: Connection, incident_id: int, *actions: str) -> bool:
    """Whether the log has one of these actions on the incident: only people do them."""
    marks = ", ".join("?" for _ in actions)
    return bool(
        conn.execute(
            f"SELECT 1 FROM audit WHERE item = ? AND action IN ({marks}) LIMIT 1",
            (f"incident:{incident_id}", *actions),
        ).fetchone()
    )


def keep(conn: Connection, facts: Sequence[Facts], principles: Sequence[tuple[str, str]]) -> None:
    """Write down cases and principles as they are shipped now; principles that are gone stay."""
    conn.executemany(
        "INSERT INTO case_principles (id, text) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET text = excluded.text",
        principles,
    )
    ids = [(one.id,) for one in facts]
    conn.executemany("DELETE FROM case_sources WHERE case_id = ?", ids)
    conn.executemany("DELETE FROM case_teaches WHERE case_id = ?", ids)
    names = [name for name in Facts.__slots__ if name not in {"sources", "principles"}]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    conn.executemany(
        f"INSERT INTO cases ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"
        f" ON CONFLICT (id) DO UPDATE SET {sets}",
        [[getattr(one, name) for name in names] for one in facts],
    )
    conn.executemany(
        "INSERT INTO case_sources (case_id, place, publisher, title, url, published_on)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [(one.id, place, *s) for one in facts for place, s in enumerate(one.sources, 1)],
    )
    conn.executemany(
        "INSERT INTO case_teaches (case_id, principle_id) VALUES (?, ?)",
        [(one.id, principle) for one in facts for principle in one.principles],
    )


def of_incident(conn: Connection, incident_id: int) -> dict[str, Any] | None:
    """What the casebook says of an incident, for pages and commands; None if it is no case."""
    row = conn.execute(
        "SELECT cases.* FROM cases JOIN incidents ON casebook_id = cases.id WHERE incidents.id = ?",
        (incident_id,),
    ).fetchone()
    if row is None:
        return None
    sources = conn.execute(
        "SELECT publisher, title, url, published_on FROM case_sources WHERE case_id = ? ORDER BY place",
        (row["id"],),
    )
    principles = conn.execute(
        "SELECT id, text, (SELECT count(*) FROM case_teaches WHERE principle_id = case_principles.id)"
        " AS cases FROM case_principles JOIN case_teaches ON principle_id = case_principles.id"
        " WHERE case_id = ? ORDER BY cases DESC, id",
        (row["id"],),
    )
    return {
        **{name: row[name] for name in row.keys() if name != "print"},  # noqa: SIM118
        "sources": [dict(source) for source in sources],
        "principles": [dict(principle) for principle in principles],
    }
