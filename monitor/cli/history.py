"""`failwatch rules diff` and `rules history`: what changed in the rules, and when."""

from __future__ import annotations

import textwrap
from dataclasses import asdict

import click

from monitor.cli.shared import Context, as_json, emit, plural
from monitor.errors import Refused
from monitor.rules.compare import (
    Change,
    Difference,
    Meaning,
    changes,
    difference,
    meanings,
    printed,
)
from monitor.rules.figures import Share
from monitor.store import rules as store
from monitor.store.rules import LiveRule, Version


def _meaning(live: LiveRule) -> Meaning:
    return Meaning(
        query=printed(live.query),
        severity=live.severity,
        weight=live.weight,
        family=live.family,
        languages=live.languages,
        lists=dict(live.lists),
    )


def _lines(found: tuple[Change, ...]) -> list[str]:
    lines = []
    for change in found:
        if change.what == "query":
            lines.append("  query, before and after:")
            lines += textwrap.wrap(
                change.before, 96, initial_indent="    - ", subsequent_indent="      "
            )
            lines += textwrap.wrap(
                change.after, 96, initial_indent="    + ", subsequent_indent="      "
            )
        elif change.what.startswith("$"):
            said = [f"without {change.before}"] if change.before else []
            said += [f"with {change.after}"] if change.after else []
            lines += textwrap.wrap(
                f"{change.what} {', '.join(said)}",
                100,
                initial_indent="  ",
                subsequent_indent="    ",
            )
        else:
            lines.append(f"  {change}")
    return lines


@click.command("diff")
@as_json
@click.pass_obj
def diff(context: Context, *, as_json: bool) -> None:
    """Say how the rules in the files differ from those that the database has in force.

    Example: failwatch rules diff
    """
    after = meanings(context.load().rule_set)
    with context.stores() as (main, _):
        live = store.versions(main, only_live=True)
    found = difference({v.live.rule: _meaning(v.live) for v in live}, after)
    data = {
        "added": found.added, "removed": found.removed,
        "changed": {name: [asdict(c) for c in what] for name, what in found.changed.items()},
    }  # fmt: skip
    emit(data, as_json=as_json, human=lambda: _diff(found))


def _diff(found: Difference) -> str:
    lines = [f"{name}: new" for name in found.added]
    lines += [f"{name}: taken out" for name in found.removed]
    for name, what in found.changed.items():
        lines += [f"{name}: changed", *_lines(what)]
    if not lines:
        return "The rules in the files are those in force."
    return "\n".join(lines)


@click.command("history")
@click.argument("rule", metavar="ID")
@as_json
@click.pass_obj
def history(context: Context, rule: str, *, as_json: bool) -> None:
    """List the versions that a rule ever had, what changed between them, and what each found.

    Example: failwatch rules history backlash-brand
    """
    with context.stores() as (main, _):
        found = store.versions(main, rule)
    if not found:
        raise Refused(f"The database knows no rule {rule}: it was never in force here.")
    data = [
        {
            "version": v.live.version, "since": v.first_live_at, "until": v.retired_at,
            "posts": v.posts, "relevant": v.relevant, "decided": v.decided, "query": v.live.query,
            "weight": v.live.weight,
        }
        for v in found
    ]  # fmt: skip
    emit(data, as_json=as_json, human=lambda: _history(found))


def _history(found: list[Version]) -> str:
    lines = []
    for number, version in enumerate(found):
        until = f" to {version.retired_at}" if version.retired_at else ", in force"
        precision = Share(version.relevant, version.decided)
        lines.append(
            f"{version.live.version}  {version.first_live_at}{until}:"
            f" {plural(version.posts, 'post')} stored with it; relevant: {precision}"
        )
        if number:
            before = _meaning(found[number - 1].live)
            lines += _lines(changes(before, _meaning(version.live)))
        else:
            lines += textwrap.wrap(
                printed(version.live.query), 96, initial_indent="    ", subsequent_indent="    "
            )
    return "\n".join(lines)
