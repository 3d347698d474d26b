"""Our own profile, and what people say of whether a failure could happen here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from monitor.errors import Refused
from monitor.lessons.profile import PARTS, VERDICTS, Answer, Facets, assess, lines
from monitor.store import changes, learning, queue
from monitor.store.db import Connection, Row, stamp
from monitor.store.images import Reach
from monitor.text import clean, digest

MAX_PART = 20_000


def parts(conn: Connection) -> dict[str, str]:
    """Every part of the profile as it was written."""
    known = {row["part"]: row["lines"] for row in conn.execute("SELECT part, lines FROM profile")}
    return {part: known.get(part, "") for part in PARTS}


def seen(conn: Connection) -> str:
    """A mark of what the profile says now."""
    return digest(*parts(conn).values())[:16]


def save(conn: Connection, sent: Mapping[str, str], *, actor: str, now: datetime) -> int:
    """Write the parts that were sent; returns the change, 0 if nothing changed."""
    values = {part: clean(sent[part]).strip() for part in PARTS if part in sent}
    for part, text in values.items():
        if len(text) > MAX_PART:
            raise Refused(f"{PARTS[part][0]}: at most {MAX_PART:,} characters.")
    before = parts(conn)
    changed = {part: text for part, text in values.items() if before[part] != text}
    reach: Reach = [("profile", "1 = 1", ())]
    with changes.recorded(
        conn, "profile.save", None, reach, actor=actor, now=now, item="profile:1"
    ) as c:
        conn.executemany(
            "INSERT INTO profile (part, lines, updated_by, updated_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET lines = excluded.lines, updated_by = excluded.updated_by,"
            " updated_at = excluded.updated_at",
            [(part, text, actor, stamp(now)) for part, text in changed.items()],
        )
        c.words = "changed our profile"
        c.before = {part: before[part] for part in changed}
        c.after = dict(changed)
    return c.id


def facets(conn: Connection, row: Row) -> Facets:
    """What a lesson and its incidents say of a failure."""
    numbers = [r["incident_id"] for r in conn.execute("SELECT incident_id FROM lesson_incidents WHERE lesson_id = ?", (row["id"],))]  # fmt: skip
    names = {name for found in queue.tags(conn, numbers).values() for name in found}
    kinds = {r["name"]: r["kind"] for r in conn.execute("SELECT name, kind FROM tags")}
    of = sorted(names)
    return Facets(
        channels=tuple(name for name in of if kinds.get(name) == "channel"),
        tags=tuple(name for name in of if not kinds.get(name)),
        text=" ".join((row["title"], row["what_happened"], row["why"], row["expected"])),
    )


def answer(conn: Connection, row: Row) -> Answer:
    """Whether it could happen here, as far as the profile tells."""
    profile = {part: lines(text) for part, text in parts(conn).items()}
    return assess(profile, facets(conn, row))


def verdicts(conn: Connection, lesson_id: int) -> list[Row]:
    """What people said, the newest first."""
    return conn.execute(
        "SELECT * FROM lesson_verdicts WHERE lesson_id = ? ORDER BY id DESC", (lesson_id,)
    ).fetchall()


def correct(
    conn: Connection, lesson_id: int, verdict: str, text: str, *, actor: str, now: datetime
) -> None:
    """Say what is right; what Failwatch said is kept beside it."""
    row, words = learning.current(conn, lesson_id), clean(text).strip()
    if verdict not in VERDICTS:
        raise Refused(f"Choose one of {', '.join(VERDICTS)}.")
    if len(words) > 4_000:
        raise Refused("Reasons have at most 4,000 characters.")
    said = answer(conn, row)
    with learning.recorded(conn, "lesson.verdict", lesson_id, actor=actor, now=now) as c:
        conn.execute(
            "INSERT INTO lesson_verdicts (lesson_id, reckoned, reasons, verdict, text, said_by, said_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (lesson_id, said.verdict, json.dumps(asdict(said), ensure_ascii=False), verdict, words, actor, stamp(now)),
        )  # fmt: skip
        c.words = "said whether it could happen here"
        c.before, c.after = {"reckoned": said.verdict}, {"verdict": verdict}
