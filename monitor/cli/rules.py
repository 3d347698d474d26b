"""`failwatch rules …`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import click

from monitor.addresses import canonical_url
from monitor.cli import history, importing, ledger, quality, rerun
from monitor.cli.shared import Context, as_json, emit, plural
from monitor.errors import ConfigError, Fault
from monitor.flow import lookover
from monitor.model import Post, Verdict
from monitor.rules import explain as words
from monitor.rules import match
from monitor.store import known, posts
from monitor.store.db import Row


@click.group()
def rules() -> None:
    """Check and explain the rules in rules/.

    Example: failwatch rules check
    """


rules.add_command(importing.import_query)
rules.add_command(importing.variants)
rules.add_command(quality.evaluate)
rules.add_command(rerun.rerun)
rules.add_command(history.diff)
rules.add_command(history.history)
rules.add_command(rerun.backtest)
for command in ledger.COMMANDS:
    rules.add_command(command)


@rules.command()
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too: for use in CI.")
@as_json
@click.pass_obj
def check(context: Context, *, strict: bool, as_json: bool) -> None:
    """Check every rule and run its examples; lists every mistake with file and line.

    Mistakes keep a pack from being taken up. Warnings do not: alternatives that add nothing, rules
    that never count, terms that hit more than 2 % of the stored posts.

    Example: failwatch rules check --strict
    """
    try:
        loaded = context.load()
    except ConfigError as error:
        if not as_json:
            raise
        emit({"ok": False, "faults": _told(error.faults)}, as_json=True, human=str)
        sys.exit(1)
    checked = loaded.rule_set.rules
    examples = sum(len(r.source.match_examples) + len(r.source.no_match_examples) for r in checked)
    warnings = list(loaded.rule_set.warnings)
    if context.data.main.exists():
        with context.stores() as (main, _):
            warnings += lookover.run(main, loaded.rule_set)
    outcome = plural(len(warnings), "warning") if warnings else "all well"
    emit(
        {
            "ok": True, "rules": len(checked), "examples": examples, "faults": [],
            "warnings": _told(sorted(warnings)),
        },
        as_json=as_json,
        human=lambda: "\n".join(
            [
                *(f"warning: {fault}" for fault in sorted(warnings)),
                f"{plural(len(checked), 'rule')} and {plural(examples, 'example')}: {outcome}.",
            ]
        ),
    )  # fmt: skip
    if strict and warnings:
        sys.exit(1)


def _told(faults: Iterable[Fault]) -> list[dict[str, object]]:
    return [{"file": f.file, "line": f.line, "message": f.message} for f in faults]


@rules.command()
@click.argument("what", metavar="TEXT|URL|POST")
@as_json
@click.pass_obj
def explain(context: Context, what: str, *, as_json: bool) -> None:
    """Say which rules hit a text, a stored post's address, or a post by its number, and why.

    Example: failwatch rules explain "Acme apologises after its tweet sparks backlash"
    """
    loaded = context.load()
    post, feed, links = _find(context, what)
    verdict = loaded.judge(post, feed)
    emit(
        _as_data(post, verdict, links),
        as_json=as_json,
        human=lambda: "\n".join(
            [
                post.title,
                "",
                *words.lines(verdict, post),
                "",
                words.arithmetic(verdict),
                *(
                    f"In incident {row['incident_id']} ({row['status']}): {row['why']}."
                    for row in links
                ),
            ]
        ),
    )


def _find(context: Context, what: str) -> tuple[Post, str, list[Row]]:
    """The post that is meant: a number, an address seen before, or any text as a title.

    With its feed's title, and the incidents that it belongs to.
    """
    is_address = urlsplit(what).scheme in {"http", "https"} and " " not in what
    if not (what.isdecimal() or is_address):
        return match.example_post(what, ()), "", []
    with context.stores() as (main, _):
        number = (
            posts.number_of(main, canonical_url(what))
            if is_address
            else (int(what) if len(what) < 19 else 0)
        )
        found = posts.by_id(main, number)
        links = known.incidents_of(main, number)
    if found is None:
        named = "address" if is_address else "number"
        raise click.UsageError(
            f"No stored post has the {named} {what}. Search for it on the Posts table."
        )
    return (*found, links)


def _as_data(post: Post, verdict: Verdict, links: Sequence[Row]) -> dict[str, object]:
    return {
        "title": post.title,
        "url": post.url,
        "score": round(verdict.score, 4),
        "flagged": verdict.flagged,
        "arithmetic": words.arithmetic(verdict),
        "matches": [
            {
                "rule": m.rule,
                "title": m.title,
                "weight": m.weight,
                "family": m.family,
                "severity": int(m.severity),
                "spans": [[s.field, s.start, s.end] for s in m.spans],
            }
            for m in verdict.matches
        ],
        "incidents": [
            {
                "incident": row["incident_id"],
                "status": row["status"],
                "why": row["why"],
                "is_known": bool(row["is_known"]),
            }
            for row in links
        ],
    }
