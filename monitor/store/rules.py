"""Rule versions: a row for each meaning that a rule ever had, so that old matches keep theirs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.store import audit
from monitor.store.db import Connection, stamp


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
            conn.execute("UPDATE rules SET is_live = 1 WHERE id = ?", (ids[rule.version],))
            _say_live(conn, ids[rule.version], rule, now)
    versions = {rule.version for rule in rules}
    retired = [n for version, (n, is_live) in known.items() if is_live and version not in versions]
    for number in retired:
        conn.execute("UPDATE rules SET is_live = 0 WHERE id = ?", (number,))
        audit.record(conn, "failwatch", "rule.retire", f"rule:{number}", now=now)
    return ids


def _add(conn: Connection, rule: LiveRule, now: datetime) -> int:
    added = conn.execute(
        "INSERT INTO rules (rule, version, title, family, severity, weight, tags, query, pack,"
        " first_live_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            rule.rule, rule.version, rule.title, rule.family, rule.severity, rule.weight,
            json.dumps(rule.tags), rule.query, rule.pack, stamp(now),
        ),
    )  # fmt: skip
    number = int(added.lastrowid or 0)
    _say_live(conn, number, rule, now)
    return number


def _say_live(conn: Connection, number: int, rule: LiveRule, now: datetime) -> None:
    audit.record(
        conn, "failwatch", "rule.live", f"rule:{number}", now=now,
        after={"rule": rule.rule, "version": rule.version},
    )  # fmt: skip
