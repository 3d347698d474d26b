"""What it costs to keep the order of the queue: a database with thousands of open incidents.

    python -m benchmarks.ranking [--open 10000] [--decided 5000]

Prints, for what makes the worker reckon places: how long it works, how many batches that is, and for
how long at most it holds the write lock, which decisions on the pages wait for. Fails if that is over
the limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks import bulk
from monitor.flow import ranking
from monitor.store import db, preference, triage
from monitor.store.db import Connection, stamp, transaction

LONGEST_MS = 200.0


class Clock:
    """Times of batches, and of the transactions in them."""

    def __init__(self) -> None:
        self.batches: list[float] = []
        self.locks: list[float] = []

    @contextmanager
    def transaction(self, conn: Connection) -> Iterator[Connection]:
        """As `transaction`, timed from when the lock is held."""
        with transaction(conn) as held:
            began = time.perf_counter()
            yield held
            conn.execute("SELECT 1")
        self.locks.append((time.perf_counter() - began) * 1000)

    def drain(self, conn: Connection, desk: ranking.Desk) -> int:
        """Rounds until nothing is due; returns how many places were reckoned."""
        total = 0
        with patch.object(ranking, "transaction", self.transaction):
            while True:
                began = time.perf_counter()
                done = ranking.run(conn, desk, now=bulk.NOW)
                self.batches.append((time.perf_counter() - began) * 1000)
                total += done.ranked
                if not done.ranked and not done.learnt:
                    return total


def furnish(path: Path, *, still_open: int, decided: int) -> Connection:
    """So many incidents that wait for a decision, and so many that have one."""
    count = still_open + decided
    bulk.build(path, posts=count * 6, incidents=count)
    conn = db.connect(path)
    with transaction(conn):
        conn.execute(
            "UPDATE incidents SET status = 'new', reason = '', decided_at = NULL, decided_by = ''"
            " WHERE id > ?", (decided,),
        )  # fmt: skip
        conn.execute(
            "UPDATE incidents SET status = iif(id % 3, 'dismissed', 'relevant'),"
            " reason = iif(id % 3, 'off topic', ''), decided_at = ?, decided_by = 'ann' WHERE id <= ?",
            (stamp(bulk.NOW - timedelta(days=1)), decided),
        )  # fmt: skip
        conn.execute("UPDATE incidents SET rank_due_at = ''")
    return conn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--decided", type=int, default=5_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        conn = furnish(Path(folder) / db.MAIN, still_open=wanted.open, decided=wanted.decided)
        desk = ranking.Desk(
            profile=(("brands", "Acme Air"), ("sector", "airline"), ("words", "boycott"))
        )
        print(f"{wanted.open:,} open incidents, {wanted.decided:,} decided\n")
        print(
            f"{'':44}{'places':>8}{'seconds':>9}{'batches':>9}{'median':>9}{'worst':>9}{'lock':>9}"
        )
        worst = max(
            told("from nothing: learn, then every place", conn, desk, lambda: None),
            told("nothing has changed", conn, desk, lambda: None),
            told("one decision more", conn, desk, lambda: decide(conn, wanted.decided + 1)),
            told("fifty decisions more", conn, desk, lambda: several(conn, wanted.decided + 2)),
            told("a word set by hand: every place", conn, desk, lambda: set_word(conn)),
        )
        conn.close()
    print(
        f"\nThe write lock was held for {worst:.0f} ms at most; the limit is {LONGEST_MS:.0f} ms."
    )
    sys.exit(worst > LONGEST_MS)


def told(name: str, conn: Connection, desk: ranking.Desk, change: Callable[[], object]) -> float:
    """Reckon what a change makes due, say what it took; returns the longest lock in ms."""
    change()
    clock = Clock()
    total = clock.drain(conn, desk)
    lock = max(clock.locks, default=0.0)
    print(
        f"{name:44}{total:8,}{sum(clock.batches) / 1000:9.2f}{len(clock.batches):9,}"
        f"{median(clock.batches):6.0f} ms{max(clock.batches):6.0f} ms{lock:6.0f} ms"
    )
    return lock


def decide(conn: Connection, number: int) -> None:
    """As a person does on the page."""
    row = conn.execute("SELECT version FROM incidents WHERE id = ?", (number,)).fetchone()
    with transaction(conn):
        triage.decide(
            conn, number, version=row["version"], status="relevant", reason="", actor="ann",
            now=bulk.NOW + timedelta(seconds=number % 1000),
        )  # fmt: skip


def several(conn: Connection, first: int) -> None:
    for number in range(first, first + 50):
        decide(conn, number)


def set_word(conn: Connection) -> None:
    with transaction(conn):
        preference.set_word(conn, "boycott", "more", actor="ann", now=bulk.NOW)


if __name__ == "__main__":
    main()
