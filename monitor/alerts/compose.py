"""An alert as a mail: text first and complete by itself, HTML beside it, headers that behave."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.alerts.policy import SEVERITY_NAMES
from monitor.model import IncidentBrief, MailSettings, Subscriber
from monitor.text import one_line

SUBJECT_LENGTH = 150

_pages = Environment(
    loader=PackageLoader("monitor.alerts"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def message_id(kind: str, incident_id: int, subscriber_id: int, *, key: bytes, domain: str) -> str:
    """The Message-ID of one mail: the same at every attempt, and after a restore from backup."""
    named = f"{kind}:{incident_id}:{subscriber_id}".encode()
    mac = hmac.new(key, named, hashlib.sha256).hexdigest()[:24]
    return f"<{kind}.{incident_id}.{mac}@{domain}>"


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
    """Make the mail; raises `ValueError` only for a recipient that is no address.

    Whatever a feed put into titles and texts, headers are one clean line and HTML is escaped.
    """
    mail = EmailMessage()
    mail["Subject"] = one_line(brief.title, SUBJECT_LENGTH) or "An incident"
    mail["From"] = Address(one_line(settings.from_name, 60), addr_spec=settings.from_address)
    mail["To"] = Address(one_line(subscriber.name, 60), addr_spec=subscriber.email)
    if settings.reply_to:
        mail["Reply-To"] = Address(addr_spec=settings.reply_to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    domain = message_id.rpartition("@")[2].rstrip(">")
    # One thread an incident and person: every mail points at a root that is computed, not looked up.
    root = f"<incident.{brief.id}.thread@{domain}>"
    mail["In-Reply-To"] = root
    mail["References"] = root
    mail["List-Id"] = f"Failwatch alerts <alerts.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    values = {
        "brief": _tidy(brief),
        "severity": SEVERITY_NAMES[brief.severity].capitalize(),
        "published": f"{brief.published_at:%-d %B %Y, %H:%M} UTC",
        "incident_url": f"{public_url}/-/incidents/{brief.id}",
        "source_url": brief.url if urlsplit(brief.url).scheme in {"http", "https"} else "",
        "subscribers_url": f"{public_url}/-/subscribers",
        "why": one_line(why),
    }
    mail.set_content(_pages.get_template("incident.txt").render(values), cte="quoted-printable")
    mail.add_alternative(
        _pages.get_template("incident.html").render(values), subtype="html", cte="quoted-printable"
    )
    return mail


def _tidy(brief: IncidentBrief) -> dict[str, object]:
    """What the templates show, each on one clean line."""
    return {
        "title": one_line(brief.title) or "(no title)",
        "organisation": one_line(brief.organisation, 100),
        "feed_title": one_line(brief.feed_title, 100),
        "why": [one_line(line) for line in brief.why],
    }
