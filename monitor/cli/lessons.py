"""`failwatch lessons …`."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from monitor import app
from monitor.cli import lessons_exchange
from monitor.cli.drill import drill
from monitor.cli.shared import Context, actor, as_json, emit, plural, table
from monitor.config.fields import Span
from monitor.flow import printing
from monitor.flow.export_plan import Exported, Wanted, Wiki
from monitor.store import exports
from monitor.store.db import stamp, transaction
from monitor.wikis.sync import LEFT


@click.group()
def lessons() -> None:
    """Take lessons to the wiki, print them, drill them, exchange them with other houses.

    Example: failwatch lessons export
    """


for command in (drill, *lessons_exchange.COMMANDS):
    lessons.add_command(command)


@lessons.command()
@click.option(
    "--to",
    "--wiki",
    "names",
    multiple=True,
    help="Only this wiki of failwatch.yaml; may be repeated.",
)
@click.option("--since", default="", help="Only lessons saved since: a day, or a span such as 7d.")
@click.option("--dry-run", is_flag=True, help="Print what would change, as a diff; change nothing.")
@as_json
@click.pass_obj
def export(
    context: Context, names: tuple[str, ...], since: str, *, dry_run: bool, as_json: bool
) -> None:
    """Write lessons to every wiki of failwatch.yaml; running it again changes only what changed.

    Exits with 1 if a page or a wiki failed. Pages that people changed are left alone and named.

    Example: failwatch lessons export --dry-run
    """
    settings = context.load().config.settings
    wanted = Wanted(asked_by=actor(context), since=_since(since), dry_run=dry_run)
    chosen = _chosen(app.wikis(context.data, settings), names)
    done = app.export(context.data, settings, chosen, wanted)
    emit([asdict(d) for d in done], as_json=as_json, human=lambda: summary(done, dry_run=dry_run))
    if any(d.outcome == "failed" for d in done):
        sys.exit(1)


def _chosen(wikis: dict[str, Wiki], names: tuple[str, ...]) -> dict[str, Wiki]:
    if not wikis:
        raise click.ClickException(
            "failwatch.yaml names no wiki: add one under wikis: (see docs/wiki.md)."
        )
    for name in names:
        if name not in wikis:
            raise click.UsageError(f"failwatch.yaml has no wiki {name}; it has {', '.join(wikis)}.")
    return {name: wiki for name, wiki in wikis.items() if not names or name in names}


def _since(text: str) -> str:
    """The stamp that a day or a span means; empty for all."""
    if not text:
        return ""
    try:
        span: timedelta = TypeAdapter(Span).validate_python(text)
    except ValidationError:
        try:
            return f"{TypeAdapter(date).validate_python(text)}T00:00:00Z"
        except ValidationError:
            raise click.UsageError("--since wants a day such as 2026-11-01, or a span such as 7d.") from None  # fmt: skip
    return stamp(app.now() - span)


@lessons.command("print")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--lesson", "numbers", type=int, multiple=True, help="Only this; may be repeated.")
@click.pass_obj
def to_paper(context: Context, file: Path, numbers: tuple[int, ...]) -> None:
    """Write lessons for paper: FILE.html prints well, FILE.docx is for Word, FILE.bib has the sources.

    DOCX needs pandoc. Lessons that not everybody may read here are left out.

    Example: failwatch lessons print lessons.html
    """
    if file.suffix not in printing.ENDS:
        raise click.UsageError(f"End the file's name with one of {', '.join(printing.ENDS)}.")
    settings = context.load().config.settings
    with context.stores() as (main, _):
        made = printing.run(
            main, numbers, file.suffix,
            public_url=settings.public_url, today=app.now().date(), docx=app.docx,
        )  # fmt: skip
    file.write_bytes(made)
    click.echo(f"Wrote {file}: {plural(len(made), 'byte')}.")


@lessons.command()
@click.option("--all", "shows_all", is_flag=True, help="Also pages that are in order.")
@as_json
@click.pass_obj
def pages(context: Context, *, shows_all: bool, as_json: bool) -> None:
    """List the wiki pages that need somebody, with what people changed in our part; and the last runs.

    Example: failwatch lessons pages
    """
    with context.stores() as (main, _):
        rows = [dict(row) for row in exports.pages(main)]
        runs = [dict(row) for row in exports.runs(main, 5)]
    shown = [r for r in rows if shows_all or r["state"] not in {"written", "withdrawn", "left"}]

    def human() -> str:
        columns = {"wiki": 20, "key": 20, "state": 10, "page": 60, "reason": 100}
        lines = [table(shown, columns) if shown else "Every page is in order."]
        lines += [f"\n{row['wiki']}, {row['key']}:\n{row['diff']}" for row in shown if row["diff"]]
        lines += [
            f"{run['started_at']} {run['wiki']}, asked by {run['asked_by']}: {run['written']} written,"
            f" {run['unchanged']} unchanged, {run['left_alone']} left alone, {run['failed']} failed"
            + ("" if run["ended_at"] else " (did not end)")
            for run in runs
        ]
        return "\n".join(lines)

    emit({"pages": shown, "runs": runs}, as_json=as_json, human=human)


@lessons.command()
@click.argument("page")
@click.option("--to", "wiki", required=True, help="The wiki of failwatch.yaml.")
@click.option(
    "--overwrite", "wish", flag_value="overwrite",
    help="Our words win at the next export; a deleted page is made again, and a page without our"
    " markers gets our part on top.",
)  # fmt: skip
@click.option("--leave", "wish", flag_value="leave", help="Never touch the page again.")
@click.option("--again", "wish", flag_value="", help="Take either back.")
@click.pass_obj
def resolve(context: Context, page: str, wiki: str, wish: str | None) -> None:
    """Decide what becomes of a wiki page that was left alone; PAGE as `lessons pages` names it.

    Example: failwatch lessons resolve lesson-17 --to team --overwrite
    """
    if wish is None:
        raise click.UsageError("Say one of --overwrite, --leave and --again.")
    key = f"lesson-{page}" if page.isdecimal() else page
    with context.stores() as (main, _), transaction(main):
        exports.resolve(main, wiki, key, wish, actor=actor(context), now=app.now())
    said = {
        "overwrite": "is written over",
        "leave": "is left alone",
        "": "is looked at as any other",
    }
    click.echo(f"From the next export on {key} on {wiki} {said[wish]}.")


def summary(done: tuple[Exported, ...], *, dry_run: bool) -> str:
    """What an export came to, for a person: what needs a look, then the figures."""
    lines = [
        f"{d.wiki}, {d.title}: {d.outcome}: {d.reason}."
        for d in done
        if d.outcome in {*LEFT, "failed"}
    ]
    lines += [d.diff for d in done if d.diff and (dry_run or d.outcome == "drift")]
    counts = Counter(d.outcome for d in done if d.key)
    figures = (
        ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())) or "nothing to do"
    )
    would = "Nothing was written. Would be: " if dry_run else ""
    lines.append(f"{would}{plural(sum(counts.values()), 'page')}: {figures}.")
    return "\n".join(lines)
