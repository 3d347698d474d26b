"""The recall audit's rows: weeks that were sampled, their posts, and what people said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import Refused, StaleVersion
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.text import one_line

ANSWERS = ("relevant", "not", "cannot tell")


@dataclass(frozen=True, slots=True)
class Span:
    """A week: `[starts_at, ends_at)`."""

    week: str
    starts_at: datetime
    ends_at: datetime


def is_drawn(conn: Connection, week: str) -> bool:
    """Whether a week has its sample."""
    return bool(conn.execute("SELECT 1 FROM recall_weeks WHERE week = ?", (week,)).fetchone())


def unflagged(conn: Connection, span: Span) -> list[int]:
    """Every post first seen in a week that no rule flagged and no incident has; no shipped case."""
    rows = conn.execute(
        "SELECT posts.id FROM posts JOIN feeds ON feeds.id = feed_id"
        " WHERE seen_at >= ? AND seen_at < ? AND NOT flagged AND state <> 'shipped'"
        " AND NOT EXISTS (SELECT 1 FROM incident_posts WHERE post_id = posts.id) ORDER BY posts.id",
        (stamp(span.starts_at), stamp(span.ends_at)),
    )
    return [row["id"] for row in rows]


def draw(
    conn: Connection, span: Span, *, population: int, post_ids: Sequence[int], now: datetime
) -> bool:
    """Keep a week's sample; False, and nothing is written, if the week has one."""
    added = conn.execute(
        "INSERT OR IGNORE INTO recall_weeks (week, starts_at, ends_at, drawn_at, population)"
        " VALUES (?, ?, ?, ?, ?)",
        (span.week, stamp(span.starts_at), stamp(span.ends_at), stamp(now), population),
    )
    if not added.rowcount:
        return False
    conn.executemany(
        "INSERT INTO recall_posts (week, post_id) VALUES (?, ?)",
        [(span.week, number) for number in post_ids],
    )
    audit.record(
        conn, "failwatch", "recall.draw", f"recall:{span.week}", now=now,
        after={"posts": list(post_ids), "of": population},
    )  # fmt: skip
    return True


def waiting(conn: Connection, limit: int) -> list[Row]:
    """Posts that nobody has looked at yet, the newest week first."""
    return conn.execute(
        f"{_ASKED} WHERE answer = '' ORDER BY week DESC, recall_posts.id LIMIT ?", (limit,)
    ).fetchall()


_ASKED = (
    "SELECT recall_posts.*, posts.title, posts.url, posts.text, posts.summary, posts.author,"
    " posts.published_at, feeds.title AS feed_title FROM recall_posts"
    " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
)


def find(conn: Connection, number: int) -> Row | None:
    """A post of the sample, if there is one by this number."""
    row: Row | None = conn.execute(f"{_ASKED} WHERE recall_posts.id = ?", (number,)).fetchone()
    return row


def asked(conn: Connection, number: int) -> Row:
    """A post of the sample. Raises `Refused`."""
    row = find(conn, number)
    if row is None:
        raise Refused(f"There is no post {number} in the recall audit.")
    return row


def count_waiting(conn: Connection) -> int:
    """How many posts nobody has looked at yet."""
    total: int = conn.execute("SELECT count(*) FROM recall_posts WHERE answer = ''").fetchone()[0]
    return total


def answer(
    conn: Connection,
    row: Row,
    said: str,
    *,
    version: int,
    incident_id: int | None,
    actor: str,
    now: datetime,
) -> int:
    """Write an answer, or take it back with an empty one; returns the new version.

    Raises `StaleVersion` if somebody else was faster, `Refused` if it is no answer.
    """
    if said and said not in ANSWERS:
        raise Refused(f"{one_line(said, 40)} is no answer: use {', '.join(ANSWERS)}.")
    current(row, version)
    conn.execute(
        "UPDATE recall_posts SET answer = ?, answered_at = ?, answered_by = ?, incident_id = ?,"
        " version = version + 1 WHERE id = ?",
        (said, stamp(now) if said else None, actor if said else "", incident_id, row["id"]),
    )
    audit.record(
        conn, actor, "recall.answer" if said else "recall.undo", f"recall-post:{row['id']}", now=now,
        before={"answer": row["answer"]}, after={"answer": said, "incident": incident_id},
    )  # fmt: skip
    return version + 1


def current(row: Row, version: int) -> None:
    """Refuse a change that was made on an older version. Raises `StaleVersion`."""
    if row["version"] != version:
        by = f" by {row['answered_by']}" if row["answered_by"] else ""
        raise StaleVersion(f"It was answered meanwhile{by}. Nothing was overwritten.")


@dataclass(frozen=True, slots=True)
class WeekTally:
    """What a week's sample came to, and what the rules found in the same week."""

    week: str
    population: int
    missed: int
    cleared: int
    unclear: int
    open: int
    found: int
    undecided: int


def tallies(conn: Connection) -> list[WeekTally]:
    """Every sampled week, oldest first.

    What the rules found is counted as it was flagged when the sample was drawn: a rule that is
    mended later and run again must not look as if it had missed nothing.
    """
    rows = conn.execute(
        "SELECT recall_weeks.*, coalesce(sum(answer = 'relevant'), 0) AS missed,"
        " coalesce(sum(answer = 'not'), 0) AS cleared,"
        " coalesce(sum(answer = 'cannot tell'), 0) AS unclear,"
        " coalesce(sum(answer = ''), 0) AS open FROM recall_weeks"
        " LEFT JOIN recall_posts USING (week) GROUP BY week ORDER BY week"
    ).fetchall()
    flagged = {row["week"]: _flagged(conn, row) for row in rows}
    return [
        WeekTally(
            row["week"], row["population"], row["missed"], row["cleared"], row["unclear"],
            row["open"], *flagged[row["week"]],
        )
        for row in rows
    ]  # fmt: skip


def _flagged(conn: Connection, week: Row) -> tuple[int, int]:
    """Posts of a week that were flagged or drawn: those of relevant incidents, and the undecided."""
    row = conn.execute(
        "SELECT coalesce(sum(is_found), 0) AS found,"
        " coalesce(sum(is_open AND NOT is_found), 0) AS undecided FROM"
        " (SELECT max(status = 'relevant') AS is_found, max(status IN ('new', 'watching')) AS is_open"
        " FROM posts JOIN incident_posts ON post_id = posts.id"
        " JOIN incidents ON incidents.id = incident_id"
        " WHERE seen_at >= :starts AND seen_at < :ends AND (flagged OR is_known) AND casebook_id IS NULL"
        " AND linked_by = 'failwatch' AND linked_at <= :drawn GROUP BY posts.id)",
        {"starts": week["starts_at"], "ends": week["ends_at"], "drawn": week["drawn_at"]},
    ).fetchone()
    return row["found"], row["undecided"]
