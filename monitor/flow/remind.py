"""Reminders of actions: made once a mark, told to their owners through the outbox.

    gather    open actions whose day is near or past         store.reminders, lessons.stages
    settle    the reminder and an outbox row, in one go

An owner is a name to sign in with; whoever subscribes under the same name gets the mail. The
database says which marks were made, so a kill or a restart sends none twice and forgets none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from monitor.alerts.reminder import WHY
from monitor.flow import digest
from monitor.model import Subscriber
from monitor.store import outbox, reminders
from monitor.store.db import Connection, transaction


def make(
    conn: Connection,
    people: Sequence[Subscriber],
    message_id: Callable[[int, int], str],
    *,
    now: datetime,
) -> int:
    """Queue what is due; returns how many mails. `message_id`: (reminder, subscriber) -> its id.

    An action whose owner does not subscribe is marked all the same: its page shows it as overdue.
    """
    queued = 0
    for row, mark in reminders.due(conn, now.date()):
        owners = [p for p in people if p.name.casefold() == row["owner"].casefold() and not p.is_paused]  # fmt: skip
        with transaction(conn):
            number = reminders.make(conn, row, mark, now=now)
            if number:
                planned = [(p.id, message_id(number, p.id), WHY) for p in owners]
                queued += outbox.enqueue_reminder(conn, number, planned, now=now)
    return queued


def by_date(conn: Connection, desk: digest.Desk, *, now: datetime) -> int:
    """All mails that the calendar asks for: the week's digest, and reminders; how many were queued."""
    told = digest.make(conn, desk, now=now)
    return told + make(conn, desk.subscribers, desk.reminder_id, now=now)
