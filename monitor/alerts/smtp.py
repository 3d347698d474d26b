"""Mail handed to the mail server by SMTP: TLS, STARTTLS, login; failures are values."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from types import TracebackType
from typing import Self

from monitor.alerts.letter import wire_address
from monitor.alerts.outcome import SendFailed, Sent
from monitor.model import MailSettings
from monitor.text import one_line

ANSWER_FACTOR = 10
"""How many times longer we wait for the last answer: a relay may scan the mail before it says OK,
and to hang up on it makes a mail that came look doubtful. RFC 5321 asks for ten minutes."""

_NEEDS_LOGIN = {530, 534, 535, 538}
_ADDRESS = re.compile(r"[^\s<>()\"',;:]+@[^\s<>()\"',;:]+")
_AT_LINE_START = re.compile(rb"^\.", re.MULTILINE)


class Mailer:
    """A connection to the mail server, opened at the first mail and used for all; close by `with`."""

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
        """Hand over one mail; `before_data` is called just before the dot that completes it.

        What `before_data` writes down tells a mail that surely was not sent from one that may have
        been, should this process die. If it raises, the mail is not sent and the error goes on.
        """
        try:
            server = self._ready()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return self._unreachable(error)
        try:
            return self._hand_over(server, message, recipient, before_data=before_data)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            reason = f"The connection was lost ({_said(error)}); the mail was not sent."
            return SendFailed(reason, is_temporary=True)
        except BaseException:
            self._drop()
            raise

    def _hand_over(
        self,
        server: smtplib.SMTP,
        message: EmailMessage,
        recipient: str,
        *,
        before_data: Callable[[], None],
    ) -> Sent | SendFailed:
        try:
            sender, to = wire_address(self._settings.from_address), wire_address(recipient)
        except ValueError as error:
            return SendFailed(one_line(str(error)))
        is_international = not (sender + to).isascii()
        if is_international and not server.has_extn("smtputf8"):
            return SendFailed(
                "The mail server takes no address with such letters before the @ (SMTPUTF8)."
            )
        raw = message.as_bytes(policy=SMTPUTF8 if is_international else SMTP)
        options = ["SMTPUTF8", "BODY=8BITMIME"] if is_international else []
        refusal = _envelope(server, sender, to, options=options)
        return refusal or self._text(server, raw, before_data)

    def _text(
        self, server: smtplib.SMTP, raw: bytes, before_data: Callable[[], None]
    ) -> Sent | SendFailed:
        """Send the text, then, with the intent written down, the dot that makes it count."""
        code, words = server.docmd("DATA")
        if code != 354:
            return _refused(code, words)
        server.send(_AT_LINE_START.sub(b"..", raw))
        before_data()
        server.send(b".\r\n")  # if the system refuses this, the dot has not left us
        try:
            if server.sock:
                server.sock.settimeout(self._settings.timeout_seconds * ANSWER_FACTOR)
            code, words = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            return self._unknown(_said(error))
        if server.sock:
            server.sock.settimeout(self._settings.timeout_seconds)
        if 200 <= code < 300:
            return Sent(f"{code} {_words(words)}")
        return _refused(code, words) if code >= 400 else self._unknown(_words(words))

    def _unknown(self, said: str) -> SendFailed:
        self._drop()
        reason = f"The connection died before the server confirmed ({said})."
        return SendFailed(reason, is_temporary=True, is_unknown=True)

    def _ready(self) -> smtplib.SMTP:
        """The open connection if it still answers, else a new one."""
        if self._server and not _answers(self._server):
            self._drop()  # servers hang up on idle connections; a new one tells if more is wrong
        if self._server is None:
            self._server = self._connect()
        return self._server

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
            if server.sock:
                # The last dot is a packet of its own, which the system else holds back for 40 ms.
                server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                server.starttls(context=context)
                server.ehlo()
            if settings.user:
                server.login(settings.user, str(settings.password))
        except BaseException:
            server.close()
            raise
        return server

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server:
            server.close()

    def _unreachable(self, error: Exception) -> SendFailed:
        where = f"{self._settings.host}:{self._settings.port}"
        match error:
            case smtplib.SMTPAuthenticationError():
                said = _words(error.smtp_error)
                reason = (
                    f"{where} refused the login ({error.smtp_code} {said}): check mail: user and"
                    " FAILWATCH_MAIL_PASSWORD."
                )
            case smtplib.SMTPNotSupportedError():
                reason = (
                    f"{where} does not offer what failwatch.yaml asks for ({_said(error)}):"
                    " check mail: security."
                )
            case ssl.SSLError():
                reason = (
                    f"{where} could not agree with us on TLS ({_said(error)}): check mail: port,"
                    " security and ca_file."
                )
            case socket.gaierror():
                reason = f"The name {self._settings.host} cannot be found: check mail: host."
            case FileNotFoundError():
                reason = f"{self._settings.ca_file} cannot be read: check mail: ca_file."
            case smtplib.SMTPResponseException():
                reason = f"{where} said {error.smtp_code} {_words(error.smtp_error)}."
            case _:
                reason = f"{where} cannot be reached ({_said(error)}): check mail: host and port."
        return SendFailed(one_line(reason, 400), is_temporary=True, stops_all=True)


def _answers(server: smtplib.SMTP) -> bool:
    try:
        return server.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _envelope(
    server: smtplib.SMTP, sender: str, recipient: str, *, options: Sequence[str]
) -> SendFailed | None:
    """Name sender and recipient; what the server has against them, if anything."""
    code, words = server.mail(sender, options)
    if code >= 400:
        # A sender that is refused is refused for every mail: a matter of settings, not of this one.
        return SendFailed(
            f"The mail server refused the sender {sender}: {code} {_words(words)}",
            is_temporary=True,
            stops_all=code >= 500 or code == 421,
        )
    code, words = server.rcpt(recipient)
    return _refused(code, words) if code >= 400 else None


def _refused(code: int, words: bytes) -> SendFailed:
    stops_all = code == 421 or code in _NEEDS_LOGIN
    return SendFailed(
        f"The mail server said: {code} {_words(words)}",
        is_temporary=400 <= code < 500 or stops_all,
        stops_all=stops_all,
    )


def _words(reply: bytes | str) -> str:
    """A server's words on one line, without addresses: they are shown where no address may be."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return _ADDRESS.sub("(address)", one_line(text, 200))


def _said(error: Exception) -> str:
    return _words(str(error)) or type(error).__name__
