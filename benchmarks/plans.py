"""What SQLite does for each question of a page: the query plans, with scans of large tables marked; see `scale.py`."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasette import hookimpl
from datasette.plugins import pm

from monitor import app
from monitor.store import db
from monitor.store.db import Connection
from monitor.web import ds

LARGE = 10_000
"""Rows from which on a scan is marked."""

_SCAN = re.compile(r"^SCAN (\w+)(?! VIRTUAL)")


class Listener:
    """Hears every statement of every connection that Datasette or our pages open."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def listen(self, conn: Connection) -> None:
        conn.set_trace_callback(self.heard.append)

    @hookimpl
    def prepare_connection(self, conn: Any) -> None:
        self.listen(conn)


def _listening(connect: Callable[[Path], Connection], listener: Listener) -> Callable[[Path], Connection]:  # fmt: skip
    def opened(path: Path) -> Connection:
        conn = connect(path)
        if path.name == db.MAIN:
            listener.listen(conn)
        return conn

    return opened


def _shape(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b", "?", sql)


def _plan(conn: Connection, sql: str, large: set[str]) -> tuple[list[str], bool]:
    try:
        rows = conn.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    except db.DatabaseError:
        return [], False
    told = [row["detail"] for row in rows]
    scanned = {match[1] for line in told if (match := _SCAN.match(line))}
    return told, bool(scanned & large)


def show(folder: Path, wanted: dict[str, str], token: str) -> None:
    """Print the plans of every page, and what each question takes; where it stops early its text says LIMIT."""
    listener, data = Listener(), app.Data(folder / "data")
    pm.register(listener, name="plans")
    ds.db.connect = _listening(db.connect, listener)  # type: ignore[assignment]
    datasette = ds.build(
        data.main, data.internal, private_db=data.private, secret="s", public_url="http://127.0.0.1",
        clock=app.now, root=folder / "config", environ={},
    )  # fmt: skip
    conn = db.connect(data.main)
    large = {
        row["name"]
        for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").fetchall()
        if conn.execute(f"SELECT count(*) FROM (SELECT 1 FROM [{row['name']}] LIMIT {LARGE})").fetchone()[0] >= LARGE
    }  # fmt: skip

    async def ask(path: str) -> None:
        await datasette.invoke_startup()
        await datasette.client.get(path, cookies={"failwatch": token})

    for name, path in wanted.items():
        listener.heard.clear()
        asyncio.run(ask(path))
        print(f"\n== {name}: {path}")
        seen = set()
        for sql in list(listener.heard):
            if _shape(sql) in seen or not sql.lstrip().upper().startswith(("SELECT", "WITH")):
                continue
            seen.add(_shape(sql))
            told, is_scan = _plan(conn, sql, large)
            if told:
                began = time.perf_counter()
                conn.execute(sql).fetchall()
                took = (time.perf_counter() - began) * 1000
                print(f"{'!! ' if is_scan else '   '}{took:7.1f} ms  {' '.join(sql.split())[:220]}")
                for line in told:
                    print(f"        {line}")
