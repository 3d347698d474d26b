"""Our pages as Datasette serves them, over a database with two incidents."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.flow import recall as flow
from monitor.model import Judged, Match, Post, Role, Severity, Span, Verdict
from monitor.store import accounts, db, incidents, posts, rules, schema
from monitor.store.db import Connection, stamp, transaction
from monitor.web import ds

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = 'Acme <script>alert(1)</script> draws an outcry & regrets "it"'


MISSED = "Zorg <script>alert(2)</script> mocks its own customers"


def seed(conn: Connection) -> None:
    """Two incidents: a hostile title, and a plain one."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO feeds (url, fetch_url, title, category, created_at) VALUES ('https://n.example/f', 'https://n.example/f', 'News', 'trade', '2026-03-01T00:00:00Z')"
        )
        ids = rules.sync(
            conn,
            [
                rules.LiveRule(
                    "outcry", "v", "Outcry", "outcry", 3, 0.8, ("backlash",), "outcry", "p"
                )
            ],
            now=NOW,
        )
        for number, title in enumerate((HOSTILE, "Bolt Foods pulls an advert after an outcry"), 1):
            start = title.index("outcry")
            match = Match(
                "outcry",
                "v",
                "Outcry",
                "outcry",
                Severity.BACKLASH,
                0.8 + number / 100,
                ("backlash",),
                (Span("title", start, start + 6),),
            )
            text = "An <img src=x onerror=alert(1)> outcry." + " Words." * 30
            post = Post(
                f"g{number}",
                f"https://n.example/{number}",
                f"https://n.example/{number}",
                title,
                "",
                text,
                text,
                "en",
                NOW,
            )
            judged = Judged(post, Verdict((match,), match.weight, flagged=True))
            (saved,) = posts.save(conn, 1, [judged], rule_ids=ids, now=NOW)
            incidents.start(
                conn, saved.id, judged, published_at=NOW, why="the first post on this", now=NOW
            )


@dataclass
class House:
    """A data folder and the Datasette over it."""

    folder: Path
    datasette: Any
    tokens: dict[str, str]

    def conn(self) -> Connection:
        return db.connect(self.folder / db.MAIN)

    def private(self) -> Connection:
        return db.connect(self.folder / db.PRIVATE)

    def ask(self, path: str, *, role: str = "", method: str = "GET", **options: Any) -> Any:
        """One request; `role` signs in."""
        cookies = {"failwatch": self.tokens[role]} if role else {}

        async def go() -> Any:
            await self.datasette.invoke_startup()
            return await self.datasette.client.request(method, path, cookies=cookies, **options)

        return asyncio.run(go())

    def post(self, path: str, role: str, /, **form: Any) -> Any:
        return self.ask(path, role=role, method="POST", data=form)


OUTCRY = """\
pack: outcry
rules:
  - id: outcry
    title: Outcry
    severity: 3
    weight: 0.8
    tags: [backlash]
    query: outcry
    examples:
      match: [An outcry, The outcry grows]
      no_match: [A cry, An adverb]
  - id: sleeping
    title: A rule that sleeps
    severity: 1
    weight: 0.3
    enabled: false
    query: $fuss AND NOT title:calm
    examples:
      match: [A fuss, Much ado]
      no_match: [Quiet, Calm]
"""
TERMS = "terms:\n  fuss: [fuss, ado]\n"


def configure(root: Path) -> None:
    """A config folder with two rules, one of them switched off."""
    (root / "rules").mkdir(parents=True)
    (root / "feeds.yaml").write_text("feeds: []\n")
    (root / "rules" / "outcry.yaml").write_text(OUTCRY)
    (root / "rules" / "terms.yaml").write_text(TERMS)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    main, private = db.connect(tmp_path / db.MAIN), db.connect(tmp_path / db.PRIVATE)
    schema.migrate(main, "main")
    schema.migrate(private, "private")
    seed(main)
    configure(tmp_path / "config")
    tokens = {}
    with transaction(private):
        for role in Role:
            account = accounts.add(private, role.value, role, now=NOW)
            link = accounts.new_link(private, account.id, now=NOW)
            tokens[role.value] = accounts.use_link(private, link, now=NOW) or ""
    main.close()
    private.close()
    datasette = ds.build(
        tmp_path / db.MAIN, tmp_path / "internal.db", private_db=tmp_path / db.PRIVATE,
        secret="s", public_url="http://127.0.0.1:8001", clock=lambda: NOW,
        root=tmp_path / "config", environ={},
    )  # fmt: skip
    yield House(tmp_path, datasette, tokens)
    datasette.close()


def fill(house: House) -> None:
    """A third and a fourth incident; the third has three posts."""
    conn = house.conn()
    with transaction(conn):
        for number in range(3, 7):
            at = stamp(NOW - timedelta(hours=8 * (7 - number)))
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, text, published_at,"
                " seen_at, content_hash, score, flagged) VALUES (1, :g, :u, :u, :t, '', 'Text.', :at, :at, '', 0.8, 1)",
                {"g": f"g{number}", "u": f"https://s{number}.example/{number}", "t": f"Corp Soap {number} angers buyers", "at": at},
            )  # fmt: skip
        for number, posts in ((3, (3, 4, 5)), (4, (6,))):
            conn.execute(
                "INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at, created_at)"
                " VALUES (?, ?, 2, 0.8, ?, ?, ?)",
                (number, f"Corp Soap {number} angers buyers", stamp(NOW), stamp(NOW), stamp(NOW)),
            )
            for post in posts:
                conn.execute(
                    "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at)"
                    " VALUES (?, ?, 'failwatch', 'the same words', ?)",
                    (number, post, stamp(NOW)),
                )
            incidents.recount(conn, number)
    conn.close()


@pytest.fixture
def busy(house: House) -> House:
    fill(house)
    return house


@pytest.fixture
def drawn(house: House) -> House:
    """Three posts that no rule flagged wait for a look: numbers 1 to 3."""
    conn, last_week = house.conn(), NOW - timedelta(days=10)
    with transaction(conn):
        for number, title in enumerate((MISSED, "A quiet day", "A long story"), 50):
            text = "Words and words. " * (200 if number == 52 else 2)
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, text,"
                " published_at, seen_at, content_hash) VALUES (1, ?, ?, '', ?, '', ?, ?, ?, '')",
                (f"q{number}", f"https://n.example/q{number}", title, text, stamp(last_week), stamp(last_week)),
            )  # fmt: skip
    assert flow.draw(conn, 10, pick=lambda n, _: list(range(n)), now=NOW) == 3
    conn.close()
    return house


def answers(house: House) -> list[str]:
    """What was said of the posts of the sample."""
    conn = house.conn()
    try:
        return [
            row["answer"] for row in conn.execute("SELECT answer FROM recall_posts ORDER BY id")
        ]
    finally:
        conn.close()
