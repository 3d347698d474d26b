"""Organisations and their part in incidents: proposed by Failwatch, confirmed or rejected by people.

All in the caller's transaction. What a person confirmed joins the gazetteer, so that it is known in
the next post; `incidents.organisation` is the name of the one that failed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.errors import Refused
from monitor.store import changes, images, standing
from monitor.store.db import Connection, Row, stamp
from monitor.text import one_line
from monitor.words import Words

ROLES = ("failed", "hurt", "amplified", "responded")
MAX_NAME = 120
MAX_ALIASES = 20


def named(conn: Connection, words: Iterable[str]) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The gazetteer's organisations one of whose names begins with one of these words.

    Name, and the folded words of every way to write it.
    """
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in conn.execute(
        "SELECT name, words FROM organisation_names JOIN organisations ON id = organisation_id"
        " WHERE organisation_id IN (SELECT organisation_id FROM organisation_names"
        "  WHERE first IN (SELECT value FROM json_each(?))) AND is_confirmed ORDER BY id, words",
        (json.dumps(sorted(set(words))),),
    ):
        found.setdefault(row["name"], []).append(tuple(row["words"].split()))
    return list(found.items())


def learn_names(conn: Connection) -> None:
    """Let organisations be found by their words that are not found by any yet."""
    rows = conn.execute(
        "SELECT id, name, aliases FROM organisations WHERE NOT EXISTS"
        " (SELECT 1 FROM organisation_names WHERE organisation_id = organisations.id) LIMIT 1000"
    ).fetchall()
    for row in rows:
        keep_names(conn, row["id"], [row["name"], *json.loads(row["aliases"])])


def keep_names(conn: Connection, number: int, names: Iterable[str]) -> None:
    """Let an organisation be found by these names alone."""
    conn.execute("DELETE FROM organisation_names WHERE organisation_id = ?", (number,))
    kept = {tuple(Words(name).words) for name in names} - {()}
    rows = [(words[0], " ".join(words), number) for words in sorted(kept)]
    # A name without a word, such as `++`, is still one: it is found by nothing, and read once.
    conn.executemany(
        "INSERT INTO organisation_names (first, words, organisation_id) VALUES (?, ?, ?)",
        rows or [("", "", number)],
    )


def of_name(conn: Connection, name: str, *, now: datetime, confirmed: bool = False) -> int:
    """The organisation of a name, however it is written; made if there is none. Raises `Refused`."""
    word = one_line(name, MAX_NAME)
    if not word:
        raise Refused("Write the organisation's name.")
    number = _number(conn, word)
    if number is None:
        made = conn.execute(
            "INSERT INTO organisations (name, created_at) VALUES (?, ?)", (word, stamp(now))
        )
        number = int(made.lastrowid or 0)
        keep_names(conn, number, [word])
    if confirmed:
        conn.execute("UPDATE organisations SET is_confirmed = 1 WHERE id = ?", (number,))
    return number


def _number(conn: Connection, word: str) -> int | None:
    folded = " ".join(Words(word).words)
    row = conn.execute(
        "SELECT id FROM organisations WHERE name = ?1 UNION ALL"
        " SELECT organisation_id FROM organisation_names WHERE ?2 <> '' AND first = ?3 AND words = ?2"
        " LIMIT 1",
        (word, folded, folded.partition(" ")[0]),
    ).fetchone()
    return int(row["id"]) if row else None


def propose(
    conn: Connection, incident_id: int, found: Sequence[tuple[str, str, str]], *, now: datetime
) -> None:
    """Keep that an incident may concern organisations: (name, role, why). What people said stays."""
    for name, role, why in found:
        conn.execute(
            "INSERT INTO incident_organisations (incident_id, organisation_id, role, why)"
            " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (incident_id, of_name(conn, name, now=now), role, why),
        )


def failed(conn: Connection, incident_id: int, name: str, *, by: str, now: datetime) -> None:
    """Let an organisation be the one that failed, beside any other part that others had."""
    conn.execute(
        "INSERT INTO incident_organisations"
        " (incident_id, organisation_id, state, role, why, decided_by, decided_at)"
        " VALUES (?, ?, 'confirmed', 'failed', ?, ?, ?) ON CONFLICT DO UPDATE SET state = 'confirmed',"
        " role = 'failed', decided_by = excluded.decided_by, decided_at = excluded.decided_at",
        (
            incident_id,
            of_name(conn, name, now=now, confirmed=True),
            f"{by} says so",
            by,
            stamp(now),
        ),
    )


def clear(conn: Connection, incident_id: int) -> None:
    """Let nobody be the one that failed, whoever people said it was."""
    conn.execute(
        "DELETE FROM incident_organisations WHERE incident_id = ? AND role = 'failed'"
        " AND state = 'confirmed'",
        (incident_id,),
    )


