"""The rules in force applied to posts that are stored already.

    for each batch of posts
      gather    read and judge them; no lock is held                 store.archive, rules.match
      settle    one short transaction:
        posts that were changed meanwhile are left to their next poll
        put       matches, score, flag                               store.archive
        flagged   joins or starts an incident                        flow.ingest
        no more   an untouched incident without any other flagged post is dismissed, undoably

Idempotent, so that what was killed is simply run again. A person's decision is never touched, and
no mail is sent unless asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.flow.grouping import place
from monitor.flow.ingest import Newsroom, tell
from monitor.model import Judged, Post, Verdict
from monitor.store import archive
from monitor.store.archive import StoredPost
from monitor.store.db import Connection, transaction
from monitor.store.posts import Saved

BATCH = 100
"""Posts a transaction: some milliseconds of the write lock, far below the 200 that pages may wait."""


@dataclass(frozen=True, slots=True)
class Rematched:
    """What came of it, in numbers."""

    judged: int = 0
    changed: int = 0
    """Posts of which the rules say something else than what was stored."""
    flagged: int = 0
    unflagged: int = 0
    incidents: int = 0
    """New, or brought back."""
    withdrawn: int = 0
    """Dismissed, since no rule flags them any more and nobody touched them."""
    mails: int = 0
    skipped: int = 0
    """Posts that were changed while they were judged."""

    def __add__(self, other: Rematched) -> Rematched:
        """Sum two batches."""
        return Rematched(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Tools:
    """What rematching works with; made by `app`."""

    conn: Connection
    judge: Callable[[Post, str], Verdict]
    newsroom: Newsroom
    clock: Callable[[], datetime]


def run(
    tools: Tools,
    *,
    since: datetime,
    rules: frozenset[str] = frozenset(),
    mail: bool = False,
    on_batch: Callable[[int], None] = lambda _count: None,
) -> Rematched:
    """Judge every post published since a time; with `rules`, change only posts that these concern."""
    total, last = Rematched(), 0
    while batch := archive.read(tools.conn, after=last, since=since, limit=BATCH):
        last = batch[-1].id
        verdicts = [tools.judge(stored.post, stored.feed) for stored in batch]
        changed = [
            (stored, Judged(stored.post, verdict))
            for stored, verdict in zip(batch, verdicts, strict=True)
            if _differs(stored, verdict) and _concerns(stored, verdict, rules)
        ]
        total += Rematched(judged=len(batch))
        if changed:
            with transaction(tools.conn):
                total += _settle(tools, changed, mail=mail)
        on_batch(len(batch))
    return total


def _differs(stored: StoredPost, verdict: Verdict) -> bool:
    return (
        archive.as_said(verdict.matches) != stored.matches or verdict.flagged != stored.is_flagged
    )


def _concerns(stored: StoredPost, verdict: Verdict, rules: frozenset[str]) -> bool:
    return not rules or bool(rules & (stored.rules | {m.rule for m in verdict.matches}))


def _settle(tools: Tools, changed: list[tuple[StoredPost, Judged]], *, mail: bool) -> Rematched:
    conn, now = tools.conn, tools.clock()
    saved = [
        archive.rejudge(conn, stored, judged, rule_ids=tools.newsroom.rule_ids)
        for stored, judged in changed
    ]
    done = [item for item in saved if item is not None]
    newcomers = [s for s in done if s.judged.verdict.flagged and not s.was_flagged]
    leavers = [s for s in done if s.was_flagged and not s.judged.verdict.flagged]
    started = mails = withdrawn = 0
    for post in sorted(newcomers, key=lambda s: (s.published_at, s.id)):
        if links := archive.linked(conn, post.id):
            started += sum(archive.bring_back(conn, row["id"], now=now) for row in links)
            if any(row["is_known"] for row in links):
                place(conn, post, now=now)  # It was drawn; from now on it counts in full.
            continue
        placed = place(conn, post, now=now, thresholds=tools.newsroom.thresholds)
        started += placed.is_new
        if placed.is_new and mail:
            mails += tell(conn, placed.incident_id, tools.newsroom, now)
    for post in leavers:
        withdrawn += _withdraw(conn, post, now)
    return Rematched(
        changed=len(done),
        flagged=len(newcomers),
        unflagged=len(leavers),
        incidents=started,
        withdrawn=withdrawn,
        mails=mails,
        skipped=len(changed) - len(done),
    )


def _withdraw(conn: Connection, post: Saved, now: datetime) -> int:
    links = archive.linked(conn, post.id)
    return sum(archive.withdraw(conn, row["id"], now=now) for row in links)
