"""The precision ledger: what people's decisions say of the rule versions that flagged an incident.

A row for each rule version and incident, written in the transaction of the decision. It is a
record, not a view: rules that are run again over stored posts change matches, but not what people
decided on. Shipped cases do not count: nobody here decided on them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Status
from monitor.store.db import Connection, stamp

MISSES = ("not a failure", "no organisation", "off topic")
"""Reasons to dismiss that speak against the rules; `duplicate`, `too old` and `other` do not."""


def keep(conn: Connection, incident_id: int, status: str, reason: str, *, now: datetime) -> None:
    """Bring the ledger in step with an incident's status; in the transaction that changes it.

    Every rule that matched a flagged post of the incident gets the same mark, also those that were
    not needed: a weight says how likely a match is a failure, whatever else matched. *Watching* and
    *new* are no decisions yet.
    """
    conn.execute("DELETE FROM rule_decisions WHERE incident_id = ?", (incident_id,))
    is_hit = status == Status.RELEVANT
    if not is_hit and not (status == Status.DISMISSED and reason in MISSES):
        return
    conn.execute(
        "INSERT INTO rule_decisions (rule_id, incident_id, is_hit, weight, decided_at)"
        " SELECT rule_id, incidents.id, ?, max(matches.weight), ? FROM incidents"
        " JOIN incident_posts ON incident_id = incidents.id"
        " JOIN posts ON posts.id = incident_posts.post_id AND flagged"
        " JOIN matches ON matches.post_id = posts.id"
        " WHERE incidents.id = ? AND casebook_id IS NULL GROUP BY rule_id",
        (int(is_hit), stamp(now), incident_id),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision on one incident says of a rule."""

    incident_id: int
    is_hit: bool
    decided_at: str


_SAME = (
    "rules.query = (SELECT query FROM rules AS last WHERE last.rule = rules.rule"
    " ORDER BY is_live DESC, id DESC LIMIT 1)"
)
"""Versions that look for the same as the one in force: another weight changes nothing in what a
rule finds, so decisions stay; another query starts anew."""


def by_rule(conn: Connection, rule: str = "") -> dict[str, list[Decision]]:
    """The decisions on each rule as its query is now, oldest first; of one rule if it is named."""
    found: dict[str, list[Decision]] = {}
    for row in conn.execute(
        "SELECT rule, incident_id, max(is_hit) AS is_hit, max(decided_at) AS decided_at"
        " FROM rule_decisions JOIN rules ON rules.id = rule_id"
        f" WHERE (:rule = '' OR rule = :rule) AND {_SAME}"
        " GROUP BY rule, incident_id ORDER BY decided_at, incident_id",
        {"rule": rule},
    ):
        decision = Decision(row["incident_id"], bool(row["is_hit"]), row["decided_at"])
        found.setdefault(row["rule"], []).append(decision)
    return found


@dataclass(frozen=True, slots=True)
class VersionTally:
    """One version of a rule, and how its incidents were decided."""

    version: str
    weight: float
    first_live_at: str
    is_live: bool
    query: str
    hits: int
    total: int


def versions(conn: Connection, rule: str) -> list[VersionTally]:
    """Every version of a rule with its own decisions, newest first."""
    return [
        VersionTally(
            row["version"], row["weight"], row["first_live_at"], bool(row["is_live"]),
            row["query"], row["hits"], row["total"],
        )
        for row in conn.execute(
            "SELECT rules.*, coalesce(sum(is_hit), 0) AS hits, count(rule_id) AS total FROM rules"
            " LEFT JOIN rule_decisions ON rule_id = rules.id WHERE rule = ?"
            " GROUP BY rules.id ORDER BY rules.id DESC",
            (rule,),
        )
    ]  # fmt: skip


def weekly(conn: Connection, rule: str) -> list[tuple[str, int, int]]:
    """The decisions on a rule week by week: ISO week as `2026-W09`, hits, decisions."""
    counts: dict[str, list[int]] = {}
    for decision in by_rule(conn, rule).get(rule, []):
        year, week, _ = datetime.fromisoformat(decision.decided_at).isocalendar()
        tally = counts.setdefault(f"{year}-W{week:02d}", [0, 0])
        tally[0] += decision.is_hit
        tally[1] += 1
    return [(week, hits, total) for week, (hits, total) in sorted(counts.items())]


