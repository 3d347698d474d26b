"""`failwatch incidents …`: the group; its commands lie in modules by what they are for."""

from __future__ import annotations

import click

from monitor.cli import (
    incidents_change,
    incidents_desk,
    incidents_quality,
    incidents_say,
    incidents_show,
)


@click.group()
def incidents() -> None:
    """Read incidents, decide on them, and put right where posts were put.

    Example: failwatch incidents list
    """


for command in (
    incidents_show.list_incidents,
    incidents_show.show,
    *incidents_change.COMMANDS,
    *incidents_say.COMMANDS,
    *incidents_desk.COMMANDS,
    incidents_quality.evaluate,
    incidents_quality.tune_thresholds,
):
    incidents.add_command(command)
