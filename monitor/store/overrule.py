"""Incidents made one, and parted: every number stays, and leads to where its story is told now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from monitor.errors import Refused
from monitor.store import changes, images, incidents, ledger, placing, standing
from monitor.store.db import Connection, Row, stamp
from monitor.text import one_line

STAY = frozenset({"alerts"})
"""What cannot follow stays with the merged number: a mail that was sent stays a mail that was sent."""


def merge(
    conn: Connection,
    incident_id: int,
    into: int,
    *,
    version: int | None,
    into_version: int | None = None,
    actor: str,
    now: datetime,
) -> int:
    """Make two incidents one, under the number `into`; returns the number of the change.

    Posts, tags, notes, responses, lessons, mails and all else that points at the first follow.
    """
    if incident_id == into:
        raise Refused("An incident cannot be merged into itself: name another one.")
    one = standing.current(conn, incident_id, version)
    other = standing.current(conn, into, into_version)
    if one["casebook_id"]:
        raise Refused(
            f"Incident {incident_id} comes with Failwatch and keeps its number: merge {into} into it."
        )
    told = placing.posts_of(conn, incident_id)
    reach = images.everything_of(conn, [incident_id, into])
    with changes.recorded(conn, "incident.merge", incident_id, reach, actor=actor, now=now) as c:
        _follow(conn, incident_id, into)
        conn.execute(
            "UPDATE incidents SET merged_into = ? WHERE merged_into = ?", (into, incident_id)
        )
        conn.execute(
            "UPDATE incidents SET merged_into = ?, status = 'dismissed', reason = 'duplicate',"
            " decided_at = ?, decided_by = ?, snoozed_until = NULL WHERE id = ?",
            (into, stamp(now), actor, incident_id),
        )
        _take_over(conn, one, other)
        placing.label(conn, "join", told, into, by=actor, now=now)
        for number in (incident_id, into):
            incidents.recount(conn, number)
        ledger.keep(conn, incident_id, "dismissed", "duplicate", now=now)
        ledger.keep(conn, into, other["status"], other["reason"], now=now)
        standing.raise_version(conn, incident_id, into)
        c.words = f"merged incident {incident_id} into {into}"
        c.before = {"title": one["title"], "posts": told}
        c.after = {"merged_into": into}
        c.also = {into: {"merged": incident_id, "title": one["title"], "posts": told}}
    return c.id


def _take_over(conn: Connection, one: Row, other: Row) -> None:
    """What the incident that stays learns from the one that goes."""
    values: dict[str, object] = {
        "score": max(one["score"], other["score"]),
        "severity": other["severity"] if other["severity_by"] else max(one["severity"], other["severity"]),
        "organisation": other["organisation"] or one["organisation"],
        "owner": other["owner"] or one["owner"],
        "due_on": min((d for d in (one["due_on"], other["due_on"]) if d), default=None),
        "handover": "\n".join(t for t in (other["handover"], one["handover"]) if t),
    }  # fmt: skip
    sets = ", ".join(f"{name} = ?" for name in values)
    conn.execute(f"UPDATE incidents SET {sets} WHERE id = ?", [*values.values(), other["id"]])


def _follow(conn: Connection, incident_id: int, into: int) -> None:
    """Let everything that points at one incident point at the other."""
    for table, of in images.pointing(conn):
        conn.execute(
            f'UPDATE OR IGNORE "{table}" SET "{of}" = ? WHERE "{of}" = ?', (into, incident_id)
        )
        if table not in STAY:
            conn.execute(f'DELETE FROM "{table}" WHERE "{of}" = ?', (incident_id,))
    # Who has or gets the other's mail is not written to twice.
    conn.execute(
        "UPDATE alerts SET state = 'refused', lease_until = NULL, reply = ? WHERE incident_id = ?"
        " AND state IN ('queued', 'retry', 'claimed')",
        (f"merged into incident {into}, of which this person is told", incident_id),
    )


def split(
    conn: Connection,
    incident_id: int,
    post_ids: Sequence[int],
    *,
    version: int | None,
    title: str = "",
    actor: str,
    now: datetime,
) -> tuple[int, int]:
    """Make a new incident of chosen posts; returns its number, and that of the change."""
    row = standing.current(conn, incident_id, version)
    chosen, left = placing.chosen_of(conn, incident_id, post_ids)
    if not left:
        raise Refused("Leave at least one post: an incident without posts tells nothing.")
    first = conn.execute("SELECT * FROM posts WHERE id = ?", (chosen[0],)).fetchone()
    graver = conn.execute(
        "SELECT max(rules.severity) AS severity FROM matches JOIN rules ON rules.id = rule_id"
        " WHERE post_id IN (SELECT value FROM json_each(?))",
        (json.dumps(chosen),),
    ).fetchone()["severity"]
    named = one_line(title, 300) or one_line(first["title"] or first["text"]) or "(no title)"
    number = int(conn.execute("SELECT max(id) + 1 FROM incidents").fetchone()[0])
    reach = images.everything_of(conn, [incident_id, number])
    with changes.recorded(conn, "incident.split", incident_id, reach, actor=actor, now=now) as c:
        conn.execute(
            "INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at, created_at)"
            " VALUES (?, ?, ?, 0, ?, ?, ?)",
            (
                number, named, graver or row["severity"], first["published_at"],
                first["published_at"], stamp(now),
            ),
        )  # fmt: skip
        placing.carry(conn, chosen, incident_id, number, why=f"split off incident {incident_id}", by=actor, now=now)  # fmt: skip
        conn.execute(
            "INSERT OR IGNORE INTO incident_tags (incident_id, tag_id, tagged_by)"
            " SELECT DISTINCT ?, tags.id, 'rules' FROM matches JOIN rules ON rules.id = rule_id,"
            " json_each(rules.tags) AS given JOIN tags ON tags.name = given.value"
            " WHERE post_id IN (SELECT value FROM json_each(?))",
            (number, json.dumps(chosen)),
        )
        placing.label(conn, "apart", chosen, incident_id, by=actor, now=now)
        placing.label(conn, "join", chosen, number, by=actor, now=now)
        placing.settle(conn, row, number)
        c.words = f"split {_count(chosen)} off into incident {number}"
        c.before, c.after = {"posts": chosen}, {"new_incident": number, "title": named}
        c.also = {number: {"split_off": incident_id, "posts": chosen}}
    return number, c.id


def _count(posts: Sequence[int]) -> str:
    return "1 post" if len(posts) == 1 else f"{len(posts)} posts"
