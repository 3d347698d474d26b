"""`failwatch lessons disguise`, `share`, `receive`, `trust`, `keys`, `received`: cases between houses."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from pydantic import BaseModel, ConfigDict, ValidationError

from monitor import app
from monitor.cli.shared import Context, actor, as_json, emit, plural, table
from monitor.flow import exchange as flow
from monitor.lessons import bundle
from monitor.store import exchange
from monitor.store.db import Connection, transaction
from monitor.text import one_line


class Written(BaseModel):
    """A text without names as a file has it."""

    model_config = ConfigDict(extra="ignore", strict=True)

    texts: dict[str, str]
    no_names: list[str] = []
    version: int


def _desk(context: Context, main: Connection, private: Connection) -> flow.Desk:
    settings = context.load().config.settings
    return flow.desk(
        main, private, settings.public_url,
        actor=actor(context), now=app.now(),
    )  # fmt: skip


@click.command()
@click.argument("lesson", type=int)
@click.option(
    "--from",
    "source",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Keep the text that stands in this file, as --out wrote it.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the text to this file, to be put right.",
)
@click.option(
    "--anew", is_flag=True, help="Drop what was put right: Failwatch makes the text again."
)
@as_json
@click.pass_obj
def disguise(
    context: Context,
    lesson: int,
    source: Path | None,
    out: Path | None,
    *,
    anew: bool,
    as_json: bool,
) -> None:
    """Tell LESSON without names, and say what is left by which somebody could be known.

    Exits with 1 while anything stands in the way of sending it.

    Example: failwatch lessons disguise 1 --out case.json
    """
    with context.stores() as (main, private):
        desk = _desk(context, main, private)
        with transaction(main):
            if anew:
                exchange.drop_draft(main, lesson, actor=desk.actor, now=desk.now)
            shown = flow.show(desk, lesson)
            if source is not None:
                written = _written(source)
                if written.version != shown.version:
                    raise click.ClickException(f"{source} was made before somebody saved the text anew: nothing was overwritten.")  # fmt: skip
                flow.save(desk, shown, written.texts, written.no_names)
                shown = flow.show(desk, lesson)
    why = flow.refusal(shown)
    value = {
        "lesson": lesson, "version": shown.version, "texts": shown.texts, "no_names": list(shown.allowed),
        "left": [{"where": one.field, "kind": one.kind, "what": one.what} for one in shown.left],
        "may_go_out": not why,
    }  # fmt: skip
    if out is not None:
        out.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def human() -> str:
        lines = [
            f"{shown.labels[name]}: {text}"
            for name, text in shown.texts.items()
            if name in shown.labels
        ]
        return "\n\n".join([*lines, why or "Nothing is left that we know of: read it once more, then share it."])  # fmt: skip

    emit(value, as_json=as_json, human=human)
    if why:
        sys.exit(1)


def _written(source: Path) -> Written:
    if source.stat().st_size > bundle.MAX_BYTES:
        raise click.ClickException(f"{source} is too large to be such a text.")
    try:
        return Written.model_validate_json(source.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise click.ClickException(f"{source}: {place}: {one_line(first['msg'], 200)}.") from None


@click.command()
@click.argument("lessons", type=int, nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write.",
)
@click.pass_obj
def share(context: Context, lessons: tuple[int, ...], out: Path) -> None:
    """Sign LESSONS, told without names, as one file for another house.

    Nothing is written while anything is left by which somebody could be known: what and where is
    listed. Put it right with `lessons disguise` or on the lesson's page.

    Example: failwatch lessons share 1 2 --out cases.json
    """
    with context.stores() as (main, private):
        desk = _desk(context, main, private)
        with transaction(main):
            made = flow.share(desk, lessons)
            out.write_bytes(made)
    click.echo(f"Wrote {out}: {plural(len(set(lessons)), 'case')}, {plural(len(made), 'byte')}.")
    click.echo(f"Signed with the key {bundle.fingerprint(bundle.public_of(desk.key))}")
    click.echo("Read this fingerprint to those who receive it, by telephone or in person.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.pass_obj
def receive(context: Context, file: Path) -> None:
    """Take in the cases of FILE, which another house signed; the same file twice changes nothing.

    They are kept apart from your lessons, with who sent them, when, and under which key.

    Example: failwatch lessons receive cases.json
    """
    if file.stat().st_size > bundle.MAX_BYTES:
        raise click.ClickException(f"{file} is larger than any bundle: nothing was taken in.")
    raw = file.read_bytes()
    with context.stores() as (main, _), transaction(main):
        new, known, sender = exchange.receive(main, raw, actor=actor(context), now=app.now())
    click.echo(f"From {sender}: {plural(new, 'new case')}, {known:,} that {'was' if known == 1 else 'were'} here already.")  # fmt: skip


@click.command()
@click.argument("fingerprint")
@click.option("--name", default="", help="Whose key it is.")
@click.option("--end", is_flag=True, help="Take in nothing more under this key; what came stays.")
@click.pass_obj
def trust(context: Context, fingerprint: str, name: str, *, end: bool) -> None:
    """Say that bundles under the key with this FINGERPRINT may be taken in.

    Example: failwatch lessons trust "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000" --name "A charity"
    """
    who = actor(context)
    with context.stores() as (main, _), transaction(main):
        if end:
            whose = exchange.distrust(main, fingerprint, actor=who, now=app.now())
            said = f"Nothing more of {whose} is taken in."
        else:
            exchange.trust(main, fingerprint, name, actor=who, now=app.now())
            said = f"What {name} signs is taken in."
    click.echo(said)


@click.command()
@as_json
@click.pass_obj
def keys(context: Context, *, as_json: bool) -> None:
    """Show the fingerprint of this house, and the keys that are trusted.

    Example: failwatch lessons keys
    """
    with context.stores() as (main, private):
        desk = _desk(context, main, private)
        rows = [dict(row) for row in exchange.keys(main)]
    own = bundle.fingerprint(bundle.public_of(desk.key))

    def human() -> str:
        columns = {
            "name": 40,
            "fingerprint": 60,
            "cases": 6,
            "trusted_by": 30,
            "trusted_at": 20,
            "ended_at": 20,
        }
        listed = table(rows, columns) if rows else "No key is trusted: no bundle is taken in."
        return f"This house signs with {own}\n{listed}"

    emit({"own": own, "trusted": rows}, as_json=as_json, human=human)


@click.command()
@click.option("--case", "number", type=int, help="Show this one in full.")
@as_json
@click.pass_obj
def received(context: Context, number: int | None, *, as_json: bool) -> None:
    """List the cases that other houses sent, each with where it is from.

    Example: failwatch lessons received
    """
    with context.stores() as (main, _):
        found = [exchange.received_case(main, number)] if number else exchange.received(main)
        rows = [dict(row) | {"content": json.loads(row["content"])} for row in found]

    def human() -> str:
        if not rows:
            return "None."
        if number:
            return "\n".join(_told(rows[0]))
        return table(rows, {"id": 6, "title": 70, "sender": 30, "made_at": 20, "received_at": 20})

    emit(rows, as_json=as_json, human=human)


def _told(row: dict[str, object]) -> list[str]:
    case = bundle.Case.model_validate(row["content"])
    return [
        case.title,
        f"From {row['sender']}, signed {row['made_at']} with the key {row['fingerprint']}",
        f"Case {case.id}, taken in {row['received_at']} by {row['received_by']}",
        *(f"{flow.BOXES.get(name, name)}: {text}" for name, text in case.texts.items()),
        *(f"{'Alleged' if fact.is_alleged else 'Fact'}: {fact.text}" for fact in case.facts),
        *(
            f"Answered: {one.type}"
            + ("" if one.day is None else f", after {plural(one.day, 'day')}")
            for one in case.responses
        ),
        *(f"After {plural(one.days, 'day')}: {one.outcome}" for one in case.looks),
        *(
            f"{'Speaks against' if p.is_counter else 'Principle'}: {p.text}"
            for p in case.principles
        ),
    ]


COMMANDS = (disguise, share, receive, trust, keys, received)
