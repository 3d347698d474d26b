"""What the worker exports by itself: lessons that somebody asked for, and wikis whose time has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from monitor.flow import export
from monitor.flow.export import Desk
from monitor.flow.export_plan import Exported, Wanted, Wiki
from monitor.model import WikiSettings
from monitor.store import exports, health
from monitor.store.db import moment, transaction
from monitor.wikis.sync import LEFT

NO_WIKI = "failwatch.yaml names no wiki: add one under wikis: (see docs/wiki.md)."


def run(desk: Desk, wikis: Mapping[str, Wiki], settings: Sequence[WikiSettings]) -> int:
    """Export what is due; returns how many pages were looked at. What went wrong is shown on Home."""
    asked = exports.asked(desk.conn)
    late = [wiki.name for wiki in settings if _is_due(desk, wiki)]
    if not asked and not late:
        return 0
    done: list[Exported] = []
    if asked:
        by = ", ".join(sorted(set(asked.values())))
        done += export.run(desk, wikis, Wanted(by, lessons=frozenset(asked)))
    chosen = {name: wikis[name] for name in late}
    done += export.run(desk, chosen, Wanted("schedule"))
    faults = {f"{d.wiki}: {d.reason}" for d in done if d.outcome == "failed"}
    left = sum(d.outcome in LEFT and d.outcome != "left" for d in done)
    if left and not faults:
        faults = {f"{left} wiki pages were left to people: see `failwatch lessons pages`."}
    fault = NO_WIKI if asked and not wikis else " ".join(sorted(faults))
    with transaction(desk.conn):
        exports.done(desk.conn, asked)
        health.report(desk.conn, "wikis", fault=fault, now=desk.clock())
    return len(done)


def _is_due(desk: Desk, wiki: WikiSettings) -> bool:
    last = exports.last_start(desk.conn, wiki.name)
    every = timedelta(seconds=wiki.every_seconds)
    return bool(every) and (not last or desk.clock() - moment(last) >= every)
