"""What the casebook knows of its cases, to be shown beside what a team writes; never changed here."""

from __future__ import annotations

from typing import Any

from monitor.store.db import Connection, Row


def told(conn: Connection, case_id: str) -> dict[str, Any] | None:
    """A case with its sources and principles; None if the casebook does not tell of it (any more)."""
    row = conn.execute("SELECT * FROM cases WHERE id = ?", (case_id,)).fetchone()
    if row is None:
        return None
    sources = conn.execute(
        "SELECT publisher, title, url, published_on FROM case_sources WHERE case_id = ? ORDER BY place",
        (case_id,),
    ).fetchall()
    taught = conn.execute(
        "SELECT text FROM case_teaches JOIN case_principles ON case_principles.id = principle_id"
        " WHERE case_id = ? ORDER BY text",
        (case_id,),
    ).fetchall()
    names = ("kind", "sector", "channel", "country", "happened_on", "expected", "alleged")
    return {name: row[name] for name in names} | {
        "sources": [dict(source) for source in sources],
        "principles": [one["text"] for one in taught],
    }


def principles(conn: Connection) -> list[Row]:
    """The casebook's principles with the number of cases behind each, the best founded on top."""
    return conn.execute(
        "SELECT case_principles.id, text, count(case_id) AS cases FROM case_principles"
        " JOIN case_teaches ON principle_id = case_principles.id GROUP BY case_principles.id"
        " ORDER BY cases DESC, text"
    ).fetchall()
