"""`failwatch incidents decide | merge | …`: what the pages can do, for scripts and shells."""

from __future__ import annotations

from typing import Any

import click

from monitor import app
from monitor.cli.shared import Context, actor, as_json, emit, plural
from monitor.flow import acts
from monitor.flow.acts import Desk
from monitor.model import Status
from monitor.store import accounts, changes, standing, triage
from monitor.store.db import transaction

version = click.option(
    "--version", type=int, default=None,
    help="The version you saw, so that nobody's change is overwritten; without it, as it is now.",
)  # fmt: skip


def perform(context: Context, number: int, name: str, **sent: object) -> dict[str, Any]:
    """Do one thing to an incident, as the person at this shell."""
    with context.stores() as (main, private):
        people = tuple(a.name for a in accounts.list_all(private) if not a.is_disabled)
        with transaction(main):
            desk = Desk(main, number, actor(context), app.now(), people)
            return acts.perform(desk, name, sent, any_version=True)


def say(found: dict[str, Any], words: str, *, as_json: bool) -> None:
    """Print what came of it, with how to take it back."""
    change = found["change"]
    undo = f" Take it back within a day: failwatch incidents undo {change}" if change else ""
    emit(found, as_json=as_json, human=lambda: (words if change else "Nothing changed.") + undo)


@click.command()
@click.argument("number", type=int)
@click.argument("status", type=click.Choice([str(s) for s in Status]))
@click.option("--reason", default="", help=f"To dismiss: {', '.join(triage.REASONS)}.")
@version
@as_json
@click.pass_obj
def decide(
    context: Context, number: int, status: str, *, reason: str, version: int | None, as_json: bool
) -> None:
    """Decide on an incident.

    Example: failwatch incidents decide 1 dismissed --reason "too old"
    """
    found = perform(context, number, "decide", status=status, reason=reason, version=version)
    say(found, f"Incident {number} is {status}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("into", type=int)
@version
@as_json
@click.pass_obj
def merge(context: Context, number: int, into: int, *, version: int | None, as_json: bool) -> None:
    """Make an incident part of another: everything on it follows, and its number leads there.

    Example: failwatch incidents merge 2 1
    """
    found = perform(context, number, "merge", into=into, version=version)
    say(found, f"Incident {number} is part of {into} now.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("posts", type=int, nargs=-1, required=True)
@click.option("--title", default="", help="Of the new incident; without it, of its first post.")
@version
@as_json
@click.pass_obj
def split(
    context: Context,
    number: int,
    posts: tuple[int, ...],
    *,
    title: str,
    version: int | None,
    as_json: bool,
) -> None:
    """Make a new incident of chosen POSTS of one.

    Example: failwatch incidents split 1 2
    """
    found = perform(context, number, "split", posts=list(posts), title=title, version=version)
    say(found, f"{plural(len(posts), 'post')} became incident {found['new_incident']}.", as_json=as_json)  # fmt: skip


@click.command()
@click.argument("number", type=int)
@click.argument("post", type=int)
@click.argument("to", type=int)
@click.option("--also", is_flag=True, help="Leave it where it is, too: it tells of both.")
@version
@as_json
@click.pass_obj
def move(
    context: Context,
    number: int,
    post: int,
    to: int,
    *,
    also: bool,
    version: int | None,
    as_json: bool,
) -> None:
    """Move POST from incident NUMBER to another.

    Example: failwatch incidents move 1 2 3
    """
    if also:
        found = perform(context, to, "link", post=post)
    else:
        found = perform(context, number, "move", post=post, to=to, version=version)
    say(found, f"Post {post} tells of incident {to}{' too' if also else ''}.", as_json=as_json)


@click.command()
@click.argument("change", type=int, required=False)
@as_json
@click.pass_obj
def undo(context: Context, change: int | None, *, as_json: bool) -> None:
    """Take a change back, of the last 24 hours; without a number, your own last.

    Example: failwatch incidents undo
    """
    with context.stores() as (main, _), transaction(main):
        name, now = actor(context), app.now()
        row = changes.find(main, change) if change else changes.last_by(main, name, now=now)
        if row is None:
            raise click.UsageError("You have changed nothing in the last 24 hours.")
        done = changes.undo(main, row["id"], actor=name, now=now)
        leads = standing.leads_to(main, done.incident_id) if done.incident_id else None
    emit(
        {"undone": done.id, "words": done.words, "incident": leads},
        as_json=as_json,
        human=lambda: f"Taken back: {done.words}.",
    )


@click.command()
@click.argument("number", type=int)
@click.argument("owner", default="")
@click.option("--due", default="", help="A day: 2026-03-05, or +3 for in three days.")
@click.option("--note", "handover", default="", help="What the owner should know.")
@version
@as_json
@click.pass_obj
def assign(
    context: Context,
    number: int,
    owner: str,
    *,
    due: str,
    handover: str,
    version: int | None,
    as_json: bool,
) -> None:
    """Give an incident to somebody who may sign in; without a name, to nobody.

    Example: failwatch incidents assign 1 ann --due +3
    """
    found = perform(
        context, number, "assign", owner=owner, due=due, handover=handover, version=version
    )
    whose = f"{owner}'s" if owner else "nobody's"
    say(found, f"Incident {number} is {whose}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("until", default="")
@version
@as_json
@click.pass_obj
def snooze(
    context: Context, number: int, until: str, *, version: int | None, as_json: bool
) -> None:
    """Leave an incident out of the queue until a day begins; without a day, wake it.

    Example: failwatch incidents snooze 1 +7
    """
    found = perform(context, number, "snooze", until=until, version=version)
    when = found["snoozed_until"]
    said = f"Incident {number} comes back on {when}." if when else f"Incident {number} is awake."
    say(found, said, as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("word")
@click.option("--off", is_flag=True, help="Take it off.")
@as_json
@click.pass_obj
def tag(context: Context, number: int, word: str, *, off: bool, as_json: bool) -> None:
    """Put a tag on an incident; a synonym becomes the tag that it stands for.

    Example: failwatch incidents tag 1 backlash
    """
    found = perform(context, number, "untag" if off else "tag", tag=word)
    said = f"{found.get('tag', word)} is {'off' if off else 'on'} incident {number}."
    say(found, said, as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("text")
@as_json
@click.pass_obj
def note(context: Context, number: int, text: str, *, as_json: bool) -> None:
    """Write a note on an incident; @name tells that person.

    Example: failwatch incidents note 1 "Seen in two more papers."
    """
    say(perform(context, number, "note", text=text), "The note stands.", as_json=as_json)


COMMANDS = (
    decide, merge, split, move, undo, assign, snooze, tag, note,
)  # fmt: skip
