"""Mail handed to the mail server by SMTP: TLS, STARTTLS, login; failures are values."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from types import TracebackType
from typing import Self

from monitor.model import MailSettings
from monitor.text import one_line


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has it."""

    reply: str
    """Its words."""


@dataclass(frozen=True, slots=True)
class SendFailed:
    """The server does not have it, or nobody knows."""

    reason: str
    is_temporary: bool
    is_unknown: bool = False
    """The connection died between our last byte and the server's answer."""
    stops_all: bool = False
    """Nothing else can be sent either: unreachable, no TLS, login refused."""


class Mailer:
    """A connection to the mail server, opened at the first mail; a context manager."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Open nothing yet."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _exc: BaseException | None,
        _tb: TracebackType | None,
    ) -> None:
        """Say goodbye."""
        server, self._server = self._server, None
        if server:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def send(
        self, message: EmailMessage, recipient: str, *, before_data: Callable[[], None]
    ) -> Sent | SendFailed:
        """Hand over one mail; `before_data` is called just before its text leaves us.

        What `before_data` writes down is what tells a mail that surely was not sent from one that
        may have been, should this process die.
        """
        try:
            server = self._server or self._connect()
        except (smtplib.SMTPException, OSError) as error:
            return self._unreachable(error)
        try:
            raw = message.as_bytes(policy=SMTP)
            return self._hand_over(server, raw, recipient, before_data)
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, error.smtp_error, stops_all=False)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return SendFailed(f"The connection was lost ({_said(error)}).", is_temporary=True)

    def _hand_over(
        self, server: smtplib.SMTP, raw: bytes, recipient: str, before_data: Callable[[], None]
    ) -> Sent | SendFailed:
        options = []
        if not recipient.isascii():
            if not server.has_extn("smtputf8"):
                return SendFailed(
                    "The mail server takes no addresses with such letters (SMTPUTF8).",
                    is_temporary=False,
                )
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        server.rset()
        for code, words in (
            server.mail(self._settings.from_address, options),
            server.rcpt(recipient),
        ):
            if code >= 400:
                return _refused(code, words, stops_all=code == 530)
        before_data()
        try:
            code, words = server.data(raw)
        except smtplib.SMTPDataError:
            raise
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            reason = f"The connection died before the server confirmed ({_said(error)})."
            return SendFailed(reason, is_temporary=True, is_unknown=True)
        if code != 250:
            return _refused(code, words, stops_all=False)
        return Sent(f"{code} {_words(words)}")

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = ssl.create_default_context()
        if settings.ca_file:
            context.load_verify_locations(settings.ca_file)
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_seconds, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        try:
            server.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                server.starttls(context=context)
                server.ehlo()
            if settings.user:
                server.login(settings.user, str(settings.password))
        except BaseException:
            server.close()
            raise
        self._server = server
        return server

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server:
            server.close()

    def _unreachable(self, error: Exception) -> SendFailed:
        where = f"{self._settings.host}:{self._settings.port}"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            reason = (
                f"{where} refused the login ({_words(error.smtp_error)}): check user and password."
            )
        elif isinstance(error, smtplib.SMTPNotSupportedError):
            reason = f"{where} does not offer what failwatch.yaml asks for ({error}): check mail: security."
        elif isinstance(error, ssl.SSLError):
            reason = (
                f"{where} has no certificate that we trust ({_said(error)}): see mail: ca_file."
            )
        elif isinstance(error, socket.gaierror):
            reason = f"the name {self._settings.host} cannot be found: check mail: host."
        else:
            reason = f"{where} cannot be reached ({_said(error)})."
        return SendFailed(one_line(reason), is_temporary=True, stops_all=True)


def _refused(code: int, words: bytes | str, *, stops_all: bool) -> SendFailed:
    return SendFailed(
        f"The mail server said: {code} {_words(words)}",
        is_temporary=400 <= code < 500,
        stops_all=stops_all or code == 421,
    )


def _words(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return one_line(text, 200)


def _said(error: Exception) -> str:
    return one_line(str(error), 160) or type(error).__name__
