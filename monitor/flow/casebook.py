"""The casebook into the database: a feed like any other, with a lesson on each of its posts.

The cases pass through the same parser, rules and grouping as any feed. Two things are its own:
no mail is sent, and a case that a team's rules do not flag gets its incident all the same.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from monitor.flow.ingest import Newsroom, ingest
from monitor.flow.poll import Judge, Parse
from monitor.lessons.casebook import Case, Casebook
from monitor.model import Fetched, Judged, ParseFailed
from monitor.store import cases, incidents, lessons
from monitor.store.db import Connection, moment, transaction

URL = "casebook:failwatch"
TITLE = "Failwatch casebook"

MADE_OF = b"3"
"""Raised when more of a case is written down than before, so that it is read in anew."""


async def load(
    conn: Connection,
    book: Casebook,
    *,
    atom: Callable[[tuple[Case, ...]], bytes],
    parse: Parse,
    judge: Judge,
    newsroom: Newsroom,
    now: datetime,
) -> int:
    """Bring in what is new or changed in the shipped casebook; returns its new cases.

    Idempotent, and in one transaction: a kill leaves all of it or nothing. What people wrote on
    a case since is kept.
    """
    whole = hashlib.sha256(MADE_OF + repr(book).encode()).hexdigest()
    if cases.fingerprint(conn, URL) == whole:
        return 0
    known = cases.prints(conn)
    prints = {
        case.id: hashlib.sha256(MADE_OF + repr(case).encode()).hexdigest() for case in book.cases
    }
    due = tuple(case for case in book.cases if known.get(case.id) != prints[case.id])
    parsed = await parse.parse(_as_fetched(atom(due)), "en")
    if isinstance(parsed, ParseFailed):
        raise TypeError(f"the shipped casebook cannot be read: {parsed.reason}")
    judged = await asyncio.to_thread(
        lambda: tuple(Judged(post, judge(post, TITLE)) for post in parsed.posts)
    )
    facts = [_facts(case, prints[case.id]) for case in due]

    def settle() -> int:
        with transaction(conn):
            feed_id = cases.feed(conn, URL, TITLE, now=now)
            done = ingest(
                conn, feed_id, judged, newsroom=newsroom, is_backlog=True, now=now, is_drawn=False
            )
            verdicts = {j.post.guid: j for j in judged}
            for case in due:
                _attach(conn, feed_id, case, verdicts[case.guid], now=now)
            cases.keep(conn, facts, [(p.id, p.text) for p in book.principles])
            cases.finish(conn, feed_id, fingerprint=whole, now=now)
        return done.new_posts

    return await asyncio.to_thread(settle)


def _facts(case: Case, fingerprint: str) -> cases.Facts:
    return cases.Facts(
        id=case.id,
        kind=case.kind,
        sector=case.sector,
        channel=case.channel,
        country=case.country,
        happened_on=case.date,
        date_precision=case.date_precision,
        expected=case.expected,
        alleged=case.alleged,
        print=fingerprint,
        sources=tuple((s.publisher, s.title, s.url, s.date) for s in case.sources),
        principles=case.principles,
    )


def _as_fetched(atom: bytes) -> Fetched:
    return Fetched(
        body=atom,
        content_type="application/atom+xml; charset=utf-8",
        url=URL,
        moved_to="",
        status=200,
        etag="",
        last_modified="",
        fresh_for=None,
        ms=0,
    )


def _attach(conn: Connection, feed_id: int, case: Case, judged: Judged, *, now: datetime) -> None:
    """Give a case's incident what only the casebook knows: who, what they said, the lesson."""
    post_id, published_at = cases.post(conn, feed_id, case.guid)
    # By its own number first: people may have moved its post since.
    incident_id = cases.incident(conn, case.id) or incidents.of_post(conn, post_id)
    if incident_id is None:
        known = Judged(judged.post, replace(judged.verdict, flagged=True))
        incident_id = incidents.start(
            conn,
            post_id,
            known,
            published_at=moment(published_at),
            why="a case of the casebook",
            now=now,
        )
    cases.describe(
        conn,
        incident_id,
        cases.Description(
            casebook_id=case.id,
            organisation=case.organisation,
            severity=case.severity,
            tags=case.tags,
            responses=tuple((said.date, said.type, said.text) for said in case.responses),
            outcome=case.outcome,
            sector=case.sector,
            channel=case.channel,
        ),
        now=now,
    )
    lessons.from_casebook(
        conn,
        casebook_id=case.id,
        incident_id=incident_id,
        title=case.title,
        what_happened=case.what_happened,
        why=case.why,
        avoid=case.avoid,
        recover=case.recover,
        here=case.here,
        change=case.change,
        now=now,
    )
