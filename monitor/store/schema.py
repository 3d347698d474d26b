"""Applies the migrations, in order, once; refuses a database that is newer than the code."""

from __future__ import annotations

from importlib import resources

from sqlite_utils import Database, Migrations

from monitor.errors import SchemaTooNew
from monitor.store.db import Connection, transaction

FOLDERS = {"main": "migrations", "private": "private_migrations"}
"""A set of migrations, and the folder beside this file that holds it as SQL."""


def _migrations(kind: str) -> tuple[Migrations, list[str]]:
    folder = resources.files("monitor.store") / FOLDERS[kind]
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    migrations = Migrations(f"failwatch-{kind}")
    known = []
    for file in files:
        name, sql = file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")

        def apply(db: Database, sql: str = sql) -> None:
            db.executescript(sql)

        migrations(name=name)(apply)
        known.append(name)
    return migrations, known


def names(kind: str) -> list[str]:
    """Names of the migrations that this release knows, oldest first."""
    return _migrations(kind)[1]


def applied(conn: Connection, kind: str) -> list[str]:
    """Names of the migrations that the database has, oldest first."""
    has_table = conn.execute(
        "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    ).fetchone()
    if not has_table:
        return []
    rows = conn.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id",
        (f"failwatch-{kind}",),
    )
    return [row["name"] for row in rows]


def migrate(conn: Connection, kind: str) -> list[str]:
    """Bring a database of `kind` (`main` or `private`) up to date; returns what was applied.

    All of it in one transaction, taken before the first look, so that several processes
    starting at once wait for one another. Raises `SchemaTooNew`.
    """
    migrations, known = _migrations(kind)
    with transaction(conn):
        done = applied(conn, kind)
        unknown = sorted(set(done) - set(known))
        if unknown:
            raise SchemaTooNew(
                f"The {kind} database holds {', '.join(unknown)}, which this release does not know:"
                " it was made by a newer Failwatch. Upgrade, or restore a backup made before."
            )
        migrations.apply(Database(conn, recursive_triggers=False))
    return [name for name in known if name not in done]
