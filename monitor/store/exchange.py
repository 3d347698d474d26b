"""Cases between houses: our own texts without names, whom we trust, and what came from them.

What came is kept apart from what the team writes: every wording stays as it was signed, the newest is
shown, and nothing of it ever becomes a lesson by itself.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime

from monitor.errors import Refused, StaleVersion
from monitor.lessons import bundle
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

MAX_ALLOWED = 200


def signing_key(private: Connection, *, now: datetime) -> bytes:
    """The key of this house, made at first use."""
    private.execute(
        "INSERT OR IGNORE INTO signing_key (id, secret, made_at) VALUES (1, ?, ?)",
        (secrets.token_bytes(32), stamp(now)),
    )
    row = private.execute("SELECT secret FROM signing_key").fetchone()
    return bytes(row["secret"])


def draft(conn: Connection, lesson_id: int) -> Row | None:
    """A lesson's text without names, as somebody wrote it."""
    row: Row | None = conn.execute(
        "SELECT * FROM disguises WHERE lesson_id = ?", (lesson_id,)
    ).fetchone()
    return row


def keep_draft(
    conn: Connection,
    lesson_id: int,
    texts: Mapping[str, str],
    allowed: Collection[str],
    *,
    of_lesson: str,
    version: int | None,
    actor: str,
    now: datetime,
) -> None:
    """Keep a text without names; `version` is that which was seen. Raises `StaleVersion`."""
    known = draft(conn, lesson_id)
    if (known["version"] if known else 0) != (version or 0):
        raise StaleVersion(
            "Somebody has saved this text meanwhile. Nothing was overwritten: go back, copy what you"
            " wrote, load the page anew and bring the two together."
        )
    tidy = {name: clean(text).strip() for name, text in texts.items()}
    if any(len(text) > bundle.MAX_TEXT for text in tidy.values()):
        raise Refused(f"A box holds at most {bundle.MAX_TEXT:,} characters.")
    words = sorted({one_line(word, 60) for word in allowed} - {""})
    if len(words) > MAX_ALLOWED:
        raise Refused(f"At most {MAX_ALLOWED} words may be called no names.")
    conn.execute(
        "INSERT INTO disguises (lesson_id, texts, allowed, of_lesson, written_by, written_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET texts = excluded.texts,"
        " allowed = excluded.allowed, of_lesson = excluded.of_lesson, version = version + 1,"
        " written_by = excluded.written_by, written_at = excluded.written_at",
        (lesson_id, json.dumps(tidy, ensure_ascii=False), json.dumps(words, ensure_ascii=False), of_lesson, actor, stamp(now)),
    )  # fmt: skip
    before = set(json.loads(known["allowed"])) if known else set()
    audit.record(
        conn, actor, "lesson.disguise", f"lesson:{lesson_id}", now=now,
        after={"no_names": sorted(set(words) - before)},
    )  # fmt: skip


def drop_draft(conn: Connection, lesson_id: int, *, actor: str, now: datetime) -> None:
    """Begin anew: the text is made by Failwatch again."""
    if conn.execute("DELETE FROM disguises WHERE lesson_id = ?", (lesson_id,)).rowcount:
        audit.record(conn, actor, "lesson.undisguise", f"lesson:{lesson_id}", now=now)


def shared(
    conn: Connection,
    lesson_ids: Collection[int],
    made: bytes,
    *,
    fingerprint: str,
    actor: str,
    now: datetime,
) -> None:
    """Write down that lessons went out, in which file, under which key."""
    mark = hashlib.sha256(made).hexdigest()
    for number in lesson_ids:
        audit.record(
            conn, actor, "lesson.share", f"lesson:{number}", now=now,
            after={"bundle": mark, "key": fingerprint, "lessons": len(lesson_ids)},
        )  # fmt: skip


def trust(conn: Connection, fingerprint: str, name: str, *, actor: str, now: datetime) -> int:
    """Take in what this key signs, from now on; returns its number. Raises `Refused`."""
    mark, label = bundle.read_fingerprint(fingerprint), one_line(name, 120)
    if not label:
        raise Refused("Say whose key it is.")
    known = conn.execute("SELECT * FROM trusted_keys WHERE fingerprint = ?", (mark,)).fetchone()
    if known is not None and not known["ended_at"] and known["name"] == label:
        return int(known["id"])
    conn.execute(
        "INSERT INTO trusted_keys (fingerprint, name, trusted_by, trusted_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET name = excluded.name, trusted_by = excluded.trusted_by,"
        " trusted_at = excluded.trusted_at, ended_by = '', ended_at = ''",
        (mark, label, actor, stamp(now)),
    )
    row = conn.execute("SELECT id FROM trusted_keys WHERE fingerprint = ?", (mark,)).fetchone()
    audit.record(
        conn, actor, "exchange.trust", f"trusted_key:{row['id']}", now=now,
        after={"name": label, "fingerprint": mark},
    )  # fmt: skip
    return int(row["id"])


