"""Insights: what the incidents say together, as figures, drawings and files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from monitor.errors import Refused
from monitor.flow import figures
from monitor.incidents.insights import Figure
from monitor.model import Status
from monitor.store import audit, insights, vocabulary
from monitor.store.db import Row, stamp
from monitor.store.insights import Filters
from monitor.web import sheet, svg
from monitor.web.asked import day
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.kept import Kept, kept

YEAR = timedelta(days=365)


def filters(args: Any, today: date) -> Filters:
    """What an address asks for; without anything the last twelve months."""
    status = str(args.get("status") or "open")
    is_empty = not any(args.get(name) is not None for name in ("since", "until", "tag", "status"))
    return Filters(
        since=(today - YEAR).isoformat() if is_empty else day(str(args.get("since") or "")),
        until=day(str(args.get("until") or "")),
        tag=str(args.get("tag") or "")[:60],
        status=status if status in {"open", "all", *Status} else "open",
        with_cases=bool(args.get("cases")),
    )


def same(asked: Filters) -> str:
    """The arguments of an address that asks for the same."""
    given = {"since": asked.since, "until": asked.until, "tag": asked.tag, "status": asked.status}
    return urlencode(given | ({"cases": "1"} if asked.with_cases else {}))


async def reckon(datasette: Any, asked: Filters) -> Kept[tuple[Figure, ...]]:
    """The figures, kept while that is honest: when they were reckoned is said."""
    last = await read(datasette, audit.last)
    return await kept(datasette, asked, last, lambda conn: figures.reckon(conn, asked))


async def page(datasette: Any, request: Any) -> Response:
    """All figures, for the incidents that the address asks for."""
    asked = filters(request.args, site(datasette).clock().date())
    made = await reckon(datasette, asked)
    words: list[Row] = await read(datasette, insights.vocabulary)
    return await render(
        datasette, request, "failwatch_insights.html", filters=asked, asked=same(asked), said=svg.said,
        shown=[(figure, svg.draw(figure)) for figure in made.value], at=stamp(made.at),
        statuses=[("open", "all but dismissed"), ("all", "all"), *((s, s) for s in Status)],
        vocabulary=words, back=f"/-/insights?{same(asked)}", kinds=vocabulary.KINDS,
    )  # fmt: skip


async def file(datasette: Any, request: Any) -> Response:
    """One figure as a drawing or as a table."""
    asked = filters(request.args, site(datasette).clock().date())
    made = await reckon(datasette, asked)
    figure = next((f for f in made.value if f.key == request.url_vars["figure"]), None)
    if figure is None:
        raise Refused(f"There is no such figure: {', '.join(figures.KEYS)}.")
    name = f"failwatch-{figure.key}-{made.at:%Y-%m-%d}"
    if request.url_vars["kind"] == "svg":
        said = f"{figure.note} {_whom(asked)}, {made.at:%Y-%m-%d}."
        drawn = svg.draw(replace(figure, note=said.strip()), is_file=True)
        return _file(str(drawn), "image/svg+xml; charset=utf-8", f"{name}.svg")
    rows = [(row.label, *row.values, "yes" if row.is_small else "") for row in figure.rows]
    head = (figure.label, *figure.columns, "few (under 5)")
    return _file(sheet.BOM + sheet.lines([head, *rows]), "text/csv; charset=utf-8", f"{name}.csv")


def _whom(asked: Filters) -> str:
    parts = [
        f"from {asked.since}" if asked.since else "",
        f"to {asked.until}" if asked.until else "",
    ]
    parts += [
        f"tagged {asked.tag}" if asked.tag else "",
        "with the casebook" if asked.with_cases else "",
    ]
    kind = {"open": "All but dismissed", "all": "All"}.get(asked.status, asked.status.capitalize())
    return " ".join([kind, *filter(None, parts)])  # fmt: skip


def _file(body: str, content_type: str, name: str) -> Response:
    return Response(
        body, content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )  # fmt: skip


async def kind(datasette: Any, request: Any) -> Response:
    """Say what a tag speaks of."""
    form, now = await posted(request), site(datasette).clock()
    name, of = str(form.get("tag", ""))[:60], str(form.get("kind", ""))
    actor = request.actor["id"]
    await write(datasette, lambda conn: vocabulary.set_kind(conn, name, of, actor=actor, now=now))
    back = str(form.get("back", ""))
    return Response.redirect(
        (back if back.startswith("/-/insights?") else "/-/insights") + "#tags", status=303
    )
