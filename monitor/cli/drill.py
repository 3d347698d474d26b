"""`failwatch lessons drill …`."""

from __future__ import annotations

from typing import Any

import click

from monitor import app
from monitor.cli.shared import Context, actor, as_json, emit, table
from monitor.flow import drilling
from monitor.lessons.drill import CHECKS, MOVES
from monitor.store import drills
from monitor.store.db import transaction

EVERYBODY = ("viewer", "triager", "editor", "admin")
"""Whoever has the shell reads every lesson."""


@click.group()
def drill() -> None:
    """Replay an incident up to an hour, make a move, see what followed, score it.

    Example: failwatch lessons drill list
    """


@drill.command("list")
@click.option("--words", default="", help="Only new ones whose organisation, sector or channel holds this.")  # fmt: skip
@as_json
@click.pass_obj
def listed(context: Context, words: str, *, as_json: bool) -> None:
    """List what is due for you, what is under way, and incidents that are new to you.

    Example: failwatch lessons drill list --words airline
    """
    with context.stores() as (main, _):
        found = drilling.desk(main, actor(context), words, app.now())

    def human() -> str:
        parts = [
            ("Due", found["due"], {"incident": 9, "label": 70, "due_on": 10, "score": 5}),
            ("Under way", found["drills"], {"id": 6, "label": 70, "moves": 5, "my_score": 8}),
            ("New to you", found["new"], {"incident": 9, "label": 70}),
        ]
        shown = [f"{name}:\n{table(rows, columns)}" for name, rows, columns in parts if rows]
        return "\n\n".join(shown) or "There is nothing to drill."

    emit(found, as_json=as_json, human=human)


@drill.command()
@click.argument("incident", type=int)
@click.option("--hour", type=int, help="Stop so many hours after the first post; else where they had to decide.")  # fmt: skip
@as_json
@click.pass_obj
def begin(context: Context, incident: int, hour: int | None, *, as_json: bool) -> None:
    """Begin a drill on INCIDENT, and show what was known then.

    Example: failwatch lessons drill begin 3
    """
    with context.stores() as (main, _):
        with transaction(main):
            number = drilling.begin(main, incident, hour, actor=actor(context), now=app.now())
        found = drilling.sheet(main, number, actor(context), EVERYBODY)
    emit(found, as_json=as_json, human=lambda: told(found))


@drill.command()
@click.argument("number", type=int)
@as_json
@click.pass_obj
def show(context: Context, number: int, *, as_json: bool) -> None:
    """Show drill NUMBER: what was known, and after your move what followed.

    Example: failwatch lessons drill show 1
    """
    with context.stores() as (main, _):
        found = drilling.sheet(main, number, actor(context), EVERYBODY)
    emit(found, as_json=as_json, human=lambda: told(found))


@drill.command()
@click.argument("number", type=int)
@click.argument("kind", type=click.Choice(list(MOVES)))
@click.argument("text")
@as_json
@click.pass_obj
def move(context: Context, number: int, kind: str, text: str, *, as_json: bool) -> None:
    """Make your move in drill NUMBER, and see what followed.

    Example: failwatch lessons drill move 1 rebuild "We are sorry. Refunds begin today."
    """
    with context.stores() as (main, _):
        with transaction(main):
            drills.move(main, number, kind, text, actor=actor(context), now=app.now())
        found = drilling.sheet(main, number, actor(context), EVERYBODY)
    emit(found, as_json=as_json, human=lambda: told(found))


@drill.command()
@click.argument("number", type=int)
@click.option("--held", type=click.Choice(list(CHECKS)), multiple=True, help="What the move did well; may be repeated.")  # fmt: skip
@as_json
@click.pass_obj
def score(context: Context, number: int, held: tuple[str, ...], *, as_json: bool) -> None:
    """Score your move in drill NUMBER: a point for each --held.

    Example: failwatch lessons drill score 1 --held people --held true
    """
    with context.stores() as (main, _):
        with transaction(main):
            drills.score(main, number, held, actor=actor(context), now=app.now())
        found = drilling.sheet(main, number, actor(context), EVERYBODY)
    due_on = found["reveal"]["due_on"]
    emit(
        found, as_json=as_json,
        human=lambda: f"{len(set(held))} of {len(CHECKS)}. It comes back on {due_on}.",
    )  # fmt: skip


def told(found: dict[str, Any]) -> str:
    """A drill for a person at a shell."""
    lines = [f"Drill {found['id']}: {found['label']}", f"Known at hour {found['hour']} ({found['pause_at']}):"]  # fmt: skip
    lines += [_line(event) for event in found["known"]]
    reveal = found["reveal"]
    if reveal is None:
        lines += [
            "",
            f"Your move: failwatch lessons drill move {found['id']} KIND TEXT, where KIND is",
        ]
        lines += [f"  {key}: {words}" for key, (_, words) in MOVES.items()]
        return "\n".join(lines)
    lines += ["", f"What followed: {reveal['title']}", *(_line(event) for event in reveal["later"])]
    lines += reveal["outcome"]
    if reveal["lesson"]:
        lines += ["", f"The lesson: {reveal['lesson']['title']}", reveal["lesson"]["avoid"]]
    lines.append("")
    for one in reveal["moves"]:
        points = "not scored" if one["score"] is None else f"{one['score']} of {len(CHECKS)}"
        lines.append(f"{one['person']}, {one['type']}, {points}: {one['text']}")
    if found["mine"]["score"] is None:
        lines += ["", "Score it: failwatch lessons drill score, with --held for each that holds:"]
        lines += [f"  {key}: {words}" for key, words in CHECKS.items()]
    return "\n".join(lines)


def _line(event: dict[str, Any]) -> str:
    by = f"they {event['by']}" if event["kind"] == "response" else event["by"]
    said = ": ".join(part for part in (event["title"], event["text"]) if part)
    return f"  {event['when'] or 'at an unknown time'}, {by}: {said}"
