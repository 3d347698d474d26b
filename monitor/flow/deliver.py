"""Queued mails to the mail server.

    claim     due rows                          short transaction
    compose   row -> mail                       alerts.compose
    send      mail -> Sent | SendFailed         alerts.smtp; `sending` is committed in between
    record    sent, retry, refused, in doubt    short transaction

A kill loses nothing: before `sending` the mail surely has not left, and is sent later; after it,
it may have left, and is marked in doubt and sent once more with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from monitor.alerts import compose
from monitor.model import MailSettings
from monitor.store import health, outbox, subscribers
from monitor.store.db import Connection, transaction


class Accepted(Protocol):
    """The server has it."""

    @property
    def reply(self) -> str:
        """Its words."""


class Failed(Protocol):
    """The server does not have it, or nobody knows."""

    @property
    def reason(self) -> str:
        """In words."""

    @property
    def is_temporary(self) -> bool:
        """Worth another try."""

    @property
    def is_unknown(self) -> bool:
        """It may have been sent."""

    @property
    def stops_all(self) -> bool:
        """Nothing else can be sent either."""


class Send(Protocol):
    """Hands over one mail."""

    def __call__(
        self, message: EmailMessage, recipient: str, *, before_data: Callable[[], None]
    ) -> Accepted | Failed:
        """Call `before_data` just before the text leaves."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What delivering works with; made by `app`."""

    main: Connection
    private: Connection
    send: Send
    settings: MailSettings
    public_url: str
    clock: Callable[[], datetime]


@dataclass(slots=True)
class Delivered:
    """What a round came to."""

    sent: int = 0
    retried: int = 0
    refused: int = 0
    in_doubt: int = 0
    fault: str = ""
    """Why the round was broken off, if it was."""


def run(sender: Sender, *, limit: int = 50) -> Delivered:
    """Send what is due, at most `limit` mails; the caller holds the senders' lock."""
    done = Delivered()
    with transaction(sender.main):
        claimed = outbox.claim(sender.main, now=sender.clock(), limit=limit)
    for row in claimed:
        if done.fault:
            _put_back(sender, row, done)
        else:
            _one(sender, row, done)
    if claimed:
        with transaction(sender.main):
            health.report(sender.main, "mail", fault=done.fault, now=sender.clock())
    return done


def _put_back(sender: Sender, row: outbox.Claimed, done: Delivered) -> None:
    with transaction(sender.main):
        outbox.retry(sender.main, row.id, done.fault, now=sender.clock())
    done.retried += 1


def make(sender: Sender, row: outbox.Claimed) -> tuple[EmailMessage, str] | str:
    """The mail and its address, or why there is none."""
    person = subscribers.by_id(sender.private, row.subscriber_id)
    if person is None:
        return "the subscriber was removed"
    if person.is_paused:
        return "the subscriber is paused"
    try:
        mail = compose.compose(
            outbox.brief(sender.main, row.incident_id),
            person,
            message_id=row.message_id,
            settings=sender.settings,
            public_url=sender.public_url,
            why=row.why,
            now=sender.clock(),
        )
    except (ValueError, UnicodeError) as error:
        # A mail that cannot be made must be seen, not tried for ever.
        return f"the mail could not be made ({error})"
    return mail, person.email


def _one(sender: Sender, row: outbox.Claimed, done: Delivered) -> None:
    made = make(sender, row)
    if isinstance(made, str):
        with transaction(sender.main):
            outbox.refused(sender.main, row.id, made, now=sender.clock())
        done.refused += 1
        return

    def before_data() -> None:
        with transaction(sender.main):
            outbox.mark_sending(sender.main, row.id)

    result = sender.send(*made, before_data=before_data)
    with transaction(sender.main):
        _record(sender, row, result, done)


def _record(
    sender: Sender, row: outbox.Claimed, result: Accepted | Failed, done: Delivered
) -> None:
    now, main = sender.clock(), sender.main
    reply = getattr(result, "reply", None)
    if reply is not None:
        outbox.sent(main, row.id, reply, now=now)
        done.sent += 1
        return
    failed: Failed = result  # type: ignore[assignment]  # the protocols differ by `reply`
    if failed.stops_all:
        done.fault = failed.reason
    if failed.is_unknown:
        outbox.doubt(main, row.id, failed.reason, now=now)
        done.in_doubt += 1
    elif failed.is_temporary:
        outbox.retry(main, row.id, failed.reason, now=now)
        done.retried += 1
    else:
        outbox.refused(main, row.id, failed.reason, now=now)
        done.refused += 1
