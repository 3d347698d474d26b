"""`failwatch rules rerun` and `rules backtest`: what new rules make of posts that are stored."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import click

from monitor import app
from monitor.cli.shared import Context, as_json, emit, plural
from monitor.errors import Refused
from monitor.flow import backtest as trial
from monitor.flow import rematch
from monitor.flow.backtest import Backtest
from monitor.store import archive

SHOWN = 20
_SPAN = re.compile(r"([1-9]\d{0,3})([dwy])")
_DAYS = {"d": 1, "w": 7, "y": 365}


def since(_context: click.Context, _parameter: click.Parameter, value: str) -> datetime:
    """`90d`, `12w`, `1y` or a date, as a time."""
    if span := _SPAN.fullmatch(value.strip().lower()):
        return app.now() - timedelta(days=int(span[1]) * _DAYS[span[2]])
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            "write a span such as 90d, 12w, 1y, or a date: 2026-03-01"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=app.now().tzinfo)


since_option = click.option(
    "--since", default="90d", show_default=True, callback=since, help="Posts published since: 90d, 12w, 1y, or a date."
)  # fmt: skip


@click.command("rerun")
@since_option
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only what these rules concern.")
@click.option("--mail", is_flag=True, help="Send alerts of new incidents; else none is sent.")
@as_json
@click.pass_obj
def rerun(
    context: Context, *, since: datetime, rules: tuple[str, ...], mail: bool, as_json: bool
) -> None:
    """Apply the rules in force to the posts that are stored.

    What a person decided is never touched. Newly flagged posts start or join incidents; an incident
    that no rule supports any more, and that nobody touched, is dismissed and can be brought back.
    Running it again, or after a crash, does only what is left.

    Example: failwatch rules rerun --since 90d
    """
    loaded = context.load()
    known = {rule.source.id for rule in loaded.rule_set.rules}
    for name in rules:
        if name not in known:
            raise Refused(f"There is no rule {name} in force. See the Rules page.")
    with context.stores() as (main, private):
        ids = app.adopt(main, loaded)
        room = app.newsroom(loaded, context.data, private, ids)
        tools = rematch.Tools(main, loaded.judge, room, app.now)
        with click.progressbar(
            length=archive.count(main, since),
            label="Matching posts",
            file=sys.stderr,
            show_pos=True,
        ) as bar:
            done = rematch.run(
                tools, since=since, rules=frozenset(rules), mail=mail, on_batch=bar.update
            )
    emit(asdict(done), as_json=as_json, human=lambda: _told(done))


def _told(done: rematch.Rematched) -> str:
    said = (
        f"{plural(done.judged, 'post')} judged, {done.changed:,} changed: {done.flagged:,} newly"
        f" flagged, {done.unflagged:,} not any more; {plural(done.incidents, 'new incident')},"
        f" {done.withdrawn:,} withdrawn, {plural(done.mails, 'mail')} queued."
    )
    if done.skipped:
        said += f" {plural(done.skipped, 'post')} changed meanwhile: run it again."
    return said


@click.command("backtest")
@click.argument("what", metavar="FILE|ID")
@since_option
@click.option("--fail-on-loss", is_flag=True, help="Exit with 1 if a relevant post would be lost.")
@as_json
@click.pass_obj
def backtest(
    context: Context, what: str, *, since: datetime, fail_on_loss: bool, as_json: bool
) -> None:
    """Hold a new version of rules against stored posts, beside the one in force; writes nothing.

    FILE is a pack: its rules replace those with the same id, or come on top. ID is a rule that is
    switched off, tried as if it were on; or a rule in force, beside the others without it.

    Example: failwatch rules backtest tone-deaf --since 90d
    """
    loaded = context.load()
    path = Path(what)
    if path.is_file():
        compared = trial.with_pack(context.root, context.environ, loaded, path.read_bytes())
    else:
        compared = trial.with_rule(loaded, what)
    with context.stores() as (main, _):
        length = archive.count(main, since)
        with click.progressbar(
            length=length, label="Matching posts", file=sys.stderr, show_pos=True
        ) as bar:
            found = trial.run(main, compared, since=since, on_batch=bar.update)
    emit(found.as_data(), as_json=as_json, human=lambda: _report(found))
    if fail_on_loss and found.lost_relevant:
        sys.exit(1)


def _report(found: Backtest) -> str:
    precision = f"{found.precision_before} before, {found.precision_after} after"
    flagged = f"{found.flagged_before:,} before, {found.flagged_after:,} after"
    matched = f"{found.matched_before:,} before, {found.matched_after:,} after"
    lines = [
        f"{plural(found.posts, 'post')}. Flagged: {flagged}.",
        f"Matched by {', '.join(found.rules)}: {matched}.",
        f"Relevant, of the decided among the flagged: {precision}.",
    ]
    for name, posts in (("Gained", found.gained), ("Lost", found.lost)):
        lines.append(f"\n{name}: {plural(len(posts), 'flagged post')}")
        lines += [f"  {p.id:>7}  {p.decided:10}  {p.title}" for p in posts[:SHOWN]]
        if len(posts) > SHOWN:
            lines.append(f"  and {len(posts) - SHOWN:,} more; --json lists all")
    lines.append("\nFlags a week    before  after")
    lines += [f"  {week}   {before:7,} {after:6,}" for week, before, after in found.weeks]
    return "\n".join(lines)
