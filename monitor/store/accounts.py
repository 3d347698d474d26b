"""Who may sign in: accounts, passwords, one-time links, sessions. In private.db.

Of links and sessions only hashes are stored, so that a stolen copy of the file signs nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import Refused
from monitor.model import Role
from monitor.store.db import Connection, IntegrityError, Row, stamp

LINK_LIFE = timedelta(days=1)
SESSION_LIFE = timedelta(days=14)
MAX_FAILURES = 5
THROTTLE = timedelta(minutes=15)
MIN_PASSWORD = 12
_N, _R, _P = 2**15, 8, 1
"""scrypt's cost: about 100 ms and 32 MB, as OWASP advises."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in."""

    id: int
    name: str
    role: Role
    has_password: bool
    is_disabled: bool


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _account(row: Row) -> Account:
    return Account(
        row["id"], row["name"], Role(row["role"]), bool(row["password"]), bool(row["is_disabled"])
    )


def list_all(private: Connection) -> tuple[Account, ...]:
    """Every account, by name."""
    return tuple(map(_account, private.execute("SELECT * FROM accounts ORDER BY name")))


def add(private: Connection, name: str, role: Role, *, now: datetime) -> Account:
    """Make an account, or give the one of that name this role; raises `Refused` for a bad name."""
    if not re.fullmatch(r"[\w.@+-]{1,64}", name):
        raise Refused("A name has letters, digits and . @ + - _ only, at most 64 of them.")
    try:
        private.execute(
            "INSERT INTO accounts (name, role, created_at) VALUES (?, ?, ?)",
            (name, role, stamp(now)),
        )
    except IntegrityError:
        private.execute(
            "UPDATE accounts SET role = ?, is_disabled = 0 WHERE name = ?", (role, name)
        )
    return _account(private.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone())


def disable(private: Connection, name: str) -> Account | None:
    """Shut somebody out now: sessions and links end; `add` lets them in again. None if unknown."""
    row = private.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    private.execute("UPDATE accounts SET is_disabled = 1 WHERE id = ?", (row["id"],))
    private.execute("DELETE FROM sessions WHERE account_id = ?", (row["id"],))
    private.execute("DELETE FROM tokens WHERE account_id = ?", (row["id"],))
    private.execute("DELETE FROM api_tokens WHERE account_id = ?", (row["id"],))
    return _account(row)


def new_link(private: Connection, account_id: int, *, now: datetime) -> str:
    """A token that signs in once, within a day; links given before stop working."""
    token = secrets.token_urlsafe(32)
    private.execute("DELETE FROM tokens WHERE account_id = ? AND used_at IS NULL", (account_id,))
    private.execute(
        "INSERT INTO tokens (token_hash, account_id, expires_at) VALUES (?, ?, ?)",
        (_hash(token), account_id, stamp(now + LINK_LIFE)),
    )
    return token


def first_link(private: Connection, *, now: datetime) -> str:
    """A link for the first administrator, made if there is none; empty once one has a password."""
    admins = [a for a in list_all(private) if a.role is Role.ADMIN and not a.is_disabled]
    if any(a.has_password for a in admins):
        return ""
    admin = admins[0] if admins else add(private, "admin", Role.ADMIN, now=now)
    return new_link(private, admin.id, now=now)


def link_owner(private: Connection, token: str, *, now: datetime) -> Account | None:
    """Whose link this is, if it still works; looking does not use it up."""
    row = private.execute(
        "SELECT accounts.* FROM tokens JOIN accounts ON accounts.id = account_id"
        " WHERE token_hash = ? AND used_at IS NULL AND expires_at > ? AND NOT is_disabled",
        (_hash(token), stamp(now)),
    ).fetchone()
    return _account(row) if row else None


def use_link(private: Connection, token: str, *, now: datetime) -> str | None:
    """Spend a link; returns a new session's token, or None if the link does not work."""
    account = link_owner(private, token, now=now)
    if account is None:
        return None
    spent = private.execute(
        "UPDATE tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL",
        (stamp(now), _hash(token)),
    )
    return _session(private, account.id, now) if spent.rowcount else None


