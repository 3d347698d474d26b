"""A rule: what it says, what it caught, and what nothing else would have caught."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.flow import quality
from monitor.flow.files import Loaded
from monitor.model import RuleSource
from monitor.rules import advice, match
from monitor.rules.complaint import QueryError
from monitor.rules.figures import Share
from monitor.rules.query import parse
from monitor.rules.says import laid_out, says
from monitor.store import audit, queue, rulebook
from monitor.store.db import Connection, Row, stamp
from monitor.web import chart, found, show
from monitor.web.ds import Response, read, render, site
from monitor.web.kept import kept
from monitor.web.rules import DAYS, sources
from monitor.web.saga import history

LOCAL = "rules/local.yaml"
"""The one pack that the pages write to."""


@dataclass(frozen=True, slots=True)
class Caught:
    """What a page of a rule shows of its posts."""

    lines: list[found.Line]
    total: int
    only: int
    """Flagged posts that would not be, without the rule."""
    has_more: bool
    weeks: tuple[chart.Week, ...]
    months: list[tuple[str, Share]]
    """Incidents that it flagged and the team found relevant, of those decided, by month."""


def alone(conn: Connection, rule: str) -> list[int]:
    """Flagged posts that the rule decided: without it, their score is below the threshold."""
    posts = rulebook.flagged_by(conn, rule)
    said = rulebook.matches(conn, posts)
    return [
        post
        for post in posts
        if match.score([m for m in said[post] if m.rule != rule]) < match.THRESHOLD
    ]


def _caught(conn: Connection, rule: str, *, page: int, is_only: bool, now: datetime) -> Caught:
    days = rulebook.caught_days(conn, rule, stamp(now - timedelta(days=7 * chart.WEEKS)))
    only, months = alone(conn, rule), rulebook.decided(conn, rule)
    if is_only:
        start = page * rulebook.PAGE
        rows = rulebook.posts(conn, only[start : start + rulebook.PAGE + 1])
    else:
        rows = rulebook.caught(conn, rule, page)
    shown = rows[: rulebook.PAGE]
    said = queue.matches(conn, [row["id"] for row in shown])
    spans = {
        post: [tuple(span) for m in several if m["rule"] == rule for span in json.loads(m["spans"])]
        for post, several in said.items()
    }
    return Caught(
        lines=found.lines(conn, shown, spans),
        total=rulebook.count(conn, rule),
        only=len(only),
        has_more=len(rows) > rulebook.PAGE,
        weeks=chart.weekly(days, now),
        months=[(month, Share(hits, total)) for month, hits, total in months],
    )


def _advice(conn: Connection, given: RuleSource, now: datetime) -> dict[str, Any]:
    """What decisions say of a rule in force, and its silence."""
    (score,) = quality.scores(conn, [given])
    said = [advice.sentence(score)]
    if score.trend.before.total:
        said.append(
            f"The last {score.trend.lately.total} decisions: {score.trend.lately};"
            f" before: {score.trend.before}. {str(score.trend).capitalize()}."
        )
    said += [f"It is starved: {found}." for found in quality.silent(conn, [given], now=now)]
    return {
        "precision": score.precision,
        "said": said,
        "is_pressing": score.advice in advice.PRESSING,
    }


def _source(versions: list[Row], given: RuleSource | None) -> dict[str, Any] | None:
    """What the head of the page says: from the files, else from the last version there was."""
    if given is not None:
        return {
            "id": given.id, "title": given.title, "severity": int(given.severity),
            "weight": given.weight, "family": given.family, "tags": given.tags,
            "languages": given.languages, "query": given.query, "file": given.file,
            "line": given.line, "match": given.match_examples, "no_match": given.no_match_examples,
            "state": "in force" if given.enabled else "off",
        }  # fmt: skip
    if not versions:
        return None
    last = versions[0]
    return {
        "id": last["rule"], "title": last["title"], "severity": last["severity"],
        "weight": last["weight"], "family": last["family"], "tags": json.loads(last["tags"]),
        "languages": (), "query": last["query"], "file": last["pack"], "line": 0,
        "match": (), "no_match": (), "state": "gone",
    }  # fmt: skip


def read_back(query: str, loaded: Loaded | None) -> dict[str, Any]:
    """A query in words and laid out; as it stands, with what is wrong, if it cannot be read."""
    names = [terms.name for terms in loaded.config.terms] if loaded else []
    try:
        tree = parse(query, names)
    except QueryError as error:
        return {"said": None, "query": query, "error": str(error)}
    return {"said": says(tree), "query": laid_out(tree), "error": ""}


async def page(datasette: Any, request: Any) -> Response:
    """One rule with everything on it."""
    place, rule = site(datasette), str(request.url_vars["rule"])
    now, files = place.clock(), await place.files()
    asked = request.args.get("page") or "1"
    number = max(int(asked) - 1, 0) if asked.isdecimal() and len(asked) < 6 else 0
    is_only = request.args.get("show") == "only"

    given = next((s for s in sources(files) if s.id == rule), None)

    def ask(conn: Connection) -> tuple[list[Row], list[dict[str, Any]], tuple[int, int]]:
        said = history(rulebook.changes(conn, f"local-rule:{rule}"))
        return rulebook.versions(conn, rule), said, (audit.last(conn), rulebook.last_post(conn))

    def look(conn: Connection) -> tuple[Caught, dict[str, Any] | None]:
        shown = _caught(conn, rule, page=number, is_only=is_only, now=now)
        return shown, _advice(conn, given, now) if given and given.enabled else None

    versions, changes, mark = await read(datasette, ask)
    made = await kept(datasette, ("rule", rule, number, is_only, given), mark, look)
    caught, advised = made.value
    head = _source(versions, given)
    if head is None:
        message = f"There is no rule {rule}, and there never was one. All rules stand under Rules."
        return await render(
            datasette, request, "failwatch_message.html",
            title="No such rule", message=message, status=404,
        )  # fmt: skip
    return await render(
        datasette, request, "failwatch_rule.html", rule=head, caught=caught, versions=versions,
        chart=chart.chart(caught.weeks), points=chart.points(caught.months), back=read_back(head["query"], files.loaded),
        is_local=given is not None and given.file == LOCAL, is_only=is_only, number=number,
        changes=changes, advised=advised, days=DAYS, severities=show.SEVERITIES, faults=files.faults,
    )  # fmt: skip
