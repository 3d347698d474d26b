"""What the queue's order is learnt from: decisions as evidence, and words that people set by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import Refused
from monitor.store import audit
from monitor.store.db import Connection, Row, stamp
from monitor.store.ledger import MISSES
from monitor.text import fold, one_line

SAID = ("more", "less", "never mind")
KINDS = ("rule", "feed", "host")
_MARKS = ", ".join(f"'{reason}'" for reason in MISSES)

_COUNTS = (
    "casebook_id IS NULL AND merged_into IS NULL AND incidents.decided_at IS NOT NULL"
    " AND decided_by <> ''"
    f" AND decided_by <> 'failwatch' AND (status = 'relevant' OR status = 'dismissed' AND reason IN ({_MARKS}))"
)
"""Decisions of people that say what they want: not those on duplicates and on what was too old."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One decision as it is learnt."""

    incident_id: int
    is_relevant: bool
    tokens: tuple[str, ...]
    base: float
    was_drawn: bool
    decided_at: str


def outdated(conn: Connection, *, limit: int) -> list[Row]:
    """Decided incidents that the evidence does not hold as they are, oldest decision first."""
    return conn.execute(
        "SELECT incidents.id, status, score, is_drawn, incidents.decided_at,"
        " coalesce(value, 0) AS value, coalesce(parts, '[]') AS parts FROM incidents"
        " LEFT JOIN evidence ON evidence.incident_id = incidents.id"
        " LEFT JOIN ranks ON ranks.incident_id = incidents.id"
        f" WHERE {_COUNTS} AND (evidence.incident_id IS NULL"
        " OR evidence.decided_at <> incidents.decided_at OR is_relevant <> (status = 'relevant'))"
        " ORDER BY incidents.decided_at LIMIT ?",
        (limit,),
    ).fetchall()


def keep(conn: Connection, found: Iterable[Evidence]) -> None:
    """Write evidence; what stood there of an incident is replaced."""
    conn.executemany(
        "INSERT OR REPLACE INTO evidence (incident_id, is_relevant, tokens, base, was_drawn,"
        " decided_at) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (e.incident_id, int(e.is_relevant), " ".join(e.tokens), e.base, int(e.was_drawn), e.decided_at)
            for e in found
        ],
    )  # fmt: skip


def forget(conn: Connection) -> int:
    """Drop the evidence of decisions that were taken back or changed; returns how many."""
    return conn.execute(
        f"DELETE FROM evidence WHERE incident_id NOT IN (SELECT id FROM incidents WHERE {_COUNTS})"
    ).rowcount


def mark(conn: Connection) -> tuple[object, ...]:
    """What the preference rests on: as long as it is the same, nothing need be learnt anew."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM evidence), (SELECT max(decided_at) FROM evidence),"
        " (SELECT total(is_relevant) FROM evidence), (SELECT count(*) FROM preference_words),"
        " (SELECT max(set_at) FROM preference_words),"
        " (SELECT total(CASE said WHEN 'more' THEN 1 WHEN 'less' THEN 1000 ELSE 1000000 END)"
        "  FROM preference_words)"
    ).fetchone()
    return tuple(row)


def evidence(conn: Connection, *, limit: int) -> list[Evidence]:
    """The newest decisions, oldest first."""
    rows = conn.execute(
        "SELECT * FROM evidence ORDER BY decided_at DESC, incident_id DESC LIMIT ?", (limit,)
    ).fetchall()
    return [
        Evidence(
            row["incident_id"], bool(row["is_relevant"]), tuple(row["tokens"].split(" ")),
            row["base"], bool(row["was_drawn"]), row["decided_at"],
        )
        for row in reversed(rows)
    ]  # fmt: skip


def by_hand(conn: Connection) -> dict[str, str]:
    """The words that people set: word -> what they said."""
    return {row["word"]: row["said"] for row in words(conn)}


def words(conn: Connection) -> list[Row]:
    """The same with who and when, by word."""
    return conn.execute("SELECT * FROM preference_words ORDER BY word").fetchall()


def set_word(conn: Connection, word: str, said: str, *, actor: str, now: datetime) -> str:
    """Say what a word is worth, or nothing to leave it to what is learnt; returns the word.

    In the caller's transaction. Raises `Refused`.
    """
    token = as_token(word)
    if said and said not in SAID:
        raise Refused(f"{one_line(said, 40)} is no answer: use {', '.join(SAID)}, or learn.")
    before = conn.execute("SELECT said FROM preference_words WHERE word = ?", (token,)).fetchone()
    was = before["said"] if before else ""
    if was == said:
        return token
    if said:
        conn.execute(
            "INSERT INTO preference_words (word, said, set_by, set_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET said = excluded.said, set_by = excluded.set_by,"
            " set_at = excluded.set_at",
            (token, said, actor, stamp(now)),
        )
    else:
        conn.execute("DELETE FROM preference_words WHERE word = ?", (token,))
    audit.record(
        conn, actor, "preference.word", f"word:{token}", now=now,
        before={"said": was or "learn"}, after={"said": said or "learn"},
    )  # fmt: skip
    return token


def as_token(word: str) -> str:
    """A word as it is learnt; raises `Refused` if it is none, or more than one."""
    kind, colon, rest = one_line(word, 200).partition(":")
    if colon and kind in KINDS and rest.strip():
        return f"{kind}:{''.join(rest.split())}"
    token = fold(one_line(word, 60).strip("“”\"' "))
    if len(token) < 3 or not token.isalnum():
        raise Refused(
            "Write one word of three letters or more, or rule:, feed: or host: with a name behind it."
        )
    return token


def of_drawn(conn: Connection) -> tuple[tuple[int, int], tuple[int, int]]:
    """(relevant, decided) of what chance put before people, and of the rest."""
    row = conn.execute(
        "SELECT total(is_relevant * was_drawn) AS drawn_hits, total(was_drawn) AS drawn,"
        " total(is_relevant * (1 - was_drawn)) AS hits, total(1 - was_drawn) AS rest FROM evidence"
    ).fetchone()
    return (int(row["drawn_hits"]), int(row["drawn"])), (int(row["hits"]), int(row["rest"]))
