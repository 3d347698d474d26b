"""A large database of invented posts and incidents, for `pages.py`: words of its own, seeded, the same each time."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.store import db, schema
from monitor.store.db import Connection, stamp, transaction

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 730
FEEDS = 400
RULES = 60
BATCH = 20_000
_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "la",
    "me",
    "ni",
    "po",
    "ru",
    "sa",
    "te",
    "vi",
    "zo",
    "kra",
    "ple",
    "stri",
    "bron",
    "dal",
    "fen",
    "gor",
    "hup",
    "jin",
    "kel",
    "mor",
]
_PLAIN = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "for",
    "on",
    "with",
    "after",
    "over",
    "from",
    "by",
    "at",
    "its",
    "company",
    "brand",
    "customers",
    "said",
    "campaign",
    "advert",
    "outcry",
    "apology",
    "backlash",
    "boycott",
    "tweet",
    "post",
    "hashtag",
    "video",
    "airline",
    "bank",
    "phone",
    "service",
    "staff",
    "chief",
    "market",
    "report",
    "week",
    "people",
    "online",
    "anger",
    "critics",
    "shop",
    "store",
    "product",
    "launch",
    "recall",
    "data",
    "breach",
    "deleted",
    "removed",
    "statement",
    "spokesman",
]
_TAGS = [
    "apology",
    "backlash",
    "boycott",
    "campaign",
    "credibility",
    "customer",
    "data",
    "employee",
    "hashtag",
    "offence",
    "outage",
    "partner",
    "pulled",
    "ridicule",
    "shortfall",
    "silencing",
    "viral",
    "slip",
]
_KINDS = {
    "sector": [
        "aviation",
        "restaurants",
        "technology",
        "fashion",
        "finance",
        "retail",
        "energy",
        "media",
    ],
    "channel": ["Twitter", "Facebook", "Instagram", "TikTok", "YouTube", "website", "e-mail"],
}
_LANGUAGES = ["en"] * 7 + ["de"] * 2 + ["fr", "es", ""]


@dataclass(frozen=True)
class Part:
    """Rows from `first` to before `last`, of so many posts and incidents; every `step`th post is flagged."""

    first: int
    last: int
    posts: int
    incidents: int
    step: int


def vocabulary(chance: random.Random, size: int = 40_000) -> list[str]:
    made = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(size)}
    return _PLAIN + sorted(made)


def sentences(chance: random.Random, words: Sequence[str], count: int = 30_000) -> list[str]:
    """Sentences whose words are as unevenly frequent as those of a language."""
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(words))))
    return [
        " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(8, 22))).capitalize()
        + "."
        for _ in range(count)
    ]


def build(path: Path, *, posts: int, incidents: int) -> None:
    """Write a database of this size; its full-text index is made at the end."""
    chance = random.Random(4711)
    conn = db.connect(path)
    schema.migrate(conn, "main")
    conn.execute("PRAGMA synchronous=OFF")
    told = sentences(chance, vocabulary(chance))
    triggers = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%fts%'"
    ).fetchall()
    for row in triggers:
        conn.execute(f"DROP TRIGGER {row['name']}")
    with transaction(conn):
        _feeds(conn)
        _rules(conn)
        _vocabulary(conn)
    flagged = min(posts, incidents * 3)
    step = posts // max(1, flagged)
    for first in range(0, posts, BATCH):
        with transaction(conn):
            part = Part(first, min(posts, first + BATCH), posts, incidents, step)
            _posts(conn, chance, told, part)
    for first in range(0, incidents, BATCH):
        with transaction(conn):
            part = Part(first, min(incidents, first + BATCH), posts, incidents, step)
            _incidents(conn, chance, part)
    with transaction(conn):
        conn.execute("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")
    with transaction(conn):
        if conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'incident_words'").fetchone():
            conn.execute(
                "INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)"
                " SELECT id, title, summary, lessons FROM incident_words"
            )
        for row in triggers:
            conn.execute(row["sql"])
    conn.execute("PRAGMA optimize=0x10002")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def _feeds(conn: Connection) -> None:
    conn.executemany(
        "INSERT INTO feeds (url, fetch_url, title, language, category, state, next_poll_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, 'active', ?, ?)",
        [
            (f"https://feed{n}.example/rss", f"https://feed{n}.example/rss", f"Feed {n}",
             _LANGUAGES[n % 12], ("trade", "news", "blog")[n % 3], stamp(NOW), stamp(NOW))
            for n in range(1, FEEDS + 1)
        ],
    )  # fmt: skip
    conn.executemany(
        "INSERT INTO polls (feed_id, polled_at, outcome, status, bytes, ms) VALUES (?, ?, 'unchanged', 304, 0, 80)",
        [(n % FEEDS + 1, stamp(NOW - timedelta(minutes=n))) for n in range(50_000)],
    )


def _rules(conn: Connection) -> None:
    conn.executemany(
        "INSERT INTO rules (rule, version, title, family, severity, weight, query, pack, first_live_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'outcry', 'rules/invented.yaml', ?)",
        [
            (f"rule-{n}", f"v{n}", f"Rule {n}", f"family-{n % 20}", 1 + n % 4, 0.3 + n % 6 / 10, stamp(NOW))
            for n in range(1, RULES + 1)
        ],
    )  # fmt: skip


def _vocabulary(conn: Connection) -> None:
    has_kind = any(
        r["name"] == "kind" for r in conn.execute("SELECT * FROM pragma_table_info('tags')")
    )
    rows = [(name, "") for name in _TAGS] + [
        (n, kind) for kind, names in _KINDS.items() for n in names
    ]
    for name, kind in rows:
        conn.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", (name,))
        if has_kind:
            conn.execute("UPDATE tags SET kind = ? WHERE name = ?", (kind, name))


def _moment(number: int, posts: int) -> datetime:
    return NOW - timedelta(days=DAYS) * (1 - number / posts)


def _posts(conn: Connection, chance: random.Random, told: Sequence[str], part: Part) -> None:
    first, last, posts, step = part.first, part.last, part.posts, part.step

    def rows() -> Iterator[tuple[object, ...]]:
        for n in range(first, last):
            seen = _moment(n, posts)
            published = seen - timedelta(minutes=chance.randint(1, 600))
            title = chance.choice(told)[:90].rstrip(".")
            parts = chance.choices(told, k=chance.randint(3, 14))
            url = f"https://site{n % 3000}.example/{n}"
            is_flagged = n % step == 0
            yield (
                n + 1, n % FEEDS + 1, f"g{n}", url, url, title, title.lower(), "", parts[0], " ".join(parts),
                _LANGUAGES[n % 12], stamp(published), stamp(seen), f"h{n}", 0.8 if is_flagged else 0.0, int(is_flagged),
            )  # fmt: skip

    conn.executemany(
        "INSERT INTO posts (id, feed_id, guid, url, canonical_url, title, title_key, author, summary, text, language,"
        " published_at, seen_at, content_hash, score, flagged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows(),
    )
    flagged = [n for n in range(first, last) if n % step == 0]
    conn.executemany(
        "INSERT OR IGNORE INTO matches (post_id, rule_id, weight, spans) VALUES (?, ?, 0.6, ?)",
        [
            (n + 1, 1 + (n // step * 7 + k * 11) % RULES, json.dumps([["title", 0, 5]]))
            for n in flagged
            for k in range(2)
        ],
    )


def _incidents(conn: Connection, chance: random.Random, part: Part) -> None:
    """Each incident takes the flagged posts that come next: most of one moment, a few weeks apart."""
    first, last, posts, step = part.first, part.last, part.posts, part.step
    tags = [row["id"] for row in conn.execute("SELECT id FROM tags ORDER BY id")]
    each = max(1, posts // step // part.incidents)
    for n in range(first, last):
        chosen = [min(posts, (n * each + k) * step + 1) for k in range(each)]
        if n % 7 == 0 and n * each * step + 40_000 < posts:
            chosen.append((n * each + 10_000 // step) * step + 1)
        began, ended = (_moment(chosen[0] - 1, posts), _moment(chosen[-1] - 1, posts))
        age = NOW - began
        # What is older than a fortnight is mostly decided, as in a team that keeps up.
        is_open = chance.random() < (0.03 if age > timedelta(days=14) else 0.6)
        status = (
            "new" if is_open else chance.choice(["dismissed", "dismissed", "relevant", "watching"])
        )
        decided = (
            None if is_open else stamp(min(NOW, began + timedelta(hours=chance.expovariate(1 / 9))))
        )
        number = n + 1
        conn.execute(
            "INSERT INTO incidents (id, title, organisation, status, reason, severity, score, posts, sources,"
            " first_post_at, last_post_at, created_at, decided_at, decided_by)"
            " VALUES (?, (SELECT title FROM posts WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, chosen[0], f"Company {n % 4000}", status, "not a failure" if status == "dismissed" else "",
                1 + n % 4, round(chance.uniform(0.5, 0.99), 3), len(chosen), len(chosen), stamp(began), stamp(ended),
                stamp(began), decided, "" if decided is None else f"person{n % 5}",
            ),
        )  # fmt: skip
        conn.executemany(
            "INSERT OR IGNORE INTO incident_posts (incident_id, post_id, linked_by, why, linked_at) VALUES (?, ?, 'failwatch', 'the first post on this', ?)",
            [(number, post, stamp(began)) for post in chosen],
        )
        conn.executemany(
            "INSERT OR IGNORE INTO incident_tags (incident_id, tag_id, tagged_by) VALUES (?, ?, 'rules')",
            [(number, tag) for tag in chance.sample(tags, 3)],
        )
        if status in {"relevant", "dismissed"}:
            conn.execute(
                "INSERT OR IGNORE INTO rule_decisions (rule_id, incident_id, is_hit, weight, decided_at) VALUES (?, ?, ?, 0.6, ?)",
                (1 + n % RULES, number, int(status == "relevant"), decided),
            )
            conn.execute(
                "INSERT INTO audit (at, actor, action, item, before, after) VALUES (?, ?, 'incident.status', ?, ?, ?)",
                (decided, f"person{n % 5}", f"incident:{number}", '{"status": "new", "reason": ""}',
                 json.dumps({"status": status, "reason": ""})),
            )  # fmt: skip
        if status == "relevant" and n % 3 == 0:
            conn.execute(
                "INSERT INTO responses (incident_id, said_on, text, type) VALUES (?, ?, 'They said so.', ?)",
                (
                    number,
                    stamp(began)[:10],
                    ("deny", "diminish", "rebuild", "bolster", "silence")[n % 5],
                ),
            )
