"""Lessons to wikis.

    for each wiki
      gather    every page that it is to have                    book
      read      those pages as they are now, many at a time      wikis
      decide    create, update, or leave alone and say why       wikis.sync, pure
      intend    what is about to be written                      one short transaction
      write     our part only, on the revision that was read     wikis
      publish   what the wiki takes in one go (a push)           wikis
      record    ledger, audit, people's words as notes           one short transaction a page

A page is ours only by its markers and the ledger. A kill between writing and recording is healed
by the next run: what it finds on the page is what we said we were about to write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.flow import book
from monitor.flow.export_plan import DONE, Exported, Job, Wanted, Wiki, Work, plan, told
from monitor.flow.readback import Place, note
from monitor.store import exports
from monitor.store.db import Connection, transaction
from monitor.wikis.pages import Found, WikiFailed
from monitor.wikis.sync import LEFT, WRITES, as_found

LONGEST_WAIT = 900.0
"""Seconds that one page may wait for a wiki that asks us to."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What an export works with."""

    conn: Connection
    public_url: str
    clock: Callable[[], datetime]
    pause: Callable[[float], None]


def run(desk: Desk, wikis: Mapping[str, Wiki], wanted: Wanted) -> tuple[Exported, ...]:
    """Export to every wiki; one broken page or wiki stops only itself."""
    made = book.gather(desk.conn, desk.public_url)
    done: list[Exported] = []
    for name, wiki in wikis.items():
        job = Job(name, wiki, made, wanted)
        if wanted.dry_run:
            works, failed = plan(job, exports.known(desk.conn, name))
            done += [*failed, *(told(name, work) for work in works)]
        else:
            done += _export(desk, job)
    return tuple(done)


def _export(desk: Desk, job: Job) -> list[Exported]:
    name, wiki = job.name, job.wiki
    with transaction(desk.conn):
        number = exports.begin(desk.conn, name, asked_by=job.wanted.asked_by, now=desk.clock())
    works, done = plan(job, exports.known(desk.conn, name))
    to_write = [work for work in works if work.step.outcome in WRITES]
    with transaction(desk.conn):
        for work in works:
            if work.step.outcome not in WRITES:
                _settle(desk, job, work, _seen(wiki, work))
                done.append(told(name, work))
        intents = [(w.page.key, replace(w.entry, intent_hash=w.ours.hash(wiki.marks))) for w in to_write]  # fmt: skip
        exports.intend(desk.conn, name, intents, now=desk.clock())
    done += _write(desk, job, to_write)
    counts = Counter(_counted(d.outcome) for d in done)
    error = next((d.reason for d in done if d.outcome == "failed"), "")
    with transaction(desk.conn):
        exports.end(desk.conn, number, counts, error=error, now=desk.clock())
    return done


def _write(desk: Desk, job: Job, works: Sequence[Work]) -> list[Exported]:
    wiki = job.wiki
    done: list[Exported] = []
    waiting: list[tuple[Work, Found]] = []
    for number, work in enumerate(works):
        answer = _patiently(desk, wiki, work)
        if isinstance(answer, Found) and wiki.is_batched:
            waiting.append((work, answer))
            continue
        done.append(_finish(desk, job, work, answer))
        if isinstance(answer, WikiFailed) and answer.is_whole_wiki:
            rest = len(works) - number - 1
            if rest:
                reason = f"{answer.reason} {rest} more wait for the next export."
                done.append(Exported(job.name, "", job.name, "failed", reason))
            break
    if waiting:
        failed = wiki.publish(f"Failwatch: {len(waiting)} changed")
        done += [_finish(desk, job, w, failed or answer) for w, answer in waiting]
    return done


def _patiently(desk: Desk, wiki: Wiki, work: Work) -> Found | WikiFailed:
    """Write a page; a wiki that asks us to wait is waited for, up to a limit."""
    waited = 0.0
    while True:
        answer = wiki.write(work.page, work.ours, work.found, work.step.name)
        if isinstance(answer, Found) or not answer.wait or waited >= LONGEST_WAIT:
            return answer
        desk.pause(answer.wait)
        waited += answer.wait


def _finish(desk: Desk, job: Job, work: Work, answer: Found | WikiFailed) -> Exported:
    """Record what became of a page that was to be written."""
    name, wiki = job.name, job.wiki
    if isinstance(answer, WikiFailed):
        state = "conflict" if answer.is_conflict else "failed"
        # It may have been saved all the same, with the answer lost: what we meant is kept.
        intent = work.ours.hash(wiki.marks)
        entry = replace(work.entry, state=state, reason=answer.reason, intent_hash=intent)
        outcome = Exported(name, work.page.key, work.page.title, state, answer.reason, entry.page)
    else:
        work.found = answer
        entry = replace(_seen(wiki, work), wish="")
        outcome = replace(told(name, work), page=answer.page, url=answer.url)
    with transaction(desk.conn):
        _settle(desk, job, work, entry)
    return outcome


def _seen(wiki: Wiki, work: Work) -> exports.Entry:
    """The entry of a page as it is now on the wiki."""
    outcome = work.step.outcome
    state = {"unchanged": "written", "create": "written", "update": "written", "withdraw": "withdrawn"}.get(outcome, outcome)  # fmt: skip
    if outcome == "unchanged" and work.entry.state == "withdrawn":
        state = "withdrawn"
    entry = replace(work.entry, state=state, reason=LEFT.get(outcome, ""), diff="")
    if outcome == "drift":
        entry = replace(entry, diff=work.step.diff)
    if not isinstance(work.found, Found) or outcome == "blocked":
        return entry
    found = work.found
    entry = replace(entry, page=found.page, page_id=found.page_id, url=found.url)
    if outcome in LEFT:
        return entry
    stored_hash, stored, people = as_found(found, wiki.marks)
    return replace(
        entry, title=work.title, revision=found.revision, intent_hash="", stored_hash=stored_hash,
        stored=stored, people=people,
    )  # fmt: skip


def _settle(desk: Desk, job: Job, work: Work, entry: exports.Entry) -> None:
    """Write down what became of a page if it is news, and bring people's words home."""
    if work.entry.stored_hash and entry.people != work.entry.people:
        incident = job.book.incident_ids.get(entry.lesson_id or 0)
        note(
            desk.conn, incident, before=work.entry.people, after=entry.people,
            where=Place(job.name, entry.page, work.by), now=desk.clock(),
        )  # fmt: skip
    if entry != replace(work.entry, intent_hash=entry.intent_hash):
        exports.record(desk.conn, job.name, work.page.key, entry, now=desk.clock())


def _counted(outcome: str) -> str:
    if outcome in DONE.values():
        return "written"
    return "left" if outcome in LEFT else outcome
