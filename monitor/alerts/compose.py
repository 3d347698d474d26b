"""An alert as a mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

from monitor.alerts.letter import fill, letter, line, link
from monitor.alerts.policy import SEVERITY_NAMES
from monitor.model import IncidentBrief, MailSettings, Severity, Subscriber

MAX_THREAD = 60
"""Longer ids would be folded by the email package into something that no reader knows again."""


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
    mail = letter(
        brief.title if line(brief.title, 300) else f"Incident {brief.id}",
        subscriber,
        message_id=message_id,
        settings=settings,
        list_name="alerts",
        now=now,
    )
    thread = f"<incident.{brief.id}@{message_id.rpartition('@')[2]}"
    if len(thread) <= MAX_THREAD:
        # One thread an incident: every mail on it names a root that is computed, not looked up.
        mail["References"] = thread
        mail["In-Reply-To"] = thread
    return fill(mail, "incident", _values(brief, public_url=public_url, why=why))


def _values(brief: IncidentBrief, *, public_url: str, why: str) -> dict[str, object]:
    """What the templates show, each text on one clean line."""
    at = brief.published_at.astimezone(UTC)
    return {
        "title": line(brief.title, 300) or f"Incident {brief.id}",
        "organisation": line(brief.organisation, 100),
        "feed_title": line(brief.feed_title, 100),
        "severity": SEVERITY_NAMES[brief.severity].capitalize(),
        "severity_of": f"{int(brief.severity)} of {int(max(Severity))}",
        "score": f"{brief.score:.2f}",
        "tags": ", ".join(line(tag, 60) for tag in brief.tags),
        "published": f"{at.day} {at:%B %Y, %H:%M} UTC",
        "flagged": [line(text, 300) for text in brief.why],
        "incident_url": f"{public_url}/-/incidents/{brief.id}",
        "source_url": link(brief.url),
        "subscribers_url": f"{public_url}/-/subscribers",
        "why": line(why, 500),
    }
