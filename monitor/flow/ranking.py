"""Places in the queue, kept up to date by the worker in small batches.

    learn       decisions that are new -> evidence; all evidence -> a model, if anything changed
    due         posts came, a person changed something, an age counts for less: the place is due
    gather      first post, sightings, decided titles, profile, preference -> signals
    rank        signals -> a product with its parts                        incidents.rank
    settle      places, levels of spread, and alerts of a new level, in one short transaction; what
                changed since it was gathered is left for the next round

A page of the queue only reads the order that stands there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.addresses import host
from monitor.incidents import novelty, preference, rank, spread
from monitor.incidents.preference import Decision, Model, Standing
from monitor.store import audit, ranking
from monitor.store import preference as wants
from monitor.store.db import Connection, Row, moment, stamp, transaction
from monitor.store.preference import Evidence
from monitor.store.ranking import Place

BATCH = 100
"""Incidents a transaction: some milliseconds of the write lock."""

TOP = 300
"""Places that are reckoned anew at once after a decision; the others follow as they come due."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the decisions so far teach, and what it was learnt from."""

    mark: tuple[object, ...] = ()
    model: Model = field(default_factory=Model)
    standing: Standing = field(default_factory=lambda: Standing(0, 0))
    decided: novelty.Decided = field(default_factory=lambda: novelty.index(()))


def learn(conn: Connection, before: Learnt) -> Learnt:
    """Learn anew if evidence or words changed; else what is known already."""
    mark = wants.mark(conn)
    if mark == before.mark:
        return before
    decisions = [
        Decision(e.tokens, e.is_relevant, e.base)
        for e in wants.evidence(conn, limit=preference.MEMORY)
    ]
    standing = preference.standing(decisions)
    model = preference.learn(decisions, wants.by_hand(conn))
    model.is_on = standing.is_on
    decided = novelty.index(ranking.decided(conn, limit=novelty.REMEMBERED))
    return Learnt(mark, model, standing, decided)


Tell = Callable[[Connection, int, spread.Reached, datetime], int]
"""(conn, incident, level that it reached, now) -> mails queued."""


@dataclass(slots=True)
class Desk:
    """What the worker keeps between two rounds; made by `app`."""

    profile: tuple[tuple[str, str], ...] = ()
    tell: Tell = lambda _conn, _incident, _reached, _now: 0
    learnt: Learnt = field(default_factory=Learnt)
    noted: int = -1
    """The last row of the audit log when evidence was brought in step: nothing decided since, if so."""


def take_profile(conn: Connection, desk: Desk, profile: tuple[tuple[str, str], ...]) -> None:
    """Let the order follow the profile in failwatch.yaml, changed or not."""
    if profile != desk.profile:
        desk.profile = profile
        with transaction(conn):
            ranking.hasten(conn)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to."""

    learnt: int = 0
    """Decisions that were new."""
    ranked: int = 0
    mails: int = 0


def run(conn: Connection, desk: Desk, *, now: datetime, limit: int = BATCH) -> Round:
    """Learn what is new and reckon what is due, at most `limit` of each."""
    new, last = 0, audit.last(conn)
    if last != desk.noted:
        new = note(conn, limit=limit)
        desk.noted = last if new < limit else -1
    before, desk.learnt = desk.learnt, learn(conn, desk.learnt)
    if before.mark and before.mark != desk.learnt.mark:
        is_other = (
            before.standing.is_on != desk.learnt.standing.is_on
            or before.model.by_hand != desk.learnt.model.by_hand
        )
        with transaction(conn):
            ranking.hasten(conn, top=None if is_other else TOP)
    numbers = ranking.due(conn, now=now, limit=limit)
    if not numbers:
        return Round(new)
    rows = ranking.incidents(conn, numbers)
    told = ranking.sightings(conn, numbers)
    # Reckoned before the transaction, which keeps people's decisions waiting: it only writes.
    found = [_place(conn, row, told[row["id"]], desk=desk, now=now) for row in rows]
    mails = 0
    with transaction(conn):
        same = ranking.unchanged(conn, rows)
        placed = [one for one in zip(rows, found, strict=True) if one[0]["id"] in same]
        for row, (place, reached) in placed:
            if reached and place.developing > row["developing"]:
                mails += desk.tell(conn, row["id"], reached, now)
        ranking.put(conn, [place for _, (place, _) in placed], now=now)
        _put_off(conn, set(numbers) - {row["id"] for row in rows}, now)
    return Round(new, len(placed), mails)


def _put_off(conn: Connection, numbers: Iterable[int], now: datetime) -> None:
    """Incidents without posts, as merging leaves them, have no place: look again when they change."""
    at = stamp(now.replace(year=now.year + 1, day=1))
    conn.executemany(
        "UPDATE incidents SET rank_due_at = ? WHERE id = ?", [(at, number) for number in numbers]
    )


def note(conn: Connection, *, limit: int) -> int:
    """Bring the evidence in step with people's decisions; returns how many were new."""
    rows = wants.outdated(conn, limit=limit)
    posts = {row["id"]: row for row in ranking.incidents(conn, [row["id"] for row in rows])}
    found = [_evidence(row, posts[row["id"]]) for row in rows if row["id"] in posts]
    with transaction(conn):
        wants.forget(conn)
        wants.keep(conn, found)
    return len(found)


def _evidence(row: Row, first: Row) -> Evidence:
    parts = {name: factor for name, factor, _ in json.loads(row["parts"])}
    base = row["value"] / parts["preference"] if "preference" in parts else rank.base(row["score"])
    return Evidence(
        row["id"], row["status"] == "relevant", tokens_of(first), base, bool(row["is_drawn"]),
        row["decided_at"],
    )  # fmt: skip


def tokens_of(row: Row) -> tuple[str, ...]:
    """What is learnt from an incident: its first post and where that is from."""
    return preference.tokens(
        row["post_title"], row["post_text"], rules=json.loads(row["rules"]), feed=row["feed_title"],
        host=host(row["canonical_url"]),
    )  # fmt: skip


def _place(
    conn: Connection, row: Row, told: Sequence[tuple[str, str]], *, desk: Desk, now: datetime
) -> tuple[Place, spread.Reached | None]:
    reached = spread.highest(
        spread.reached(spread.Sighting(host(url), moment(at)) for url, at in told)
    )
    age = now - moment(row["last_post_at"])
    # A level is kept once it was reached: a post that is moved elsewhere takes no alert back.
    level, since = row["developing"], row["developing_at"]
    if reached and reached.level.number > level:
        level, since = reached.level.number, stamp(reached.at)
    model = desk.learnt.model
    said = model.said(tokens_of(row))
    ranked = rank.rank(
        rank.Signals(
            score=row["score"],
            sources=row["sources"],
            level=level,
            alike=novelty.likest(desk.learnt.decided, row["title"], but=row["id"]),
            fit=rank.fit(desk.profile, row["title"], row["post_text"]),
            odds=sum(term.weight for term in said),
            terms=preference.strongest(said),
            why_off="" if model.is_on else "nothing is learnt yet",
            age=age,
            has_profile=bool(desk.profile),
        )
    )
    share = rank.drawn(row["id"], stamp(now)[:10]) if row["status"] == "new" else None
    return Place(
        row["id"],
        ranked.value if share is None else ranking.rank_at(conn, share),
        ranked.value,
        [(part.name, part.factor, part.words) for part in ranked.parts],
        share is not None,
        now + rank.next_look(age),
        level,
        since,
    ), reached
