"""What Insights counts: read-only questions about many incidents at once."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.store.db import Connection, Row
from monitor.text import order


@dataclass(frozen=True, slots=True)
class Filters:
    """Which incidents count; empty means all."""

    since: str = ""
    until: str = ""
    """Days of the first post, both included."""
    tag: str = ""
    status: str = "open"
    """`open`: all but the dismissed; `all`; or a status."""
    with_cases: bool = False
    """Whether the shipped cases count too."""


def _chosen(filters: Filters) -> tuple[str, dict[str, object]]:
    """The incidents that count, as a table `chosen` for the questions below."""
    parts = ["merged_into IS NULL"]
    named: dict[str, object] = {}
    if filters.since:
        parts.append("first_post_at >= :since")
        named["since"] = filters.since
    if filters.until:
        parts.append("first_post_at <= :until")
        named["until"] = f"{filters.until}~"
    if filters.status == "open":
        parts.append("status <> 'dismissed'")
    elif filters.status != "all":
        parts.append("status = :status")
        named["status"] = filters.status
    if not filters.with_cases:
        parts.append("casebook_id IS NULL")
    if filters.tag:
        parts.append(
            "id IN (SELECT incident_id FROM incident_tags JOIN tags ON tags.id = tag_id WHERE name = :tag)"
        )
        named["tag"] = filters.tag
    sql = (
        "WITH chosen AS MATERIALIZED (SELECT id, status, severity, posts, first_post_at, created_at,"
        f" decided_at, decided_by FROM incidents WHERE {' AND '.join(parts)}) "
    )
    return sql, named


def _ask(conn: Connection, filters: Filters, sql: str) -> list[Row]:
    chosen, named = _chosen(filters)
    return conn.execute(chosen + sql, named).fetchall()


def months(conn: Connection, filters: Filters) -> list[tuple[str, int, int]]:
    """Incidents by month and severity."""
    rows = _ask(
        conn, filters,
        "SELECT substr(first_post_at, 1, 7) AS month, severity, count(*) AS n FROM chosen GROUP BY 1, 2",
    )  # fmt: skip
    return [(row["month"], row["severity"], row["n"]) for row in rows]


def tags(conn: Connection, filters: Filters) -> list[tuple[str, str, int, int]]:
    """Tags with their kind: how many incidents have each, and how many of them are relevant."""
    rows = _ask(
        conn, filters,
        "SELECT name, kind, n, relevant FROM tags JOIN (SELECT tag_id, count(*) AS n,"
        " sum(status = 'relevant') AS relevant FROM incident_tags JOIN chosen ON chosen.id = incident_id"
        " GROUP BY tag_id) ON tag_id = tags.id",
    )  # fmt: skip
    return [(row["name"], row["kind"], row["n"], row["relevant"]) for row in rows]


def responses(conn: Connection, filters: Filters) -> list[tuple[str, str, int]]:
    """Types of responses by what followed, at the last look at the incident."""
    rows = _ask(
        conn, filters,
        "SELECT type, followed, count(*) AS n FROM (SELECT DISTINCT chosen.id, type,"
        " coalesce((SELECT outcome FROM revisits WHERE revisits.incident_id = chosen.id AND outcome <> ''"
        " ORDER BY days DESC LIMIT 1), '') AS followed"
        " FROM chosen JOIN responses ON incident_id = chosen.id) GROUP BY 1, 2",
    )  # fmt: skip
    return [(row["type"], row["followed"], row["n"]) for row in rows]


def times(conn: Connection, filters: Filters, least: int) -> dict[int, list[tuple[int, str]]]:
    """When each post of an incident with at least so many was published, and the feed's title."""
    titles = {row["id"]: row["title"] for row in conn.execute("SELECT id, title FROM feeds")}
    chosen, named = _chosen(filters)
    found: dict[int, list[tuple[int, str]]] = {}
    for number, moment, feed in conn.execute(
        f"{chosen} SELECT chosen.id, unixepoch(published_at), feed_id FROM chosen"
        " CROSS JOIN incident_posts ON incident_id = chosen.id"
        " CROSS JOIN posts INDEXED BY posts_facts ON posts.id = post_id WHERE chosen.posts >= :least",
        named | {"least": least},
    ):
        found.setdefault(number, []).append((moment, titles[feed]))
    return found


def count(conn: Connection, filters: Filters) -> int:
    """How many incidents count."""
    total: int = _ask(conn, filters, "SELECT count(*) AS n FROM chosen")[0]["n"]
    return total


def delays(conn: Connection, filters: Filters) -> tuple[list[float], int]:
    """Seconds from start to decision of what people decided, and how many wait."""
    rows = _ask(
        conn, filters,
        "SELECT iif(decided_by = '', NULL, unixepoch(decided_at) - unixepoch(created_at)) AS s, status FROM chosen",
    )  # fmt: skip
    decided = [float(row["s"]) for row in rows if row["s"] is not None and row["status"] != "new"]
    return decided, sum(row["status"] == "new" for row in rows)


def decisions(conn: Connection, filters: Filters) -> list[tuple[str, int, int]]:
    """Rules by the decisions on what they flagged: relevant, decided."""
    rows = _ask(
        conn, filters,
        "SELECT rule, sum(hit) AS hits, count(*) AS total FROM (SELECT rule, incident_id, max(is_hit) AS hit"
        " FROM chosen JOIN rule_decisions ON incident_id = chosen.id JOIN rules ON rules.id = rule_id"
        " GROUP BY rule, incident_id) GROUP BY rule",
    )  # fmt: skip
    return [(row["rule"], row["hits"], row["total"]) for row in rows]


def readings(conn: Connection, filters: Filters) -> list[tuple[str, str]]:
    """What the first and the second reader said of incidents that two have read."""
    rows = _ask(
        conn, filters,
        "SELECT first_status, answer FROM second_readings JOIN chosen ON chosen.id = incident_id WHERE answer <> ''",
    )  # fmt: skip
    return [(row["first_status"], row["answer"]) for row in rows]


def vocabulary(conn: Connection) -> list[Row]:
    """Tags with what they speak of."""
    rows = conn.execute("SELECT id, name, kind FROM tags").fetchall()
    return sorted(rows, key=lambda row: order(row["name"]))