@dataclass(frozen=True, slots=True)
class Authored:
    """The weight that a person gave a rule last, and what was proposed from decisions since."""

    weight: float
    since: str
    """From when on decisions speak to that weight; empty if it was the first."""
    proposed: frozenset[float]


def authored(conn: Connection) -> dict[str, Authored]:
    """For each rule as its query is now: the last weight that `rules weigh` did not write."""
    proposed: dict[str, set[float]] = {}
    for row in conn.execute(
        "SELECT substr(item, 12) AS rule, after ->> 'weight' AS weight FROM audit"
        " WHERE item BETWEEN 'local-rule:' AND 'local-rule;' AND action = 'rule.weigh'"
    ):
        proposed.setdefault(row["rule"], set()).add(round(row["weight"], 2))
    found: dict[str, Authored] = {}
    for row in conn.execute(f"SELECT * FROM rules WHERE {_SAME} ORDER BY id"):
        ours = frozenset(proposed.get(row["rule"], ()))
        is_first = row["rule"] not in found
        if is_first or round(row["weight"], 2) not in ours:
            since = "" if is_first else row["first_live_at"]
            found[row["rule"]] = Authored(row["weight"], since, ours)
    return found


TITLES = 500
"""Enough to see which words are frequent."""


def false_titles(conn: Connection, rule: str) -> list[str]:
    """Titles of the newest false flags of a rule as its query is now."""
    rows = conn.execute(
        "SELECT DISTINCT posts.id, posts.title FROM rule_decisions"
        " JOIN rules ON rules.id = rule_decisions.rule_id JOIN incident_posts USING (incident_id)"
        " JOIN matches ON matches.post_id = incident_posts.post_id"
        " AND matches.rule_id = rule_decisions.rule_id"
        " JOIN posts ON posts.id = matches.post_id"
        f" WHERE rule = ? AND NOT is_hit AND flagged AND {_SAME} ORDER BY posts.id DESC LIMIT ?",
        (rule, TITLES),
    )
    return [row["title"] for row in rows]


def relevant_titles(conn: Connection) -> list[str]:
    """Titles of the newest posts that a person found relevant, whatever flagged them."""
    rows = conn.execute(
        "SELECT posts.id, posts.title FROM posts WHERE id IN (SELECT post_id FROM incident_posts"
        " JOIN rule_decisions USING (incident_id) WHERE is_hit) ORDER BY id DESC LIMIT ?",
        (TITLES,),
    )
    return [row["title"] for row in rows]


@dataclass(frozen=True, slots=True)
class DecidedPost:
    """A post that a person decided on."""

    post_id: int
    is_failure: bool
    rules: tuple[str, ...]
    """That matched it, flagged or not."""


def decided_posts(conn: Connection) -> list[DecidedPost]:
    """Every post that was decided on: in counted incidents, and in the recall audit.

    Not what an incident drew: that it tells of the failure is a guess, and nobody decided on it.
    """
    rows = conn.execute(
        "WITH decided AS ("
        " SELECT post_id, is_hit AS is_failure FROM"
        "  (SELECT DISTINCT incident_id, is_hit FROM rule_decisions)"
        "  JOIN incident_posts USING (incident_id) WHERE NOT is_known"
        " UNION ALL SELECT post_id, answer = 'relevant' FROM recall_posts"
        "  WHERE answer IN ('relevant', 'not'))"
        " SELECT post_id, max(is_failure) AS is_failure, (SELECT json_group_array(DISTINCT rule)"
        "  FROM matches JOIN rules ON rules.id = rule_id WHERE matches.post_id = decided.post_id)"
        "  AS rules FROM decided GROUP BY post_id ORDER BY post_id"
    )
    return [
        DecidedPost(row["post_id"], bool(row["is_failure"]), tuple(json.loads(row["rules"])))
        for row in rows
    ]
