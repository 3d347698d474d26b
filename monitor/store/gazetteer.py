"""The team's list of organisations: names, other ways to write them, made one, or forgotten.

All in the caller's transaction, each undoable. An organisation that is on the list is known in every
new post; forgetting one takes it off the list and leaves what people said of incidents.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from monitor.errors import Refused
from monitor.store import changes, organisations
from monitor.store.db import Connection, Row
from monitor.store.images import Reach
from monitor.text import one_line
from monitor.words import Words

PAGE = 100
"""Organisations that are listed at a time."""


def listed(conn: Connection, words: str = "", *, after: str = "") -> list[Row]:
    """A page of the list and one row more, by name: those whose names begin with these words.

    Rows of id, name, aliases (JSON), incidents (with a confirmed part), failed (of those).
    """
    folded = " ".join(Words(words).words)
    return conn.execute(
        "SELECT id, name, aliases,"
        " (SELECT count(*) FROM incident_organisations AS part WHERE part.organisation_id = o.id"
        "  AND state = 'confirmed') AS incidents,"
        " (SELECT count(*) FROM incident_organisations AS part WHERE part.organisation_id = o.id"
        "  AND state = 'confirmed' AND role = 'failed') AS failed"
        " FROM organisations AS o WHERE is_confirmed AND name > ?1"
        " AND (?2 = '' OR id IN (SELECT organisation_id FROM organisation_names"
        "  WHERE first >= ?3 AND first < ?3 || char(1114111)"
        "  AND substr(words, 1, length(?2)) = ?2))"
        " ORDER BY name LIMIT ?4",
        (after, folded, folded.partition(" ")[0], PAGE + 1),
    ).fetchall()


def count(conn: Connection) -> int:
    """How many organisations are on the list."""
    row = conn.execute("SELECT count(*) AS n FROM organisations WHERE is_confirmed").fetchone()
    return int(row["n"])


def find(conn: Connection, name: str) -> Row:
    """An organisation on the list, however its name is written. Raises `Refused`."""
    folded = " ".join(Words(name).words)
    row: Row | None = conn.execute(
        "SELECT * FROM organisations WHERE is_confirmed AND (name = ?1 OR id IN"
        " (SELECT organisation_id FROM organisation_names WHERE first = ?2 AND words = ?3 AND words <> ''))"
        " ORDER BY name <> ?1, id LIMIT 1",
        (one_line(name, organisations.MAX_NAME), folded.partition(" ")[0], folded),
    ).fetchone()
    if row is None:
        raise Refused(f"There is no organisation “{one_line(name, 60)}” on the list.")
    return row


def add(conn: Connection, name: str, *, actor: str, now: datetime) -> int:
    """Put an organisation on the list; the number of the change, 0 if it is there."""
    word = one_line(name, organisations.MAX_NAME)
    reach: Reach = [("organisations", "name = ?", (word,))]
    with changes.recorded(
        conn, "organisation.add", None, reach, actor=actor, now=now, item="organisation:"
    ) as change:
        organisations.of_name(conn, word, now=now, confirmed=True)
        change.words, change.after = f"put {word} on the list", {"organisation": word}
    return change.id


def name_it(
    conn: Connection, known: str, name: str, aliases: Sequence[str], *, actor: str, now: datetime
) -> int:
    """Give an organisation this name and these other ways to write it; the number of the change.

    Raises `Refused` if another organisation is called so.
    """
    row = find(conn, known)
    word = one_line(name, organisations.MAX_NAME) or row["name"]
    others = _distinct(aliases, but=word)
    for said in (word, *others):
        folded = " ".join(Words(said).words)
        taken = conn.execute(
            "SELECT name FROM organisations JOIN organisation_names ON organisation_id = id"
            " WHERE is_confirmed AND id <> ? AND first = ? AND words = ? AND words <> ''",
            (row["id"], folded.partition(" ")[0], folded),
        ).fetchone()
        if taken is not None:
            raise Refused(f"“{said}” is {taken['name']} already: merge the two, if they are one.")
    with changes.recorded(
        conn, "organisation.name", None, _reach([row["id"]]), actor=actor, now=now,
        item=f"organisation:{row['id']}",
    ) as change:  # fmt: skip
        conn.execute(
            "UPDATE organisations SET name = ?, aliases = ? WHERE id = ?",
            (word, json.dumps(others, ensure_ascii=False), row["id"]),
        )
        _rename(conn, row["id"], row["name"], word)
        organisations.keep_names(conn, row["id"], [word, *others])
        change.words = f"wrote {word}" + (f", also {', '.join(others)}" if others else "")
        change.before = {"name": row["name"], "aliases": json.loads(row["aliases"])}
        change.after = {"name": word, "aliases": others}
    return change.id


def merge(conn: Connection, name: str, into: str, *, actor: str, now: datetime) -> int:
    """Make two organisations one: incidents get the other, which is found by both names."""
    row, other = find(conn, name), find(conn, into)
    if row["id"] == other["id"]:
        raise Refused("Both names are one organisation already: name another one.")
    with changes.recorded(
        conn, "organisation.merge", None, _reach([row["id"], other["id"]]), actor=actor, now=now,
        item=f"organisation:{other['id']}",
    ) as change:  # fmt: skip
        conn.execute(
            "UPDATE OR IGNORE incident_organisations SET organisation_id = ? WHERE organisation_id = ?",
            (other["id"], row["id"]),
        )
        conn.execute("DELETE FROM incident_organisations WHERE organisation_id = ?", (row["id"],))
        _rename(conn, other["id"], row["name"], other["name"])
        names = [*json.loads(other["aliases"]), row["name"], *json.loads(row["aliases"])]
        aliases = _distinct(names, but=other["name"])
        conn.execute("DELETE FROM organisation_names WHERE organisation_id = ?", (row["id"],))
        conn.execute("DELETE FROM organisations WHERE id = ?", (row["id"],))
        conn.execute(
            "UPDATE organisations SET aliases = ? WHERE id = ?",
            (json.dumps(aliases, ensure_ascii=False), other["id"]),
        )
        organisations.keep_names(conn, other["id"], [other["name"], *aliases])
        change.words = f"made {row['name']} the same as {other['name']}"
        change.after = {"merged": row["name"], "into": other["name"]}
    return change.id


def forget(conn: Connection, name: str, *, actor: str, now: datetime) -> int:
    """Take an organisation off the list; what was said of incidents stays."""
    row = find(conn, name)
    reach: Reach = [("organisations", "id = ?", (row["id"],))]
    with changes.recorded(
        conn, "organisation.forget", None, reach, actor=actor, now=now, item=f"organisation:{row['id']}"
    ) as change:  # fmt: skip
        conn.execute("UPDATE organisations SET is_confirmed = 0 WHERE id = ?", (row["id"],))
        change.words, change.before = f"took {row['name']} off the list", {"name": row["name"]}
    return change.id


def _distinct(names: Sequence[str], *, but: str) -> list[str]:
    """Names on one line each, in order, none twice however it is written; at most so many."""
    kept: dict[tuple[str, ...], str] = {}
    for name in names:
        word = one_line(name, organisations.MAX_NAME)
        if word:
            kept.setdefault(tuple(Words(word).words), word)
    kept.pop(tuple(Words(but).words), None)
    kept.pop((), None)
    if len(kept) > organisations.MAX_ALIASES:
        raise Refused(f"Write at most {organisations.MAX_ALIASES} other names.")
    return list(kept.values())


def _reach(ids: Sequence[int]) -> Reach:
    own, marks = tuple(ids), ", ".join("?" for _ in ids)
    return [
        ("organisations", f"id IN ({marks})", own),
        ("organisation_names", f"organisation_id IN ({marks})", own),
        ("incident_organisations", f"organisation_id IN ({marks})", own),
        (
            "incidents",
            f"id IN (SELECT incident_id FROM incident_organisations WHERE organisation_id IN ({marks}))",
            own,
        ),
    ]


def _rename(conn: Connection, number: int, old: str, new: str) -> None:
    """Let the incidents in which this organisation has a part bear the new name in place of the old."""
    conn.execute(
        "UPDATE incidents SET organisation = ?1, version = version + 1, looked_back_at = NULL"
        " WHERE organisation = ?2 AND ?1 <> ?2 AND id IN"
        " (SELECT incident_id FROM incident_organisations WHERE organisation_id = ?3)",
        (new, old, number),
    )
