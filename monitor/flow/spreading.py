"""Mails that a story spreads: once a level of spread, to whoever is told of such incidents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts import policy
from monitor.incidents import spread
from monitor.model import Subscriber
from monitor.store import briefs, outbox
from monitor.store.db import Connection

KINDS = {1: "developing", 2: "widespread"}
"""Level -> kind of mail in the outbox, so that each is sent once."""

STALE = timedelta(hours=24)
"""A level that was reached longer ago is shown, but no news: as when a feed is read for the first time."""


@dataclass(frozen=True, slots=True)
class Bell:
    """Who may be told, and how their mails are numbered; made by `app`."""

    subscribers: Callable[[], Sequence[Subscriber]]
    message_id: Callable[[str, int, int], str]
    """(kind, incident, subscriber) -> the Message-ID that every attempt will bear."""

    def __call__(
        self, conn: Connection, incident_id: int, reached: spread.Reached, now: datetime
    ) -> int:
        """Queue the mails of a level, in the caller's transaction; returns how many."""
        if now - reached.at > STALE:
            return 0
        kind = KINDS[reached.level.number]
        planned = policy.plan(self.subscribers(), briefs.brief(conn, incident_id))
        rows = [
            (
                one.subscriber_id,
                self.message_id(kind, incident_id, one.subscriber_id),
                f"{one.why}, and {reached.level} have told of this one",
            )
            for one in planned
        ]
        return outbox.enqueue(conn, incident_id, rows, now=now, kind=kind)
