"""What an export is to do on one wiki: every page read, rendered and decided on; nothing written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from monitor.flow import book
from monitor.store.exports import Entry
from monitor.wikis.document import Page
from monitor.wikis.pages import Found, Marks, Missing, Ours, Ref, WikiFailed, cut
from monitor.wikis.sync import LEFT, WRITES, Known, Step, decide

DONE = {"create": "created", "update": "updated", "withdraw": "withdrawn"}


class Wiki(Protocol):
    """A place for pages, in five calls."""

    marks: Marks
    """How its pages are marked."""
    is_batched: bool
    """Whether pages are there only once they are published."""

    def name(self, page: Page) -> str:
        """What the page is to be called there."""

    def render(self, page: Page, places: Mapping[str, str]) -> Ours:
        """Our part in its syntax; `places` has the names of all pages by key."""

    def read(self, refs: Sequence[Ref]) -> Mapping[str, Found | Missing | WikiFailed]:
        """The pages as they are now, by key."""

    def write(self, page: Page, ours: Ours, base: Found | Missing, name: str) -> Found | WikiFailed:
        """Write our part, on what was read; returns the page as the wiki keeps it."""

    def publish(self, summary: str) -> WikiFailed | None:
        """Hand over what was written, where that is a step of its own."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of one page on one wiki."""

    wiki: str
    key: str
    title: str
    outcome: str
    """created, updated, withdrawn, unchanged, failed, or one of `LEFT`."""
    reason: str = ""
    page: str = ""
    url: str = ""
    diff: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export is to do."""

    asked_by: str
    since: str = ""
    """Only lessons saved from then on, as a stamp; lists are looked at all the same."""
    lessons: frozenset[int] = frozenset()
    """Only these; none means all."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done on one wiki."""

    name: str
    wiki: Wiki
    book: book.Book
    wanted: Wanted


@dataclass(slots=True)
class Work:
    """One page under way."""

    page: Page
    entry: Entry
    title: str
    """What the page is to be called by our lights."""
    ours: Ours
    found: Found | Missing
    step: Step
    by: str = ""
    """Who edited it last, before us."""


def plan(job: Job, ledger: Mapping[str, Entry]) -> tuple[list[Work], list[Exported]]:
    """What is to be done with every page, and what could not be read."""
    name, wiki, made = job.name, job.wiki, job.book
    pages = [page for page in made.pages if _is_asked(page.key, made, job.wanted)]
    known = {page.key for page in made.pages}
    gone = [key for key, entry in ledger.items() if key not in known and entry.stored_hash]
    pages += [book.withdrawn(key, ledger[key].page) for key in gone]
    titles = {page.key: wiki.name(page) for page in made.pages}
    titles |= {key: ledger[key].page for key in gone}
    entries = {
        page.key: replace(ledger.get(page.key, Entry()), lesson_id=made.lesson_ids.get(page.key))
        if page.key in known
        else ledger[page.key]
        for page in pages
    }
    refs = [Ref(key, entry.page or titles[key], entry.page_id) for key, entry in entries.items()]
    read = wiki.read(refs) if refs else {}
    failed = {key: answer for key, answer in read.items() if isinstance(answer, WikiFailed)}
    for whole in failed.values():
        if whole.is_whole_wiki:
            return [], [Exported(name, "", name, "failed", whole.reason)]
    places = _places(wiki, titles, ledger, read)
    works, left = [], []
    for page in pages:
        entry, found = entries[page.key], read[page.key]
        if isinstance(found, WikiFailed):
            left.append(Exported(name, page.key, page.title, "failed", found.reason, entry.page))
            continue
        if page.key in gone and isinstance(found, Missing):
            continue
        ours = wiki.render(page, places)
        step = decide(page.key, titles[page.key], ours=ours, marks=wiki.marks, found=found, known=_known(entry))  # fmt: skip
        if page.key in gone and step.outcome == "update":
            step = replace(step, outcome="withdraw")
        if step.outcome in WRITES and step.parts:
            # Judged to be ours: so it stays, should we be killed before we have written.
            stored = step.parts.ours
            entry = replace(entry, stored_hash=stored.hash(wiki.marks), stored=stored.text)
        by = found.by if isinstance(found, Found) else ""
        works.append(Work(page, entry, titles[page.key], ours, found, step, by))
    return works, left


def _is_asked(key: str, made: book.Book, wanted: Wanted) -> bool:
    if wanted.lessons and key in made.lesson_ids and made.lesson_ids[key] not in wanted.lessons:
        return False
    return made.changed_at.get(key, wanted.since) >= wanted.since


def _known(entry: Entry) -> Known:
    return Known(
        entry.title, entry.page, entry.page_id, entry.stored_hash, entry.intent_hash, entry.stored,
        entry.people, entry.wish,
    )  # fmt: skip


def _places(
    wiki: Wiki,
    titles: Mapping[str, str],
    ledger: Mapping[str, Entry],
    read: Mapping[str, Found | Missing | WikiFailed],
) -> dict[str, str]:
    """What every page is called once we are done, so that links lead there; not foreign pages."""
    places = {}
    for key, title in titles.items():
        entry, found = ledger.get(key, Entry()), read.get(key)
        match found:
            case Found():
                parts = cut(found.text, wiki.marks)
                is_ours = parts is not None and parts.key == key
                name = title if found.page in {entry.title, title} else found.page
                places[key] = name if is_ours else ""
            case Missing():
                places[key] = "" if entry.stored_hash and entry.wish != "overwrite" else title
            case _:
                places[key] = entry.page or title
    return places


def told(name: str, work: Work) -> Exported:
    """What becomes of a page, as it is reported."""
    entry, outcome = work.entry, work.step.outcome
    page = work.found.page if isinstance(work.found, Found) else work.step.name or entry.page
    url = work.found.url if isinstance(work.found, Found) else entry.url
    return Exported(
        name, work.page.key, work.page.title, DONE.get(outcome, outcome), LEFT.get(outcome, ""),
        page, url, work.step.diff,
    )  # fmt: skip
