"""The outbox: mails that were decided, and what became of each.

    queued ── claimed ── sending ── sent
                 │          ├────── retry     a temporary failure; goes on to claimed
                 │          ├────── refused   a permanent one; shown
                 │          └────── in_doubt  the connection or the process died after the text left
                 └── back to queued when its process died: surely not sent
    retry ── expired after two days

`sending` is committed before the last byte leaves, so a row found in it after a crash may have
been sent: it is marked, shown, and sent once more with the same Message-ID, better twice than never.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import IncidentBrief, Severity
from monitor.store import audit
from monitor.store.db import Connection, Row, moment, stamp

LEASE = timedelta(minutes=10)
GIVE_UP = timedelta(days=2)
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))
"""Waits after the first failures; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is ours to send now."""

    id: int
    incident_id: int
    subscriber_id: int
    message_id: str
    why: str
    attempts: int


def enqueue(
    conn: Connection, incident_id: int, planned: Sequence[tuple[int, str, str]], *, now: datetime
) -> int:
    """Write rows of (subscriber, Message-ID, why), in the caller's transaction; returns the new ones.

    Idempotent: one row a kind, incident and subscriber for ever.
    """
    count = 0
    for subscriber_id, message_id, why in planned:
        added = conn.execute(
            "INSERT INTO alerts (incident_id, subscriber_id, message_id, why, next_attempt_at,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (incident_id, subscriber_id, message_id, why, stamp(now), stamp(now)),
        )
        if added.rowcount > 0:
            count += 1
            audit.record(
                conn, "failwatch", "alert.queue", f"alert:{added.lastrowid}", now=now,
                after={"incident": incident_id, "subscriber": subscriber_id},
            )  # fmt: skip
    return count


def claim(conn: Connection, *, now: datetime, limit: int) -> tuple[Claimed, ...]:
    """Lease the mails that are due, oldest first."""
    rows = conn.execute(
        "UPDATE alerts SET state = 'claimed', lease_until = ? WHERE id IN ("
        " SELECT id FROM alerts WHERE state IN ('queued', 'retry', 'in_doubt')"
        " AND next_attempt_at <= ? ORDER BY id LIMIT ?) RETURNING *",
        (stamp(now + LEASE), stamp(now), limit),
    ).fetchall()
    return tuple(_claimed(row) for row in sorted(rows, key=lambda r: r["id"]))


def _claimed(row: Row) -> Claimed:
    return Claimed(
        row["id"], row["incident_id"], row["subscriber_id"], row["message_id"], row["why"], row["attempts"]
    )  # fmt: skip


def mark_sending(conn: Connection, number: int) -> None:
    """Its text is about to leave; in a transaction of its own, committed before that."""
    conn.execute(
        "UPDATE alerts SET state = 'sending', attempts = attempts + 1 WHERE id = ?", (number,)
    )


def _end(conn: Connection, number: int, state: str, reply: str, *, now: datetime) -> None:
    before = conn.execute("SELECT state FROM alerts WHERE id = ?", (number,)).fetchone()
    conn.execute(
        "UPDATE alerts SET state = ?, reply = ?, lease_until = NULL,"
        " sent_at = CASE WHEN ? = 'sent' THEN ? ELSE sent_at END WHERE id = ?",
        (state, reply, state, stamp(now), number),
    )
    audit.record(
        conn, "failwatch", f"alert.{state}", f"alert:{number}", now=now,
        before={"state": before["state"]}, after={"state": state, "reply": reply},
    )  # fmt: skip


def sent(conn: Connection, number: int, reply: str, *, now: datetime) -> None:
    """The server has confirmed."""
    _end(conn, number, "sent", reply, now=now)


def refused(conn: Connection, number: int, reason: str, *, now: datetime) -> None:
    """It will not be sent; the reason is shown."""
    _end(conn, number, "refused", reason, now=now)


def retry(conn: Connection, number: int, reason: str, *, now: datetime) -> None:
    """It failed for now; tried again with longer waits, given up after two days."""
    row = conn.execute("SELECT created_at, attempts FROM alerts WHERE id = ?", (number,)).fetchone()
    if now - moment(row["created_at"]) > GIVE_UP:
        _end(conn, number, "expired", f"given up after two days: {reason}", now=now)
        return
    wait = BACKOFF[min(max(row["attempts"] - 1, 0), len(BACKOFF) - 1)]
    _end(conn, number, "retry", reason, now=now)
    conn.execute("UPDATE alerts SET next_attempt_at = ? WHERE id = ?", (stamp(now + wait), number))


def doubt(conn: Connection, number: int, reason: str, *, now: datetime) -> None:
    """It may have been sent: marked for good; sent once more, then left to a person."""
    row = conn.execute("SELECT was_in_doubt FROM alerts WHERE id = ?", (number,)).fetchone()
    if row["was_in_doubt"]:
        _end(conn, number, "refused", f"in doubt twice, so not tried again: {reason}", now=now)
        return
    _end(conn, number, "in_doubt", reason, now=now)
    conn.execute(
        "UPDATE alerts SET was_in_doubt = 1, next_attempt_at = ? WHERE id = ?",
        (stamp(now + BACKOFF[0]), number),
    )


def recover(conn: Connection, *, now: datetime) -> tuple[int, int]:
    """Settle what a dead sender left: returns (put back, in doubt).

    The caller holds the senders' lock, which proves that whoever held the leases is dead.
    """
    back = conn.execute(
        "UPDATE alerts SET state = CASE WHEN was_in_doubt THEN 'in_doubt' ELSE 'queued' END,"
        " lease_until = NULL WHERE state = 'claimed'"
    ).rowcount
    rows = conn.execute("SELECT id FROM alerts WHERE state = 'sending'").fetchall()
    for row in rows:
        doubt(conn, row["id"], "Failwatch stopped before the server confirmed", now=now)
    return back, len(rows)


def counts(conn: Connection) -> dict[str, int]:
    """How many mails stand in each state; `ever_in_doubt` counts those that may have come twice."""
    found = {
        r["state"]: r["n"]
        for r in conn.execute("SELECT state, count(*) AS n FROM alerts GROUP BY state")
    }
    doubts = conn.execute("SELECT count(*) FROM alerts WHERE was_in_doubt").fetchone()[0]
    return found | {"ever_in_doubt": doubts}


def brief(conn: Connection, incident_id: int) -> IncidentBrief:
    """An incident as a mail tells it, by its first post."""
    row = conn.execute(
        "SELECT incidents.id, incidents.title, organisation, severity, incidents.score, posts.id AS post,"
        " posts.text, posts.url, posts.published_at, posts.title AS post_title, feeds.title AS feed"
        " FROM incidents JOIN incident_posts ON incident_id = incidents.id"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
        " WHERE incidents.id = ? ORDER BY posts.published_at, posts.id LIMIT 1",
        (incident_id,),
    ).fetchone()
    tags = conn.execute(
        "SELECT name FROM incident_tags JOIN tags ON tags.id = tag_id WHERE incident_id = ? ORDER BY name",
        (incident_id,),
    )
    return IncidentBrief(
        id=row["id"],
        title=row["title"],
        organisation=row["organisation"],
        severity=Severity(row["severity"]),
        score=row["score"],
        tags=tuple(tag["name"] for tag in tags),
        text=row["text"],
        url=row["url"],
        feed_title=row["feed"],
        published_at=moment(row["published_at"]),
        why=_why(conn, row),
    )


def _why(conn: Connection, post: Row) -> tuple[str, ...]:
    texts = {"title": post["post_title"], "text": post["text"], "url": post["url"]}
    lines = []
    for row in conn.execute(
        "SELECT rules.title, matches.weight, spans FROM matches JOIN rules ON rules.id = rule_id"
        " WHERE post_id = ? ORDER BY matches.weight DESC, rules.rule",
        (post["post"],),
    ):
        words = (texts.get(field, "")[start:end] for field, start, end in json.loads(row["spans"]))
        said = ", ".join(f"“{word}”" for word in dict.fromkeys(w for w in words if w))
        lines.append(
            f"{row['title']}: {said or 'the post as a whole'} (weight {row['weight']:.2f})"
        )
    return tuple(lines)
