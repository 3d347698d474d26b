"""Drills: each writes a move alone, then sees what followed and the others' moves, and scores the own.

Nobody sees a move before having made one, and a move that was made stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from monitor.errors import Refused
from monitor.lessons.drill import CHECKS, MOVES
from monitor.lessons.spacing import Spacing, practised
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean

MAX_TEXT = 4_000


def begin(
    conn: Connection, incident_id: int, pause_at: datetime, *, actor: str, now: datetime
) -> int:
    """Begin a drill; returns its number."""
    added = conn.execute(
        "INSERT INTO drills (incident_id, pause_at, created_by, created_at) VALUES (?, ?, ?, ?)",
        (incident_id, stamp(pause_at), actor, stamp(now)),
    )
    number = int(added.lastrowid or 0)
    # What came after the pause is in no row of the log: the log is read while others still think.
    audit.record(
        conn, actor, "drill.begin", f"drill:{number}", now=now,
        after={"incident": incident_id, "pause_at": stamp(pause_at)},
    )  # fmt: skip
    return number


def find(conn: Connection, number: int) -> Row:
    """A drill by its number. Raises `Refused`."""
    row: Row | None = conn.execute("SELECT * FROM drills WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(f"There is no drill {number}.")
    return row


def moves(conn: Connection, number: int) -> list[Row]:
    """All moves of a drill in the order in which they were made: for those who have made one."""
    return conn.execute(
        "SELECT * FROM drill_moves WHERE drill_id = ? ORDER BY moved_at, person", (number,)
    ).fetchall()


def move(conn: Connection, number: int, kind: str, text: str, *, actor: str, now: datetime) -> None:
    """Write down what somebody would do; it stays. Raises `Refused`."""
    find(conn, number)
    if kind not in MOVES:
        raise Refused(f"Say what kind of move it is: {', '.join(MOVES)}.")
    words = clean(text).strip()
    if not words:
        raise Refused(
            "Write what you would say, word for word; of silence, why and until when you keep it."
        )
    if len(words) > MAX_TEXT:
        raise Refused(f"A move has at most {MAX_TEXT:,} characters; this one has {len(words):,}.")
    made = conn.execute(
        "INSERT INTO drill_moves (drill_id, person, type, text, moved_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (number, actor, kind, words, stamp(now)),
    )
    if not made.rowcount:
        raise Refused("You have made your move: having seen what followed, it stays as it is.")
    # Without type and words, for the same reason.
    audit.record(conn, actor, "drill.move", f"drill:{number}", now=now)


def score(
    conn: Connection, number: int, checks: Collection[str], *, actor: str, now: datetime
) -> int:
    """Score one's own move by what it did well, once; returns the score. Raises `Refused`."""
    drill = find(conn, number)
    if unknown := sorted(set(checks) - set(CHECKS)):
        raise Refused(f"There is no check “{unknown[0][:30]}”: use {', '.join(CHECKS)}.")
    row = conn.execute(
        "SELECT score FROM drill_moves WHERE drill_id = ? AND person = ?", (number, actor)
    ).fetchone()
    if row is None:
        raise Refused("Make your move first: then look at what followed, and score it.")
    if row["score"] is not None:
        raise Refused(f"You have scored it with {row['score']}: a score stays. Drill it again when it is due.")  # fmt: skip
    held = [name for name in CHECKS if name in checks]
    conn.execute(
        "UPDATE drill_moves SET checks = ?, score = ?, scored_at = ? WHERE drill_id = ? AND person = ?",
        (json.dumps(held), len(held), stamp(now), number, actor),
    )
    due_on = _put_off(conn, actor, drill["incident_id"], len(held), now=now)
    audit.record(
        conn, actor, "drill.score", f"drill:{number}", now=now,
        after={"score": len(held), "due_on": due_on},
    )  # fmt: skip
    return len(held)


