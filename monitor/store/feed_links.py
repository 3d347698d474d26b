"""Secret addresses of feeds, in private.db: only hashes are stored, each can be revoked by itself.

Whoever knows an address reads the one view that it shows, and nothing else; it ends with its owner's
account, too.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor.errors import Refused
from monitor.store.db import Connection, Row, stamp
from monitor.text import one_line

VIEWS = {"triage": "incidents", "posts": "posts", "incident": "posts of an incident"}
MOST = 50
"""Links of one person."""

MAX_ASKED = 6_000
_INCIDENT = re.compile(r"incidents/([1-9]\d{0,17})")


@dataclass(frozen=True, slots=True)
class View:
    """What a feed shows: a page of ours and what is asked of it; of an incident, its number."""

    name: str
    asked: str

    @property
    def address(self) -> str:
        """The page."""
        if self.name == "incident":
            return f"/-/incidents/{self.asked}"
        return f"/-/{self.name}" + (f"?{self.asked}" if self.asked else "")


def view_of(address: str) -> View:
    """The view of a page's address, such as `/-/posts?q=recall`. Raises `Refused`."""
    parts = urlsplit(address.strip())
    name = parts.path.removeprefix("/-/").rstrip("/")
    if one := _INCIDENT.fullmatch(name):
        return View("incident", one[1])
    if name not in ("triage", "posts"):
        raise Refused(
            "A feed shows the address of a view: /-/triage or /-/posts, with what it asks for, or /-/incidents/"
            " with a number."
        )
    if len(parts.query) > MAX_ASKED:
        raise Refused("The address is too long.")
    kept = [part for part in parts.query.split("&") if part.partition("=")[0] not in {"after", "sel", "did"}]  # fmt: skip
    return View(name, "&".join(filter(None, kept)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make(private: Connection, account_id: int, title: str, view: View, *, now: datetime) -> str:
    """A new link's token; it is shown once and never again. Raises `Refused`."""
    words = one_line(title, 100)
    if not words:
        raise Refused("Give the feed a title, such as “Airlines, from backlash up”.")
    held = private.execute(
        "SELECT count(*) FROM feed_links WHERE account_id = ? AND revoked_at IS NULL", (account_id,)
    ).fetchone()[0]
    if held >= MOST:
        raise Refused(f"You have {MOST} links: revoke one that is not used any more.")
    token = secrets.token_urlsafe(24)
    private.execute(
        "INSERT INTO feed_links (token_hash, account_id, title, view, asked, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (_hash(token), account_id, words, view.name, view.asked, stamp(now)),
    )
    return token


def of_account(private: Connection, account_id: int) -> list[Row]:
    """A person's links that work, oldest first."""
    return private.execute(
        "SELECT id, title, view, asked, created_at, last_used_at FROM feed_links"
        " WHERE account_id = ? AND revoked_at IS NULL ORDER BY id",
        (account_id,),
    ).fetchall()


def revoke(private: Connection, account_id: int, number: int, *, now: datetime) -> str:
    """End a link of a person's at once; returns its title. Raises `Refused`."""
    row = private.execute(
        "UPDATE feed_links SET revoked_at = ? WHERE id = ? AND account_id = ? AND revoked_at IS NULL"
        " RETURNING title",
        (stamp(now), number, account_id),
    ).fetchone()
    if row is None:
        raise Refused(f"There is no link {number} of yours that works.")
    title: str = row["title"]
    return title


def find(private: Connection, token: str, *, now: datetime) -> Row | None:
    """The link of a token, if it works: number, title, view, asked, created_at, owner."""
    row: Row | None = private.execute(
        "SELECT feed_links.*, accounts.name AS owner FROM feed_links JOIN accounts ON accounts.id = account_id"
        " WHERE token_hash = ? AND revoked_at IS NULL AND NOT is_disabled",
        (_hash(token),),
    ).fetchone()
    if row is not None and (row["last_used_at"] or "")[:13] != stamp(now)[:13]:
        private.execute("UPDATE feed_links SET last_used_at = ? WHERE id = ?", (stamp(now), row["id"]))  # fmt: skip
    return row
