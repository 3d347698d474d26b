"""A large Failwatch for `scale.py`: posts and incidents of two years, the same each time but for the dates.

Words are made up of syllables and as unevenly frequent as those of a language, with the words of
failures among them; or sentences come from files. Rules, feeds and tables are the real ones.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import app
from monitor.flow import files, grouping
from monitor.flow.files import Loaded
from monitor.store import db
from monitor.store.db import Connection, stamp, transaction
from monitor.text import title_key

ROOT = Path(__file__).parent.parent
DAYS, FEEDS, BATCH = 730, 400, 20_000
PEOPLE = ("ann", "ben", "cem", "dua", "eva")
_SYLLABLES = (
    "ba ce di fo gu la me ni po ru sa te vi zo kra ple stri bron dal fen gor hup jin kel mor"
)
_PLAIN = (
    "the of and to in a for on with after over from by at its company brand customers said campaign advert outcry"
    " apology backlash boycott tweet post hashtag video airline bank phone service staff chief market report week"
    " people online anger critics shop store product launch recall data breach deleted removed statement spokesman"
)
_TAGS = {
    "": "apology backlash boycott campaign credibility customer data employee hashtag offence outage pulled viral",
    "sector": "aviation restaurants technology fashion finance retail energy media",
    "channel": "Twitter Facebook Instagram TikTok YouTube website e-mail",
}
_LANGUAGES = ["en"] * 7 + ["de"] * 2 + ["fr", "es", ""]


@dataclass(frozen=True)
class Size:
    """How much there is; every `step`th post is flagged, and `each` of those tell of an incident."""

    posts: int
    incidents: int
    now: datetime

    @property
    def step(self) -> int:
        return max(1, self.posts // max(1, self.incidents * 3))

    @property
    def each(self) -> int:
        return max(1, self.posts // self.step // self.incidents)

    def moment(self, number: int) -> datetime:
        return self.now - timedelta(days=DAYS) * (1 - number / self.posts)


@dataclass(frozen=True)
class Works:
    """What the tables are filled with."""

    conn: Connection
    size: Size
    told: Sequence[str]
    rules: Sequence[int]
    chance: random.Random


def sentences(texts: Sequence[Path], count: int = 30_000) -> list[str]:
    """Those of the files, else invented ones."""
    chance = random.Random(4711)
    if texts:
        found = [
            part.strip()
            for path in texts
            for part in re.split(r"(?<=[.!?])\s+|\n", path.read_text(encoding="utf-8"))
            if 20 < len(part.strip()) < 400
        ]
        return chance.sample(found, min(count, len(found)))
    made = {
        "".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 4))) for _ in range(40_000)
    }
    words = _PLAIN.split() + sorted(made)
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(words))))
    return [
        " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(8, 22))).capitalize()
        + "."
        for _ in range(count)
    ]


def office(folder: Path, port: int) -> tuple[Path, app.Data, Loaded]:
    """A config folder with the shipped rules and many feeds, and a data folder."""
    root, data = folder / "config", app.Data(folder / "data")
    root.mkdir(parents=True, exist_ok=True)
    lines = [
        f"  - url: https://feed{n}.example/rss\n    title: Feed {n}\n    category: {('trade', 'news', 'blog')[n % 3]}\n"
        for n in range(1, FEEDS + 1)
    ]
    (root / "feeds.yaml").write_text("feeds:\n" + "".join(lines))
    (root / "failwatch.yaml").write_text(
        f"public_url: http://127.0.0.1:{port}\nlisten:\n  port: {port}\n"
    )
    shutil.copytree(ROOT / "rules", root / "rules", dirs_exist_ok=True)
    app.prepare(data)
    loaded, _ = files.stand_on(root, {}, data.kept_rules)
    return root, data, loaded


def build(data: app.Data, loaded: Loaded, size: Size, told: Sequence[str]) -> None:
    """Fill the database; its full-text indexes are made at the end."""
    conn = db.connect(data.main)
    conn.execute("PRAGMA synchronous=OFF")
    rules = sorted(app.adopt(conn, loaded).values())
    works = Works(conn, size, told, rules, random.Random(4711))
    triggers = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN"
        " ('posts', 'incidents', 'incident_posts', 'lesson_incidents', 'lessons')"
    ).fetchall()
    for row in triggers:
        conn.execute(f"DROP TRIGGER {row['name']}")
    with transaction(conn):
        _polls(conn, size)
        for kind, names in _TAGS.items():
            conn.executemany(
                "INSERT INTO tags (name, kind) VALUES (?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind",
                [(name, kind) for name in names.split()],
            )
    for first in range(0, size.posts, BATCH):
        with transaction(conn):
            numbers = range(first, min(size.posts, first + BATCH))
            _posts(works, numbers)
            _matches(works, numbers)
    for first in range(0, size.incidents, BATCH):
        with transaction(conn):
            for number in range(first, min(size.incidents, first + BATCH)):
                _incident(works, number)
    with transaction(conn):
        conn.execute("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")
        conn.execute(
            "INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)"
            " SELECT id, title, summary, lessons FROM incident_words"
        )
        for row in triggers:
            conn.execute(row["sql"])
    _group(conn)
    conn.execute("PRAGMA optimize=0x10002")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def _group(conn: Connection) -> None:
    """Read every incident as the worker does before it groups the next post."""
    with transaction(conn):
        conn.execute("INSERT INTO incident_stale SELECT id FROM incidents")
    while conn.execute("SELECT 1 FROM incident_stale").fetchone():
        with transaction(conn):
            grouping.refresh(conn)


def _polls(conn: Connection, size: Size) -> None:
    conn.executemany(
        "INSERT INTO polls (feed_id, polled_at, outcome, status, bytes, ms) VALUES (?, ?, 'unchanged', 304, 0, 80)",
        [(n % FEEDS + 1, stamp(size.now - timedelta(minutes=n))) for n in range(min(size.posts, 50_000))],
    )  # fmt: skip


def _posts(works: Works, numbers: range) -> None:
    size, chance, told = works.size, works.chance, works.told

    def rows() -> Iterator[tuple[object, ...]]:
        for n in numbers:
            seen = size.moment(n)
            published = seen - timedelta(minutes=chance.randint(1, 600))
            title = chance.choice(told)[:90].rstrip(".")
            parts = chance.choices(told, k=chance.randint(3, 14))
            url = f"https://site{n % 3000}.example/{n}"
            is_flagged = n % size.step == 0
            yield (
                n + 1, n % FEEDS + 1, f"g{n}", url, url, title, title_key(title), parts[0], " ".join(parts),
                _LANGUAGES[n % 12], stamp(published), stamp(seen), f"h{n}", 0.8 if is_flagged else 0.0, int(is_flagged),
            )  # fmt: skip

    works.conn.executemany(
        "INSERT INTO posts (id, feed_id, guid, url, canonical_url, title, title_key, summary, text, language,"
        " published_at, seen_at, content_hash, score, flagged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows(),
    )


def _matches(works: Works, numbers: range) -> None:
    """Two rules for what is flagged, and one for a fifth of the rest."""
    size, rules = works.size, works.rules
    hits = [
        (n + 1, rules[(n // size.step * 7 + k * 11) % len(rules)])
        for n in numbers
        for k in range(2 if n % size.step == 0 else n % 5 == 0)
    ]
    works.conn.executemany(
        "INSERT OR IGNORE INTO matches (post_id, rule_id, weight, spans) VALUES (?, ?, 0.6, ?)",
        [(*hit, json.dumps([["title", 0, 5]])) for hit in hits],
    )


def _incident(works: Works, n: int) -> None:
    """An incident of the flagged posts that come next: most of one moment, one in a thousand of hundreds."""
    conn, size, chance = works.conn, works.size, works.chance
    number, many = n + 1, size.each * (60 if n % 1_000 == 0 else 1)
    chosen = [min(size.posts, (n * size.each + k) * size.step + 1) for k in range(many)]
    chosen = sorted(set(chosen))
    began, ended = size.moment(chosen[0] - 1), size.moment(chosen[-1] - 1)
    # What is older than a fortnight is mostly decided, as in a team that keeps up.
    is_open = chance.random() < (0.03 if size.now - began > timedelta(days=14) else 0.6)
    status = "new" if is_open else chance.choice(["dismissed", "dismissed", "relevant", "watching"])
    decided = "" if is_open else stamp(min(size.now, began + timedelta(hours=chance.expovariate(1 / 9))))  # fmt: skip
    person, score = PEOPLE[n % 5], round(chance.uniform(0.5, 0.99), 3)
    conn.execute(
        "INSERT INTO incidents (id, title, organisation, status, reason, severity, score, posts, sources, first_post_at,"
        " last_post_at, created_at, decided_at, decided_by, owner, due_on, rank, rank_due_at, is_drawn)"
        " VALUES (?, (SELECT title FROM posts WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, chosen[0], f"Company {n % 4000}", status, "not a failure" if status == "dismissed" else "", 1 + n % 4,
            score, len(chosen), len(chosen), stamp(began), stamp(ended), stamp(began), decided or None,
            person if decided else "", person if n % 9 == 0 else "", f"{size.now + timedelta(days=n % 40 - 10):%F}" if n % 18 == 0 else None,
            score * chance.uniform(0.3, 1.6), stamp(size.now + timedelta(hours=chance.uniform(1, 200))), int(n % 10 == 0),
        ),
    )  # fmt: skip
    conn.execute(
        "INSERT INTO ranks (incident_id, parts, value, ranked_at) VALUES (?, ?, 0.5, ?)",
        (number, json.dumps([["score", score, f"rules say {score}"], ["age", 0.8, "two days old"]]), stamp(size.now)),
    )  # fmt: skip
    conn.executemany(
        "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at) VALUES (?, ?, 'failwatch', 'the first post on this', ?)",
        [(number, post, stamp(began)) for post in chosen],
    )
    tags = [name for names in _TAGS.values() for name in names.split()]
    conn.executemany(
        "INSERT OR IGNORE INTO incident_tags (incident_id, tag_id, tagged_by) SELECT ?, id, 'rules' FROM tags WHERE name = ?",
        [(number, tag) for tag in chance.sample(tags, 3)],
    )
    _log(conn, number, stamp(began), {"post": chosen[0], "score": score})
    if status in {"relevant", "dismissed"}:
        _decided(works, number, status, decided)
        _log(conn, number, decided, {"status": status}, actor=person, action="incident.status")
    if status == "relevant" and n % 3 == 0:
        conn.execute(
            "INSERT INTO responses (incident_id, said_on, text, type) VALUES (?, ?, 'They said so.', ?)",
            (number, stamp(began)[:10], ("deny", "diminish", "rebuild", "bolster", "silence")[n % 5]),
        )  # fmt: skip
        conn.executemany(
            "INSERT INTO revisits (incident_id, days, due_at) VALUES (?, ?, ?)",
            [(number, days, stamp(began + timedelta(days=days))) for days in (1, 7, 30, 90)],
        )


def _decided(works: Works, number: int, status: str, at: str) -> None:
    conn, rule = works.conn, works.rules[number % len(works.rules)]
    conn.execute(
        "INSERT INTO rule_decisions (rule_id, incident_id, is_hit, weight, decided_at) VALUES (?, ?, ?, 0.6, ?)",
        (rule, number, int(status == "relevant"), at),
    )
    conn.execute(
        "INSERT INTO evidence (incident_id, is_relevant, tokens, base, was_drawn, decided_at)"
        " SELECT id, ?, lower(replace(title, '.', '')), score, is_drawn, ? FROM incidents WHERE id = ?",
        (int(status == "relevant"), at, number),
    )


def _log(
    conn: Connection,
    number: int,
    at: str,
    after: dict[str, object],
    *,
    actor: str = "failwatch",
    action: str = "incident.start",
) -> None:
    before = {"status": "new"} if action == "incident.status" else {}
    conn.execute(
        "INSERT INTO audit (at, actor, action, item, before, after) VALUES (?, ?, ?, ?, ?, ?)",
        (at, actor, action, f"incident:{number}", json.dumps(before), json.dumps(after)),
    )
