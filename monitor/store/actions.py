"""Actions: what a lesson asks for, by whom, by when, and what shows that it was done."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from datetime import date, datetime

from monitor.errors import Refused, StaleVersion
from monitor.store import audit, learning
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

MAX_TEXT = 1_000
MAX_FILE = 5 << 20
MAX_FILES = 10


def find(conn: Connection, number: int) -> Row:
    """An action by its number. Raises `Refused`."""
    row: Row | None = conn.execute("SELECT * FROM actions WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(f"There is no action {number}.")
    return row


def owner_of(name: str, people: Collection[str]) -> str:
    """A person as they sign in. Raises `Refused` if nobody is called so."""
    wanted = name.strip()
    known = {one.casefold(): one for one in people}
    if wanted and wanted.casefold() not in known:
        raise Refused(
            f"Nobody called {one_line(wanted, 40)} may sign in: {', '.join(sorted(people)) or 'nobody'} may."
        )
    return known.get(wanted.casefold(), "")


def _text(text: str) -> str:
    tidy = clean(text).strip()
    if not tidy:
        raise Refused("Say what is to be done.")
    if len(tidy) > MAX_TEXT:
        raise Refused(f"An action has at most {MAX_TEXT:,} characters.")
    return tidy


def add(
    conn: Connection,
    lesson_id: int,
    text: str,
    *,
    owner: str,
    due: date | None,
    people: Collection[str],
    actor: str,
    now: datetime,
) -> int:
    """Ask for an action; returns its number."""
    learning.current(conn, lesson_id)
    values = {
        "lesson_id": lesson_id, "text": _text(text), "owner": owner_of(owner, people),
        "due_on": due.isoformat() if due else "", "created_by": actor, "created_at": stamp(now),
    }  # fmt: skip
    with learning.recorded(conn, "lesson.action", lesson_id, actor=actor, now=now) as c:
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        added = conn.execute(
            f"INSERT INTO actions ({names}) VALUES ({marks})", list(values.values())
        )
        c.words, c.after = "added an action to the lesson", values
    return int(added.lastrowid or 0)


def change(
    conn: Connection,
    number: int,
    values: dict[str, object],
    *,
    version: int | None,
    words: str,
    actor: str,
    now: datetime,
) -> None:
    """Write columns of an action. Raises `StaleVersion` if somebody else changed it meanwhile."""
    row = find(conn, number)
    if version is not None and row["version"] != version:
        raise StaleVersion("Somebody changed this action meanwhile: it is shown as it is now.")
    with learning.recorded(conn, "lesson.action", row["lesson_id"], actor=actor, now=now) as c:
        sets = ", ".join(f"{name} = ?" for name in values)
        conn.execute(
            f"UPDATE actions SET {sets}, version = version + 1 WHERE id = ?",
            [*values.values(), number],
        )
        c.words = words
        c.before, c.after = {name: row[name] for name in values}, dict(values)


def edit(
    conn: Connection,
    number: int,
    text: str,
    *,
    owner: str,
    due: date | None,
    version: int | None,
    people: Collection[str],
    actor: str,
    now: datetime,
) -> None:
    """Put an action right, or give it to somebody else."""
    values: dict[str, object] = {
        "text": _text(text), "owner": owner_of(owner, people), "due_on": due.isoformat() if due else ""
    }  # fmt: skip
    words = "changed an action of the lesson"
    change(conn, number, values, version=version, words=words, actor=actor, now=now)


def finish(
    conn: Connection,
    number: int,
    *,
    evidence: str,
    note: str,
    version: int | None,
    actor: str,
    now: datetime,
) -> None:
    """Say that an action is done; a link shows it, or a file that is added to it."""
    link = one_line(evidence, 2_000)
    if link and not re.match(r"https?://[^/\s]", link):
        raise Refused("Evidence is an address that begins with http:// or https://, or a file.")
    values: dict[str, object] = {
        "state": "done", "evidence": link, "note": clean(note).strip()[:4_000],
        "done_on": now.date().isoformat(), "done_by": actor,
    }  # fmt: skip
    words = "did an action of the lesson"
    change(conn, number, values, version=version, words=words, actor=actor, now=now)


def drop(
    conn: Connection, number: int, note: str, *, version: int | None, actor: str, now: datetime
) -> None:
    """Say that an action will not be done, and why."""
    why = clean(note).strip()[:4_000]
    if not why:
        raise Refused("Say why it will not be done.")
    values: dict[str, object] = {"state": "dropped", "note": why, "done_on": "", "done_by": ""}
    words = "dropped an action of the lesson"
    change(conn, number, values, version=version, words=words, actor=actor, now=now)


def reopen(
    conn: Connection, number: int, *, version: int | None, actor: str, now: datetime
) -> None:
    """Open an action again."""
    values: dict[str, object] = {"state": "open", "done_on": "", "done_by": ""}
    words = "opened an action of the lesson again"
    change(conn, number, values, version=version, words=words, actor=actor, now=now)


def attach(
    conn: Connection, number: int, name: str, content: bytes, *, actor: str, now: datetime
) -> int:
    """Keep a file that shows what was done; returns its number."""
    row = find(conn, number)
    tidy = one_line(re.sub(r"[\\/\"\x00-\x1f]", " ", name), 120) or "file"
    if not content:
        raise Refused(f"{tidy} is empty.")
    if len(content) > MAX_FILE:
        raise Refused(f"{tidy} has {len(content):,} bytes; {MAX_FILE >> 20} MB is the most. Put it on your drive, and give its link.")  # fmt: skip
    if len(files(conn, [number])[number]) >= MAX_FILES:
        raise Refused(f"An action has at most {MAX_FILES} files.")
    added = conn.execute(
        "INSERT INTO action_files (action_id, name, bytes, size, sha256, added_by, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, tidy, content, len(content), hashlib.sha256(content).hexdigest(), actor, stamp(now)),
    )  # fmt: skip
    audit.record(
        conn, actor, "action.file", f"lesson:{row['lesson_id']}", now=now,
        after={"action": number, "name": tidy, "size": len(content)},
    )  # fmt: skip
    return int(added.lastrowid or 0)


def detach(conn: Connection, file_id: int, *, actor: str, now: datetime) -> int:
    """Take a file away: its bytes are gone for good; returns its action."""
    row = conn.execute(
        "SELECT action_id, name, lesson_id FROM action_files JOIN actions ON actions.id = action_id"
        " WHERE action_files.id = ? AND removed_at = ''",
        (file_id,),
    ).fetchone()
    if row is None:
        raise Refused(f"There is no file {file_id} (any more).")
    conn.execute(
        "UPDATE action_files SET bytes = x'', removed_at = ? WHERE id = ?", (stamp(now), file_id)
    )
    audit.record(
        conn, actor, "action.unfile", f"lesson:{row['lesson_id']}", now=now,
        before={"action": row["action_id"], "name": row["name"]},
    )  # fmt: skip
    learning.settle(conn, row["lesson_id"], now=now)
    return int(row["action_id"])


def files(conn: Connection, numbers: Collection[int]) -> dict[int, list[Row]]:
    """The files of actions, without their bytes."""
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    for number in numbers:
        found[number] = conn.execute(
            "SELECT id, action_id, name, size, added_by, added_at FROM action_files"
            " WHERE action_id = ? AND removed_at = '' ORDER BY id",
            (number,),
        ).fetchall()
    return found


def file(conn: Connection, file_id: int, roles: Collection[str]) -> Row | None:
    """A file with its bytes, for those who may read its lesson."""
    row: Row | None = conn.execute(
        "SELECT action_files.*, seen_by FROM action_files JOIN actions ON actions.id = action_id"
        " JOIN lessons ON lessons.id = lesson_id WHERE action_files.id = ? AND removed_at = ''",
        (file_id,),
    ).fetchone()
    return row if row is not None and row["seen_by"] in roles else None


def listed(
    conn: Connection, roles: Collection[str], *, owner: str = "", state: str = "open"
) -> list[Row]:
    """Actions of lessons that somebody may read; those due first on top."""
    marks = ", ".join("?" for _ in roles)
    return conn.execute(
        "SELECT actions.*, lessons.title AS lesson_title, lessons.stage FROM actions"
        f" JOIN lessons ON lessons.id = lesson_id WHERE seen_by IN ({marks})"
        " AND (? = '' OR owner = ?) AND state = ?"
        " ORDER BY due_on = '', due_on, actions.id LIMIT 500",
        (*roles, owner, owner, state),
    ).fetchall()


def pressing(conn: Connection, roles: Collection[str], person: str, today: str) -> dict[str, int]:
    """How many open actions of lessons that somebody may read are overdue, and how many are theirs."""
    rows = listed(conn, roles)
    return {
        "late": sum(bool(row["due_on"]) and row["due_on"] < today for row in rows),
        "mine": sum(row["owner"] == person for row in rows),
    }
