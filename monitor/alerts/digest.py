"""The weekly digest: what the week brought, what waits, and which rules need somebody.

What it says is reckoned once and kept, so that every attempt, and every subscriber, gets the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from monitor.alerts.letter import fill, letter, line
from monitor.alerts.policy import SEVERITY_NAMES
from monitor.model import MailSettings, Severity, Subscriber
from monitor.settings import DigestSettings

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHOWN = 10
"""New incidents that are listed; of more, the number is told."""
WHY = "you asked for the weekly digest"


@dataclass(frozen=True, slots=True)
class Story:
    """An incident in one line."""

    id: int
    title: str
    severity: int
    posts: int
    sources: int
    status: str
    first_seen: str
    """When it was started, `2026-11-20T22:29:00Z`."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What one week's digest says."""

    week: str
    since: str
    until: str
    started: tuple[Story, ...]
    """New incidents, the worst first, at most `SHOWN`."""
    started_in_all: int
    waiting: tuple[Story, ...]
    """Undecided incidents, the oldest first, a few."""
    waiting_in_all: int
    decided: Mapping[str, int]
    """Status -> decisions of the week."""
    feeds: tuple[tuple[str, str], ...]
    """Feeds that cannot be read: title and what is wrong."""
    rules: tuple[tuple[str, str], ...]
    """Rules that need somebody: id and advice."""
    recall: tuple[str, ...]
    """What the recall audit estimates, in sentences."""
    unseen: int
    """Drawn posts that still wait for a look."""

    @property
    def is_quiet(self) -> bool:
        """Whether nothing at all is to be told."""
        return not (
            self.started_in_all or self.waiting_in_all or self.decided or self.feeds or self.rules
        )


@dataclass(frozen=True, slots=True)
class Due:
    """The last moment at which a digest was due."""

    week: str
    since: datetime
    until: datetime


def last_due(now: datetime, settings: DigestSettings) -> Due:
    """The newest due moment that is not after `now`: a day and hour of the team's own clock.

    Earlier ones that were missed get no mail of their own. Where the clock leaps over the hour, the moment is the one that the hour would have been.
    """
    here = ZoneInfo(settings.timezone)
    local = now.astimezone(here)
    at = local.replace(hour=settings.hour, minute=0, second=0, microsecond=0, fold=0)
    at -= timedelta(days=(local.weekday() - DAYS.index(settings.day)) % 7)
    if at.astimezone(now.tzinfo) > now:
        at -= timedelta(days=7)
    year, week, _ = at.isocalendar()
    return Due(f"{year}-W{week:02d}", at - timedelta(days=7), at)


def as_json(digest: Digest) -> str:
    """A digest as it is kept."""
    return json.dumps(asdict(digest), ensure_ascii=False)


def from_json(text: str) -> Digest:
    """The inverse of `as_json`."""
    told = json.loads(text)
    for key in ("started", "waiting"):
        told[key] = tuple(Story(**story) for story in told[key])
    for key in ("feeds", "rules"):
        told[key] = tuple((first, second) for first, second in told[key])
    return Digest(**told | {"recall": tuple(told["recall"])})


def compose(
    digest: Digest,
    subscriber: Subscriber,
    *,
    message_id: str,
    settings: MailSettings,
    public_url: str,
    now: datetime,
) -> EmailMessage:
    """Make the mail; raises `ValueError`, which names no address, only if one of them is none."""
    mail = letter(
        f"Failwatch, week {digest.week[-2:]}: {subject(digest)}",
        subscriber,
        message_id=message_id,
        settings=settings,
        list_name="digest",
        now=now,
    )
    return fill(mail, "digest", _values(digest, public_url))


def subject(digest: Digest) -> str:
    """The week in a few words."""
    if digest.is_quiet:
        return "nothing new"
    started, waiting = digest.started_in_all, digest.waiting_in_all
    told = f"{started} new incident{'s' * (started != 1)}" if started else "nothing new"
    return f"{told}, {waiting} to decide" if waiting else told


def _values(digest: Digest, public_url: str) -> dict[str, object]:
    """What the templates show, each text on one clean line."""
    return {
        "title": f"Week {digest.week[-2:]} of {digest.week[:4]}: {subject(digest)}",
        "days": f"{digest.since[:10]} to {digest.until[:10]}",
        "started": [_story(story, public_url) for story in digest.started],
        "more": digest.started_in_all - len(digest.started),
        "waiting": [_story(story, public_url) for story in digest.waiting],
        "waiting_in_all": digest.waiting_in_all,
        "decided": ", ".join(f"{n} {status}" for status, n in sorted(digest.decided.items())),
        "feeds": [(line(title, 100), line(error, 300)) for title, error in digest.feeds],
        "rules": [
            {"id": line(rule, 100), "said": line(said, 500), "url": f"{public_url}/-/rules/{line(rule, 100)}"}
            for rule, said in digest.rules
        ],
        "recall": [line(sentence, 500) for sentence in digest.recall],
        "unseen": digest.unseen,
        "is_quiet": digest.is_quiet,
        "triage_url": f"{public_url}/-/triage",
        "recall_url": f"{public_url}/-/recall",
        "feeds_url": f"{public_url}/-/feeds",
        "subscribers_url": f"{public_url}/-/subscribers",
        "why": WHY,
    }  # fmt: skip


def _story(story: Story, public_url: str) -> dict[str, object]:
    sources = f"{story.sources} source{'s' * (story.sources != 1)}"
    posts = f"{story.posts} post{'s' * (story.posts != 1)}"
    return {
        "title": line(story.title, 300) or f"Incident {story.id}",
        "severity": SEVERITY_NAMES[Severity(story.severity)],
        "said": f"{posts}, {sources}",
        "status": story.status,
        "since": story.first_seen[:10],
        "url": f"{public_url}/-/incidents/{story.id}",
    }
