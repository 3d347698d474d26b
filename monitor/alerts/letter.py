"""What every mail has in common: headers that behave, text and HTML side by side.

Whatever a feed put into titles and texts, a header is one clean line and HTML is escaped.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.model import MailSettings, Subscriber
from monitor.text import one_line

SUBJECT_LENGTH = 150
URL_LENGTH = 2000

_pages = Environment(
    loader=PackageLoader("monitor.alerts"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def message_id(kind: str, number: int, subscriber_id: int, *, key: bytes, domain: str) -> str:
    """The Message-ID of one mail: the same at every attempt, and after a restore from backup.

    That of kind `incident` is the root of the person's thread on the incident, so a later kind
    gets its References by computing it again.
    """
    named = f"{kind}:{number}:{subscriber_id}".encode()
    mac = hmac.new(key, named, hashlib.sha256).hexdigest()[:24]
    return f"<{kind}.{number}.{mac}@{ascii_domain(domain)}>"


def ascii_domain(domain: str) -> str:
    """A domain as it travels, `xn--…` if need be; raises `ValueError` if it cannot be one."""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError("what stands behind the @ is no domain") from error


def wire_address(address: str) -> str:
    """A mail address as it travels: the domain in ASCII; the name before the @ may not be."""
    name, _, domain = address.rpartition("@")
    return f"{name}@{ascii_domain(domain)}"


def letter(
    subject: str,
    subscriber: Subscriber,
    *,
    message_id: str,
    settings: MailSettings,
    list_name: str,
    now: datetime,
) -> EmailMessage:
    """A mail with all its headers and no text yet; `list_name` is one word, such as alerts.

    Raises `ValueError`, which names no address, only if one of them is none.
    """
    mail = EmailMessage()
    mail["Subject"] = _header(subject, SUBJECT_LENGTH)
    mail["From"] = _address(settings.from_name, settings.from_address, of="mail: from_address")
    mail["To"] = _address(subscriber.name, subscriber.email, of="the subscriber's address")
    if settings.reply_to:
        mail["Reply-To"] = _address("", settings.reply_to, of="mail: reply_to")
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    mail["List-Id"] = f"Failwatch {list_name} <{list_name}.{message_id.rpartition('@')[2]}"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    return mail


def fill(mail: EmailMessage, template: str, values: Mapping[str, object]) -> EmailMessage:
    """Put the text and the HTML of a template into a mail: text first, complete by itself."""
    mail.set_content(_pages.get_template(f"{template}.txt").render(values), cte="quoted-printable")
    html = _pages.get_template(f"{template}.html").render(values)
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def _header(text: str, limit: int) -> str:
    """One clean line that the email package takes as it stands.

    It decodes what looks like an encoded word, even one that holds a line break (`=?utf-8?q?=0A…`),
    and would write it out as a header of the feed's own.
    """
    return line(text.replace("=?", "= ?"), limit).replace("=?", "= ?")[:limit]


def line(text: str, limit: int) -> str:
    """One clean line; half a character, which no encoding takes, becomes a question mark."""
    return one_line(text.encode("utf-8", "replace").decode("utf-8"), limit)


def _address(name: str, address: str, *, of: str) -> Address:
    shown = _header(name, 60)
    try:
        local, _, domain = wire_address(address).rpartition("@")
        if local.isascii():
            return Address(shown, addr_spec=f"{local}@{domain}")
    except (ValueError, IndexError, MessageError) as error:
        raise ValueError(f"{of} is no mail address") from error
    if _header(local, 64) != local:
        raise ValueError(f"{of} is no mail address")
    # `addr_spec` takes ASCII only; this form is sent under SMTPUTF8.
    return Address(shown, username=local, domain=domain)


def link(url: str) -> str:
    """The address if a reader may follow it, that is http(s) and printable; else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and bool(parts.netloc)
    return url if is_web and line(url, URL_LENGTH) == url and " " not in url else ""
