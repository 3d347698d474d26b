"""Connections and transactions: the two database files of a data folder.

`failwatch.db` is what Datasette serves; `private.db` holds what must never be served.
Both are WAL files on a local disk. Every function of this room takes a `Connection`, so the
worker's transaction and Datasette's write function run the very same SQL.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import StoreError

if TYPE_CHECKING:
    import sqlite3
else:
    # The standard library may link a SQLite in which two connections can corrupt a WAL file
    # (3.7.0 to 3.51.2); this wheel carries its own, and Datasette and sqlite-utils take it too.
    from pysqlite3 import dbapi2 as sqlite3

SQLITE_VERSION: tuple[int, ...] = sqlite3.sqlite_version_info
"""Of the library in use."""

Connection = sqlite3.Connection
Row = sqlite3.Row
IntegrityError = sqlite3.IntegrityError
OperationalError = sqlite3.OperationalError
DatabaseError = sqlite3.DatabaseError

MAIN = "failwatch.db"
PRIVATE = "private.db"
BUSY_SECONDS = 10.0


def connect(path: Path) -> Connection:
    """Open a file for reading and writing, in autocommit: transactions are explicit.

    `synchronous=FULL` because a decided alert must survive a power cut, not only a kill.
    """
    conn = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    conn.row_factory = Row
    _use_wal(conn)
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("PRAGMA foreign_keys=ON")
    conn.execute("PRAGMA journal_size_limit=67108864")
    return conn


def _use_wal(conn: Connection) -> None:
    """Switch a new file to WAL; waits, since SQLite does not, while another process does just that."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            conn.execute("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def transaction(conn: Connection) -> Iterator[Connection]:
    """One `BEGIN IMMEDIATE` … `COMMIT`; rolled back on any exception.

    Immediate, because a deferred transaction that reads before it writes fails at once under
    another writer, busy timeout or not. Raises `StoreError` if the other does not let go in time.
    """
    try:
        conn.execute("BEGIN IMMEDIATE")
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StoreError(
            "The database is busy: another process has been writing to it for too long. Nothing was"
            " changed; try again, and if it stays so, look which program has the file open."
        ) from error
    try:
        yield conn
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


def stamp(moment: datetime) -> str:
    """Write a time as every table has it: `2026-11-20T22:29:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """Read a time as `stamp` writes it."""
    return datetime.fromisoformat(text)
