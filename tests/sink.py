"""A mail server on loopback that keeps what it takes, and fails as it is told to."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from monitor.model import MailSettings, Secret

Moment = Literal["", "mail", "text", "dot", "answer"]
"""When the server hangs up: at MAIL, inside the text, after the dot with or without keeping it."""


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the server took."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def message_id(self) -> str:
        """Its Message-ID, with the angle brackets."""
        return str(self.mail["Message-ID"])


class _Server(SMTP):
    """Hangs up in the middle of a text, which handlers cannot."""

    sink: Sink

    def drop(self) -> None:
        """Hang up without a word."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # aiosmtpd's name
        if self.sink.take_hang_up("text"):
            await self.push("354 go on")
            self.drop()
            return
        await super().smtp_DATA(arg)


@dataclass
class Sink:
    """The server; a context manager. Change its fields at any time to change what it does."""

    security: Literal["none", "starttls", "tls"] = "none"
    login: tuple[str, str] | None = None
    log: Path | None = None
    """Each Message-ID on a line, on the disk before the server says 250."""
    takes_utf8: bool = True
    pause: Callable[[], float] = lambda: 0.0
    """Seconds between keeping a mail and saying so."""
    replies: deque[str] = field(default_factory=deque)
    """Answers to the next texts, such as `451 4.3.0 busy`; then 250."""
    refusals: dict[str, str] = field(default_factory=dict)
    """Recipient -> answer to RCPT."""
    sender_refusal: str = ""
    hang_up: Moment = ""
    """Once; then it is empty again."""
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self._authority = trustme.CA()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="mail sink")
        self._sessions: set[_Server] = set()

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        context = self._context() if self.security == "tls" else None
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._session, sock=listener, ssl=context)
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _exc: BaseException | None,
        _tb: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def settings(self, folder: Path, **changes: Any) -> MailSettings:
        """Settings to reach this server; writes its authority's certificate into `folder`."""
        ca_file = ""
        if self.security != "none":
            ca_file = str(folder / "authority.pem")
            self._authority.cert_pem.write_to_path(ca_file)
        user, password = self.login or ("", "")
        values: dict[str, Any] = {
            "host": "localhost", "port": self.port, "security": self.security, "user": user,
            "password": Secret(password), "from_address": "failwatch@house.example",
            "ca_file": ca_file, "timeout_seconds": 5.0,
        }  # fmt: skip
        return MailSettings(**(values | changes))

    def wait_for(self, number: int, seconds: float = 10.0) -> list[Received]:
        """What came, once `number` mails did; fails after `seconds`."""
        end = time.monotonic() + seconds
        while len(self.received) < number:
            assert time.monotonic() < end, f"{len(self.received)} of {number} mails came"
            time.sleep(0.01)
        return list(self.received)

    def hang_up_on_all(self) -> None:
        """Close every open connection, as servers do with idle ones."""

        async def close() -> None:
            for session in tuple(self._sessions):
                session.drop()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        time.sleep(0.05)

    def take_hang_up(self, moment: Moment) -> bool:
        """Whether to hang up now; only once."""
        if self.hang_up != moment:
            return False
        self.hang_up = ""
        return True

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _close(self) -> None:
        self._server.close()
        for session in tuple(self._sessions):
            session.drop()
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        return context

    def _session(self) -> _Server:
        self.connections += 1
        is_starttls = self.security == "starttls"
        with warnings.catch_warnings():
            # aiosmtpd does not know that a connection is TLS from its start, and warns of logins.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            session = _Server(
                self,
                hostname="sink.example",
                loop=self._loop,
                enable_SMTPUTF8=self.takes_utf8,
                tls_context=self._context() if is_starttls else None,
                require_starttls=is_starttls,
                auth_required=self.login is not None,
                auth_require_tls=is_starttls,
                authenticator=self._authenticate,
            )
        session.sink = self
        self._sessions.add(session)
        return session

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        is_known = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=is_known, handled=False)

    async def handle_MAIL(  # noqa: N802
        self,
        server: _Server,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.take_hang_up("mail"):
            server.drop()
        if self.sender_refusal:
            return self.sender_refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:  # fmt: skip
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: _Server, _session: Session, envelope: Envelope
    ) -> str:
        if self.take_hang_up("dot"):
            server.drop()
            return "250 never heard"
        if self.replies:
            return self.replies.popleft()
        assert isinstance(envelope.content, bytes)
        self._keep(
            Received(str(envelope.mail_from), tuple(envelope.rcpt_tos), bytes(envelope.content))
        )
        if self.take_hang_up("answer"):
            server.drop()
            return "250 never heard"
        await asyncio.sleep(self.pause())
        return f"250 OK: kept as {len(self.received)}"

    def _keep(self, received: Received) -> None:
        if self.log:
            with self.log.open("a", encoding="ascii") as file:
                file.write(received.message_id + "\n")
                file.flush()
                os.fsync(file.fileno())
        self.received.append(received)
