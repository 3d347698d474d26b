"""Stories that anyone with a link sends: in private.db, moderated, limited by link and by sender.

Two files, so no one transaction covers both: a story is first made a lesson, which remembers the
story's number, and then marked as taken. A kill in between leaves it waiting, and taking it again
leads to the same lesson.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from monitor.errors import Refused
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

MAX_TITLE = 200
MAX_TEXT = 10_000
MAX_CONTACT = 200

HOUR = timedelta(hours=1)
A_SENDER = 5
"""Stories an hour from one address."""

A_LINK = 30
"""Stories an hour by one link, from wherever."""

WAITING = 500
"""Stories that wait in all: then no more are taken until somebody has looked."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_link(private: Connection, name: str, *, actor: str, now: datetime) -> tuple[int, str]:
    """Make a link; returns its number and its token, which is shown once and kept as a hash."""
    label, token = one_line(name, 100), secrets.token_urlsafe(24)
    if not label:
        raise Refused("Say whom the link is for, so that you know which one to revoke.")
    added = private.execute(
        "INSERT INTO story_links (token_hash, name, created_by, created_at) VALUES (?, ?, ?, ?)",
        (_hash(token), label, actor, stamp(now)),
    )
    return int(added.lastrowid or 0), token


def revoke(private: Connection, number: int, *, now: datetime) -> bool:
    """Let a link work no more; whether it did."""
    changed = private.execute(
        "UPDATE story_links SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        (stamp(now), number),
    )
    return bool(changed.rowcount)


def links(private: Connection) -> list[Row]:
    """Links that work, with the number of stories by each."""
    return private.execute(
        "SELECT story_links.*, (SELECT count(*) FROM stories WHERE link_id = story_links.id) AS stories"
        " FROM story_links WHERE revoked_at IS NULL ORDER BY id"
    ).fetchall()


def link_of(private: Connection, token: str) -> int | None:
    """The link of a token, if it works."""
    row = private.execute(
        "SELECT id FROM story_links WHERE token_hash = ? AND revoked_at IS NULL", (_hash(token),)
    ).fetchone()
    return int(row["id"]) if row else None


def send(
    private: Connection,
    link_id: int,
    *,
    title: str,
    text: str,
    contact: str,
    sender: str,
    now: datetime,
) -> int:
    """Keep a story until somebody looks at it; returns its number. Raises `Refused`."""
    name, body = one_line(title, MAX_TITLE), clean(text).strip()
    if not name or not body:
        raise Refused("Write what went wrong in a few words, and what happened.")
    if len(body) > MAX_TEXT:
        raise Refused(f"The story has {len(body):,} characters; {MAX_TEXT:,} are the most.")
    who = _sender(private, sender)
    since = stamp(now - HOUR)
    counted = private.execute(
        "SELECT count(*) AS link, coalesce(sum(sender = ?), 0) AS sender FROM stories"
        " WHERE link_id = ? AND sent_at > ?",
        (who, link_id, since),
    ).fetchone()
    waiting = private.execute("SELECT count(*) FROM stories WHERE state = 'new'").fetchone()[0]
    if counted["link"] >= A_LINK or counted["sender"] >= A_SENDER or waiting >= WAITING:
        raise Refused("Too many stories have come in just now. Nothing was sent: try again in an hour.")  # fmt: skip
    private.execute(
        "UPDATE stories SET sender = '' WHERE sender <> '' AND sent_at < ?",
        (stamp(now - timedelta(days=1)),),
    )
    added = private.execute(
        "INSERT INTO stories (link_id, title, text, contact, sender, sent_at) VALUES (?, ?, ?, ?, ?, ?)",
        (link_id, name, body, one_line(contact, MAX_CONTACT), who, stamp(now)),
    )  # fmt: skip
    return int(added.lastrowid or 0)


def _sender(private: Connection, address: str) -> str:
    """A mark of an address that tells senders apart and cannot be turned back without the links."""
    row = private.execute("SELECT group_concat(token_hash) AS key FROM story_links").fetchone()
    return hmac.new(str(row["key"]).encode(), address.encode(), hashlib.sha256).hexdigest()[:16]


def listed(private: Connection, state: str) -> list[Row]:
    """Stories in a state, the oldest first."""
    return private.execute(
        "SELECT stories.*, story_links.name AS link FROM stories JOIN story_links ON story_links.id = link_id"
        " WHERE state = ? ORDER BY stories.id LIMIT 200",
        (state,),
    ).fetchall()


def find(private: Connection, number: int) -> Row:
    """A story by its number. Raises `Refused`."""
    row: Row | None = private.execute("SELECT * FROM stories WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(f"There is no story {number}.")
    return row


def decide(
    private: Connection,
    number: int,
    state: str,
    *,
    actor: str,
    now: datetime,
    lesson_id: int | None = None,
) -> None:
    """Note what became of a story."""
    private.execute(
        "UPDATE stories SET state = ?, decided_by = ?, decided_at = ?, lesson_id = ? WHERE id = ?",
        (state, actor, stamp(now), lesson_id, number),
    )


def make_lesson(conn: Connection, story: Row, *, actor: str, now: datetime) -> int:
    """A lesson of a story, private to editors until somebody says otherwise; returns its number."""
    known = conn.execute("SELECT id FROM lessons WHERE story_id = ?", (story["id"],)).fetchone()
    if known is not None:
        return int(known["id"])
    added = conn.execute(
        "INSERT INTO lessons (title, what_happened, is_own, seen_by, story_id, created_at, updated_at,"
        " updated_by) VALUES (?, ?, 1, 'editor', ?, ?, ?, ?)",
        (story["title"], story["text"], story["id"], stamp(now), stamp(now), actor),
    )
    number = int(added.lastrowid or 0)
    audit.record(
        conn, actor, "lesson.start", f"lesson:{number}", now=now, after={"story": story["id"]}
    )
    return number
