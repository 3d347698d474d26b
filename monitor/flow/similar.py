"""Past incidents that resemble one, with their lessons: gathered from the store, ranked by the core."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.incidents import similar as core
from monitor.store import queue
from monitor.store import similar as store
from monitor.store.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Past:
    """A past incident, why it resembles, and what it taught."""

    id: int
    title: str
    why: str
    lesson: str
    lesson_text: str
    in_common: int = 0


def look(conn: Connection, incident_id: int) -> list[Past]:
    """The five nearest past incidents of one, shipped cases among them."""
    row = queue.incident(conn, incident_id)
    if row is None:
        return []
    words, counts, asked = _asked(conn, incident_id)
    found = store.candidates(conn, incident_id, asked)
    numbers = [r["id"] for r in found]
    texts, tags = store.said_of(conn, numbers), queue.tags(conn, [incident_id, *numbers])
    one = core.Known(
        incident_id, row["title"], row["organisation"], frozenset(words),
        frozenset(tags[incident_id]),
    )  # fmt: skip
    others = [
        core.Known(
            r["id"], r["title"], r["organisation"],
            frozenset(core.words_of(texts.get(r["id"], ""))), frozenset(tags[r["id"]]), r["fit"],
        )
        for r in found
    ]  # fmt: skip
    nearest = core.rank(one, others, asked, counts)
    lessons = store.lessons(conn, [n.id for n in nearest])
    return [Past(n.id, n.title, n.why, *_taught(lessons.get(n.id)), n.in_common) for n in nearest]


def _asked(conn: Connection, incident_id: int) -> tuple[list[str], dict[str, int], tuple[str, ...]]:
    """The words of an incident, in how many others each stands, and those worth asking for."""
    words = core.words_of(store.said_of(conn, [incident_id]).get(incident_id, ""))
    counts = store.counts(conn, words)
    return words, counts, core.ask_for(words, counts, store.total(conn))


def around(conn: Connection, incident_id: int) -> list[Row]:
    """Incidents that may be the same story: what one merges with, or moves a post to."""
    return store.around(conn, incident_id, _asked(conn, incident_id)[2])


def _taught(lesson: store.Lesson | None) -> tuple[str, str]:
    return (lesson.title, lesson.text) if lesson else ("", "")
