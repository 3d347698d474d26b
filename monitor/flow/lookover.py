"""The rules in force held against what came in lately: which of their terms are too broad."""

from __future__ import annotations

from monitor.errors import Fault
from monitor.rules.breadth import broad
from monitor.rules.pack import RuleSet
from monitor.store import rulebook
from monitor.store.db import Connection

NEWEST = 3_000
"""Stored posts that are looked at: some seconds' work at most, whatever the number of rules."""


def run(conn: Connection, rule_set: RuleSet) -> tuple[Fault, ...]:
    """Terms that make their rule hit by themselves and hit too many of the newest posts."""
    newest = rulebook.newest(conn, since="", before=None, limit=NEWEST)
    return broad(rule_set, ((stored.post, stored.feed) for stored in newest))
