"""Subscribers: who gets mail, and about what. In private.db, since addresses are never served."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

from monitor.errors import Refused
from monitor.model import Severity, Subscriber
from monitor.store.db import Connection, IntegrityError, Row, stamp
from monitor.text import one_line

_ADDRESS = re.compile(
    r"[^@\s<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,64}@[^@\s<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,253}"
)


def checked(email: str) -> str:
    """The address, if it is one; raises `Refused`."""
    address = email.strip()
    if not _ADDRESS.fullmatch(address) or ".." in address or address.endswith("."):
        raise Refused(
            f"{one_line(address, 80) or 'Nothing'} is not a mail address: write name@example.org."
        )
    return address


def add(private: Connection, subscriber: Subscriber, *, now: datetime) -> Subscriber:
    """Add a person (`id` is given here); raises `Refused` for a bad or known address.

    The caller writes the audit row into the main database, without the address.
    """
    email = checked(subscriber.email)
    try:
        added = private.execute(
            "INSERT INTO subscribers (email, name, min_severity, tags, words, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                email, one_line(subscriber.name, 100), int(subscriber.min_severity),
                json.dumps(_words(subscriber.tags)), json.dumps(_words(subscriber.words)), stamp(now),
            ),
        )  # fmt: skip
    except IntegrityError:
        raise Refused(f"{email} is a subscriber already; remove it first to change it.") from None
    return replace(subscriber, id=int(added.lastrowid or 0), email=email)


def _words(words: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(word for raw in words if (word := one_line(raw, 100))))


def remove(private: Connection, number: int) -> bool:
    """Remove a person; False if there is none of that number."""
    return private.execute("DELETE FROM subscribers WHERE id = ?", (number,)).rowcount > 0


def list_all(private: Connection) -> tuple[Subscriber, ...]:
    """Everybody, oldest first."""
    return tuple(
        _subscriber(row) for row in private.execute("SELECT * FROM subscribers ORDER BY id")
    )


def by_id(private: Connection, number: int) -> Subscriber | None:
    """One person; None if there is none of that number."""
    row = private.execute("SELECT * FROM subscribers WHERE id = ?", (number,)).fetchone()
    return _subscriber(row) if row else None


def by_email(private: Connection, email: str) -> Subscriber | None:
    """One person by address, case not counting."""
    row = private.execute("SELECT * FROM subscribers WHERE email = ?", (email.strip(),)).fetchone()
    return _subscriber(row) if row else None


def _subscriber(row: Row) -> Subscriber:
    return Subscriber(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        min_severity=Severity(row["min_severity"]),
        tags=tuple(json.loads(row["tags"])),
        words=tuple(json.loads(row["words"])),
        is_paused=bool(row["is_paused"]),
    )
