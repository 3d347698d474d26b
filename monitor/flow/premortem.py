"""Pre-mortem: what past failures say of a plan, before it leaves the house.

The words of the plan are looked for among all incidents, as those of a new incident are; what is
near brings its lesson, its reasons, the checks that follow from it, and the controls that it asks for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from monitor.incidents import similar as core
from monitor.lessons.plans import questions
from monitor.lessons.profile import Facets, assess, lines
from monitor.store import plans, profile, queue
from monitor.store import similar as store
from monitor.store.db import Connection


@dataclass(frozen=True, slots=True)
class Precedent:
    """A past failure that a plan resembles."""

    incident: int
    title: str
    because: str
    """What the two have in common."""
    lesson: int | None
    why: str
    """Why it failed then."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to make sure of before the plan goes out."""

    text: str
    lesson: int | None
    title: str
    """Of the lesson that it follows from."""


@dataclass(frozen=True, slots=True)
class Found:
    """All that is said of a plan."""

    precedents: tuple[Precedent, ...]
    checks: tuple[Check, ...]
    missing: tuple[str, ...]
    """Controls that those failures ask for and our profile does not name."""
    questions: tuple[str, ...]


def look(conn: Connection, kind: str, text: str, roles: Collection[str]) -> Found:
    """Hold a plan against what has happened."""
    words = core.words_of(text)
    counts, total = store.counts(conn, words), store.total(conn)
    most = max(core.FEW, core.SHARE * total)
    useful = [word for word in words if 0 < counts.get(word, 0) <= most]
    asked = tuple(sorted(useful, key=lambda word: (counts[word], word))[: core.MOST_WORDS])
    rows = store.candidates(conn, 0, asked)
    numbers = [row["id"] for row in rows]
    texts, tags = store.said_of(conn, numbers), queue.tags(conn, numbers)
    one = core.Known(0, "", "", frozenset(words), frozenset())
    others = [
        core.Known(
            row["id"], row["title"], row["organisation"],
            frozenset(core.words_of(texts.get(row["id"], ""))), frozenset(tags[row["id"]]), row["fit"],
        )
        for row in rows
    ]  # fmt: skip
    near = core.rank(one, others, asked, counts)
    taught = plans.lessons(conn, [n.id for n in near], roles)
    precedents = tuple(
        Precedent(
            n.id, n.title, n.why.replace("both tell", "both speak"),
            lesson["id"] if lesson else None, lesson["why"] if lesson else "",
        )
        for n in near
        for lesson in [taught.get(n.id)]
    )  # fmt: skip
    checks = tuple(
        Check(text, lesson["id"], lesson["title"])
        for n in near
        if (lesson := taught.get(n.id)) is not None
        for text in [lesson["change"] or lesson["avoid"]]
        if text
    )
    ours = {part: lines(written) for part, written in profile.parts(conn).items()}
    kinds = plans.tag_kinds(conn)
    wrong = sorted({tag for n in near for tag in tags[n.id] if not kinds.get(tag)})
    missing = assess(ours, Facets((), tuple(wrong), text)).missing if near else ()
    return Found(precedents, checks, missing, questions(kind))
