"""Migrations: in order, once, never half."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from monitor.errors import SchemaTooNew
from monitor.store import audit, db, schema, upkeep


def test_a_second_run_has_nothing_to_do(main: db.Connection) -> None:
    assert schema.migrate(main, "main") == []


def test_a_database_of_a_newer_release_is_refused(main: db.Connection) -> None:
    main.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('failwatch-main', '9999_future', 'x')"
    )
    with pytest.raises(SchemaTooNew, match="9999_future"):
        schema.migrate(main, "main")


def test_three_processes_at_once_migrate_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from monitor.store import db, schema;"
        "print(len(schema.migrate(db.connect(Path(sys.argv[1])), 'main')))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x.db")]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [run.communicate(timeout=60)[0].strip() for run in runs]
    assert sorted(outputs) == ["0", "0", str(len(schema.names("main")))]


def test_opening_waits_while_another_makes_the_file_ready(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    release.start()
    conn = db.connect(path)
    assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    conn.close()
    release.join()
    other.close()


def test_a_fresh_database_is_sound(main: db.Connection, private: db.Connection) -> None:
    found = upkeep.check(main, db.MAIN) + upkeep.check(private, db.PRIVATE)
    assert [f.fault for f in found if f.fault] == []


def test_the_audit_log_cannot_be_rewritten(main: db.Connection) -> None:
    now = db.moment("2026-03-01T12:00:00Z")
    audit.record(main, "ann", "note.add", "incident:1", now=now)
    for change in ("UPDATE audit SET actor = 'bob'", "DELETE FROM audit"):
        with pytest.raises(db.IntegrityError, match="append-only"):
            main.execute(change)


def test_sqlite_is_one_without_the_wal_fault() -> None:
    assert db.SQLITE_VERSION >= (3, 51, 3)
