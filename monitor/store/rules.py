"""Rule versions: a row for each meaning that a rule ever had, so that old matches keep theirs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.store import audit
from monitor.store.db import Connection, stamp
from monitor.text import digest


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule as it is in force now."""

    rule: str
    version: str
    """Hash of what it means."""
    title: str
    family: str
    severity: int
    weight: float
    tags: tuple[str, ...]
    query: str
    pack: str
    languages: tuple[str, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Name and terms of each term list that it uses, directly or through another."""


def sync(conn: Connection, live: Iterable[LiveRule], *, now: datetime) -> dict[str, int]:
    """Make the table know the rules in force; returns version -> row number of every version.

    Retired versions are in it too: a post judged just before the rules changed still finds its rows.
    """
    rules = list(live)
    known = {
        r["version"]: (r["id"], r["is_live"])
        for r in conn.execute("SELECT id, version, is_live FROM rules")
    }
    ids = {version: number for version, (number, _) in known.items()}
    for rule in rules:
        if rule.version not in ids:
            ids[rule.version] = _add(conn, rule, now)
        elif not known[rule.version][1]:
            conn.execute(
                "UPDATE rules SET is_live = 1, retired_at = NULL WHERE id = ?", (ids[rule.version],)
            )
            _say_live(conn, ids[rule.version], rule, now)
    versions = {rule.version for rule in rules}
    retired = [n for version, (n, is_live) in known.items() if is_live and version not in versions]
    for number in retired:
        conn.execute(
            "UPDATE rules SET is_live = 0, retired_at = ? WHERE id = ?", (stamp(now), number)
        )
        audit.record(conn, "failwatch", "rule.retire", f"rule:{number}", now=now)
    return ids


def _add(conn: Connection, rule: LiveRule, now: datetime) -> int:
    added = conn.execute(
        "INSERT INTO rules (rule, version, title, family, severity, weight, tags, query, pack,"
        " first_live_at, languages, lists) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            rule.rule, rule.version, rule.title, rule.family, rule.severity, rule.weight,
            json.dumps(rule.tags), rule.query, rule.pack, stamp(now), json.dumps(rule.languages),
            json.dumps({name: _list(conn, name, terms, now) for name, terms in rule.lists}),
        ),
    )  # fmt: skip
    number = int(added.lastrowid or 0)
    _say_live(conn, number, rule, now)
    return number


def _list(conn: Connection, name: str, terms: tuple[str, ...], now: datetime) -> str:
    """Keep a term list's terms; returns its version."""
    version = digest(name, *terms)[:16]
    conn.execute(
        "INSERT OR IGNORE INTO term_lists (version, name, terms, first_seen_at) VALUES (?, ?, ?, ?)",
        (version, name, json.dumps(terms, ensure_ascii=False), stamp(now)),
    )
    return version


@dataclass(frozen=True, slots=True)
class Version:
    """A meaning that a rule has or had."""

    live: LiveRule
    first_live_at: str
    retired_at: str
    """Empty while it is in force."""
    posts: int
    """That it matches, as stored."""
    relevant: int
    decided: int
    """Incidents that it flagged and that the team decided on."""


def versions(conn: Connection, rule: str = "", *, only_live: bool = False) -> list[Version]:
    """Every version of a rule, or of all, oldest first."""
    terms = {
        row["version"]: tuple(json.loads(row["terms"]))
        for row in conn.execute("SELECT version, terms FROM term_lists")
    }
    rows = conn.execute(
        "SELECT rules.*,"
        " (SELECT count(*) FROM matches WHERE rule_id = rules.id) AS posts,"
        " (SELECT coalesce(sum(is_hit), 0) FROM rule_decisions WHERE rule_id = rules.id) AS relevant,"
        " (SELECT count(*) FROM rule_decisions WHERE rule_id = rules.id) AS decided"
        " FROM rules WHERE (? = '' OR rule = ?) AND (is_live OR NOT ?) ORDER BY rule, rules.id",
        (rule, rule, only_live),
    )
    return [
        Version(
            live=LiveRule(
                row["rule"], row["version"], row["title"], row["family"], row["severity"],
                row["weight"], tuple(json.loads(row["tags"])), row["query"], row["pack"],
                tuple(json.loads(row["languages"])),
                tuple((name, terms[v]) for name, v in json.loads(row["lists"]).items()),
            ),
            first_live_at=row["first_live_at"],
            retired_at=row["retired_at"] or "",
            posts=row["posts"],
            relevant=row["relevant"],
            decided=row["decided"],
        )
        for row in rows
    ]  # fmt: skip


def _say_live(conn: Connection, number: int, rule: LiveRule, now: datetime) -> None:
    audit.record(
        conn, "failwatch", "rule.live", f"rule:{number}", now=now,
        after={"rule": rule.rule, "version": rule.version},
    )  # fmt: skip
