"""Posts that a rule found, as a list shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.store import rulebook
from monitor.store.db import Connection, Row
from monitor.web import show

Spans = Mapping[int, Sequence[tuple[str, int, int]]]
"""Places to mark, by post: field, start, end."""


@dataclass(frozen=True, slots=True)
class Line:
    """A post with the words marked that a rule is about."""

    row: Row
    title: Any
    """Marked; everything escaped."""
    plain_title: str
    snippet: Any
    link: str
    day: str
    incident: Row | None


def lines(conn: Connection, rows: Sequence[Row], spans: Spans) -> list[Line]:
    """Rows of posts as lines."""
    incidents = rulebook.incidents(conn, [row["id"] for row in rows])
    return [
        Line(
            row=row,
            title=show.marked(row["title"], _ranges(spans, row["id"], "title")),
            plain_title=row["title"],
            snippet=show.snippet(
                max(row["text"], row["summary"], key=len), _ranges(spans, row["id"], "text")
            ),
            link=show.web_link(row["url"]),
            day=show.day(row["published_at"]),
            incident=incidents.get(row["id"]),
        )
        for row in rows
    ]


def _ranges(spans: Spans, post_id: int, field: str) -> list[tuple[int, int]]:
    return show.merged(span for span in spans.get(post_id, ()) if span[0] == field)
