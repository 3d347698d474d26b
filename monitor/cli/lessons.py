"""`failwatch lessons …`."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict

import click

from monitor import app
from monitor.cli.shared import Context, as_json, emit, plural
from monitor.flow import export as flow


@click.group()
def lessons() -> None:
    """Take lessons to the wiki.

    Example: failwatch lessons export
    """


@lessons.command()
@click.option(
    "--wiki", "names", multiple=True, help="Only this wiki of failwatch.yaml; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@as_json
@click.pass_obj
def export(context: Context, names: tuple[str, ...], *, dry_run: bool, as_json: bool) -> None:
    """Write lessons to every wiki of failwatch.yaml; running it again changes only what changed.

    Example: failwatch lessons export
    """
    settings = context.load().config.settings
    wikis = app.wikis(settings)
    if not wikis:
        raise click.ClickException(
            "failwatch.yaml names no wiki: add one under wikis: (see docs/wiki.md)."
        )
    for name in names:
        if name not in wikis:
            raise click.UsageError(f"failwatch.yaml has no wiki {name}; it has {', '.join(wikis)}.")
    chosen = {name: wiki for name, wiki in wikis.items() if not names or name in names}
    with context.stores() as (main, _):
        done = flow.run(
            main, chosen, public_url=settings.public_url, clock=app.now, dry_run=dry_run
        )
    emit([asdict(d) for d in done], as_json=as_json, human=lambda: summary(done, dry_run=dry_run))
    if any(d.outcome == "failed" for d in done):
        sys.exit(1)


def summary(done: tuple[flow.Exported, ...], *, dry_run: bool) -> str:
    """What an export came to, for a person: what needs a look, then the figures."""
    lines = [
        f"{d.wiki}, lesson {d.lesson_id} ({d.title}): {d.outcome}: {d.reason}."
        for d in done
        if d.outcome in {*flow.REASONS, "failed"}
    ]
    counts = Counter(d.outcome for d in done)
    figures = (
        ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())) or "nothing to do"
    )
    would = "Nothing was written. Would be: " if dry_run else ""
    lines.append(f"{would}{plural(len(done), 'page')}: {figures}.")
    return "\n".join(lines)
