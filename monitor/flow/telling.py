"""Incidents as plain values: what the API answers and the command line prints as JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from monitor.flow import similar
from monitor.incidents.agreement import agreement
from monitor.store import (
    agenda,
    cases,
    changes,
    organisations,
    queue,
    remarks,
    standing,
    suggestions,
)
from monitor.store.db import Connection, Row

SHOWN = (
    "id", "version", "title", "organisation", "status", "reason", "severity", "severity_by", "score", "rank",
    "posts", "sources", "first_post_at", "last_post_at", "created_at", "decided_at", "decided_by",
    "owner", "due_on", "handover", "snoozed_until", "casebook_id", "is_drawn", "developing", "developing_at", "reopened_at",
)  # fmt: skip


def brief(row: Row, tags: list[str]) -> dict[str, Any]:
    """One line of a list."""
    return {name: row[name] for name in SHOWN} | {"tags": tags}


def listed(conn: Connection, filters: queue.Filters) -> dict[str, Any]:
    """A page of the queue: incidents, how many in all, and where the next page begins."""
    rows = queue.page(conn, filters)
    shown = rows[: queue.PAGE]
    tags = queue.tags(conn, [row["id"] for row in shown])
    last = shown[-1] if len(rows) > queue.PAGE else None
    return {
        "total": queue.count(conn, filters),
        "incidents": [brief(row, tags[row["id"]]) for row in shown],
        "next": f"{last['rank']!r}~{last['last_post_at']}~{last['id']}" if last else None,
    }


def history(conn: Connection, incident_id: int, now: datetime) -> list[dict[str, Any]]:
    """Every change of an incident and of those merged into it, newest first."""
    rows = queue.history(conn, standing.numbers_of(conn, incident_id))
    behind = changes.of_audit(conn, [row["id"] for row in rows])
    return [
        {
            "at": row["at"],
            "actor": row["actor"],
            "action": row["action"],
            "item": row["item"],
            "before": json.loads(row["before"]),
            "after": json.loads(row["after"]),
            "words": change["words"] if change else "",
            "change": change["id"] if change else None,
            "can_undo": bool(
                change and change["what"].startswith("incident.") and changes.can_undo(change, now)
            ),
            "undone_by": change["undone_by"] if change else "",
        }
        for row in rows
        for change in [behind.get(row["id"])]
    ]


def whole(conn: Connection, incident_id: int, now: datetime) -> dict[str, Any] | None:
    """Everything on an incident; of one that was merged, on what it was merged into."""
    number = standing.leads_to(conn, incident_id)
    row = queue.incident(conn, number) if number else None
    if row is None or number is None:
        return None
    beside = queue.aside(conn, number)
    posts = queue.posts(conn, number)
    return brief(row, queue.tags(conn, [number])[number]) | {
        "numbers": standing.numbers_of(conn, number),
        "told_by": [
            {
                name: post[name]
                for name in ("id", "title", "url", "author", "published_at", "feed_title", "why", "linked_by", "is_known", "copy_of")
            }
            for post in posts
        ],
        "asked": [dict(ask) for ask in suggestions.of_incident(conn, number)],
        "organisations": [dict(part) for part in organisations.of_incident(conn, number)],
        "notes": [dict(note) for note in beside["notes"]],
        "responses": [dict(said) for said in beside["responses"]],
        "revisits": [dict(r) for r in agenda.revisits_of(conn, number)],
        "similar": [
            {"id": p.id, "title": p.title, "why": p.why, "lesson": p.lesson, "lesson_text": p.lesson_text}
            for p in similar.look(conn, number)
        ],
        "casebook": cases.of_incident(conn, number),
        "history": history(conn, number, now),
    }  # fmt: skip


def waiting(conn: Connection, name: str, now: datetime, *, may_read: bool) -> dict[str, Any]:
    """What waits for a person and for all, as Duties has it; `may_read`: as second reader too."""

    def lines(rows: list[Row]) -> list[dict[str, Any]]:
        return [{key: row[key] for key in SHOWN} for row in rows]

    return {
        "mentions": [dict(row) for row in agenda.mentions(conn, name, now=now)],
        "mine": lines(agenda.owned(conn, name)),
        "overdue": lines(agenda.overdue(conn, now)),
        "revisits": [dict(row) for row in agenda.revisits_due(conn, now)],
        "to_read": [dict(row) for row in agenda.to_read(conn, name)] if may_read else [],
        "snoozed": lines(agenda.snoozed(conn, now)),
        "owned": lines(agenda.owned(conn)),
        "agreement": agreement(agenda.readings(conn)).words,
    }


def words(conn: Connection) -> list[dict[str, Any]]:
    """The vocabulary: every tag with its synonyms, and how many incidents bear it."""
    return [
        dict(row) | {"synonyms": row["synonyms"].split(", ") if row["synonyms"] else []}
        for row in remarks.vocabulary(conn)
    ]
