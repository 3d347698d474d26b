"""The outbox: mails that were decided, and what became of each.

    queued ── claimed ── sending ── sent
                 │          ├────── retry     a temporary failure; claimed again later
                 │          ├────── refused   a permanent one; shown
                 │          └────── in_doubt  the connection or the process died after the text left
                 └── back to queued when its process died: surely not sent
    retry ── expired after two days of tries

`sending` is committed before the last byte leaves, so a row found in it after a crash may have
been sent: it is marked, shown, and sent once more with the same Message-ID, better twice than never.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import StoreError
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp

LEASE = timedelta(minutes=15)
"""Longer than one mail can take at the usual time limit, the server's last answer included."""

BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))
"""Waits after the first failures; the last one repeats."""

ATTEMPTS = 17
"""Tries of one mail: with the waits between them, two days. Counted, not timed, so that a mail is
not given up because the whole server was away, or because Failwatch was."""

PAUSE = timedelta(minutes=5)
"""Wait for all mail when no mail can be sent; long enough that refused logins lock no account."""


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox that is to be sent."""

    id: int
    kind: str
    """`incident`, `developing`, `widespread`, `digest` or `reminder`."""
    about: int
    """Number of the incident, of the digest, or of the reminder."""
    subscriber_id: int
    message_id: str
    why: str
    """Why this person is told."""
    attempts: int
    """Tries that ended, well or not."""
    lease_until: str | None = None
    """Names the claim: whoever claims the row later gets another."""


def enqueue(
    conn: Connection,
    incident_id: int,
    planned: Sequence[tuple[int, str, str]],
    *,
    now: datetime,
    kind: str = "incident",
) -> int:
    """Write rows of (subscriber, Message-ID, why), in the caller's transaction; returns the new ones.

    Idempotent: one row a kind, incident and subscriber for ever.
    """
    return sum(_add(conn, kind, ("incident", incident_id), row, now=now) for row in planned)


def enqueue_digest(
    conn: Connection, digest_id: int, planned: Sequence[tuple[int, str, str]], *, now: datetime
) -> int:
    """The same for a digest: one row a digest and subscriber for ever."""
    return sum(_add(conn, "digest", ("digest", digest_id), row, now=now) for row in planned)


def enqueue_reminder(
    conn: Connection, reminder_id: int, planned: Sequence[tuple[int, str, str]], *, now: datetime
) -> int:
    """The same for a reminder: one row a reminder and subscriber for ever."""
    return sum(_add(conn, "reminder", ("reminder", reminder_id), row, now=now) for row in planned)


def _add(
    conn: Connection,
    kind: str,
    about: tuple[str, int],
    row: tuple[int, str, str],
    *,
    now: datetime,
) -> bool:
    noun, number = about
    added = conn.execute(
        f"INSERT INTO alerts (kind, {noun}_id, subscriber_id, message_id, why,"
        " next_attempt_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, incident_id, subscriber_id) DO NOTHING"
        " ON CONFLICT (digest_id, subscriber_id) DO NOTHING"
        " ON CONFLICT (reminder_id, subscriber_id) DO NOTHING",
        (kind, number, *row, stamp(now), stamp(now)),
    )
    if added.rowcount <= 0:
        return False
    audit.record(
        conn, "failwatch", "alert.queue", f"alert:{added.lastrowid}", now=now,
        after={noun: number, "subscriber": row[0]},
    )  # fmt: skip
    return True


def claim(conn: Connection, *, now: datetime, lease: timedelta = LEASE) -> Message | None:
    """Lease the oldest mail that is due; None if none is.

    Those in doubt come last, so that one on which the sender dies cannot hold up the others.
    """
    row = conn.execute(
        "UPDATE alerts SET state = 'claimed', lease_until = ? WHERE id = ("
        " SELECT id FROM alerts WHERE state IN ('queued', 'retry', 'in_doubt')"
        " AND next_attempt_at <= ? ORDER BY was_in_doubt, id LIMIT 1) RETURNING *",
        (stamp(now + lease), stamp(now)),
    ).fetchone()
    return _message(row) if row else None


def waiting(conn: Connection, *, limit: int = 100) -> tuple[Message, ...]:
    """The mails still to be sent, oldest first, due or not; changes nothing."""
    rows = conn.execute(
        "SELECT * FROM alerts WHERE state IN ('queued', 'retry', 'in_doubt') ORDER BY id LIMIT ?",
        (limit,),
    )
    return tuple(_message(row) for row in rows)


def _message(row: Row) -> Message:
    about = row["incident_id"] or row["digest_id"] or row["reminder_id"]
    return Message(
        row["id"], row["kind"], about, row["subscriber_id"], row["message_id"], row["why"],
        row["attempts"], row["lease_until"],
    )  # fmt: skip


def mark_sending(conn: Connection, message: Message) -> None:
    """The mail is about to be complete; committed before that, in a transaction of its own.

    Raises `StoreError` if the claim is not ours any more: then it must not be sent.
    """
    marked = conn.execute(
        "UPDATE alerts SET state = 'sending'"
        " WHERE id = ? AND state = 'claimed' AND lease_until IS ?",
        (message.id, message.lease_until),
    )
    if marked.rowcount != 1:
        raise StoreError(f"Alert {message.id} was taken over by another sender; it is left to it.")


def _end(conn: Connection, number: int, state: str, reply: str, *, now: datetime) -> None:
    before = conn.execute("SELECT state FROM alerts WHERE id = ?", (number,)).fetchone()
    conn.execute(
        "UPDATE alerts SET state = ?, reply = ?, lease_until = NULL, attempts = attempts + 1,"
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
    """It failed for now: tried again with longer waits, given up after two days of them."""
    row = conn.execute("SELECT attempts FROM alerts WHERE id = ?", (number,)).fetchone()
    if row["attempts"] + 1 >= ATTEMPTS:
        _end(conn, number, "expired", f"given up after two days: {reason}", now=now)
        return
    wait = BACKOFF[min(row["attempts"], len(BACKOFF) - 1)]
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


def pause(conn: Connection, message: Message, reason: str, *, now: datetime) -> None:
    """No mail can be sent: put this one back, and let all wait; counts as nobody's attempt."""
    _put_back(conn, message.id, reason, now=now)
    conn.execute(
        "UPDATE alerts SET next_attempt_at = max(next_attempt_at, ?)"
        " WHERE state IN ('queued', 'retry', 'in_doubt')",
        (stamp(now + PAUSE),),
    )


