"""The pages that a wiki is to have: one a lesson, lists by sector and channel, an index, the weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from monitor.lessons.kinds import KINDS as KIND_NAMES
from monitor.lessons.steps import STEPS
from monitor.store import material
from monitor.store.db import Connection
from monitor.store.material import Told
from monitor.text import one_line
from monitor.wikis import cite
from monitor.wikis.document import Page
from monitor.wikis.pages import slug
from monitor.wikis.template import fill

GROUPS = {"principle": "Principles", "kind": "Kinds", "sector": "Sectors", "channel": "Channels"}
KINDS = {
    "crisis": "Crises",
    "misstep": "Missteps",
    "shortfall": "Shortfalls",
    "near_miss": "Near misses",
    "good_recovery": "Good recoveries",
}
INDEX = "Failwatch lessons"
TEXTS = tuple(
    field.name
    for step in STEPS
    if step.id != "sort"
    for field in step.fields
    if field.kind in {"text", "line"}
)
"""The columns of a lesson that its page shows as people wrote them."""
WITHDRAWN = "No lesson stands behind it any more: what it said was taken back in Failwatch."


@dataclass(frozen=True, slots=True)
class Book:
    """Every page, and which of them are of lessons that changed lately."""

    pages: tuple[Page, ...]
    lesson_ids: dict[str, int]
    """Key of a page -> its lesson."""
    incident_ids: dict[int, int]
    """Lesson -> its first incident, where people's words are noted."""
    changed_at: dict[str, str]
    """Key of a lesson's page -> when the lesson was saved last."""
    sources: dict[str, tuple[str, str, str, str, str]]
    """Citation key -> page, title, address, publisher and day."""


def gather(conn: Connection, public_url: str) -> Book:
    """What the wikis are to say now."""
    told = material.lessons(conn, TEXTS)
    weeks = material.weeks(conn)
    groups = _groups(told)
    cited = cite.keys(source for one in told for source in one.sources)
    pages = [_lesson(one, cited, public_url) for one in told]
    pages += [_group(key, heading, name, found) for key, (heading, name, found) in groups.items()]
    if weeks:
        blocks = fill("week", weeks=weeks, public_url=public_url)
        pages.append(Page("week", "Failure of the week", "failure-of-the-week", blocks))
    if told:
        pages.append(_index(told, groups, has_weeks=bool(weeks)))
    return Book(
        pages=tuple(pages),
        lesson_ids={key_of(one.id): one.id for one in told},
        incident_ids={one.id: one.incident_ids[0] for one in told if one.incident_ids},
        changed_at={key_of(one.id): one.updated_at for one in told},
        sources={
            cited[s.url]: (key_of(one.id), s.title, s.url, s.where, s.day)
            for one in told
            for s in one.sources
        },
    )


def withdrawn(key: str, title: str) -> Page:
    """What a page says whose lesson or list is gone."""
    blocks = fill("withdrawn", reason=WITHDRAWN)
    return Page(key, title, slug(title), blocks, summary="Failwatch: withdrawn")


def key_of(lesson_id: int) -> str:
    """The key of a lesson's page."""
    return f"lesson-{lesson_id}"


Groups = dict[str, tuple[str, str, list[Told]]]
"""Key of a page -> what it lists by, its name, its lessons."""


def _groups(told: Iterable[Told]) -> Groups:
    made: Groups = {}
    for one in told:
        for key, kind, name in _listed_under(one):
            made.setdefault(key, (kind, name, []))[2].append(one)
    return made


def _listed_under(one: Told) -> list[tuple[str, str, str]]:
    """(key of a page, what it lists by, its name) of every list that a lesson stands in."""
    found = [(taught.key, "principle", taught.text) for taught in one.principles]
    if one.kind:
        found.append((f"kind-{slug(one.kind)}", "kind", KINDS.get(one.kind, one.kind)))
    return found + [(f"{kind}-{number}", kind, name) for kind, number, name in one.groups]


