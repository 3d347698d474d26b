"""Keeping the files sound: check, back up, restore."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.errors import Refused
from monitor.store import audit, db, schema
from monitor.store.db import Connection, DatabaseError, transaction

KINDS = {db.MAIN: "main", db.PRIVATE: "private"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one file."""

    file: str
    check: str
    fault: str
    """What is wrong and what to do; empty when all is well."""


def check(conn: Connection, name: str) -> list[Finding]:
    """Check a database file: its pages, its references, its search index, its migrations."""
    advice = "Stop Failwatch and restore the last good backup: failwatch db restore."
    pages = [row[0] for row in conn.execute("PRAGMA quick_check")]
    broken = conn.execute("PRAGMA foreign_key_check").fetchall()
    findings = [
        Finding(name, "pages", "" if pages == ["ok"] else f"{pages[0]}. {advice}"),
        Finding(
            name, "references", f"{len(broken)} rows point nowhere. {advice}" if broken else ""
        ),
    ]
    if KINDS[name] == "main":
        findings.append(Finding(name, "search index", _search_fault(conn)))
    return findings


def _search_fault(conn: Connection) -> str:
    try:
        conn.execute("INSERT INTO posts_fts (posts_fts, rank) VALUES ('integrity-check', 1)")
    except DatabaseError as error:
        return f"{error}. Rebuild it: failwatch db check --repair."
    return ""


def rebuild_search(conn: Connection) -> None:
    """Make the search index anew from the posts."""
    with transaction(conn):
        conn.execute("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")


def backup(folder: Path, target: Path) -> list[Path]:
    """Write a checked copy of both databases and the secret into a new folder `target`.

    Safe while Failwatch runs: each copy is one read transaction. Raises `Refused`.
    """
    if target.exists():
        raise Refused(f"{target} exists already: name a folder that does not.")
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    for name in KINDS:
        conn = db.connect(folder / name)
        try:
            conn.execute("VACUUM INTO ?", (str(draft / name),))
        finally:
            conn.close()
        (draft / name).chmod(0o600)
    shutil.copy2(folder / "secret", draft / "secret")
    _verify(draft)
    draft.rename(target)
    return [target / name for name in (*KINDS, "secret")]


def _verify(folder: Path) -> None:
    """Raise `Refused` unless both databases of a folder open and are sound."""
    for name, kind in KINDS.items():
        path = folder / name
        if not path.is_file():
            raise Refused(f"{path} is missing: this is no whole backup.")
        try:
            conn = db.connect(path)
            try:
                faults = [f for f in check(conn, name) if f.fault]
                newer = set(schema.applied(conn, kind)) - set(schema.names(kind))
            finally:
                conn.close()
        except DatabaseError as error:
            raise Refused(f"{path} is damaged ({error}): use an older backup.") from error
        if faults:
            raise Refused(f"{path}: {faults[0].fault}")
        if newer:
            raise Refused(f"{path} was made by a newer Failwatch: upgrade first.")


def restore(source: Path, folder: Path, *, now: datetime) -> Path | None:
    """Put a backup's files in place of the data folder's; returns where the old ones went.

    Mail that was queued in the backup may have left since, so it is held, not sent. The caller
    holds the folder's locks. Raises `Refused` and changes nothing if the backup is not whole.
    """
    _verify(source)
    aside = folder / f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = [p for name in (*KINDS, "secret") for p in sorted(folder.glob(f"{name}*"))]
    if kept:
        aside.mkdir(mode=0o700)
        for path in kept:
            path.rename(aside / path.name)
    for name in (*KINDS, "secret"):
        draft = folder / f".{name}.part"
        shutil.copyfile(source / name, draft)
        draft.chmod(0o600)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(folder / name)
    _hold_mail(folder / db.MAIN, now=now)
    return aside if kept else None


def _hold_mail(path: Path, *, now: datetime) -> None:
    conn = db.connect(path)
    try:
        schema.migrate(conn, "main")
        with transaction(conn):
            held = conn.execute(
                "UPDATE alerts SET state = 'expired', lease_until = NULL,"
                " reply = 'held: queued when the backup was made, and perhaps sent since'"
                " WHERE state IN ('queued', 'claimed', 'sending', 'retry', 'in_doubt')"
            ).rowcount
            audit.record(conn, "failwatch", "data.restore", "data:0", now=now, after={"held": held})
    finally:
        conn.close()
