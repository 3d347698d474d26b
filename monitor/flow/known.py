"""Posts that no rule flags, drawn by an open incident that they tell of.

    look      new unflagged posts, once what is flagged has its incident     incidents.known
    count     how rare what they share is, only for those that share a name  store.known
    join      linked with the reason; no mail, since an incident is told of once
    look back stored posts, when an incident starts, is decided on or gets its organisation's name

All in the caller's transaction, after the batch is saved and grouped. What the rules said of a post
stays as it is: the score, the matches, *not flagged*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from monitor.incidents import clues, known
from monitor.incidents.names import LEAD
from monitor.model import Judged, Verdict
from monitor.store import incidents, posts, rulebook
from monitor.store import known as store
from monitor.store.db import Connection, moment

LOOKS_BACK = 5
"""Incidents for which stored posts are searched in one batch; the others wait for the next."""


def draw(conn: Connection, saved: Sequence[posts.Saved], *, now: datetime) -> int:
    """Join what tells of open incidents; returns how many posts that were."""
    if not saved:
        return 0
    quiet = [s for s in saved if not s.judged.verdict.flagged and not s.was_flagged]
    due = store.due(conn, since=now - known.WINDOW, limit=LOOKS_BACK)
    if not quiet and not due:
        return 0
    index = clues.index(opened(conn, now))
    taken = store.in_incidents(conn, [s.id for s in quiet])
    desk = _Desk(conn, index, now)
    joined = sum(desk.join(post) for post in quiet if post.id not in taken)
    for number in due:
        joined += sum(desk.join(post) for post in _earlier(conn, index, number))
        store.looked_back(conn, number, now=now)
    return joined


def opened(conn: Connection, now: datetime) -> list[clues.Open]:
    """The incidents that may draw posts now."""
    rows = store.open_posts(conn, since=now - known.WINDOW, titles=clues.TITLES, lead=LEAD)
    found = []
    for number, told in groupby(rows, key=lambda row: row["incident_id"]):
        first, *more = told
        found.append(
            clues.Open(
                number,
                first["organisation"],
                moment(first["first_post_at"]),
                moment(first["last_post_at"]),
                tuple((row["title"], row["text"]) for row in (first, *more)),
            )
        )
    return found


class _Desk:
    """One batch's look: the index, and what was counted already."""

    def __init__(self, conn: Connection, index: clues.Index, now: datetime) -> None:
        self._conn, self._index, self._now = conn, index, now
        self._counts: dict[str, int] = {}
        self._posts = 0

    def join(self, saved: posts.Saved) -> bool:
        """Join the incident that a post tells of, if there is one."""
        post = saved.judged.post
        text = max(post.text, post.summary, key=len)
        candidates = known.look(self._index, post.title, text, at=saved.published_at)
        if not candidates:
            return False
        self._count(candidates)
        found = known.decide(
            candidates, self._counts, posts=self._posts, score=saved.judged.verdict.score
        )
        if found is None:
            return False
        incidents.join(
            self._conn, found.incident_id, saved.id, saved.judged,
            why=found.why, now=self._now, is_known=True,
        )  # fmt: skip
        return True

    def _count(self, candidates: Iterable[known.Candidate]) -> None:
        self._posts = self._posts or store.stored_posts(self._conn)
        limit = known.enough(self._posts)
        for candidate in candidates:
            for key, forms in candidate.asks.items():
                if key not in self._counts:
                    self._counts[key] = store.count(self._conn, forms, limit=limit)


def _earlier(conn: Connection, index: clues.Index, number: int) -> list[posts.Saved]:
    """Stored posts that may tell of an incident, oldest first."""
    found = index.incidents.get(number)
    if found is None or not (found.names or found.tags):
        return []
    numbers = store.earlier(
        conn,
        any_of=[*found.named, *found.tags],
        and_any_of=[*found.terms.values(), *found.tags],
        since=found.incident.first_post_at - known.BEFORE,
        until=found.incident.last_post_at + known.WINDOW,
    )
    matches = rulebook.matches(conn, numbers)
    return [
        posts.Saved(
            row["id"],
            Judged(
                posts.as_post(row), Verdict(tuple(matches[row["id"]]), row["score"], flagged=False)
            ),
            is_new=False,
            was_flagged=False,
            published_at=moment(row["published_at"]),
        )
        for row in rulebook.posts(conn, sorted(numbers))
    ]