def _sections(one: Told) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(step, heading, (label, text)) of every step of a lesson that has something to say."""
    beside: dict[str, Sequence[object]] = {
        "happened": one.facts, "said": (*one.responses, *one.looks), "change": one.actions
    }  # fmt: skip
    made = []
    for step in STEPS:
        has_labels = len(step.fields) > 1
        said = [
            (field.label if has_labels and field.label != step.title else "", one.texts[field.name])
            for field in step.fields
            if field.name in one.texts
        ]
        if step.id != "sort" and (said or beside.get(step.id)):
            made.append((step.id, step.title, said))
    return made


def _lesson(one: Told, cited: Mapping[str, str], public_url: str) -> Page:
    kind = KIND_NAMES[one.kind][0] if one.kind in KIND_NAMES else ""
    about = (one.organisation, one.happened_on, kind, one.stage, ", ".join(one.tags))
    blocks = fill(
        "lesson",
        lesson=one,
        about=[text for text in about if text],
        sections=_sections(one),
        groups=[(key, name) for key, by, name in _listed_under(one) if by != "principle"],
        sources=[(cited[source.url], source) for source in one.sources],
        writer="the casebook" if one.updated_by == "casebook" else one.updated_by,
        address=f"{public_url}/-/lessons/{one.id}",
    )
    title = one_line(one.title, 200)
    return Page(
        key=key_of(one.id),
        title=f"Lesson {one.id}: {title}",
        slug=f"{one.id:04d}-{slug(title) or 'lesson'}",
        blocks=blocks,
        labels=one.tags,
        facts=(
            ("title", title),
            ("lesson", one.id),
            ("organisation", one_line(one.organisation)),
            ("date", one.happened_on),
            ("stage", one.stage),
            ("tags", tuple(one_line(tag, 60) for tag in one.tags)),
        ),
        summary=f"Failwatch: lesson {one.id}, saved by {one.updated_by}",
    )


def _newest(told: Iterable[Told]) -> list[Told]:
    return sorted(told, key=lambda one: (one.happened_on, one.id), reverse=True)


def _group(key: str, kind: str, name: str, found: Sequence[Told]) -> Page:
    listed = _newest(found)
    if kind == "principle":
        title = f"Principle: {one_line(name, 100)}"
        taught = [(one, next(t for t in one.principles if t.key == key)) for one in listed]
        blocks = fill(
            "principle",
            text=name,
            said_by=next((t.said_by for _, t in taught if t.said_by), ""),
            lessons=[(one, t) for one, t in taught if not t.is_counter],
            against=[(one, t) for one, t in taught if t.is_counter],
        )
        labels: tuple[str, ...] = ("Principles",)
    else:
        title = f"{INDEX}: {one_line(name, 60)}" + ("" if kind == "kind" else f" ({kind})")
        blocks = fill("group", intro=_INTRO[kind].format(name), lessons=listed)
        labels = (name,)
    made = slug(name) if kind in {"sector", "channel"} else ""
    return Page(
        key, title, f"{key}-{made}" if made else key, blocks, labels, (("title", title),),
        f"Failwatch: lessons by {kind}",
    )  # fmt: skip


_INTRO = {
    "kind": "{}, newest first.",
    "sector": "What we learn from failures in the sector {}, newest first.",
    "channel": "What we learn from failures on the channel {}, newest first.",
}


def _index(told: Sequence[Told], groups: Groups, *, has_weeks: bool) -> Page:
    lists = [
        (
            heading,
            sorted(
                (
                    (key, name, len(found))
                    for key, (of, name, found) in groups.items()
                    if of == kind
                ),
                key=lambda row: (-row[2], row[1].casefold()),
            ),
        )
        for kind, heading in GROUPS.items()
    ]
    years = groupby(_newest(told), key=lambda one: one.happened_on[:4] or "Undated")
    blocks = fill(
        "index",
        lessons=told,
        week=has_weeks,
        groups=[(heading, rows) for heading, rows in lists if rows],
        years=[(year, list(rows)) for year, rows in years],
    )
    return Page("index", INDEX, "index", blocks, (), (("title", INDEX),), "Failwatch: the index")
