"""All rules on a page: which are in force, what each finds, and what is wrong with their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from monitor.model import RuleSource
from monitor.rules.figures import Share
from monitor.store import audit, health, ledger, rulebook
from monitor.store.db import Connection, stamp
from monitor.text import fold
from monitor.web import show
from monitor.web.ds import Response, read, render, site
from monitor.web.kept import kept

DAYS = 90
"""How far back the pages of the rules look."""

SORTS = {
    "matches": "posts it found",
    "last": "last match",
    "precision": "precision",
    "weight": "weight",
    "severity": "severity",
    "id": "name",
    "pack": "pack",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in the list."""

    source: RuleSource
    use: rulebook.Use
    last: str
    """How long ago it found something."""
    decided: Share
    """Incidents of its posts that the team found relevant, of those it decided."""


def sources(files: Any) -> tuple[RuleSource, ...]:
    """Every rule of the last good files, in force or not."""
    return files.loaded.config.rules if files.loaded else ()


def _sorted(lines: list[Line], by: str) -> list[Line]:
    keys: dict[str, Any] = {
        "matches": lambda line: -line.use.matches,
        "precision": lambda line: (not line.decided.total, line.decided.value),
        "weight": lambda line: -line.source.weight,
        "severity": lambda line: -int(line.source.severity),
        "pack": lambda line: (line.source.file, line.source.line),
        "id": lambda line: line.source.id,
    }
    lines.sort(key=lambda line: line.source.id)
    if by == "last":
        return sorted(lines, key=lambda line: line.use.last, reverse=True)
    return sorted(lines, key=keys[by])


def _fits(source: RuleSource, words: list[str]) -> bool:
    text = fold(" ".join([source.id, source.title, source.file, source.family, *source.tags]))
    return all(word in text for word in words)


def _warnings(files: Any, told: str) -> list[str]:
    """What lint warns of, and what the worker found to be too broad."""
    known = map(str, files.loaded.rule_set.warnings) if files.loaded else ()
    return [*told.splitlines(), *known]


async def page(datasette: Any, request: Any) -> Response:
    """Every rule there is."""
    place = site(datasette)
    now, files = place.clock(), await place.files()
    since = stamp(now - timedelta(days=DAYS))
    words = (request.args.get("q") or "")[:200]
    by = request.args.get("sort") or "matches"
    by = by if by in SORTS else "matches"

    def ask(conn: Connection) -> tuple[dict[str, rulebook.Use], dict[str, list[ledger.Decision]]]:
        return rulebook.use(conn, since), ledger.by_rule(conn)

    def look(conn: Connection) -> tuple[tuple[int, int], str]:
        said = health.topics(conn).get("rules")
        return (audit.last(conn), rulebook.last_post(conn)), said.fault if said else ""

    mark, told = await read(datasette, look)
    made = await kept(datasette, "rules", mark, ask)
    used, decided = made.value
    lines = []
    for source in sources(files):
        if _fits(source, fold(words).split()):
            use = used.get(source.id, rulebook.Use())
            last = show.age(use.last, now) if use.last else "never"
            hits = [decision.is_hit for decision in decided.get(source.id, [])]
            lines.append(Line(source, use, last, Share(sum(hits), len(hits))))
    lines = _sorted(lines, by)
    return await render(
        datasette, request, "failwatch_rules.html",
        live=[line for line in lines if line.source.enabled],
        off=[line for line in lines if not line.source.enabled],
        faults=files.faults, warnings=_warnings(files, told), words=words, by=by, sorts=SORTS, days=DAYS, severities=show.SEVERITIES,
        total=len(sources(files)), at=stamp(made.at) if made.mark != mark else "",
    )  # fmt: skip
