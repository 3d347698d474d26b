"""The command `failwatch`: its groups, its global options, and how faults leave it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from monitor import __version__
from monitor.cli import (
    database,
    doctor,
    feeds,
    incidents,
    lessons,
    links,
    mail,
    organisations,
    people,
    rules,
    start,
    triage,
)
from monitor.cli.shared import Context
from monitor.errors import ConfigError, FailwatchError


class Tree(click.Group):
    """Prints our own errors as sentences, not as tracebacks, and exits with 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a `FailwatchError` is for the person, anything else is our fault."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            click.echo(str(error), err=True)
            count = len(error.faults)
            click.echo(f"{count} {'mistake' if count == 1 else 'mistakes'} to mend.", err=True)
        except FailwatchError as error:
            click.echo(f"failwatch: {error}", err=True)
        sys.exit(1)


@click.group(cls=Tree, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default="data",
    envvar="FAILWATCH_DATA",
    show_default=True,
    help="Folder of the databases (or FAILWATCH_DATA).",
)
@click.option(
    "--config",
    "root",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=".",
    envvar="FAILWATCH_CONFIG",
    show_default=True,
    help="Folder of feeds.yaml, failwatch.yaml and rules/ (or FAILWATCH_CONFIG).",
)
@click.version_option(__version__, prog_name="failwatch")
@click.pass_context
def main(ctx: click.Context, data: Path, root: Path) -> None:
    """Watch blogs and news for other organisations' social-media failures, and learn from them.

    Example: failwatch up
    """
    ctx.obj = Context(root.resolve(), data.resolve(), dict(os.environ))


for command in (start.up, start.worker, start.web, feeds.poll, doctor.doctor):
    main.add_command(command)
for group in (
    feeds.feeds,
    rules.rules,
    mail.alerts,
    mail.subscribers,
    lessons.lessons,
    incidents.incidents,
    organisations.organisations,
    triage.triage,
    database.db,
    people.users,
    links.links,
):
    main.add_command(group)
