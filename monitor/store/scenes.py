"""What the house knows of whom a lesson names: read for telling it without names."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from monitor.store.db import Connection, Row

POSTS_READ = 1_500
"""Of the newest posts, so many show which words are written small."""

TEXT_READ = 3_000
"""Characters of each."""

_SMALL = re.compile(r"(?<![\w#@./-])[^\W\d_A-Z]{2,}(?![\w@./-])")


@dataclass(frozen=True, slots=True)
class Given:
    """What other places know: names of accounts, the hosts of this house."""

    people: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Who and what a lesson may name."""

    organisations: tuple[tuple[str, ...], ...]
    """All names of each; those that have a part in it first."""
    involved: int
    people: tuple[str, ...]
    products: tuple[str, ...]
    posts: tuple[Row, ...]
    ordinary: frozenset[str]
    began: date


def known(conn: Connection, lesson_id: int, given: Given) -> Known:
    """All that the house knows of who and what a lesson may name."""
    own = conn.execute(
        "SELECT DISTINCT organisations.id, name, aliases FROM organisations JOIN incident_organisations"
        " ON organisation_id = organisations.id JOIN lesson_incidents USING (incident_id)"
        " WHERE lesson_id = ? AND state <> 'rejected' ORDER BY organisations.id",
        (lesson_id,),
    ).fetchall()
    named = conn.execute(
        "SELECT DISTINCT organisation FROM incidents JOIN lesson_incidents ON incident_id = incidents.id"
        " WHERE lesson_id = ? AND organisation <> ''",
        (lesson_id,),
    ).fetchall()
    taken = {row["id"] for row in own}
    others = [
        row
        for row in conn.execute("SELECT id, name, aliases FROM organisations WHERE is_confirmed ORDER BY id")
        if row["id"] not in taken
    ]  # fmt: skip
    involved = [*(_names(row) for row in own), *((row["organisation"],) for row in named)]
    involved += [(host,) for host in given.hosts if host]
    sources = conn.execute(
        "SELECT DISTINCT posts.id, title, text, summary, url, author FROM posts WHERE id IN"
        " (SELECT post_id FROM incident_posts JOIN lesson_incidents USING (incident_id) WHERE lesson_id = ?1"
        "  UNION SELECT post_id FROM lesson_facts WHERE lesson_id = ?1 AND post_id IS NOT NULL)"
        " ORDER BY id LIMIT 500",
        (lesson_id,),
    ).fetchall()
    people = {row["owner"] for row in conn.execute("SELECT owner FROM actions WHERE lesson_id = ?", (lesson_id,))}  # fmt: skip
    people |= {row["author"] for row in sources} | set(given.people)
    products = conn.execute("SELECT lines FROM profile WHERE part = 'product'").fetchone()
    return Known(
        organisations=(*involved, *(_names(row) for row in others)),
        involved=len(involved),
        people=tuple(sorted(name for name in people if len(name) > 1)),
        products=tuple(line.strip() for line in (products["lines"] if products else "").splitlines() if line.strip()),
        posts=tuple(sources),
        ordinary=ordinary(conn, lesson_id),
        began=began(conn, lesson_id),
    )  # fmt: skip


def _names(row: Row) -> tuple[str, ...]:
    return (row["name"], *json.loads(row["aliases"]))


def ordinary(conn: Connection, lesson_id: int) -> frozenset[str]:
    """Words that posts write small, more than once: no names, though they may open a sentence."""
    rows = conn.execute(
        f"SELECT substr(text || ' ' || summary, 1, {TEXT_READ}) AS text FROM posts"
        " WHERE id NOT IN (SELECT post_id FROM incident_posts JOIN lesson_incidents USING (incident_id)"
        "  WHERE lesson_id = ?) ORDER BY id DESC LIMIT ?",
        (lesson_id, POSTS_READ),
    )
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update(set(_SMALL.findall(row["text"])))
    return frozenset(word for word, count in counted.items() if count > 1)


def began(conn: Connection, lesson_id: int) -> date:
    """The day on which what a lesson tells began."""
    row = conn.execute(
        "SELECT coalesce(nullif(happened_on, ''), (SELECT min(first_post_at) FROM incidents JOIN lesson_incidents"
        " ON incident_id = incidents.id WHERE lesson_id = lessons.id), created_at) AS day FROM lessons WHERE id = ?",
        (lesson_id,),
    ).fetchone()
    return date.fromisoformat(row["day"][:10])


def tags(conn: Connection, lesson_id: int) -> list[Row]:
    """The sectors and channels of a lesson's incidents."""
    return conn.execute(
        "SELECT DISTINCT name, kind FROM tags JOIN incident_tags ON tag_id = tags.id"
        " JOIN lesson_incidents USING (incident_id) WHERE lesson_id = ? AND kind IN ('sector', 'channel')"
        " ORDER BY kind, name",
        (lesson_id,),
    ).fetchall()


def responses(conn: Connection, lesson_id: int) -> list[Row]:
    """Of which type each response was, and when."""
    return conn.execute(
        "SELECT DISTINCT responses.type, said_on FROM responses JOIN lesson_incidents USING (incident_id)"
        " WHERE lesson_id = ? ORDER BY said_on, type",
        (lesson_id,),
    ).fetchall()


def looks(conn: Connection, lesson_id: int) -> list[Row]:
    """What was found after some days."""
    return conn.execute(
        "SELECT DISTINCT days, outcome FROM revisits JOIN lesson_incidents USING (incident_id)"
        " WHERE lesson_id = ? AND outcome <> '' ORDER BY days, outcome",
        (lesson_id,),
    ).fetchall()
