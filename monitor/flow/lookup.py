"""Looking through stored posts by a query of ours: nothing is written.

    newest posts that fit the filters, in batches     store.seen
      judge each by the one query                     rules.match
      stop at a full page, or at the limit of time or posts

Where it stopped is said, so that whoever searches can go on from there. What it costs is bounded:
somebody waits for the answer in front of a page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from monitor.model import Span
from monitor.rules import match
from monitor.rules.pack import RuleSet
from monitor.store import seen
from monitor.store.db import Connection, Row
from monitor.store.posts import as_post

MAX_POSTS = 20_000
MAX_SECONDS = 2.0
_BATCH = 300


@dataclass(frozen=True, slots=True)
class Looked:
    """What a query finds from a place on."""

    rows: tuple[Row, ...]
    """Newest first."""
    spans: dict[int, tuple[Span, ...]]
    """The words to mark, by post."""
    looked_at: int
    stopped_at: seen.Place | None
    """Where to go on; None if there is nothing left."""
    is_full: bool
    """True if a full page ended it, rather than the limit of time or posts."""


def run(
    conn: Connection, tried: RuleSet, filters: seen.Filters, *, seconds: Callable[[], float]
) -> Looked:
    """Judge posts by a set of one rule until a page is full; `seconds` is a running clock."""
    end = seconds() + MAX_SECONDS
    rows: list[Row] = []
    spans: dict[int, tuple[Span, ...]] = {}
    looked_at, place = 0, filters.after
    for batch in seen.all_of(conn, replace(filters, words=""), _BATCH):
        for row in batch:
            verdict = match.judge(tried, as_post(row), feed=row["feed_title"])
            looked_at, place = looked_at + 1, (row["published_at"], row["id"])
            if not verdict.matches:
                continue
            rows.append(row)
            spans[row["id"]] = verdict.matches[0].spans
            if len(rows) == seen.PAGE:
                return Looked(tuple(rows), spans, looked_at, place, is_full=True)
        if looked_at >= MAX_POSTS or seconds() > end:
            return Looked(tuple(rows), spans, looked_at, place, is_full=False)
    return Looked(tuple(rows), spans, looked_at, None, is_full=False)