def _put_off(conn: Connection, person: str, incident_id: int, score: int, *, now: datetime) -> str:
    """Lay a person's card back; returns the day on which it comes back."""
    row = card(conn, person, incident_id)
    was = Spacing(row["repetitions"], row["days"], row["ease"]) if row else Spacing()
    next_one = practised(was, score)
    due_on = (now.date() + timedelta(days=next_one.days)).isoformat()
    conn.execute(
        "INSERT OR REPLACE INTO drill_cards (person, incident_id, repetitions, days, ease, score, drilled_at, due_on)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            person, incident_id, next_one.repetitions, next_one.days, next_one.ease, score,
            stamp(now), due_on,
        ),
    )  # fmt: skip
    return due_on


def card(conn: Connection, person: str, incident_id: int) -> Row | None:
    """How an incident sits with a person; None if they never drilled it."""
    row: Row | None = conn.execute(
        "SELECT * FROM drill_cards WHERE person = ? AND incident_id = ?", (person, incident_id)
    ).fetchone()
    return row


def listed(conn: Connection, person: str) -> list[Row]:
    """Drills, the newest on top: who made a move, and whether the person did and has scored it."""
    return conn.execute(
        "SELECT drills.*, (SELECT count(*) FROM drill_moves WHERE drill_id = drills.id) AS moves,"
        " mine.person IS NOT NULL AS has_moved, mine.score AS my_score FROM drills"
        " LEFT JOIN drill_moves AS mine ON mine.drill_id = drills.id AND mine.person = ?"
        " ORDER BY drills.id DESC LIMIT 50",
        (person,),
    ).fetchall()


def times_begun(conn: Connection, person: str, incident_id: int) -> int:
    """How often a person has made a move on an incident."""
    row = conn.execute(
        "SELECT count(*) FROM drill_moves JOIN drills ON drills.id = drill_id"
        " WHERE person = ? AND incident_id = ?",
        (person, incident_id),
    ).fetchone()
    count: int = row[0]
    return count


def cards(conn: Connection, person: str) -> list[Row]:
    """What a person has drilled, with how grave each is; an incident that was merged is left out."""
    return conn.execute(
        "SELECT drill_cards.*, severity, casebook_id IS NULL AS is_ours FROM drill_cards"
        " JOIN incidents ON incidents.id = incident_id"
        " WHERE person = ? AND merged_into IS NULL",
        (person,),
    ).fetchall()


def candidates(conn: Connection, person: str, words: str) -> list[Row]:
    """Incidents with a response that a person has not drilled, by how much they matter.

    `words` stand in the organisation, or in sector or channel of the casebook: never in a title that
    somebody wrote when all was over.
    """
    like = "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return conn.execute(
        "SELECT incidents.id, severity, casebook_id IS NULL AS is_ours, incidents.organisation FROM incidents"
        " LEFT JOIN cases ON cases.id = casebook_id WHERE merged_into IS NULL"
        " AND (casebook_id IS NOT NULL OR status = 'relevant')"
        " AND EXISTS (SELECT 1 FROM responses WHERE incident_id = incidents.id)"
        " AND NOT EXISTS (SELECT 1 FROM drill_cards WHERE incident_id = incidents.id AND person = ?)"
        " AND (incidents.organisation LIKE ? ESCAPE '\\' OR sector LIKE ? ESCAPE '\\' OR channel LIKE ? ESCAPE '\\')"
        " ORDER BY casebook_id IS NULL DESC, severity DESC, first_post_at DESC, incidents.id DESC LIMIT 200",
        (person, like, like, like),
    ).fetchall()


def told(conn: Connection, incident_id: int) -> list[Row]:
    """The posts of an incident, and of each what it said before its publisher changed it."""
    return conn.execute(
        "SELECT posts.id, posts.title, posts.text, posts.summary, posts.url, posts.published_at,"
        " feeds.title AS feed_title, feeds.state = 'shipped' AS is_case,"
        " (SELECT json_group_array(json_array(replaced_at, title, text)) FROM (SELECT * FROM post_versions"
        "  WHERE post_id = posts.id ORDER BY replaced_at, id)) AS versions FROM incident_posts"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
        " WHERE incident_id = ? ORDER BY posts.published_at, posts.id",
        (incident_id,),
    ).fetchall()
