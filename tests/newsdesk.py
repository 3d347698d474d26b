"""Incidents with queued alerts in a real database, for tests of what comes after them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.alerts import letter, policy
from monitor.model import FeedSettings, Judged, Match, Post, Severity, Span, Subscriber, Verdict
from monitor.store import briefs, feeds, incidents, outbox, posts, rules, subscribers
from monitor.store.db import Connection, transaction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"the key of this test"
FEED = "https://news.example/feed"
RULE = rules.LiveRule(
    "outcry", "v1", "Public outcry", "outcry", 3, 0.8, ("backlash",), "outcry", "rules/a.yaml"
)
TEXT = "Customers answered the post with an outcry that lasted a week."


def message_id(incident_id: int, subscriber_id: int) -> str:
    """As the newsroom makes them."""
    return letter.message_id(
        "incident", incident_id, subscriber_id, key=KEY, domain="house.example"
    )


def subscriber(private: Connection, email: str = "ann@example.org") -> Subscriber:
    """A person who is told of everything."""
    with transaction(private):
        return subscribers.add(private, Subscriber(0, email), now=NOW)


def incident(main: Connection, number: int = 1, title: str = "", *, summary: str = "") -> int:
    """An incident of one flagged post; returns its number."""
    start = TEXT.index("outcry")
    title = title or f"Story {number} draws an outcry"
    url = f"https://news.example/{number}?a=1&b=2"
    post = Post(f"g{number}", url, url, title, "", summary, TEXT, "en", NOW)
    match = Match(
        "outcry", "v1", RULE.title, "outcry", Severity.BACKLASH, 0.8, RULE.tags,
        (Span("text", start, start + 6),),
    )  # fmt: skip
    judged = Judged(post, Verdict((match,), 0.8, flagged=True))
    with transaction(main):
        feeds.sync(main, [FeedSettings(FEED, title="Trade news")], now=NOW)
        ids = rules.sync(main, [RULE], now=NOW)
        feed = main.execute("SELECT id FROM feeds").fetchone()["id"]
        (saved,) = posts.save(main, feed, [judged], rule_ids=ids, now=NOW)
        return incidents.start(
            main, saved.id, judged, published_at=NOW, why="the first post", now=NOW
        )


def tell(main: Connection, number: int, people: Sequence[Subscriber]) -> None:
    """Queue the alerts of an incident, as ingest does."""
    planned = policy.plan(people, briefs.brief(main, number))
    rows = [(p.subscriber_id, message_id(number, p.subscriber_id), p.why) for p in planned]
    with transaction(main):
        outbox.enqueue(main, number, rows, now=NOW)


def told(main: Connection, people: Sequence[Subscriber], count: int = 1) -> list[str]:
    """Make `count` incidents with alerts for everybody; returns the Message-IDs."""
    for number in range(1, count + 1):
        tell(main, incident(main, number), people)
    return [row["message_id"] for row in main.execute("SELECT message_id FROM alerts ORDER BY id")]


def states(main: Connection) -> list[str]:
    """The state of every alert, oldest first."""
    return [row["state"] for row in main.execute("SELECT state FROM alerts ORDER BY id")]
