"""Keys for scripts, in private.db: only hashes are stored, each can be revoked by itself.

A key acts as its owner, with the role that the owner has now; who is shut out, their keys are too.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from monitor.errors import Refused
from monitor.model import Role
from monitor.store.accounts import Account
from monitor.store.db import Connection, Row, stamp
from monitor.text import one_line

PREFIX = "fw_"
"""So that people and secret scanners know one when they see it."""

MOST = 20
"""Keys of one person."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make(private: Connection, account_id: int, name: str, *, now: datetime) -> str:
    """A new key; it is shown once and never again."""
    word = one_line(name, 60)
    if not word:
        raise Refused("Say what the key is for, such as “nightly report”.")
    held = private.execute(
        "SELECT count(*) FROM api_tokens WHERE account_id = ? AND revoked_at IS NULL", (account_id,)
    ).fetchone()[0]
    if held >= MOST:
        raise Refused(f"You have {MOST} keys: revoke one that is not used any more.")
    token = PREFIX + secrets.token_urlsafe(32)
    private.execute(
        "INSERT INTO api_tokens (token_hash, account_id, name, created_at) VALUES (?, ?, ?, ?)",
        (_hash(token), account_id, word, stamp(now)),
    )
    return token


def of_account(private: Connection, account_id: int) -> list[Row]:
    """A person's keys that work, oldest first."""
    return private.execute(
        "SELECT id, name, created_at, last_used_at FROM api_tokens"
        " WHERE account_id = ? AND revoked_at IS NULL ORDER BY id",
        (account_id,),
    ).fetchall()


def revoke(private: Connection, account_id: int, number: int, *, now: datetime) -> None:
    """End a key of a person's at once."""
    ended = private.execute(
        "UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND account_id = ? AND revoked_at IS NULL",
        (stamp(now), number, account_id),
    )
    if not ended.rowcount:
        raise Refused(f"There is no key {number} of yours that works.")


def owner(private: Connection, token: str, *, now: datetime) -> Account | None:
    """Whose key this is, if it works."""
    row = private.execute(
        "SELECT accounts.*, api_tokens.id AS token_id, last_used_at FROM api_tokens"
        " JOIN accounts ON accounts.id = account_id"
        " WHERE token_hash = ? AND revoked_at IS NULL AND NOT is_disabled",
        (_hash(token),),
    ).fetchone()
    if row is None:
        return None
    if (row["last_used_at"] or "")[:13] != stamp(now)[:13]:
        private.execute(
            "UPDATE api_tokens SET last_used_at = ? WHERE id = ?", (stamp(now), row["token_id"])
        )
    return Account(
        row["id"], row["name"], Role(row["role"]), bool(row["password"]), is_disabled=False
    )
