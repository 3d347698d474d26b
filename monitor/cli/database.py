"""`failwatch db …`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from monitor import app
from monitor.cli.shared import Context, as_json, emit, table
from monitor.store import upkeep
from monitor.store.db import MAIN, PRIVATE

STOP_FIRST = "The data folder {} is in use: stop Failwatch before you restore."


@click.group()
def db() -> None:
    """Look after the databases.

    Example: failwatch db backup backups/monday
    """


@db.command()
@as_json
@click.pass_obj
def migrate(context: Context, *, as_json: bool) -> None:
    """Bring the databases up to date with this release; safe to run again.

    Example: failwatch db migrate
    """
    applied = app.prepare(context.data)
    emit(
        {"applied": applied},
        as_json=as_json,
        human=lambda: "\n".join(f"Applied {name}." for name in applied) or "Nothing to do.",
    )


@db.command()
@click.option("--repair", is_flag=True, help="Make the search index anew if it is damaged.")
@as_json
@click.pass_obj
def check(context: Context, *, repair: bool, as_json: bool) -> None:
    """Check that the databases are sound.

    Example: failwatch db check
    """
    with context.stores() as (main, private):
        found = upkeep.check(main, MAIN) + upkeep.check(private, PRIVATE)
        if repair and any(f.check == "search index" and f.fault for f in found):
            upkeep.rebuild_search(main)
            found = upkeep.check(main, MAIN) + upkeep.check(private, PRIVATE)
    rows = [asdict(f) | {"result": f.fault or "well"} for f in found]
    emit(rows, as_json=as_json, human=lambda: table(rows, {"file": 14, "check": 14, "result": 120}))
    if any(f.fault for f in found):
        sys.exit(1)


@db.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def backup(context: Context, target: Path) -> None:
    """Copy both databases and the secret into a new folder, checked; Failwatch may run meanwhile.

    Keep the copy safe: it holds addresses and password hashes.

    Example: failwatch db backup backups/2026-11-20
    """
    app.prepare(context.data)
    for path in upkeep.backup(context.folder, target.resolve()):
        click.echo(f"Wrote {path}.")


@db.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def restore(context: Context, source: Path) -> None:
    """Put a backup in place of the data folder's files, which are moved aside, not deleted.

    Mail that was queued when the backup was made is held, since it may have left since.

    Example: failwatch db restore backups/2026-11-20
    """
    message = STOP_FIRST.format(context.folder)
    with context.data.lock("up", message), context.data.lock("worker", message):
        aside = upkeep.restore(source.resolve(), context.folder, now=app.now())
    click.echo(f"Restored {source}.")
    if aside:
        click.echo(f"The former files are in {aside}.")
