"""`failwatch incidents list` and `show`."""

from __future__ import annotations

from typing import Any

import click

from monitor import app
from monitor.cli.shared import Context, as_json, emit, plural, table
from monitor.flow import telling
from monitor.model import Status
from monitor.store import queue, triage
from monitor.store.db import stamp

SEVERITIES = triage.SEVERITIES


@click.command("list")
@click.option(
    "--status", type=click.Choice([*map(str, Status), "all"]), default="new", show_default=True
)
@click.option("--severity", type=click.IntRange(1, 4), default=1, help="At least so grave, 1 to 4.")
@click.option("--tag", default="", help="Only with this tag.")
@click.option("--owner", default="", help="Only what this person sees to; - for nobody.")
@click.option("--words", default="", help="Only with these words in title or organisation.")
@click.option("--after", default=None, help="Where the page before ended: its `next`, with --json.")
@as_json
@click.pass_obj
def list_incidents(
    context: Context,
    status: str,
    *,
    severity: int,
    tag: str,
    owner: str,
    words: str,
    after: str | None,
    as_json: bool,
) -> None:
    """List incidents, the strongest first; snoozed ones are left out until they come back.

    Example: failwatch incidents list --status watching
    """
    place = None
    if after:
        score, last, number = (*after.split("~"), "", "")[:3]
        try:
            place = (float(score), last, int(number))
        except ValueError:
            raise click.UsageError("--after is the `next` of the page before.") from None
    filters = queue.Filters(
        status="" if status == "all" else status,
        severity=severity,
        tag=tag,
        owner=owner,
        words=words,
        now=stamp(app.now()),
        after=place,
    )
    with context.stores() as (main, _):
        found = telling.listed(main, filters)
    columns = {"id": 6, "severity": 9, "status": 9, "posts": 5, "owner": 16, "title": 70}
    rows = [r | {"severity": SEVERITIES[r["severity"]]} for r in found["incidents"]]
    emit(
        found,
        as_json=as_json,
        human=lambda: (
            f"{table(rows, columns)}\n{plural(found['total'], 'incident')} in all."
            if rows
            else "No incident fits."
        ),
    )


@click.command()
@click.argument("number", type=int)
@as_json
@click.pass_obj
def show(context: Context, number: int, *, as_json: bool) -> None:
    """Show an incident: its posts, what was said, what people did. A merged number leads on.

    Example: failwatch incidents show 1
    """
    with context.stores() as (main, _):
        found = telling.whole(main, number, app.now())
    if found is None:
        raise click.UsageError(f"There is no incident {number}.")
    emit(found, as_json=as_json, human=lambda: _told(number, found))


def _told(asked: int, found: dict[str, Any]) -> str:
    lines = []
    if asked != found["id"]:
        lines.append(f"Incident {asked} was merged into {found['id']}.")
    why = f" ({found['reason']})" if found["reason"] else ""
    lines += [
        f"{found['id']}  {found['title']}",
        f"  {found['status']}{why}, {SEVERITIES[found['severity']]}, version {found['version']}"
        + (f", {found['organisation']}" if found["organisation"] else ""),
    ]
    if found["tags"]:
        lines.append(f"  tags: {', '.join(found['tags'])}")
    if found["owner"]:
        due = f", due on {found['due_on']}" if found["due_on"] else ""
        lines.append(f"  owner: {found['owner']}{due}")
    if found["snoozed_until"]:
        lines.append(f"  snoozed until {found['snoozed_until'][:10]}")
    lines += [
        f"  post {post['id']}  {post['published_at'][:10]}  {post['title']}  ({post['why']})"
        for post in found["told_by"]
    ]
    lines += [
        f"  {said['type']}{' on ' + said['said_on'][:10] if said['said_on'] else ''}: {said['text']}"
        for said in found["responses"]
    ]
    if case := found["casebook"]:
        lines += _of_casebook(case)
    lines += [f"  note of {note['author']}: {note['text']}" for note in found["notes"]]
    lines += [f"  like {past['id']}  {past['title']}: {past['why']}" for past in found["similar"]]
    lines += [
        f"  change {row['change']}: {row['actor']} {row['words']}"
        + (f", taken back by {row['undone_by']}" if row["undone_by"] else "")
        for row in found["history"]
        if row["change"]
    ]
    return "\n".join(lines)


def _of_casebook(case: dict[str, Any]) -> list[str]:
    """What the casebook says of an incident that comes with Failwatch."""
    kind = case["kind"].replace("_", " ")
    lines = [f"  casebook: {kind}, {case['sector']}, {case['channel']}, {case['country']}"]
    lines += [f"  {name}: {case[name]}" for name in ("expected", "alleged") if case[name]]
    lines += [
        f"  principle: {p['text']} ({plural(p['cases'], 'case')})" for p in case["principles"]
    ]
    return lines + [
        f"  source: {s['publisher']}{', ' + s['published_on'] if s['published_on'] else ''}: {s['url']}"
        for s in case["sources"]
    ]
