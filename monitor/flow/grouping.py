"""A flagged post into the incidents that it tells of, in the caller's transaction.

read      incidents whose posts changed since the last one               incidents.traits
known     an incident drew it before rules flagged it: there it stays
copy      of a post that is told already: folded under the first, and in its incidents
join      the incident that it is most like; several, if it tells of several
start     else
suggest   what it is somewhat like: people are asked
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.incidents import group, sketch
from monitor.incidents.group import Alike, Centre
from monitor.incidents.names import LEAD
from monitor.incidents.organisations import Known, propose
from monitor.incidents.traits import traits
from monitor.model import Post
from monitor.settings import Thresholds
from monitor.store import grouping as store
from monitor.store import incidents, organisations, overrule, suggestions
from monitor.store.db import Connection, Row, moment
from monitor.store.posts import Saved
from monitor.words import Words

MOST_COPIES = 30
"""Stored posts that are looked at as possible copies of one, by text, title and address each."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a post went."""

    incident_id: int
    """The one it tells of most."""
    is_new: bool


def place(
    conn: Connection,
    saved: Saved,
    *,
    now: datetime,
    thresholds: Thresholds = group.STANDARD,
    by: str = "failwatch",
    may_join: bool = True,
) -> Placed:
    """Let a post join what it tells of, or start an incident.

    Without `may_join` it starts one unless it is a copy: shipped cases stand by themselves.
    """
    refresh(conn)
    post, text = saved.judged.post, longest(saved.judged.post)
    copies = _fold(conn, saved, text)
    decision = group.Decision()
    drawn_by = incidents.drawn_by(conn, saved.id)
    if drawn_by is not None:
        # Known to tell of it before a rule said so: it must not be the first post of another.
        joins = {drawn_by: "told of this incident before; now rules flag it too"}
    elif not may_join:
        joins = {}
    elif told := _of_copies(conn, saved, list(copies), now=now):
        number, why = min(copies.items())
        joins = dict.fromkeys(told, f"a copy of post {number}: {why}")
    else:
        decision = look(conn, saved, thresholds)
        joins = {alike.incident_id: alike.why for alike in decision.joins}
    for incident_id, why in joins.items():
        incidents.join(conn, incident_id, saved.id, saved.judged, why=why, now=now, by=by)
    _reopen(conn, decision.joins, now=now)
    number = next(iter(joins), 0) or incidents.start(
        conn, saved.id, saved.judged, published_at=saved.published_at,
        why="the first post on this", now=now, by=by,
    )  # fmt: skip
    suggestions.suggest(
        conn, saved.id, [(a.incident_id, a.likeness, a.why) for a in decision.suggests], now=now
    )
    if may_join:
        _propose(conn, number, post, is_new=not joins, now=now)
    return Placed(number, not joins)


def _propose(
    conn: Connection, incident_id: int, post: Post, *, is_new: bool, now: datetime
) -> None:
    """Ask which organisations are concerned: of later posts only those that are known."""
    organisations.learn_names(conn)
    words = {
        part
        for word in Words(f"{post.title} {longest(post)[:LEAD]}").words
        for part in (word, *word.split("_"))  # `@acme_help` names Acme
    }
    known = [Known(name, tuple(names)) for name, names in organisations.named(conn, words)]
    found = propose(post.title, longest(post), known)
    kept = [one for one in found if is_new or one.why.startswith("known")]
    organisations.propose(
        conn, incident_id, [(one.name, one.role, one.why) for one in kept], now=now
    )


def longest(post: Post) -> str:
    """The text that says most of a post."""
    return max(post.text, post.summary, key=len)


def refresh(conn: Connection) -> None:
    """Read incidents anew whose posts changed, whoever changed them."""
    for number in store.stale(conn):
        rows = store.posts_of(conn, number, limit=group.MOST_POSTS, lead=LEAD)
        terms, keys = group.centre(traits(row["title"], row["text"]) for row in rows)
        size = group.extent(terms, store.counts(conn, terms), store.incidents(conn))
        store.shape(conn, number, terms, keys, extent=size)


def _fold(conn: Connection, saved: Saved, text: str) -> dict[int, str]:
    """Fold a post with its copies; returns those, and why each is one."""
    post = saved.judged.post
    own = sketch.imprint(post.title, text, post.canonical_url, saved.published_at)
    store.keep_sketch(conn, saved.id, own.sketch.all)
    rows = store.near(
        conn, saved.id, own.sketch.all, title_key=own.title, canonical_url=own.canonical_url,
        shared=sketch.MIN_SHARED, limit=MOST_COPIES,
    )  # fmt: skip
    found = {row["id"]: why for row in rows if (why := sketch.why_copy(own, _print(row)))}
    if found:
        _fold_all(conn, saved, own, list(found))
    return found


def _print(row: Row) -> sketch.Print:
    at = moment(row["published_at"])
    return sketch.imprint(row["title"], row["text"], row["canonical_url"], at)


def _fold_all(conn: Connection, saved: Saved, own: sketch.Print, found: Sequence[int]) -> None:
    rows = {row["id"]: row for row in store.siblings(conn, [saved.id, *found])}
    prints = {
        number: sketch.Print(
            row["canonical_url"], row["title_key"], sketch.NOTHING, moment(row["published_at"])
        )
        for number, row in rows.items()
    } | {saved.id: own}
    first = sketch.folded(prints, [(saved.id, number) for number in prints])[saved.id]
    store.fold(conn, first, prints)


def _of_copies(
    conn: Connection, saved: Saved, copies: Sequence[int], *, now: datetime
) -> list[int]:
    """The incidents of a post's copies: made one where they tell of nothing else.

    Two copies may arrive before the one that shows them to be copies. An incident that a person
    has touched, or that tells of more, is left alone.
    """
    told = store.incidents_of(conn, copies, for_post=saved.id)
    for number in told[1:]:
        if store.is_only_copies(conn, number, saved.id):
            overrule.merge(conn, number, told[0], version=None, actor="failwatch", now=now)
    return store.incidents_of(conn, copies, for_post=saved.id)


def look(conn: Connection, saved: Saved, thresholds: Thresholds = group.STANDARD) -> group.Decision:
    """Where a stored post would go by its words alone; writes nothing."""
    told = saved.judged.post
    post = traits(told.title, longest(told)[:LEAD])
    rows = store.sharing(
        conn, store.rarest(conn, post.keys, limit=group.MOST_KEYS), post_id=saved.id,
        dismissed_since=saved.published_at - group.SILENCE, limit=group.MOST_INCIDENTS,
    )  # fmt: skip
    if not rows:
        return group.Decision()
    centres = [
        Centre(
            row["id"], json.loads(row["terms"]), frozenset(json.loads(row["keys"])),
            moment(row["first_post_at"]), moment(row["last_post_at"]), row["extent"],
        )
        for row in rows
    ]  # fmt: skip
    return group.decide(
        post, saved.published_at, centres,
        counts=store.counts(conn, post.terms), incidents=store.incidents(conn), thresholds=thresholds,
    )  # fmt: skip


def _reopen(conn: Connection, joins: Sequence[Alike], *, now: datetime) -> None:
    for alike in joins:
        if alike.silence > group.SILENCE:
            store.reopen(conn, alike.incident_id, silence=alike.silence, now=now)
