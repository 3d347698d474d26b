"""What the pages of a wiki are made of: lessons with their incidents, posts, responses and tags."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.addresses import host
from monitor.store.db import Connection, Row

TEXTS = ("what_happened", "why", "avoid", "recover", "here", "change")


@dataclass(frozen=True, slots=True)
class Event:
    """A post or a response, in the order of time."""

    day: str
    title: str
    url: str
    where: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the failing organisation said."""

    day: str
    text: str
    type: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Told:
    """A lesson with all that its page shows."""

    id: int
    title: str
    stage: str
    organisation: str
    happened_on: str
    """ISO date of the first post on it, or empty."""
    texts: tuple[tuple[str, str], ...]
    """(name of the column, what people wrote)."""
    tags: tuple[str, ...]
    groups: tuple[tuple[str, int, str], ...]
    """(sector or channel, number of the tag, name)."""
    sources: tuple[Event, ...]
    responses: tuple[Said, ...]
    incident_ids: tuple[int, ...]
    updated_at: str
    updated_by: str
    kind: str = ""
    """crisis, misstep, shortfall, near_miss or good_recovery, where it is known."""
    expected: str = ""
    alleged: str = ""
    principles: tuple[tuple[str, str], ...] = ()
    """(id, sentence)."""

    @property
    def events(self) -> tuple[Event, ...]:
        """Posts and responses together, as time went."""
        said = tuple(
            Event(s.day, f"They answered ({s.type}): {s.text}", "", self.organisation)
            for s in self.responses
            if s.day
        )
        dated = (event for event in (*self.sources, *said) if event.day)
        return tuple(sorted(dated, key=lambda event: event.day))


@dataclass(frozen=True, slots=True)
class Week:
    """The failure of a week, by the number of its sources."""

    week: str
    title: str
    sources: int
    lesson_id: int | None
    incident_id: int


def lessons(conn: Connection) -> tuple[Told, ...]:
    """Every lesson that says something and that all may read, oldest first."""
    says_something = " OR ".join(f"{name} <> ''" for name in TEXTS)
    rows = conn.execute(
        f"SELECT * FROM lessons WHERE seen_by = 'viewer' AND ({says_something}) ORDER BY id"
    ).fetchall()
    return tuple(_told(conn, row) for row in rows)


def _told(conn: Connection, row: Row) -> Told:
    incidents = conn.execute(
        "SELECT incidents.* FROM incidents JOIN lesson_incidents ON incident_id = incidents.id"
        " WHERE lesson_id = ? ORDER BY first_post_at, incidents.id",
        (row["id"],),
    ).fetchall()
    posts = conn.execute(
        "SELECT DISTINCT posts.id, posts.title, url, published_at FROM posts"
        " JOIN incident_posts ON post_id = posts.id"
        " JOIN lesson_incidents USING (incident_id) WHERE lesson_id = ? ORDER BY published_at, posts.id",
        (row["id"],),
    ).fetchall()
    tags = conn.execute(
        "SELECT DISTINCT tags.id, name, kind FROM tags JOIN incident_tags ON tag_id = tags.id"
        " JOIN lesson_incidents USING (incident_id) WHERE lesson_id = ? ORDER BY name",
        (row["id"],),
    ).fetchall()
    said = conn.execute(
        "SELECT responses.* FROM responses JOIN lesson_incidents USING (incident_id)"
        " WHERE lesson_id = ? ORDER BY said_on, responses.id",
        (row["id"],),
    )
    cases = conn.execute(
        "SELECT cases.* FROM cases JOIN incidents ON casebook_id = cases.id"
        " JOIN lesson_incidents ON incident_id = incidents.id WHERE lesson_id = ? ORDER BY cases.id",
        (row["id"],),
    ).fetchall()
    told_at = {post["url"] for post in posts}
    named = [
        Event(s["published_on"], s["title"], s["url"], s["publisher"] or host(s["url"]))
        for case in cases
        for s in conn.execute(
            "SELECT * FROM case_sources WHERE case_id = ? ORDER BY place", (case["id"],)
        )
        if s["url"] not in told_at
    ]
    return Told(
        id=row["id"],
        title=row["title"],
        stage=row["stage"],
        organisation=next((i["organisation"] for i in incidents if i["organisation"]), ""),
        happened_on=incidents[0]["first_post_at"][:10] if incidents else "",
        texts=tuple((name, row[name]) for name in TEXTS if row[name]),
        tags=tuple(tag["name"] for tag in tags),
        groups=tuple((tag["kind"], tag["id"], tag["name"]) for tag in tags if tag["kind"]),
        sources=(
            *(Event(p["published_at"][:10], p["title"], p["url"], host(p["url"])) for p in posts),
            *named,
        ),
        responses=tuple(
            Said(r["said_on"][:10], r["text"], r["type"], r["outcome"]) for r in said if r["text"]
        ),
        incident_ids=tuple(i["id"] for i in incidents),
        updated_at=row["updated_at"],
        updated_by=row["updated_by"],
        kind=next((case["kind"] for case in cases), ""),
        expected=" ".join(case["expected"] for case in cases).strip(),
        alleged=" ".join(case["alleged"] for case in cases).strip(),
        principles=tuple(
            (p["id"], p["text"])
            for case in cases
            for p in conn.execute(
                "SELECT case_principles.* FROM case_principles JOIN case_teaches ON principle_id = id"
                " WHERE case_id = ? ORDER BY id",
                (case["id"],),
            )
        ),
    )


def weeks(conn: Connection, limit: int = 26) -> tuple[Week, ...]:
    """The failure of each of the last weeks, newest first: of those new then, the most told."""
    rows = conn.execute(
        "SELECT week, content FROM digests ORDER BY until DESC LIMIT ?", (limit,)
    ).fetchall()
    made = []
    for row in rows:
        numbers = [story["id"] for story in json.loads(row["content"])["started"]]
        marks = ", ".join("?" for _ in numbers)
        first = conn.execute(
            "SELECT id, title, sources, (SELECT min(lesson_id) FROM lesson_incidents"
            " JOIN lessons ON lessons.id = lesson_id AND seen_by = 'viewer'"
            f" WHERE incident_id = incidents.id) AS lesson FROM incidents WHERE id IN ({marks})"
            " AND status <> 'dismissed' ORDER BY sources DESC, severity DESC, score DESC, id LIMIT 1",
            numbers,
        ).fetchone()
        if first is not None:
            made.append(
                Week(row["week"], first["title"], first["sources"], first["lesson"], first["id"])
            )
    return tuple(made)
