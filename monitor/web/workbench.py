"""The workbench: a rule is written, tried on stored posts, and saved as a draft."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.config.edit_rules import LOCAL, local_rules, save_rule, set_enabled
from monitor.errors import ConfigError, Refused, StaleVersion
from monitor.flow import trial
from monitor.flow.trial import Found, Trial
from monitor.rules import match
from monitor.rules.figures import Share
from monitor.store import audit, rulebook
from monitor.store.db import Connection, Row, stamp
from monitor.store.posts import as_post
from monitor.web import chart, found, reading, show
from monitor.web import draft as drafts
from monitor.web.draft import Draft
from monitor.web.ds import Response, fragment, posted, read, render, site, write
from monitor.web.live import Files
from monitor.web.reading import Reading
from monitor.web.rules import DAYS, sources

PAGE = 10
KEPT = 6
"""Results that are remembered, of all authors together."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a trial found, as a page shows it."""

    tried: Trial
    lines: list[tuple[found.Line, Found, str]]
    """A post, what the rule does to it, and how it reads as an example."""
    chart: chart.Chart
    decided: Share
    back_to: str
    page: int
    pages: int
    is_new: bool
    """Whether only posts are shown that are not flagged now."""


def _read(draft: Draft, files: Files) -> Reading:
    return reading.read(drafts.source(draft), files.loaded.config.terms if files.loaded else ())


async def _tried(place: Any, read_as: Reading) -> Trial | None:
    """The trial of a query that can be read; the last few are remembered."""
    tried = read_as.tried
    if tried is None:
        return None
    since = (place.clock() - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0)

    def search(conn: Connection) -> Trial:
        key = (tried.rules[0].version, since.date(), rulebook.last_post(conn))
        if key not in place.trials:
            place.trials[key] = trial.run(conn, tried, since=stamp(since), seconds=time.monotonic)
            while len(place.trials) > KEPT:
                place.trials.popitem(last=False)
        kept: Trial = place.trials[key]
        return kept

    result: Trial = await place.slowly(search)
    return result


def _results(
    conn: Connection, tried: Trial, read_as: Reading, *, goto: str, now: datetime
) -> Results:
    view, _, asked = goto.partition(":")
    is_new = view == "new"
    chosen = tried.new if is_new else tried.found
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 6 else 1
    shown = chosen[(page - 1) * PAGE : page * PAGE]
    rows = rulebook.posts(conn, [hit.post_id for hit in shown])
    spans = {hit.post_id: [(s.field, s.start, s.end) for s in hit.spans] for hit in shown}
    days = [(hit.published_at, hit.is_flagged) for hit in tried.found]
    return Results(
        tried=tried,
        lines=[
            (line, hit, _example(read_as, line.row, spans[hit.post_id]))
            for line, hit in zip(found.lines(conn, rows, spans), shown, strict=True)
        ],
        chart=chart.chart(chart.weekly(days, now)),
        decided=Share(*rulebook.decided_of(conn, [hit.post_id for hit in tried.found])),
        back_to=show.day(tried.back_to) if tried.back_to else "",
        page=page,
        pages=pages,
        is_new=is_new,
    )


def _example(read_as: Reading, row: Row, spans: list[tuple[str, int, int]]) -> str:
    text = max(row["text"], row["summary"], key=len)
    return reading.example(read_as.tried, row["title"], text, spans)


async def _show(
    datasette: Any, request: Any, draft: Draft, *, files: Files, status: int = 200, **values: Any
) -> Response:
    """The whole page."""
    values = {"results": None, "faults": (), "notice": "", "is_live": False} | values
    if "read_as" not in values:
        values["read_as"] = _read(draft, files) if draft.query.strip() else Reading()
    lists = sorted(item.name for item in files.loaded.config.terms) if files.loaded else []
    return await render(
        datasette, request, "failwatch_workbench.html", draft=draft, lists=lists, status=status,
        severities=show.SEVERITIES, days=DAYS, local=LOCAL, file_faults=files.faults, **values,
    )  # fmt: skip


async def page(datasette: Any, request: Any) -> Response:
    """An empty workbench, or one with a rule in it."""
    files = await site(datasette).files()
    rule = (request.args.get("rule") or "")[:64]
    if not rule:
        draft = Draft(query=(request.args.get("query") or "")[: drafts.MAX_QUERY])
        return await _show(datasette, request, draft, files=files)
    given = next((s for s in sources(files) if s.id == rule), None)
    if given is None:
        raise Refused(f"There is no rule {rule} in the files.")
    known = await asyncio.to_thread(local_rules, site(datasette).live.root)
    entry = known.get(rule) if given.file == LOCAL else None
    draft = drafts.from_source(given, entry, {s.id for s in sources(files)})
    notice = "" if entry is not None else f"A copy of {rule}, which stays as it is in {given.file}."
    is_live = entry is not None and given.enabled
    return await _show(datasette, request, draft, files=files, notice=notice, is_live=is_live)


