"""`failwatch incidents duties | tags | …`: what waits for people, and the words they sort by."""

from __future__ import annotations

from typing import Any

import click

from monitor import app
from monitor.cli.shared import Context, actor, as_json, emit, plural, table
from monitor.flow import telling
from monitor.store import remarks
from monitor.store.db import transaction


@click.command()
@click.argument("name", default="")
@as_json
@click.pass_obj
def duties(context: Context, name: str, *, as_json: bool) -> None:
    """Show what waits: of everybody, or of the person called NAME.

    Example: failwatch incidents duties ann
    """
    with context.stores() as (main, _):
        found = telling.waiting(main, name, app.now(), may_read=True)
    emit(found, as_json=as_json, human=lambda: _waits(found, name))


def _waits(found: dict[str, Any], name: str) -> str:
    """The lists that are not empty, each under its name."""
    heads = {
        "mentions": "Named in a note",
        "mine": f"{name}'s",
        "overdue": "Overdue, of everybody",
        "revisits": "Time to look again",
        "to_read": "For a second reader",
        "snoozed": "Snoozed",
        "owned": "Who sees to what",
    }
    # Without a name "mine" is everybody's, which "owned" says already.
    shown = [key for key in heads if found[key] and (name or key not in {"mine", "mentions"})]
    parts = [f"{heads[key]}\n" + "\n".join(map(_line, found[key])) for key in shown]
    return "\n\n".join([*parts, found["agreement"]] if shown else ["Nothing waits."])


def _line(row: dict[str, Any]) -> str:
    number = row.get("incident_id") or row["id"]
    said = [f"  {number}  {row['title']}"]
    if "text" in row and "author" in row:
        said.append(f"{row['author']}: {row['text']}")
    if row.get("owner"):
        said.append(row["owner"])
    if row.get("due_on"):
        said.append(f"due {row['due_on']}")
    if row.get("snoozed_until"):
        said.append(f"back on {row['snoozed_until'][:10]}")
    if row.get("days"):
        said.append(f"{row['days']} days after")
    return ", ".join(said)


@click.command()
@as_json
@click.pass_obj
def tags(context: Context, *, as_json: bool) -> None:
    """List the team's words: how many incidents bear each, and which words mean the same.

    Example: failwatch incidents tags
    """
    with context.stores() as (main, _):
        rows = telling.words(main)
    shown = [row | {"synonyms": ", ".join(row["synonyms"])} for row in rows]
    columns = {"name": 60, "incidents": 9, "synonyms": 100}
    emit(
        rows,
        as_json=as_json,
        human=lambda: (
            f"{table(shown, columns)}\n{plural(len(rows), 'tag')}." if rows else "No tag."
        ),
    )


@click.command("merge-tags")
@click.argument("word")
@click.argument("into")
@as_json
@click.pass_obj
def merge_tags(context: Context, word: str, into: str, *, as_json: bool) -> None:
    """Make two tags one: incidents get the other, and WORD becomes its synonym.

    Example: failwatch incidents merge-tags outrage backlash
    """
    with context.stores() as (main, _), transaction(main):
        change = remarks.merge_tags(main, word, into, actor=actor(context), now=app.now())
    _said(change, f"{word} is {into} now.", as_json=as_json)


@click.command()
@click.argument("word")
@click.argument("words", nargs=-1)
@as_json
@click.pass_obj
def synonyms(context: Context, word: str, words: tuple[str, ...], *, as_json: bool) -> None:
    """Say which WORDS mean the tag WORD, all of them; without any, none does.

    Example: failwatch incidents synonyms backlash uproar "public outcry"
    """
    with context.stores() as (main, _), transaction(main):
        change = remarks.set_synonyms(main, word, words, actor=actor(context), now=app.now())
    _said(change, f"{', '.join(words) or 'Nothing else'} means {word}.", as_json=as_json)


def _said(change: int, words: str, *, as_json: bool) -> None:
    undo = f" Take it back within a day: failwatch incidents undo {change}"
    emit(
        {"change": change or None},
        as_json=as_json,
        human=lambda: words + undo if change else "Nothing changed.",
    )


COMMANDS = (duties, tags, merge_tags, synonyms)
