"""What can become of one mail at the mail server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has it."""

    reply: str
    """Its words, such as `250 OK: queued as 4Xz`."""


@dataclass(frozen=True, slots=True)
class SendFailed:
    """The server does not have it, or nobody knows."""

    reason: str
    """One sentence: what went wrong and, where it helps, what to do."""
    is_temporary: bool = False
    """Worth another try."""
    is_unknown: bool = False
    """The connection died between our last byte and the server's answer: it may have the mail."""
    stops_all: bool = False
    """No other mail can be sent either: unreachable, no TLS, login or sender refused."""
