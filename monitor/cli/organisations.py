"""`failwatch organisations …`: the list that organisations are known by in posts."""

from __future__ import annotations

import json

import click

from monitor import app
from monitor.cli.shared import Context, actor, as_json, emit, plural, table
from monitor.store import gazetteer
from monitor.store.db import transaction


@click.group()
def organisations() -> None:
    """Look after the list that organisations are known by in posts.

    Example: failwatch organisations list
    """


@organisations.command("list")
@click.argument("words", required=False, default="")
@click.option("--after", default="", help="Go on after this name.")
@as_json
@click.pass_obj
def list_all(context: Context, words: str, *, after: str, as_json: bool) -> None:
    """List organisations by name, a hundred at a time, or those that begin with WORDS.

    Example: failwatch organisations list acme
    """
    with context.stores() as (main, _):
        rows = gazetteer.listed(main, words, after=after)
        total = gazetteer.count(main)
    found = [dict(row) | {"aliases": json.loads(row["aliases"])} for row in rows[: gazetteer.PAGE]]
    following = found[-1]["name"] if len(rows) > gazetteer.PAGE else None
    shown = [one | {"aliases": "; ".join(one["aliases"])} for one in found]
    columns = {"name": 40, "incidents": 9, "failed": 6, "aliases": 80}
    more = f' More with: --after "{following}"' if following else ""
    emit(
        {"organisations": found, "next": following, "total": total},
        as_json=as_json,
        human=lambda: (
            f"{table(shown, columns)}\n{plural(total, 'organisation')} in all.{more}"
            if shown
            else "No organisation fits."
        ),
    )


@organisations.command()
@click.argument("name")
@as_json
@click.pass_obj
def add(context: Context, name: str, *, as_json: bool) -> None:
    """Put an organisation on the list, so that it is known in new posts.

    Example: failwatch organisations add "Acme Foods"
    """
    with context.stores() as (main, _), transaction(main):
        change = gazetteer.add(main, name, actor=actor(context), now=app.now())
    _said(change, f"{name} is on the list.", as_json=as_json)


@organisations.command("name")
@click.argument("known")
@click.argument("name")
@click.argument("aliases", nargs=-1)
@as_json
@click.pass_obj
def name_it(
    context: Context, known: str, name: str, aliases: tuple[str, ...], *, as_json: bool
) -> None:
    """Give KNOWN this NAME and these other names, all of them; without any, it has none.

    Example: failwatch organisations name "Acme Foods" Acme "Acme Foods" AcmeHelp
    """
    with context.stores() as (main, _), transaction(main):
        change = gazetteer.name_it(main, known, name, aliases, actor=actor(context), now=app.now())
    also = f", also {', '.join(aliases)}" if aliases else ""
    _said(change, f"{known} is written {name}{also}.", as_json=as_json)


@organisations.command()
@click.argument("name")
@click.argument("into")
@as_json
@click.pass_obj
def merge(context: Context, name: str, into: str, *, as_json: bool) -> None:
    """Make two organisations one: incidents get INTO, which is known by both names.

    Example: failwatch organisations merge "Acme Food" Acme
    """
    with context.stores() as (main, _), transaction(main):
        change = gazetteer.merge(main, name, into, actor=actor(context), now=app.now())
    _said(change, f"{name} is {into} now.", as_json=as_json)


@organisations.command()
@click.argument("name")
@as_json
@click.pass_obj
def forget(context: Context, name: str, *, as_json: bool) -> None:
    """Take an organisation off the list; what was said of incidents stays.

    Example: failwatch organisations forget Acme
    """
    with context.stores() as (main, _), transaction(main):
        change = gazetteer.forget(main, name, actor=actor(context), now=app.now())
    _said(change, f"{name} is off the list.", as_json=as_json)


def _said(change: int, words: str, *, as_json: bool) -> None:
    undo = f" Take it back within a day: failwatch incidents undo {change}"
    emit(
        {"change": change or None},
        as_json=as_json,
        human=lambda: words + undo if change else "Nothing changed.",
    )
