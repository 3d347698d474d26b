"""`failwatch doctor`: is everything well, and if not, what to do."""

from __future__ import annotations

import pyexpat
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

import click

from monitor import app
from monitor.cli.shared import Context, as_json, emit
from monitor.errors import ConfigError, StoreError
from monitor.store import feeds, health, outbox, upkeep
from monitor.store.db import MAIN, PRIVATE, SQLITE_VERSION, Connection

SAFE_SQLITE = (3, 51, 3)
FREE_BYTES = 500_000_000
SILENT = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    finding: str
    is_well: bool = True


@click.command()
@click.option("--alive", is_flag=True, help="Only say whether the worker runs; for health checks.")
@as_json
@click.pass_obj
def doctor(context: Context, *, alive: bool, as_json: bool) -> None:
    """Look over files, databases, feeds, mail and worker; say what is wrong and what to do.

    Example: failwatch doctor
    """
    found = list(_alive(context) if alive else _all(context))
    emit(
        [asdict(c) for c in found],
        as_json=as_json,
        human=lambda: "\n".join(
            f"{'well' if c.is_well else 'LOOK'}  {c.name}: {c.finding}" for c in found
        ),
    )
    if not all(c.is_well for c in found):
        sys.exit(1)


def _all(context: Context) -> Iterator[Check]:
    version, is_safe = ".".join(map(str, SQLITE_VERSION)), SQLITE_VERSION >= SAFE_SQLITE
    advice = " can corrupt a file that two processes write: install Failwatch with `make venv`"
    yield Check("SQLite", version + ("" if is_safe else advice), is_safe)
    yield Check("XML reader", pyexpat.EXPAT_VERSION)
    yield from _files(context)
    free = shutil.disk_usage(context.folder if context.folder.exists() else context.root).free
    is_roomy = free > FREE_BYTES
    room = "" if is_roomy else ": make room before it is full"
    yield Check("Disk", f"{free / 1e9:.1f} GB free{room}", is_roomy)
    try:
        with context.stores() as (main, private):
            for finding in upkeep.check(main, MAIN) + upkeep.check(private, PRIVATE):
                name = f"{finding.file}, {finding.check}"
                yield Check(name, finding.fault or "sound", not finding.fault)
            yield from _running(context, main)
    except StoreError as error:
        yield Check("Databases", str(error), is_well=False)


def _files(context: Context) -> Iterator[Check]:
    try:
        loaded = context.load()
    except ConfigError as error:
        yield Check("Files", str(error), is_well=False)
        return
    feeds_on = sum(feed.enabled for feed in loaded.config.feeds)
    yield Check("Files", f"{feeds_on} feeds, {len(loaded.rule_set.rules)} rules")
    settings = loaded.config.settings
    if settings.mail.host and settings.mail.user and not settings.mail.password:
        advice = "not set: FAILWATCH_MAIL_PASSWORD or FAILWATCH_MAIL_PASSWORD_FILE"
        yield Check("Mail password", advice, is_well=False)
    for wiki in settings.wikis:
        if wiki.kind in {"mediawiki", "dokuwiki", "confluence"} and not wiki.password:
            variable = f"FAILWATCH_WIKI_{wiki.name.upper().replace('-', '_')}_PASSWORD"
            yield Check(f"Wiki {wiki.name}", f"its password is not set: {variable}", is_well=False)


def _running(context: Context, main: Connection) -> Iterator[Check]:
    failing = [row for row in feeds.listing(main) if row["failures"] or row["state"] == "gone"]
    names = ", ".join(str(row["title"]) for row in failing[:5])
    said = f"{len(failing)} failing: {names}; see the Feeds page" if failing else "none failing"
    yield Check("Feeds", said, not failing)
    counts = outbox.counts(main)
    bad = counts.get("refused", 0) + counts.get("expired", 0) + counts.get("ever_in_doubt", 0)
    mails = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in counts.items() if n)
    yield Check("Mails", mails or "none yet", not bad)
    for name, topic in health.topics(main).items():
        if name != "worker":
            yield Check(name.capitalize(), topic.fault or "well", not topic.fault)
    yield from _alive(context)


def _alive(context: Context) -> Iterator[Check]:
    with context.stores() as (main, _):
        worker = health.topics(main).get("worker")
    if worker is None:
        advice = "it has not run yet: start it with `failwatch up` or `failwatch worker`"
        yield Check("Worker", advice, is_well=False)
        return
    since = app.now() - worker.at
    seconds = int(since.total_seconds())
    if since < SILENT:
        yield Check("Worker", f"spoke {seconds} seconds ago")
    else:
        yield Check("Worker", f"silent for {seconds // 60} minutes: start it again", is_well=False)
