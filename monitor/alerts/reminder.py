"""A reminder of an action as a mail to its owner."""

from __future__ import annotations

from datetime import date, datetime
from email.message import EmailMessage

from monitor.alerts.letter import fill, letter, line
from monitor.lessons.stages import ActionBrief
from monitor.model import MailSettings, Subscriber

WHY = "an action of a lesson is yours: the name of your subscription is that of your account"


def compose(
    brief: ActionBrief,
    subscriber: Subscriber,
    *,
    message_id: str,
    settings: MailSettings,
    public_url: str,
    now: datetime,
) -> EmailMessage:
    """Make the mail; raises `ValueError`, which names no address, only if one of them is none."""
    mail = letter(
        f"{when(brief.due_on, now.date()).capitalize()}: {line(brief.text, 150)}",
        subscriber,
        message_id=message_id,
        settings=settings,
        list_name="reminders",
        now=now,
    )
    values = {
        "title": line(brief.text, 300),
        "when": when(brief.due_on, now.date()),
        "due_on": brief.due_on,
        "lesson": line(brief.lesson, 200),
        "stage": brief.stage,
        "lesson_url": f"{public_url}/-/lessons/{brief.lesson_id}#a{brief.id}",
        "actions_url": f"{public_url}/-/actions?show=mine",
        "why": WHY,
    }
    return fill(mail, "reminder", values)


def when(due_on: str, today: date) -> str:
    """How a day lies to today: `due today`, `due in 3 days`, `overdue by 8 days`."""
    days = (date.fromisoformat(due_on) - today).days
    if not days:
        return "due today"
    many = f"{abs(days)} day{'s' * (abs(days) != 1)}"
    return f"due in {many}" if days > 0 else f"overdue by {many}"