async def check(datasette: Any, request: Any) -> Response:
    """For our script, as somebody types: the words of the query, or what is wrong and where."""
    files = await site(datasette).files()
    draft = drafts.from_form(await posted(request))
    if not draft.query.strip():
        return Response.json({"ok": True, "message": "", "offset": None, "said": "", "proof": ""})
    read_as = await asyncio.to_thread(_read, draft, files)
    said = await fragment(datasette, request, "failwatch_bench_said.html", read_as=read_as)
    proof = await fragment(datasette, request, "failwatch_bench_proof.html", read_as=read_as)
    message = read_as.error or "The query reads well."
    offset = read_as.place.offset if read_as.place else None
    return Response.json(
        {
            "ok": not read_as.error,
            "message": message,
            "offset": offset,
            "said": said,
            "proof": proof,
        }
    )


async def attempt(datasette: Any, request: Any) -> Response:
    """Try the draft on stored posts; by form the whole page, for our script its results."""
    place, form = site(datasette), await posted(request)
    files, draft, notice = await place.files(), drafts.from_form(form), ""
    read_as = await asyncio.to_thread(_read, draft, files)
    if str(form.get("pick", "")):
        draft, notice = await _picked(datasette, draft, read_as, str(form["pick"]))
        read_as = await asyncio.to_thread(_read, draft, files)
    results = None
    if form.get("do") != "check" and (tried := await _tried(place, read_as)) is not None:
        now, goto = place.clock(), str(form.get("goto", ""))
        results = await read(
            datasette, lambda conn: _results(conn, tried, read_as, goto=goto, now=now)
        )
    if request.headers.get("content-type", "").startswith("application/json"):
        html = await fragment(
            datasette, request, "failwatch_bench_results.html", results=results, days=DAYS
        )
        return Response.json({"ok": results is not None, "error": read_as.error, "html": html})
    return await _show(
        datasette, request, draft, files=files, read_as=read_as, results=results, notice=notice
    )


async def _picked(datasette: Any, draft: Draft, read_as: Reading, pick: str) -> tuple[Draft, str]:
    """A post among the examples: `match:17` or `no_match:17`."""
    side, _, number = pick.partition(":")
    if side not in {"match", "no_match"} or not number.isdecimal() or len(number) > 18:
        raise Refused("That post cannot be taken as an example.")
    rows = await read(datasette, lambda conn: rulebook.posts(conn, [int(number)]))
    if not rows:
        raise Refused(f"There is no post {number}.")
    spans = []
    if read_as.tried is not None:
        verdict = match.judge(read_as.tried, as_post(rows[0]), feed=rows[0]["feed_title"])
        spans = [(s.field, s.start, s.end) for m in verdict.matches for s in m.spans]
    title = _example(read_as, rows[0], spans)
    finds = tuple(text for text in draft.match if text != title)
    leaves = tuple(text for text in draft.no_match if text != title)
    if side == "match":
        return replace(draft, match=(*finds, title), no_match=leaves), f"To find: {title}"
    return replace(draft, match=finds, no_match=(*leaves, title)), f"To leave alone: {title}"


async def save(datasette: Any, request: Any) -> Response:
    """Save the draft into rules/local.yaml, or say what is wrong and write nothing."""
    place, form = site(datasette), await posted(request)
    draft = drafts.from_form(form)
    is_on = form.get("do") == "keep" and bool(draft.replaces)
    faults: list[str] = []
    status, hashed = 422, ""
    if draft.id == "workbench":
        raise Refused("The id workbench is the name of this page; go back and choose another.")
    try:
        hashed = await asyncio.to_thread(
            save_rule, place.live.root, drafts.entry(draft, is_on=is_on),
            replaces=draft.replaces, seen=draft.seen, prove=place.live.prove(draft.id),
        )  # fmt: skip
    except ConfigError as error:
        faults = [str(fault) for fault in error.faults]
    except StaleVersion as error:
        faults, status = [str(error)], 409
    if faults:
        return await _show(
            datasette, request, draft, files=await place.files(), faults=faults, status=status,
            is_live=is_on,
        )  # fmt: skip
    after = {
        "file": hashed,
        "query": draft.query.strip(),
        "weight": draft.weight,
        "in force": is_on,
    }
    before = {"rule": draft.replaces} if draft.replaces else {}
    await _note(datasette, request, draft.id, "save", before=before, after=after)
    return Response.redirect(f"/-/rules/{draft.id}", status=303)


async def switch(datasette: Any, request: Any) -> Response:
    """Put a rule of rules/local.yaml in force, or switch it off."""
    place, rule = site(datasette), str(request.url_vars["rule"])
    is_on = str(request.url_vars["way"]) == "on"
    try:
        hashed = await asyncio.to_thread(
            set_enabled, place.live.root, rule, is_on=is_on, prove=place.live.prove(rule)
        )
    except ConfigError as error:
        raise Refused(f"Nothing was changed. {error}") from None
    after = {"file": hashed}
    await _note(datasette, request, rule, "on" if is_on else "off", before={}, after=after)
    return Response.redirect(f"/-/rules/{rule}", status=303)


async def _note(
    datasette: Any, request: Any, rule: str, action: str, **sides: dict[str, Any]
) -> None:
    """The audit row of a change to the file.

    A file and a database share no transaction. The file comes first, since it is what counts; the
    row bears its hash, so that it can be seen which state of the file a row is about, and that a
    state without a row came from an editor or from a process that was killed in between.
    """
    now, actor = site(datasette).clock(), request.actor["id"]
    await write(
        datasette,
        lambda conn: audit.record(
            conn, actor, f"rule.{action}", f"local-rule:{rule}", now=now, **sides
        ),
    )