def _session(private: Connection, account_id: int, now: datetime) -> str:
    private.execute("DELETE FROM sessions WHERE expires_at <= ?", (stamp(now),))
    token = secrets.token_urlsafe(32)
    private.execute(
        "INSERT INTO sessions (token_hash, account_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
        (_hash(token), account_id, stamp(now), stamp(now + SESSION_LIFE)),
    )
    return token


def session_account(private: Connection, token: str, *, now: datetime) -> Account | None:
    """Who a session belongs to; None if it ended, or the account is disabled."""
    row = private.execute(
        "SELECT accounts.* FROM sessions JOIN accounts ON accounts.id = account_id"
        " WHERE token_hash = ? AND expires_at > ? AND NOT is_disabled",
        (_hash(token), stamp(now)),
    ).fetchone()
    return _account(row) if row else None


def end_session(private: Connection, token: str) -> None:
    """Sign out."""
    private.execute("DELETE FROM sessions WHERE token_hash = ?", (_hash(token),))


def hash_password(password: str) -> str:
    """Make what is stored of a password; slow on purpose. Raises `Refused` for a short one."""
    if len(password) < MIN_PASSWORD:
        raise Refused(f"A password needs at least {MIN_PASSWORD} characters: a few words will do.")
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${_scrypt(password, salt, _N, _R, _P).hex()}"


def hash_twice(password: str, again: str) -> str:
    """The same of a password that was typed twice, so that a slip of the finger shuts nobody out."""
    if password != again:
        raise Refused("The two passwords differ.")
    return hash_password(password)


def _scrypt(password: str, salt: bytes, n: int, *cost: int) -> bytes:
    r, p = cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2**27, dklen=32)


# Checked when a name is unknown, so that a wrong name takes as long as a wrong password.
_NOBODY = f"scrypt${_N}${_R}${_P}${'00' * 16}${'00' * 32}"


def stored_password(private: Connection, name: str) -> str:
    """What is stored of a person's password; of nobody's if there is none: compare all the same."""
    row = private.execute(
        "SELECT password FROM accounts WHERE name = ? AND NOT is_disabled", (name,)
    ).fetchone()
    return row["password"] if row and row["password"] else _NOBODY


def is_password(password: str, stored: str) -> bool:
    """Compare; slow on purpose, so call it off the event loop and outside any transaction."""
    _, n, r, p, salt, wanted = stored.split("$")
    found = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, bytes.fromhex(wanted)) and stored != _NOBODY


def set_password(private: Connection, account_id: int, hashed: str, *, keep: str) -> None:
    """Store a hashed password and end the person's other sessions; `keep` is the token of this one."""
    private.execute("UPDATE accounts SET password = ? WHERE id = ?", (hashed, account_id))
    private.execute(
        "DELETE FROM sessions WHERE account_id = ? AND token_hash <> ?", (account_id, _hash(keep))
    )


def is_throttled(private: Connection, name: str, *, now: datetime) -> bool:
    """Whether too many sign-ins under this name failed of late."""
    since = stamp(now - THROTTLE)
    private.execute("DELETE FROM sign_in_failures WHERE at < ?", (since,))
    failed = private.execute(
        "SELECT count(*) FROM sign_in_failures WHERE name = ?", (name.casefold(),)
    ).fetchone()[0]
    return bool(failed >= MAX_FAILURES)


def record_failure(private: Connection, name: str, *, now: datetime) -> None:
    """Count a sign-in that failed."""
    private.execute(
        "INSERT INTO sign_in_failures (name, at) VALUES (?, ?)", (name.casefold()[:64], stamp(now))
    )


def sign_in(private: Connection, name: str, *, now: datetime) -> str:
    """A session for someone whose password was right."""
    row = private.execute("SELECT id FROM accounts WHERE name = ?", (name,)).fetchone()
    private.execute("DELETE FROM sign_in_failures WHERE name = ?", (name.casefold(),))
    return _session(private, row["id"], now)