def of_incident(conn: Connection, incident_id: int) -> list[Row]:
    """An incident's organisations, confirmed ones first; without those that were rejected.

    Rows of organisation_id, name, state, role, why, decided_by, and `others`, how many other
    incidents each has a confirmed part in.
    """
    return conn.execute(
        "SELECT organisation_id, name, state, role, why, decided_by,"
        " (SELECT count(*) FROM incident_organisations AS o WHERE o.organisation_id = organisations.id"
        "  AND o.state = 'confirmed' AND o.incident_id <> ?1) AS others"
        " FROM incident_organisations JOIN organisations ON organisations.id = organisation_id"
        " WHERE incident_id = ?1 AND state <> 'rejected'"
        " ORDER BY state, role <> 'failed', name",
        (incident_id,),
    ).fetchall()


def say(
    conn: Connection,
    incident_id: int,
    name: str,
    role: str,
    *,
    version: int | None = None,
    actor: str,
    now: datetime,
) -> int:
    """Confirm an organisation's part in an incident, or give it another; the change's number, 0 if none.

    Who failed becomes the incident's organisation, if it has none. Raises `Refused`, `StaleVersion`.
    """
    if role not in ROLES:
        raise Refused(f"Choose what part it had: {', '.join(ROLES)}.")
    row = standing.current(conn, incident_id, version)
    number = of_name(conn, name, now=now, confirmed=True)
    proper = _name(conn, number)
    held = conn.execute(
        "SELECT 1 FROM incident_organisations WHERE incident_id = ? AND organisation_id = ?"
        " AND state = 'confirmed' AND role = ?",
        (incident_id, number, role),
    ).fetchone()
    if held is not None:
        return 0
    reach = of_one(incident_id)
    with changes.recorded(
        conn, "incident.part", incident_id, reach, actor=actor, now=now
    ) as change:
        conn.execute(
            "INSERT INTO incident_organisations"
            " (incident_id, organisation_id, state, role, why, decided_by, decided_at)"
            " VALUES (?, ?, 'confirmed', ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = 'confirmed',"
            " role = excluded.role, decided_by = excluded.decided_by, decided_at = excluded.decided_at",
            (incident_id, number, role, f"{actor} says so", actor, stamp(now)),
        )
        if role == "failed" and not row["organisation"]:
            _set(conn, incident_id, proper)
        elif role != "failed" and row["organisation"].casefold() == proper.casefold():
            _set(conn, incident_id, "")
        standing.raise_version(conn, incident_id)
        change.words = f"said that {proper} {WORDS[role]}"
        change.after = {"organisation": proper, "role": role}
    return change.id


def reject(
    conn: Connection,
    incident_id: int,
    name: str,
    *,
    version: int | None = None,
    actor: str,
    now: datetime,
) -> int:
    """Say that an organisation has no part in an incident; it is not proposed for it again. Raises `Refused`."""
    row = standing.current(conn, incident_id, version)
    organisation_id = _number(conn, one_line(name, MAX_NAME))
    if organisation_id is None:
        raise Refused(f"There is no organisation “{one_line(name, 60)}” (any more).")
    name = _name(conn, organisation_id)
    reach = of_one(incident_id)
    with changes.recorded(
        conn, "incident.unpart", incident_id, reach, actor=actor, now=now
    ) as change:
        conn.execute(
            "UPDATE incident_organisations SET state = 'rejected', decided_by = ?, decided_at = ?"
            " WHERE incident_id = ? AND organisation_id = ? AND state <> 'rejected'",
            (actor, stamp(now), incident_id, organisation_id),
        )
        if row["organisation"].casefold() == name.casefold():
            _set(conn, incident_id, "")
        standing.raise_version(conn, incident_id)
        change.words = f"said that {name} had no part in it"
        change.before = {"organisation": name}
    return change.id


WORDS = {  # role -> what is said of who had it
    "failed": "failed",
    "hurt": "was hurt",
    "amplified": "amplified it",
    "responded": "responded",
}


def of_one(incident_id: int) -> images.Reach:
    """The rows that say who had which part in an incident."""
    return [
        ("incidents", "id = ?", (incident_id,)),
        ("incident_organisations", "incident_id = ?", (incident_id,)),
    ]


def _set(conn: Connection, incident_id: int, name: str) -> None:
    # Stored posts are searched anew for the name.
    conn.execute(
        "UPDATE incidents SET organisation = ?, looked_back_at = NULL WHERE id = ?",
        (name, incident_id),
    )


def _name(conn: Connection, number: int) -> str:
    row = conn.execute("SELECT name FROM organisations WHERE id = ?", (number,)).fetchone()
    return str(row["name"])
