"""What the pages of a wiki are made of: lessons with their incidents, posts, responses and tags."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from monitor.addresses import host
from monitor.store import facts, principles
from monitor.store.db import Connection, Row
from monitor.text import title_key


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
class Action:
    """What a lesson asks for, and whether it is done."""

    text: str
    owner: str
    due_on: str
    state: str
    evidence: str
    done_on: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of what happened, with where it is from."""

    text: str
    quote: str
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Taught:
    """A principle, as a lesson points to it."""

    key: str
    """Of its page, the same for good."""
    text: str
    is_counter: bool = False
    note: str = ""
    said_by: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A lesson with all that its page shows."""

    id: int
    title: str
    kind: str
    stage: str
    organisation: str
    happened_on: str
    """ISO date, or empty."""
    texts: Mapping[str, str]
    """What people wrote, by column."""
    facts: tuple[Fact, ...]
    alleged: tuple[Fact, ...]
    tags: tuple[str, ...]
    groups: tuple[tuple[str, int, str], ...]
    """(sector or channel, number of the tag, name)."""
    sources: tuple[Event, ...]
    responses: tuple[Said, ...]
    looks: tuple[str, ...]
    """What was found after 7, 30 and 90 days, a sentence each."""
    actions: tuple[Action, ...]
    principles: tuple[Taught, ...]
    incident_ids: tuple[int, ...]
    changed: tuple[str, ...]
    """Posts that their publishers changed since, a sentence each: nobody has held it against them yet."""
    updated_at: str
    updated_by: str

    @property
    def events(self) -> tuple[Event, ...]:
        """Posts and responses together, as time went."""
        said = (
            Event(s.day, f"They answered ({s.type}): {s.text}", "", self.organisation)
            for s in self.responses
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


def lessons(conn: Connection, columns: Collection[str]) -> tuple[Told, ...]:
    """Every lesson that says something in one of these columns, oldest first.

    A wiki is read by many: what not every role may read here does not go there.
    """
    says_something = " OR ".join(f"{name} <> ''" for name in columns)
    rows = conn.execute(
        f"SELECT * FROM lessons WHERE seen_by = 'viewer' AND ({says_something}"
        " OR EXISTS (SELECT 1 FROM lesson_facts WHERE lesson_id = lessons.id)) ORDER BY id"
    ).fetchall()
    return tuple(_told(conn, row, columns) for row in rows)


def _changed(post: Row) -> str:
    lost = "; what is quoted from it is gone" if post["has_lost_quote"] else ""
    return f"“{post['title']}” was changed on {post['replaced_at'][:10]}{lost}."


def _told(conn: Connection, row: Row, columns: Collection[str]) -> Told:
    number = row["id"]

    def ask(sql: str) -> list[Row]:
        return conn.execute(sql, {"lesson": number}).fetchall()

    incidents = ask(
        "SELECT incidents.* FROM incidents JOIN lesson_incidents ON incident_id = incidents.id"
        " WHERE lesson_id = :lesson ORDER BY first_post_at, incidents.id"
    )
    cases = ask(
        "SELECT cases.* FROM cases JOIN incidents ON casebook_id = cases.id"
        " JOIN lesson_incidents ON incident_id = incidents.id WHERE lesson_id = :lesson ORDER BY cases.id"
    )
    tags = ask(
        "SELECT DISTINCT tags.id, name, kind FROM tags JOIN incident_tags ON tag_id = tags.id"
        " JOIN lesson_incidents USING (incident_id) WHERE lesson_id = :lesson ORDER BY name"
    )
    said = ask(
        "SELECT responses.* FROM responses JOIN lesson_incidents USING (incident_id)"
        " WHERE lesson_id = :lesson AND text <> '' ORDER BY said_on, responses.id"
    )
    looks = ask(
        "SELECT DISTINCT days, outcome, text FROM revisits JOIN lesson_incidents USING (incident_id)"
        " WHERE lesson_id = :lesson AND outcome <> '' ORDER BY days"
    )
    actions = ask(
        "SELECT * FROM actions WHERE lesson_id = :lesson AND state <> 'dropped' ORDER BY id"
    )
    told = ask(
        "SELECT lesson_facts.*, posts.title AS post, posts.url AS post_url FROM lesson_facts"
        " LEFT JOIN posts ON posts.id = post_id WHERE lesson_id = :lesson ORDER BY lesson_facts.id"
    )
    cited = [
        (f["is_alleged"], Fact(f["text"], f["quote"], f["post"] or f["source"], f["post_url"] or f["url"]))
        for f in told
    ]  # fmt: skip
    texts = {name: row[name] for name in columns if row[name]}
    if cases and not texts.get("expected") and (hoped := cases[0]["expected"]):
        texts["expected"] = hoped
    return Told(
        id=number,
        title=row["title"],
        kind=row["kind"] or next((case["kind"] for case in cases), ""),
        stage=row["stage"],
        organisation=next((i["organisation"] for i in incidents if i["organisation"]), ""),
        happened_on=row["happened_on"] or (incidents[0]["first_post_at"][:10] if incidents else ""),
        texts=texts,
        facts=tuple(fact for is_alleged, fact in cited if not is_alleged),
        alleged=(
            *(fact for is_alleged, fact in cited if is_alleged),
            *(Fact(case["alleged"], "", "", "") for case in cases if case["alleged"]),
        ),
        tags=tuple(tag["name"] for tag in tags),
        groups=tuple((tag["kind"], tag["id"], tag["name"]) for tag in tags if tag["kind"]),
        sources=_sources(conn, number),
        responses=tuple(Said(r["said_on"][:10], r["text"], r["type"], r["outcome"]) for r in said),
        looks=tuple(
            f"After {look['days']} days: {look['outcome']}" + (f": {look['text']}" if look["text"] else "")
            for look in looks
        ),
        actions=tuple(
            Action(a["text"], a["owner"], a["due_on"], a["state"], a["evidence"], a["done_on"])
            for a in actions
        ),
        principles=_principles(conn, number),
        incident_ids=tuple(i["id"] for i in incidents),
        changed=tuple(_changed(post) for post in facts.stale(conn, number)),
        updated_at=row["updated_at"],
        updated_by=row["updated_by"],
    )  # fmt: skip


def _sources(conn: Connection, lesson_id: int) -> tuple[Event, ...]:
    """The posts of a lesson's incidents, and what the casebook names beside them."""
    posts = conn.execute(
        "SELECT DISTINCT posts.id, posts.title, url, published_at FROM posts"
        " JOIN incident_posts ON post_id = posts.id JOIN lesson_incidents USING (incident_id)"
        " WHERE lesson_id = ? ORDER BY published_at, posts.id",
        (lesson_id,),
    ).fetchall()
    named = conn.execute(
        "SELECT case_sources.* FROM case_sources JOIN incidents ON casebook_id = case_id"
        " JOIN lesson_incidents ON incident_id = incidents.id WHERE lesson_id = ? ORDER BY case_id, place",
        (lesson_id,),
    ).fetchall()
    told_at = {post["url"] for post in posts}
    return (
        *(Event(p["published_at"][:10], p["title"], p["url"], host(p["url"])) for p in posts),
        *(
            Event(s["published_on"], s["title"], s["url"], s["publisher"] or host(s["url"]))
            for s in named
            if s["url"] not in told_at
        ),
    )


def _principles(conn: Connection, lesson_id: int) -> tuple[Taught, ...]:
    """The team's principles on a lesson, then the casebook's that none of the team's says."""
    ours = principles.of_lesson(conn, lesson_id)
    shipped = conn.execute(
        "SELECT DISTINCT case_principles.* FROM case_principles JOIN case_teaches ON principle_id = case_principles.id"
        " JOIN incidents ON casebook_id = case_id JOIN lesson_incidents ON incident_id = incidents.id"
        " WHERE lesson_id = ? ORDER BY case_principles.id",
        (lesson_id,),
    ).fetchall()
    made = [
        Taught(f"principle-{p['id']}", p["text"], bool(p["is_counter"]), p["note"], p["said_by"])
        for p in ours
    ]
    for one in shipped:
        same = conn.execute(
            "SELECT id FROM principles WHERE key = ? AND merged_into IS NULL",
            (title_key(one["text"]),),
        ).fetchone()
        key = f"principle-{same['id'] if same else one['id']}"
        if key not in {taught.key for taught in made}:
            made.append(Taught(key, one["text"], said_by="the casebook"))
    return tuple(made)


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
