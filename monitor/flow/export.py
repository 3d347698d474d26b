"""Lessons to wikis.

    for each wiki, for each lesson that says something
      read      the page as it is now                      wikis
      decide    create, update, or leave alone and say why
      write     our block only, on the revision that was read
      record    the ledger and the audit row               short transaction

A page is ours only by its markers and the ledger. Our part changed by people is *drift*, a page
without our markers is *detached*, a deleted one is *gone*, a foreign page of that name *blocked*:
each is left alone and said. A kill between writing and recording is healed by the next run, which
finds our own words on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from monitor.model import Lesson
from monitor.store import exports, lessons
from monitor.store.db import Connection, transaction
from monitor.wikis.document import Block, page
from monitor.wikis.pages import Found, Missing, WikiFailed, cut, fingerprint


class Wiki(Protocol):
    """A place for pages."""

    def render(self, blocks: tuple[Block, ...]) -> str:
        """Our block in its syntax."""

    def read(self, lesson: Lesson, page: str, page_id: str) -> Found | Missing | WikiFailed:
        """The page of a lesson as it is now."""

    def write(self, lesson: Lesson, inside: str, base: Found | Missing) -> Found | WikiFailed:
        """Write our block, on what was read."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of one lesson on one wiki."""

    wiki: str
    lesson_id: int
    title: str
    outcome: str
    """created, updated, unchanged, drift, detached, gone, blocked or failed."""
    reason: str = ""
    page: str = ""


REASONS = {
    "drift": "people changed our part of the page; move their words below it, or into the lesson",
    "detached": "our markers were removed from the page; it belongs to the team now",
    "gone": "the page was deleted on the wiki and is not made again",
    "blocked": "a page of that name is there and is not ours",
}


def run(
    conn: Connection,
    wikis: Mapping[str, Wiki],
    *,
    public_url: str,
    clock: Callable[[], datetime],
    dry_run: bool = False,
) -> tuple[Exported, ...]:
    """Export every lesson to every wiki; one broken page or wiki stops only itself."""
    done = []
    wanted = lessons.all_for_export(conn)
    for name, wiki in wikis.items():
        ledger = exports.known(conn, name)
        for lesson in wanted:
            known = ledger.get(lesson.id)
            inside = wiki.render(page(lesson, public_url))
            outcome, entry = _one(wiki, lesson, inside, known=known, dry_run=dry_run)
            if entry is not None and entry != known and not dry_run:
                with transaction(conn):
                    exports.record(conn, name, lesson.id, entry, now=clock())
            reason = entry.error if entry and entry.error else REASONS.get(outcome, "")
            done.append(
                Exported(
                    name, lesson.id, lesson.title, outcome, reason, entry.page if entry else ""
                )
            )
    return tuple(done)


def _one(
    wiki: Wiki, lesson: Lesson, inside: str, *, known: exports.Entry | None, dry_run: bool
) -> tuple[str, exports.Entry | None]:
    entry = known or exports.Entry("", "", "", "", "", "failed")
    found = wiki.read(lesson, entry.page, entry.page_id)
    if isinstance(found, WikiFailed):
        return "failed", replace(entry, state="failed", error=found.reason)
    was_written = bool(entry.stored_hash)
    stop = _leave_alone(lesson, inside, found, entry.stored_hash)
    if stop:
        is_ours = isinstance(found, Found) and stop != "blocked"
        seen = (
            replace(entry, page=found.page, page_id=found.page_id)
            if is_ours and isinstance(found, Found)
            else entry
        )
        return stop, replace(seen, state=stop, error="")
    if isinstance(found, Found) and _is_current(inside, found):
        return "unchanged", _written(found, inside)
    outcome = "updated" if was_written or isinstance(found, Found) else "created"
    if dry_run:
        return outcome, known
    stored = wiki.write(lesson, inside, found)
    if isinstance(stored, WikiFailed):
        return "failed", replace(entry, state="failed", error=stored.reason)
    return outcome, _written(stored, inside)


def _is_current(inside: str, found: Found) -> bool:
    parts = cut(found.text)
    return parts is not None and fingerprint(parts.inside) == fingerprint(inside)


def _leave_alone(lesson: Lesson, inside: str, found: Found | Missing, stored_hash: str) -> str:
    """Why a page must not be written, in a word; empty if it may be."""
    if isinstance(found, Missing):
        return "gone" if stored_hash else ""
    parts = cut(found.text)
    if parts is None or parts.lesson_id != lesson.id:
        return "detached" if stored_hash else "blocked"
    # Without a ledger entry, or with our newest words on the page, we were killed before recording.
    is_ours = not stored_hash or fingerprint(parts.inside) in {stored_hash, fingerprint(inside)}
    return "" if is_ours else "drift"


def _written(found: Found, inside: str) -> exports.Entry:
    parts = cut(found.text)
    stored = fingerprint(parts.inside) if parts else ""
    return exports.Entry(
        found.page, found.page_id, found.revision, fingerprint(inside), stored, "written"
    )
