"""Subscribers: who gets mail, and about what. In private.db, since addresses are never served.

Two files, so no one transaction covers both: the caller first changes private.db, then writes the
audit row (`subscriber:3`, without the address) into the main database. A kill in between leaves a
change without its row, never a row that tells of a change that was not made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address

from monitor.errors import Refused
from monitor.model import Severity, Subscriber
from monitor.store.db import Connection, IntegrityError, Row, stamp
from monitor.text import clean, one_line
from monitor.words import words as words_of

ADDRESS_LENGTH = 254
"""What fits into an SMTP command."""

_NOT_BARE = set('()<>[]:;@\\,"')
"""What a name before the @ holds only in quotes; nobody's real address needs it."""


def checked(email: str) -> str:
    """The address without spaces around it; raises `Refused` with the reason if it is none."""
    address = email.strip()
    name, _, domain = address.rpartition("@")
    reason = _fault(address, name, domain)
    if reason:
        shown = one_line(address, 80) or "Nothing"
        raise Refused(f"{shown} is no mail address ({reason}): write name@example.org.")
    return address


def _fault(address: str, name: str, domain: str) -> str:
    """What keeps a text from being a mail address; empty when nothing does."""
    if not name or not domain:
        return "a name, an @ and a domain are needed"
    if len(address.encode("utf-8", "replace")) > ADDRESS_LENGTH or len(name) > 64:
        return "it is too long"
    if clean(address) != address or not address.isprintable() or any(map(str.isspace, address)):
        return "it holds a space or a sign that cannot be seen"
    if _NOT_BARE & set(name) or _NOT_BARE & set(domain):
        return f"signs such as {min(_NOT_BARE & set(name + domain))} are not allowed"
    try:
        plain = domain.encode("idna").decode("ascii")
        # The domain must stand the parser that makes the mail; so must the name if it is ASCII.
        Address(addr_spec=f"{name if name.isascii() else 'name'}@{plain}")
    except (UnicodeError, ValueError, IndexError, MessageError):
        return "the dots are not where they can be"
    return ""


def add(private: Connection, subscriber: Subscriber, *, now: datetime) -> Subscriber:
    """Add a person (`id` is given here); raises `Refused` for a bad or known address.

    The caller then writes the audit row into the main database, without the address.
    """
    tidy = _checked(subscriber)
    try:
        added = private.execute(
            "INSERT INTO subscribers"
            " (email, name, min_severity, tags, words, is_paused, wants_digest, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*_columns(tidy), stamp(now)),
        )
    except IntegrityError:
        raise Refused(f"{tidy.email} is a subscriber already.") from None
    return replace(tidy, id=int(added.lastrowid or 0))


def update(private: Connection, subscriber: Subscriber) -> Subscriber:
    """Change the person of that `id` to what is given; returns it as stored.

    Raises `Refused` if there is none, or for a bad address or one that somebody else has.
    """
    tidy = _checked(subscriber)
    try:
        changed = private.execute(
            "UPDATE subscribers SET email = ?, name = ?, min_severity = ?, tags = ?, words = ?,"
            " is_paused = ?, wants_digest = ? WHERE id = ?",
            (*_columns(tidy), tidy.id),
        )
    except IntegrityError:
        raise Refused(f"{tidy.email} is another subscriber's address.") from None
    if changed.rowcount == 0:
        raise Refused(f"There is no subscriber {tidy.id}; perhaps it was removed.")
    return tidy


def _checked(subscriber: Subscriber) -> Subscriber:
    words = _lines(subscriber.words)
    for word in words:
        if not words_of(word):
            raise Refused(f"{word} has no letters or digits to look for: give a word or phrase.")
    return replace(
        subscriber,
        email=checked(subscriber.email),
        name=one_line(subscriber.name, 100),
        tags=_lines(subscriber.tags),
        words=words,
    )


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text on one clean line, once, empty ones dropped."""
    return tuple(dict.fromkeys(line for text in texts if (line := one_line(text, 100))))


def _columns(person: Subscriber) -> tuple[object, ...]:
    return (
        person.email,
        person.name,
        int(person.min_severity),
        json.dumps(person.tags, ensure_ascii=False),
        json.dumps(person.words, ensure_ascii=False),
        int(person.is_paused),
        int(person.wants_digest),
    )


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
        wants_digest=bool(row["wants_digest"]),
    )
