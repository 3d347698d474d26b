"""A database with a lesson, and a wiki to export it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.flow import book, export
from monitor.flow.export_plan import Exported, Wanted, Wiki
from monitor.model import Judged, Match, Post, Severity, Span, Verdict
from monitor.store import incidents, lessons, posts, rules, schema
from monitor.store.db import Connection, transaction
from monitor.wikis.document import Page

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LESSON = "Never joke about storms"
TITLE = f"Lesson 1: {LESSON}"
HOSTILE = "Acme [[jokes]] {{about}} ~~~~ a storm"


def told(conn: Connection, number: int = 1, title: str = HOSTILE) -> int:
    """An incident of one post."""
    match = Match(
        "r", "v", "Outcry", "r", Severity.BACKLASH, 0.8, ("storm",), (Span("title", 0, 4),)
    )
    url = f"https://news.example/{number}"
    post = Post(f"g{number}", url, url, title, "", "s", "text", "en", NOW)
    judged = Judged(post, Verdict((match,), 0.8, flagged=True))
    with transaction(conn):
        conn.execute(
            "INSERT OR IGNORE INTO feeds (id, url, fetch_url, title, created_at) VALUES (1, 'u', 'u', 'News', 'x')"
        )
        live = rules.LiveRule("r", "v", "Outcry", "r", 3, 0.8, ("storm",), "q", "p")
        ids = rules.sync(conn, [live], now=NOW)
        (saved,) = posts.save(conn, 1, [judged], rule_ids=ids, now=NOW)
        return incidents.start(conn, saved.id, judged, published_at=NOW, why="first", now=NOW)


def learn(conn: Connection, incident: int = 1, title: str = LESSON, **texts: str) -> None:
    """Save the lesson of an incident."""
    known = lessons.of_incident(conn, incident)
    with transaction(conn):
        lessons.save(
            conn, incident_id=incident, fields={"title": title, **texts},
            version=known["version"] if known else None, actor="ann", now=NOW,
        )  # fmt: skip


@dataclass
class Desk:
    """A database with a lesson, and one wiki; how to see and change the lesson's page as a person."""

    conn: Connection
    wiki: Wiki
    text: Callable[[], str]
    write: Callable[[str], None]
    delete: Callable[[], None]
    pauses: list[float]

    def export(self, **options: object) -> dict[str, Exported]:
        """Every page's outcome, by key."""
        wanted = Wanted("ann", **options)  # type: ignore[arg-type]
        desk = export.Desk(self.conn, "https://fw.example", lambda: NOW, self.pauses.append)
        return {d.key: d for d in export.run(desk, {"w": self.wiki}, wanted)}

    def run(self) -> Exported:
        """What became of the lesson's page."""
        return self.export()["lesson-1"]

    def change(self, what: str, title: str = LESSON) -> None:
        """Save another text."""
        learn(self.conn, 1, title, what_happened=what)


def desk(
    conn: Connection,
    wiki: Wiki,
    *,
    text: Callable[[], str] = str,
    write: Callable[[str], None] = lambda _text: None,
    delete: Callable[[], None] = lambda: None,
) -> Desk:
    """A desk with its first lesson."""
    schema.migrate(conn, "main")
    told(conn)
    made = Desk(conn, wiki, text, write, delete, [])
    made.change("A joke went wrong.")
    return made


def page(conn: Connection, key: str = "lesson-1") -> Page:
    """A page as it would be written now."""
    made = book.gather(conn, "https://fw.example")
    return next(one for one in made.pages if one.key == key)
