"""The wiring, by hand: config to connections, fetcher, parser, mailer, wikis, clock and chance.

Only this module knows which modules have effects; everything above asks it for ready parts, and
everything below receives them as arguments.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import SystemRandom
from urllib.parse import urlsplit

from monitor import __version__
from monitor.alerts import letter
from monitor.alerts.smtp import Mailer
from monitor.config.settings import Settings
from monitor.errors import DataInUse
from monitor.feeds import guard
from monitor.feeds.child import Parser
from monitor.feeds.fetch import Fetcher
from monitor.flow import casebook as casebook_flow
from monitor.flow import deliver, digest, ranking, spreading
from monitor.flow import export as export_flow
from monitor.flow import export_due as due_flow
from monitor.flow.export_plan import Exported, Wanted, Wiki
from monitor.flow.files import Loaded
from monitor.flow.ingest import Newsroom
from monitor.lessons import casebook
from monitor.store import db, feeds, health, outbox, rules, schema, subscribers
from monitor.store.db import Connection, transaction
from monitor.wikis import kinds, pandoc

_random = SystemRandom()
docx = pandoc.docx


def now() -> datetime:
    """The clock; nothing below this layer has one."""
    return datetime.now(UTC)


def jitter() -> float:
    """A random share in [0, 1); nothing below this layer has chance."""
    return _random.random()


def pick(total: int, count: int) -> list[int]:
    """So many different indexes of a list, each as likely as any other."""
    return _random.sample(range(total), min(total, count))


@dataclass(frozen=True, slots=True)
class Data:
    """A data folder: where its files lie."""

    folder: Path

    @property
    def main(self) -> Path:
        """The database that Datasette serves."""
        return self.folder / db.MAIN

    @property
    def private(self) -> Path:
        """The database that is never served."""
        return self.folder / db.PRIVATE

    @property
    def kept_rules(self) -> Path:
        """The last good version of every pack."""
        return self.folder / "rules-in-force"

    @property
    def internal(self) -> Path:
        """Datasette's own database."""
        return self.folder / "internal.db"

    @contextmanager
    def lock(self, name: str, message: str) -> Iterator[None]:
        """Hold a lock of the folder; raises `DataInUse(message)` at once if another has it.

        A file lock, since it dies with its process: nothing stale is ever left behind.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DataInUse(message) from None
            yield


def prepare(data: Data) -> list[str]:
    """Make the folder and bring both databases up to date; returns what was applied."""
    data.folder.mkdir(parents=True, exist_ok=True)
    data.folder.chmod(0o700)
    applied = []
    for path, kind in ((data.main, "main"), (data.private, "private")):
        conn = db.connect(path)
        try:
            applied += [f"{kind} {name}" for name in schema.migrate(conn, kind)]
        finally:
            conn.close()
        path.chmod(0o600)
    secret(data)
    return applied


def secret(data: Data) -> bytes:
    """The installation's key, made at first use: signs Message-IDs and Datasette's cookies."""
    path = data.folder / "secret"
    if not path.exists():
        draft = data.folder / f".secret.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        # A hard link fails if another process was first, so there is one secret only.
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_bytes().strip()


@contextmanager
def stores(data: Data) -> Iterator[tuple[Connection, Connection]]:
    """Both databases, up to date: (main, private)."""
    prepare(data)
    main, private = db.connect(data.main), db.connect(data.private)
    try:
        yield main, private
    finally:
        main.close()
        private.close()


def fetcher(loaded: Loaded) -> Fetcher:
    """The one client for feeds, with the address guard; it names itself to publishers."""
    settings = loaded.config.settings
    contact = settings.polling.user_agent_contact or settings.public_url
    return Fetcher(
        settings.polling.limits,
        user_agent=f"Failwatch/{__version__} (+{contact}; feeds={len(loaded.config.feeds)})",
        at_once=settings.polling.at_once,
        clock=now,
    )


def parser() -> Parser:
    """Feed parsing in a child process that can be killed."""
    return Parser()


def mailer(settings: Settings) -> Mailer:
    """The way to the mail server."""
    return Mailer(settings.mail)


def mail_domain(settings: Settings) -> str:
    """The domain of our Message-IDs: the sender's, else that of the public address."""
    _, _, domain = settings.mail.from_address.rpartition("@")
    return domain or urlsplit(settings.public_url).hostname or "localhost"


