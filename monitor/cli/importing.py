"""`failwatch rules import` and `rules variants`: what an author pastes into a rule.

A Boolean query of another tool as one of ours, and the ways in which a word is written.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import TextIOWrapper

import click

from monitor import app
from monitor.cli.shared import Context, as_json, emit, plural, table
from monitor.config.fields import SLUG
from monitor.rules import variants as spelling
from monitor.rules.boolean import Carried, carry
from monitor.rules.boolean_terms import Note
from monitor.rules.boolean_tokens import DIALECTS
from monitor.rules.complaint import QueryError
from monitor.store import words as stored
from monitor.store.db import Connection, stamp
from monitor.text import one_line
from monitor.words import words

MAX_OTHERS = 12


def _slug(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(SLUG, value):
        raise click.BadParameter("small letters, digits and hyphens only, such as acme-recall.")
    return value


@click.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"), default="-", metavar="[FILE|-]")
@click.option(
    "--from",
    "tool",
    type=click.Choice(["auto", *DIALECTS]),
    default="auto",
    show_default=True,
    help="The tool that the query was written for.",
)
@click.option(
    "--id",
    "rule",
    callback=_slug,
    help="Print a whole rule with this id, ready for a pack in rules/.",
)
@click.option("--title", default="", help="Title of that rule.")
@as_json
def import_query(
    file: TextIOWrapper, tool: str, rule: str | None, title: str, *, as_json: bool
) -> None:
    """Read a Boolean query of another tool, from a file or from standard input, as one of ours.

    What cannot be carried over, or finds something slightly different here, is named on standard
    error, with its place, the reason and what was done instead.

    Example: failwatch rules import query.txt --from brandwatch --id acme-recall
    """
    try:
        query = file.read()
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name} is not UTF-8; save it as UTF-8.") from None
    try:
        found = carry(query, DIALECTS.get(tool))
    except QueryError as error:
        raise click.ClickException(f"{_place(query, error.offset)}: {error.shown(query)}") from None
    emit(
        _as_data(found, query),
        as_json=as_json,
        human=lambda: _rule(found, rule, title) if rule else found.query,
    )
    if not as_json:
        click.echo(_said(found, query, guessed=tool == "auto"), err=True)


def _place(query: str, offset: int) -> str:
    line = query.count("\n", 0, offset) + 1
    return f"line {line}, column {offset - query.rfind(chr(10), 0, offset)}"


def _said(found: Carried, query: str, *, guessed: bool) -> str:
    """What a person should know of the outcome, term by term."""
    lines = []
    if guessed:
        lines.append(f"Read as a query of {found.dialect.title}; if it is not, say --from.")
    if not found.notes:
        return "\n".join([*lines, "Everything was carried over."])
    lines.append(f"{plural(len(found.notes), 'term')} to look at:")
    return "\n".join([*lines, *(f"  {_note(note, query)}" for note in found.notes)])


def _note(note: Note, query: str) -> str:
    term = one_line(note.term, 60)
    return f"{_place(query, note.place)}: {term}: {note.action}: {note.reason}."


def _rule(found: Carried, rule: str, title: str) -> str:
    """A rule as packs hold it; its examples are for the author to write."""
    query = "\n".join(f"      {line}" for line in found.query.splitlines())
    named = title or rule.replace("-", " ").capitalize()
    return f"""\
  - id: {json.dumps(rule, ensure_ascii=False)}
    title: {json.dumps(named, ensure_ascii=False)}
    severity: 2                 # 1 shortfall, 2 misstep, 3 backlash, 4 crisis
    weight: 0.5                 # how likely a post that matches tells of a real failure
    tags: []
    query: >-
{query}
    examples:                   # at least two of each: the rule is refused until they are there
      match: []
      no_match: []"""


def _as_data(found: Carried, query: str) -> dict[str, object]:
    return {
        "tool": found.dialect.name,
        "query": found.query,
        "notes": [
            {
                "line": query.count("\n", 0, note.place) + 1,
                "column": note.place - query.rfind("\n", 0, note.place),
                "term": note.term,
                "action": note.action,
                "reason": note.reason,
            }
            for note in found.notes
        ],
    }


@click.command()
@click.argument("word", nargs=-1, required=True, metavar="WORD...")
@click.option(
    "--lang",
    type=click.Choice(spelling.LANGUAGES),
    default="en",
    show_default=True,
    help="The word's language.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    default=30,
    show_default=True,
    help="Count posts as old as this.",
)
@as_json
@click.pass_obj
def variants(
    context: Context, word: tuple[str, ...], lang: str, days: int, *, as_json: bool
) -> None:
    """List the ways in which a word is written, and how many stored posts hold each.

    Inflections, British and American spelling, compounds with and without a hyphen, ae for ä: what
    a query must name. Capitals, accents and hyphens make no difference to a query.

    Example: failwatch rules variants apologise
    """
    forms = spelling.variants(" ".join(word), lang, spelling.lexicon(lang))
    if not forms:
        raise click.UsageError("There is no letter or digit in that.")
    cover = spelling.cover(forms)
    since = stamp(app.now() - timedelta(days=days))
    with context.stores() as (main, _):
        # The index reads ß and œ as they are, queries do not: both are asked for.
        asked = {form: (form, " ".join(words(form))) for form in forms}
        counts = {form: stored.posts_with(main, both, since) for form, both in asked.items()}
        others = {stem: _others(main, stem, forms) for stem in cover.stems}
    emit(
        {"word": forms[0], "days": days, "posts": counts, "short": cover.short, "full": cover.full,
         "also_found": others},
        as_json=as_json,
        human=lambda: _listed(counts, days, cover, others),
    )  # fmt: skip


def _others(main: Connection, stem: str, forms: tuple[str, ...]) -> dict[str, int]:
    """Words of stored posts that a stem would find besides the variants, most frequent first."""
    known = {word for form in forms for word in words(form)}
    found = stored.beginning(main, stem, MAX_OTHERS + len(forms) + 1)
    return {word: posts for word, posts in found if word not in known}


def _hyphened(form: str) -> str:
    """A compound as it is also written: a query finds both alike."""
    return f"{form}, {form.replace(' ', '-')}" if " " in form else form


def _listed(
    counts: dict[str, int], days: int, cover: spelling.Cover, others: dict[str, dict[str, int]]
) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    rows = [{"spelling": _hyphened(form), "posts": f"{posts:,}"} for form, posts in ordered]
    parts = [
        table(rows, {"spelling": 40, "posts": 9}),
        f"Posts of the last {plural(days, 'day')}.",
        f"Short:\n\n{cover.short}",
    ]
    for stem, found in others.items():
        if found:
            shown = [f"{word} ({posts:,})" for word, posts in list(found.items())[:MAX_OTHERS]]
            more = ", …" if len(found) > MAX_OTHERS else ""
            parts.append(
                f"Careful: {stem}* also finds, in all stored posts: {', '.join(shown)}{more}."
            )
    if cover.full != cover.short:
        parts.append(f"Nothing else:\n\n{cover.full}")
    return "\n\n".join(parts)
