"""The casebook into the database: a feed like any other, with a lesson on each of its posts.

The cases pass through the same parser, rules and grouping as any feed. Two things are its own:
no mail is sent, and a case that a team's rules do not flag gets its incident all the same.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.flow.ingest import Newsroom, ingest
from monitor.flow.poll import Judge, Parse
from monitor.lessons.casebook import Case
from monitor.model import Fetched, Judged, ParseFailed
from monitor.store import cases, incidents, lessons
from monitor.store.db import Connection, moment, transaction

URL = "casebook:failwatch"
TITLE = "Failwatch casebook"

MADE_OF = b"2"
"""Raised when more of a case is written down than before, so that it is read in anew."""


async def load(
    conn: Connection,
    atom: bytes,
    casebook: Sequence[Case],
    *,
    parse: Parse,
    judge: Judge,
    newsroom: Newsroom,
    now: datetime,
) -> int:
    """Import the shipped casebook if it is not there in this version; returns its new cases.

    Idempotent, and in one transaction: a kill leaves all of it or nothing. What people wrote on
    a case since is kept.
    """
    fingerprint = hashlib.sha256(MADE_OF + atom + repr(casebook).encode()).hexdigest()
    if cases.fingerprint(conn, URL) == fingerprint:
        return 0
    parsed = await parse.parse(_as_fetched(atom), "en")
    if isinstance(parsed, ParseFailed):
        raise TypeError(f"the shipped casebook cannot be read: {parsed.reason}")
    judged = await asyncio.to_thread(
        lambda: tuple(Judged(post, judge(post, TITLE)) for post in parsed.posts)
    )
    return await asyncio.to_thread(
        lambda: _settle(conn, judged, casebook, newsroom=newsroom, now=now, fingerprint=fingerprint)
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


def _settle(
    conn: Connection,
    judged: Sequence[Judged],
    casebook: Sequence[Case],
    *,
    newsroom: Newsroom,
    now: datetime,
    fingerprint: str,
) -> int:
    verdicts = {j.post.guid: j for j in judged}
    with transaction(conn):
        feed_id = cases.feed(conn, URL, TITLE, now=now)
        done = ingest(
            conn, feed_id, judged, newsroom=newsroom, is_backlog=True, now=now, is_drawn=False
        )
        for case in casebook:
            _attach(conn, feed_id, case, verdicts[case.guid], now=now)
        cases.finish(conn, feed_id, fingerprint=fingerprint, now=now)
    return done.new_posts


def _attach(conn: Connection, feed_id: int, case: Case, judged: Judged, *, now: datetime) -> None:
    """Give a case's incident what only the casebook knows: who, what they said, the lesson."""
    post_id, published_at = cases.post(conn, feed_id, case.guid)
    incident_id = incidents.of_post(conn, post_id)
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
            said_on=case.date,
            response=case.response,
            response_type=case.response_type,
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