def adopt(main: Connection, loaded: Loaded) -> dict[str, int]:
    """Bring feeds and rules in the database in step with the files; returns rule version -> row."""
    with transaction(main):
        feeds.sync(main, loaded.config.feeds, now=now())
        ids = rules.sync(main, loaded.live_rules(), now=now())
        health.report(main, "config", fault="", now=now())
    return ids


async def import_casebook(main: Connection, loaded: Loaded, room: Newsroom) -> int:
    """Import the shipped casebook if this version of it is not in yet; returns the new cases."""
    async with parser() as parse:
        return await casebook_flow.load(
            main,
            casebook.load(),
            atom=casebook.atom,
            parse=parse,
            judge=loaded.judge,
            newsroom=room,
            now=now(),
        )


def newsroom(
    loaded: Loaded, data: Data, private: Connection, rule_ids: Mapping[str, int]
) -> Newsroom:
    """What ingest needs to know now: rules in force and who is to be told."""
    make = partial(
        letter.message_id, "incident", key=secret(data), domain=mail_domain(loaded.config.settings)
    )
    return Newsroom(rule_ids, subscribers.list_all(private), make, loaded.config.settings.grouping)


SENDING = "Another Failwatch is sending mail just now; it will send what waits."


def desk(loaded: Loaded, data: Data, private: Connection) -> digest.Desk:
    """What making the weekly digest works with."""
    settings = loaded.config.settings
    return digest.Desk(
        settings.digest,
        [rule.source for rule in loaded.rule_set.rules],
        subscribers.list_all(private),
        partial(letter.message_id, "digest", key=secret(data), domain=mail_domain(settings)),
        partial(letter.message_id, "reminder", key=secret(data), domain=mail_domain(settings)),
    )


ROUNDS = 5
"""Batches of places in one go: so long the worker's other writes wait."""


def rank(
    data: Data, loaded: Loaded, stores: tuple[Connection, Connection], desk: ranking.Desk
) -> None:
    """Reckon the places in the queue that are due, on (main, private)."""
    main, private = stores
    settings = loaded.config.settings
    make = partial(letter.message_id, key=secret(data), domain=mail_domain(settings))
    desk.tell = spreading.Bell(lambda: subscribers.list_all(private), make)
    ranking.take_profile(main, desk, settings.profile)
    for _ in range(ROUNDS):
        if ranking.run(main, desk, now=now()).ranked < ranking.BATCH:
            break


def deliver_now(
    data: Data, settings: Settings, *, limit: int = 50, ignore_schedule: bool = False
) -> deliver.Delivered:
    """Send what is due, on connections of its own; raises `DataInUse` if somebody else is sending."""
    with data.lock("mail", SENDING), stores(data) as (main, private), mailer(settings) as post:
        made = sender(main, private, settings, post.send)
        return deliver.run(made, limit=limit, ignore_schedule=ignore_schedule)


def sender(
    main: Connection, private: Connection, settings: Settings, send: deliver.Send
) -> deliver.Sender:
    """What delivering works with."""
    return deliver.Sender(
        main=main,
        private=private,
        send=send,
        settings=settings.mail,
        public_url=settings.public_url,
        clock=now,
    )


def recover_outbox(data: Data) -> None:
    """Settle what a killed sender left; the lock proves that no sender is alive."""
    with (
        suppress(DataInUse),
        data.lock("mail", SENDING),
        stores(data) as (main, _),
        transaction(main),
    ):
        outbox.recover(main, now=now(), everything=True)


EXPORTING = "Another Failwatch is exporting just now; wait for it to end."


def export(
    data: Data, settings: Settings, chosen: Mapping[str, Wiki], wanted: Wanted
) -> tuple[Exported, ...]:
    """Export to wikis, on a connection of its own; raises `DataInUse` if somebody else is at it."""
    with data.lock("export", EXPORTING), stores(data) as (main, _):
        return export_flow.run(
            export_flow.Desk(main, settings.public_url, now, time.sleep), chosen, wanted
        )


def export_due(data: Data, settings: Settings) -> None:
    """Export what is due, unless somebody else is exporting."""
    with suppress(DataInUse), data.lock("export", EXPORTING), stores(data) as (main, _):
        desk = export_flow.Desk(main, settings.public_url, now, time.sleep)
        due_flow.run(desk, wikis(data, settings), settings.wikis)


def wikis(data: Data, settings: Settings) -> dict[str, Wiki]:
    """Every wiki of failwatch.yaml, ready to be written to."""
    client = partial(guard.sync_client, settings.polling.limits.allow_networks)
    return {
        wiki.name: kinds.opened(wiki, client=client, checkouts=data.folder / "wikis")
        for wiki in settings.wikis
    }