def hasten(conn: Connection, *, now: datetime) -> None:
    """Make every waiting mail due: a person asked, perhaps having mended what failed."""
    conn.execute(
        "UPDATE alerts SET next_attempt_at = ?"
        " WHERE state IN ('queued', 'retry', 'in_doubt') AND next_attempt_at > ?",
        (stamp(now), stamp(now)),
    )


def _put_back(conn: Connection, number: int, reason: str, *, now: datetime) -> None:
    """Let go of a mail that surely was not sent."""
    conn.execute(
        "UPDATE alerts SET state = CASE WHEN was_in_doubt THEN 'in_doubt'"
        " WHEN attempts THEN 'retry' ELSE 'queued' END, lease_until = NULL, reply = ?"
        " WHERE id = ?",
        (reason, number),
    )
    audit.record(
        conn, "failwatch", "alert.put_back", f"alert:{number}", now=now, after={"reply": reason}
    )


def recover(conn: Connection, *, now: datetime, everything: bool = True) -> tuple[int, int]:
    """Settle what dead senders left: returns (put back, in doubt).

    `everything` ignores leases: for a caller whose lock proves that every other sender is dead.
    Otherwise only leases that ran out count.
    """
    rows = conn.execute(
        "SELECT id, state FROM alerts WHERE state IN ('claimed', 'sending')"
        " AND (? OR coalesce(lease_until, '') < ?) ORDER BY id",
        (everything, stamp(now)),
    ).fetchall()
    back = [row["id"] for row in rows if row["state"] == "claimed"]
    doubtful = [row["id"] for row in rows if row["state"] == "sending"]
    for number in back:
        _put_back(conn, number, "Failwatch stopped before it was sent", now=now)
    for number in doubtful:
        doubt(conn, number, "Failwatch stopped before the server confirmed", now=now)
    return len(back), len(doubtful)


def counts(conn: Connection) -> dict[str, int]:
    """How many mails stand in each state; `ever_in_doubt` counts those that may have come twice."""
    found = {
        row["state"]: row["n"]
        for row in conn.execute("SELECT state, count(*) AS n FROM alerts GROUP BY state")
    }
    doubts = conn.execute("SELECT count(*) FROM alerts WHERE was_in_doubt").fetchone()[0]
    return found | {"ever_in_doubt": doubts}
