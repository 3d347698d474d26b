"""All that a team edits, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import (
    FeedSettings,
    FetchLimits,
    MailSettings,
    RuleSource,
    TermList,
    WikiSettings,
)
from monitor.settings import DigestSettings, Thresholds


@dataclass(frozen=True, slots=True)
class Polling:
    """What reading feeds and pages may cost."""

    limits: FetchLimits
    at_once: int
    user_agent_contact: str
    pages: str
    """Whose teasers get their pages read: `matched`, `listed` or `never`."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept for how long."""

    polls_days: int


@dataclass(frozen=True, slots=True)
class Settings:
    """failwatch.yaml and the secrets that belong to it."""

    organisation: str
    public_url: str
    profile: tuple[tuple[str, str], ...]
    """What concerns the organisation itself: (heading, word), such as `("brands", "Acme")`."""
    listen_host: str
    listen_port: int
    mail: MailSettings
    wikis: tuple[WikiSettings, ...]
    polling: Polling
    retention: Retention
    digest: DigestSettings
    grouping: Thresholds
    recall_posts: int
    """Unflagged posts that people are shown each week; 0 for none."""


@dataclass(frozen=True, slots=True)
class Config:
    """All that a team edits, checked for form."""

    feeds: tuple[FeedSettings, ...]
    rules: tuple[RuleSource, ...]
    terms: tuple[TermList, ...]
    settings: Settings
    fingerprint: str
