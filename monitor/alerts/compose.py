"""An alert as a mail: text first and complete by itself, HTML beside it, headers that behave."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.alerts.policy import SEVERITY_NAMES
from monitor.model import IncidentBrief, MailSettings, Severity, Subscriber
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

MAX_THREAD = 60
"""Longer ids would be folded by the email package into something that no reader knows again."""


def message_id(kind: str, incident_id: int, subscriber_id: int, *, key: bytes, domain: str) -> str:
    """The Message-ID of one mail: the same at every attempt, and after a restore from backup.

    That of kind `incident` is the root of the person's thread on the incident, so a later kind
    gets its References by computing it again.
    """
    named = f"{kind}:{incident_id}:{subscriber_id}".encode()
    mac = hmac.new(key, named, hashlib.sha256).hexdigest()[:24]
    return f"<{kind}.{incident_id}.{mac}@{ascii_domain(domain)}>"


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


def compose(
    brief: IncidentBrief,
    subscriber: Subscriber,
    *,
    message_id: str,
    settings: MailSettings,
    public_url: str,
    why: str,
    now: datetime,
) -> EmailMessage:
    """Make the mail; raises `ValueError`, which names no address, only if one of them is none.

    Whatever a feed put into titles and texts, headers are one clean line and HTML is escaped.
    `why` ends the sentence "You get this mail because".
    """
    mail = EmailMessage()
    mail["Subject"] = _header(brief.title, SUBJECT_LENGTH) or f"Incident {brief.id}"
    mail["From"] = _address(settings.from_name, settings.from_address, of="mail: from_address")
    mail["To"] = _address(subscriber.name, subscriber.email, of="the subscriber's address")
    if settings.reply_to:
        mail["Reply-To"] = _address("", settings.reply_to, of="mail: reply_to")
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    thread = f"<incident.{brief.id}@{message_id.rpartition('@')[2]}"
    if len(thread) <= MAX_THREAD:
        # One thread an incident: every mail on it names a root that is computed, not looked up.
        mail["References"] = thread
        mail["In-Reply-To"] = thread
    mail["List-Id"] = f"Failwatch alerts <alerts.{message_id.rpartition('@')[2]}"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    values = _values(brief, public_url=public_url, why=why)
    mail.set_content(_pages.get_template("incident.txt").render(values), cte="quoted-printable")
    mail.add_alternative(
        _pages.get_template("incident.html").render(values), subtype="html", cte="quoted-printable"
    )
    return mail


def _header(text: str, limit: int) -> str:
    """One clean line that the email package takes as it stands.

    It decodes what looks like an encoded word, even one that holds a line break (`=?utf-8?q?=0A…`),
    and would write it out as a header of the feed's own.
    """
    return _line(text.replace("=?", "= ?"), limit).replace("=?", "= ?")[:limit]


def _line(text: str, limit: int) -> str:
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


def _values(brief: IncidentBrief, *, public_url: str, why: str) -> dict[str, object]:
    """What the templates show, each text on one clean line."""
    at = brief.published_at.astimezone(UTC)
    return {
        "title": _line(brief.title, 300) or f"Incident {brief.id}",
        "organisation": _line(brief.organisation, 100),
        "feed_title": _line(brief.feed_title, 100),
        "severity": SEVERITY_NAMES[brief.severity].capitalize(),
        "severity_of": f"{int(brief.severity)} of {int(max(Severity))}",
        "score": f"{brief.score:.2f}",
        "tags": ", ".join(_line(tag, 60) for tag in brief.tags),
        "published": f"{at.day} {at:%B %Y, %H:%M} UTC",
        "flagged": [_line(line, 300) for line in brief.why],
        "incident_url": f"{public_url}/-/incidents/{brief.id}",
        "source_url": _link(brief.url),
        "subscribers_url": f"{public_url}/-/subscribers",
        "why": _line(why, 500),
    }


def _link(url: str) -> str:
    """The address if a reader may follow it, that is http(s) and printable; else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and bool(parts.netloc)
    return url if is_web and _line(url, URL_LENGTH) == url and " " not in url else ""
