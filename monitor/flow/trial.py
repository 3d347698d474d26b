"""Trying a rule on stored posts before it exists: nothing is written.

    newest posts first, in batches       store.rulebook
      judge each by the one rule         rules.match
      stop at the limit of time or posts
    for those that it hits: what the other rules said, and what the sum would be with it

What it costs is bounded: somebody waits for the answer in front of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitor.model import Match, Span
from monitor.rules import match
from monitor.rules.breadth import ENOUGH, TOO_BROAD
from monitor.rules.pack import RuleSet
from monitor.store import rulebook
from monitor.store.db import Connection
from monitor.store.rulebook import Stored

MAX_POSTS = 20_000
MAX_SECONDS = 3.0

_BATCH = 400


@dataclass(frozen=True, slots=True)
class Found:
    """A post that the rule hits."""

    post_id: int
    published_at: str
    spans: tuple[Span, ...]
    is_flagged: bool
    """As it is stored now."""
    score: float
    """What its rules would add up to with this one."""

    @property
    def is_gained(self) -> bool:
        """Whether the rule would flag what is not flagged now."""
        return not self.is_flagged and self.score >= match.THRESHOLD


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have found."""

    found: tuple[Found, ...]
    """Newest first."""
    looked_at: int
    back_to: str
    """When the oldest post that was looked at was published; empty if there was none."""
    is_whole: bool
    """False if time or the limit of posts ended it."""

    @property
    def new(self) -> tuple[Found, ...]:
        """Those that are not flagged now."""
        return tuple(hit for hit in self.found if not hit.is_flagged)

    @property
    def is_broad(self) -> bool:
        """Whether it hits more posts than failures can be."""
        return self.looked_at >= ENOUGH and len(self.found) > TOO_BROAD * self.looked_at

    @property
    def gained(self) -> int:
        """How many would become flagged."""
        return sum(hit.is_gained for hit in self.found)


def run(
    conn: Connection,
    tried: RuleSet,
    *,
    since: str,
    seconds: Callable[[], float],
    max_posts: int = MAX_POSTS,
) -> Trial:
    """Judge the posts published since a time by a set of one rule; `seconds` is a running clock."""
    end = seconds() + MAX_SECONDS
    hits: list[tuple[Stored, Match]] = []
    looked_at, back_to, is_whole = 0, "", True
    for stored in _newest(conn, since):
        if looked_at >= max_posts or seconds() > end:
            is_whole = False
            break
        verdict = match.judge(tried, stored.post, feed=stored.feed)
        hits += [(stored, found) for found in verdict.matches]
        looked_at, back_to = looked_at + 1, stored.published_at
    return Trial(_summed(conn, hits), looked_at, back_to, is_whole)


def _newest(conn: Connection, since: str) -> Iterator[Stored]:
    before: tuple[str, int] | None = None
    while batch := rulebook.newest(conn, since=since, before=before, limit=_BATCH):
        yield from batch
        before = (batch[-1].published_at, batch[-1].id)


def _summed(conn: Connection, hits: list[tuple[Stored, Match]]) -> tuple[Found, ...]:
    """Hits with the score that each post would have; what the rule itself said before is left out."""
    said = rulebook.matches(conn, [stored.id for stored, _ in hits])
    return tuple(
        Found(
            post_id=stored.id,
            published_at=stored.published_at,
            spans=found.spans,
            is_flagged=stored.is_flagged,
            score=match.score([found, *(m for m in said[stored.id] if m.rule != found.rule)]),
        )
        for stored, found in hits
    )