def distrust(conn: Connection, fingerprint: str, *, actor: str, now: datetime) -> str:
    """Take in nothing more that this key signs; what came stays. Returns whose it was."""
    mark = bundle.read_fingerprint(fingerprint)
    row = conn.execute(
        "SELECT * FROM trusted_keys WHERE fingerprint = ? AND ended_at = ''", (mark,)
    ).fetchone()
    if row is None:
        raise Refused("No key with this fingerprint is trusted.")
    conn.execute(
        "UPDATE trusted_keys SET ended_by = ?, ended_at = ? WHERE id = ?",
        (actor, stamp(now), row["id"]),
    )
    audit.record(conn, actor, "exchange.distrust", f"trusted_key:{row['id']}", now=now, before={"name": row["name"]})  # fmt: skip
    return str(row["name"])


def keys(conn: Connection) -> list[Row]:
    """Every key that is or was trusted, with how many cases came under it."""
    return conn.execute(
        "SELECT trusted_keys.*, (SELECT count(DISTINCT original) FROM received_cases"
        " WHERE key_id = trusted_keys.id) AS cases FROM trusted_keys ORDER BY name, id"
    ).fetchall()


def receive(conn: Connection, raw: bytes, *, actor: str, now: datetime) -> tuple[int, int, str]:
    """Take a bundle in: (new wordings, those that were there, from whom). Raises `Refused`."""
    found, key = bundle.read(raw)
    mark = bundle.fingerprint(key)
    row = conn.execute(
        "SELECT * FROM trusted_keys WHERE fingerprint = ? AND ended_at = ''", (mark,)
    ).fetchone()
    if row is None:
        raise Refused(
            f"Nobody has said that this key is to be trusted. Its fingerprint is {mark}. Ask the sender,"
            " by telephone or in person, to read you theirs; if the two are the same, an administrator"
            f' runs: failwatch lessons trust "{mark}" --name "WHO". Nothing was taken in.'
        )
    if found.made_at > stamp(now.replace(year=now.year + 1)):
        raise Refused("The bundle says that it was made more than a year from now. Nothing was taken in.")  # fmt: skip
    file, new = hashlib.sha256(raw).hexdigest(), 0
    for case in found.cases:
        added = conn.execute(
            "INSERT OR IGNORE INTO received_cases (key_id, original, revision, title, kind, content, made_at,"
            " bundle, received_by, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row["id"], case.id, bundle.revision(case), case.title, case.kind, bundle.content_of(case),
             found.made_at, file, actor, stamp(now)),
        )  # fmt: skip
        new += added.rowcount
    if new:
        audit.record(
            conn, actor, "exchange.receive", f"trusted_key:{row['id']}", now=now,
            after={"bundle": file, "cases": new, "from": row["name"]},
        )  # fmt: skip
    return new, len(found.cases) - new, str(row["name"])


_NEWEST = (
    "SELECT received_cases.*, trusted_keys.name AS sender, fingerprint, trusted_keys.ended_at,"
    " (SELECT count(*) FROM received_cases AS o WHERE o.key_id = received_cases.key_id"
    "  AND o.original = received_cases.original) AS wordings"
    " FROM received_cases JOIN trusted_keys ON trusted_keys.id = key_id"
)


def received(conn: Connection, *, limit: int = 200) -> list[Row]:
    """The newest wording of every case that came, the latest first."""
    return conn.execute(
        f"{_NEWEST} WHERE NOT EXISTS (SELECT 1 FROM received_cases AS n WHERE n.key_id = received_cases.key_id"
        " AND n.original = received_cases.original AND (n.made_at, n.id) > (received_cases.made_at, received_cases.id))"
        " ORDER BY received_cases.received_at DESC, received_cases.id DESC LIMIT ?",
        (limit,),
    ).fetchall()


def received_case(conn: Connection, number: int) -> Row:
    """One wording of a case that came. Raises `Refused`."""
    row: Row | None = conn.execute(f"{_NEWEST} WHERE received_cases.id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(f"There is no received case {number}.")
    return row
