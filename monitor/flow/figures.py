"""All figures of Insights, from questions to tables."""

from __future__ import annotations

from dataclasses import replace

from monitor.incidents import insights
from monitor.incidents.agreement import agreement
from monitor.incidents.course import LEAST_POSTS
from monitor.incidents.insights import Figure
from monitor.rules.figures import Share
from monitor.store import insights as store
from monitor.store.db import Connection
from monitor.store.insights import Filters

KEYS = ("months", "kinds", "sectors", "channels", "responses", "courses", "leads", "delays", "precision", "readers")  # fmt: skip


def reckon(conn: Connection, filters: Filters) -> tuple[Figure, ...]:
    """Every figure, for the incidents that are asked for."""
    tags = store.tags(conn, filters)
    posts = store.times(conn, filters, LEAST_POSTS)
    # What was dismissed is no failure, but it was decided: these three are about decisions.
    whole = replace(filters, status="all") if filters.status == "open" else filters
    shares = [(rule, Share(hits, total)) for rule, hits, total in store.decisions(conn, whole)]

    def tagged(kind: str) -> list[tuple[str, int, int]]:
        return [(name, count, relevant) for name, of, count, relevant in tags if of == kind]

    how = "Say below which tags are {}s; a tag is put on at its incident."
    return (
        insights.over_time(store.months(conn, filters)),
        insights.by_tag("kinds", "Incidents by kind of failure", tagged(""), label="kind", missing="No incident has a tag yet."),
        insights.by_tag("sectors", "Incidents by sector", tagged("sector"), label="sector", missing=how.format("sector")),
        insights.by_tag("channels", "Incidents by channel", tagged("channel"), label="channel", missing=how.format("channel")),
        insights.responses(store.responses(conn, filters)),
        insights.courses({n: [moment for moment, _ in of] for n, of in posts.items()}, store.count(conn, filters)),
        insights.leads(posts),
        insights.delays(*store.delays(conn, whole)),
        insights.precision((rule, s.hits, s.total, s.low, s.high) for rule, s in shares),
        insights.readers(agreement(store.readings(conn, whole))),
    )  # fmt: skip
