"""What the processes say of themselves: one row a topic, shown on Home and by `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.store.db import Connection, moment, stamp


@dataclass(frozen=True, slots=True)
class Topic:
    """The last word on one topic: `worker`, `config` or `mail`."""

    topic: str
    fault: str
    """What is wrong and what to do; empty when all is well."""
    at: datetime


def report(conn: Connection, topic: str, *, fault: str, now: datetime) -> None:
    """Say how a topic stands; an empty `fault` means well."""
    conn.execute(
        "INSERT INTO health (topic, state, message, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (topic) DO UPDATE"
        " SET state = excluded.state, message = excluded.message, at = excluded.at",
        (topic, "fault" if fault else "ok", fault, stamp(now)),
    )


def topics(conn: Connection) -> dict[str, Topic]:
    """Every topic that was ever reported, by name."""
    rows = conn.execute("SELECT topic, message, at FROM health ORDER BY topic")
    return {r["topic"]: Topic(r["topic"], r["message"], moment(r["at"])) for r in rows}
