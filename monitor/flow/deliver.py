"""Queued mails to the mail server, one after another.

    claim     the oldest due row                short transaction
    compose   row -> mail                       alerts.compose
    send      mail -> Sent | SendFailed         alerts.smtp; `sending` is committed in between
    record    sent, retry, refused, in doubt    short transaction

A kill loses nothing: before `sending` the mail surely has not left, and is sent later; after it,
it may have left, and is marked in doubt and sent once more with the same Message-ID. No
transaction is open while the network is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from monitor.alerts import compose, digest, policy, reminder
from monitor.alerts.outcome import SendFailed, Sent
from monitor.model import IncidentBrief, MailSettings, Subscriber
from monitor.store import briefs, digests, health, outbox, reminders, subscribers
from monitor.store.db import Connection, transaction

log = logging.getLogger(__name__)


class Send(Protocol):
    """Hands over one mail: `alerts.smtp.Mailer.send`."""

    def __call__(
        self, message: EmailMessage, recipient: str, *, before_data: Callable[[], None]
    ) -> Sent | SendFailed:
        """Call `before_data` just before the mail is complete at the server."""


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
    """What a round came to, in mails."""

    sent: int = 0
    retried: int = 0
    """Failed for now; tried again later."""
    refused: int = 0
    """Will not be sent; the outbox says why."""
    in_doubt: int = 0
    """May or may not have been sent."""
    fault: str = ""
    """Why the round was broken off, if it was."""


def run(sender: Sender, *, limit: int = 50, ignore_schedule: bool = False) -> Delivered:
    """Send what is due, at most `limit` mails; `ignore_schedule` is for a person who asks for it.

    First settles what a dead sender left whose lease ran out. Should the database refuse to record
    an answer, the error goes on, and the row stays `sending` until it is settled as in doubt.
    """
    done = Delivered()
    main = sender.main
    with transaction(main):
        outbox.recover(main, now=sender.clock(), everything=False)
        if ignore_schedule:
            outbox.hasten(main, now=sender.clock())
    for _ in range(limit):
        with transaction(main):
            message = outbox.claim(main, now=sender.clock())
        if message is None:
            break
        _deliver(sender, message, done)
        with transaction(main):
            health.report(main, "mail", fault=done.fault, now=sender.clock())
        if done.fault:
            break
    return done


def _deliver(sender: Sender, message: outbox.Message, done: Delivered) -> None:
    """One mail, whatever becomes of it."""
    made = make(sender, message)
    if isinstance(made, str):
        with transaction(sender.main):
            outbox.refused(sender.main, message.id, made, now=sender.clock())
        done.refused += 1
        return

    def before_data() -> None:
        with transaction(sender.main):
            outbox.mark_sending(sender.main, message)

    result = sender.send(*made, before_data=before_data)
    with transaction(sender.main):
        _record(sender, message, result, done)


def make(sender: Sender, message: outbox.Message) -> tuple[EmailMessage, str] | str:
    """The mail and its address, or why there is none."""
    person = subscribers.by_id(sender.private, message.subscriber_id)
    if person is None:
        return "the subscriber was removed"
    if person.is_paused:
        return "the subscriber is paused"
    if message.kind == "digest" and not person.wants_digest:
        return "the subscriber wants no digest any more"
    if message.kind == "reminder" and reminders.brief(sender.main, message.about).state != "open":
        return "the action was done or dropped meanwhile"
    try:
        mail = _mail(sender, message, person)
    except Exception as fault:  # a mail that cannot be made must be seen, not tried for ever
        log.exception("composing alert %s", message.id)
        return f"the mail could not be made ({type(fault).__name__}: {fault})"
    return mail, person.email


def _mail(sender: Sender, message: outbox.Message, person: Subscriber) -> EmailMessage:
    if message.kind == "digest":
        return digest.compose(
            digest.from_json(digests.content(sender.main, message.about)),
            person,
            message_id=message.message_id,
            settings=sender.settings,
            public_url=sender.public_url,
            now=sender.clock(),
        )
    if message.kind == "reminder":
        return reminder.compose(
            reminders.brief(sender.main, message.about),
            person,
            message_id=message.message_id,
            settings=sender.settings,
            public_url=sender.public_url,
            now=sender.clock(),
        )
    brief = briefs.brief(sender.main, message.about)
    if message.kind != "incident":
        brief = replace(brief, title=f"{message.kind.capitalize()}: {brief.title}")
    return _compose(sender, brief, person, message_id=message.message_id, why=message.why)


def _compose(
    sender: Sender, brief: IncidentBrief, person: Subscriber, *, message_id: str, why: str
) -> EmailMessage:
    return compose.compose(
        brief,
        person,
        message_id=message_id,
        settings=sender.settings,
        public_url=sender.public_url,
        why=why,
        now=sender.clock(),
    )


def _record(
    sender: Sender, message: outbox.Message, result: Sent | SendFailed, done: Delivered
) -> None:
    main, number, now = sender.main, message.id, sender.clock()
    match result:
        case Sent(reply):
            outbox.sent(main, number, reply, now=now)
            done.sent += 1
        case SendFailed(reason, is_unknown=True):
            outbox.doubt(main, number, reason, now=now)
            done.in_doubt += 1
        case SendFailed(reason, stops_all=True):
            outbox.pause(main, message, reason, now=now)
            done.fault = reason
            done.retried += 1
        case SendFailed(reason, is_temporary=True):
            outbox.retry(main, number, reason, now=now)
            done.retried += 1
        case SendFailed(reason):
            outbox.refused(main, number, reason, now=now)
            done.refused += 1


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as one subscriber would get it."""

    subscriber: Subscriber
    mail: EmailMessage


def preview(
    sender: Sender, incident_id: int, *, message_id: Callable[[int, int], str]
) -> tuple[Preview, ...]:
    """The mails that an incident makes with today's subscribers; sends and changes nothing.

    `message_id` is that of the newsroom: (incident, subscriber) -> Message-ID. Raises `Refused`
    if there is no such incident.
    """
    brief = briefs.brief(sender.main, incident_id)
    people = {person.id: person for person in subscribers.list_all(sender.private)}
    return tuple(
        Preview(
            people[planned.subscriber_id],
            _compose(
                sender,
                brief,
                people[planned.subscriber_id],
                message_id=message_id(incident_id, planned.subscriber_id),
                why=planned.why,
            ),
        )
        for planned in policy.plan(tuple(people.values()), brief)
    )
