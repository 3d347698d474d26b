"""`failwatch rules eval`: how good the rules are on posts that somebody labelled."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper

import click

from monitor.cli.shared import Context, as_json, emit, plural, table
from monitor.errors import Fault
from monitor.flow import files
from monitor.rules import labelled
from monitor.rules.figures import Share
from monitor.rules.quality import Graded, Quality, RuleFigures, measure
from monitor.text import one_line

MAX_FAULTS = 20
PER = 10_000


class BrokenRows(click.ClickException):
    """Lines that are no labelled post; exit code 2, so that it is not taken for a low F1."""

    exit_code = 2


@click.command("eval")
@click.argument(
    "files", nargs=-1, required=True, type=click.File(encoding="utf-8-sig"), metavar="FILE.jsonl..."
)
@click.option("--language", help="Only rows whose lang is this, such as en.")
@click.option(
    "--min-f1", type=click.FloatRange(0, 1), help="Exit with 1 if F1 is below this; for use in CI."
)
@click.option("--skip-broken", is_flag=True, help="Measure on the good rows if some are broken.")
@click.option(
    "--unlabelled-as",
    type=click.Choice(labelled.LABELS),
    help="Label of rows that have none, such as other for a background of plain news.",
)
@click.option("--worst", default=10, show_default=True, help="Misses and false flags to list.")
@as_json
@click.pass_obj
def evaluate(
    context: Context,
    files: tuple[TextIOWrapper, ...],
    *,
    language: str | None,
    min_f1: float | None,
    skip_broken: bool,
    unlabelled_as: str | None,
    worst: int,
    as_json: bool,
) -> None:
    """Measure the rules on labelled posts: precision, recall, F1, and each rule's share.

    A line of FILE is a JSON object with title, text and label: fail, general (about failures, but
    about none in particular) or other. Rows with another label are counted apart. url, author, feed
    and lang count as they do in a post, incident names what a row tells of; further keys are ignored.

    Example: failwatch rules eval labelled.jsonl --min-f1 0.9
    """
    loaded = context.load()
    rows, broken = read_rows(files, unlabelled_as or "")
    if broken and not skip_broken:
        raise BrokenRows(refusal(broken))
    wanted = [r for r in rows if not language or r.post.language == language.lower()]
    found = measure(_graded(loaded, wanted), [r.source.id for r in loaded.rule_set.rules])
    emit(
        _as_data(found, broken, worst),
        as_json=as_json,
        human=lambda: _for_people(found, broken, worst),
    )
    if min_f1 is not None and found.f1.value < min_f1:
        click.echo(f"F1 is {found.f1.value:.4f}, below {min_f1:g}.", err=True)
        sys.exit(1)


def read_rows(
    files: Sequence[TextIOWrapper], unlabelled_as: str
) -> tuple[list[labelled.Row], list[Fault]]:
    """The rows of all files, and the faults of those that are none."""
    rows: list[labelled.Row] = []
    faults: list[Fault] = []
    for file in files:
        try:
            found, broken = labelled.read(file, file.name, unlabelled_as=unlabelled_as)
        except UnicodeDecodeError:
            raise BrokenRows(f"{file.name} is not UTF-8; save it as UTF-8.") from None
        rows += found
        faults += broken
    return rows, faults


def refusal(broken: Sequence[Fault]) -> str:
    """What to say of rows that cannot be read."""
    lines = [str(fault) for fault in broken[:MAX_FAULTS]]
    if len(broken) > MAX_FAULTS:
        lines.append(f"… and {len(broken) - MAX_FAULTS:,} more.")
    return "\n".join(
        [
            f"{plural(len(broken), 'row')} cannot be read; mend them, or add --skip-broken.",
            *lines,
        ]
    )


def _graded(loaded: files.Loaded, rows: Sequence[labelled.Row]) -> Iterable[Graded]:
    with click.progressbar(rows, label="Judging posts", file=sys.stderr, show_pos=True) as bar:
        for row in bar:
            yield Graded(row, loaded.judge(row.post, row.feed))


def _for_people(found: Quality, broken: Sequence[Fault], worst: int) -> str:
    parts = [_summary(found, broken), _labels(found)]
    if found.rules:
        parts.append(_rules(found.rules))
    if found.silent:
        parts.append(f"{plural(len(found.silent), 'rule')} matched nothing.")
    parts += _worst("Worst misses (failures that are not flagged)", found.misses, worst)
    parts += _worst("Worst false flags", found.false, worst)
    if found.missed_incidents:
        shown = ", ".join(found.missed_incidents[:worst])
        more = ", …" if len(found.missed_incidents) > worst else ""
        parts.append(f"Incidents without a flagged post: {shown}{more}")
    return "\n\n".join(parts)


def _summary(found: Quality, broken: Sequence[Fault]) -> str:
    left = ", ".join(f"{count:,} {label}" for label, count in found.left_out.items())
    lines = [
        f"{plural(sum(found.rows.values()), 'labelled post')}"
        + (f"; left out: {left}" if left else "")
        + (f"; {plural(len(broken), 'broken row')} skipped" if broken else "")
        + ".",
        "",
        f"precision    {found.precision}",
        f"recall       {found.recall}",
        f"F1           {found.f1}",
        f"false flags  {_per(found.false_flags)}",
    ]
    if found.incidents.total:
        lines.append(f"incidents    {found.incidents}")
    return "\n".join([*lines, "", "In brackets: the 95 % interval, and what was counted."])


def _per(share: Share) -> str:
    if not share.total:
        return "not measured yet"
    return (
        f"{share.value * PER:.1f} per {PER:,} posts without a failure"
        f" ({share.low * PER:.1f} to {share.high * PER:.1f}, {share.hits:,} of {share.total:,})"
    )


def _labels(found: Quality) -> str:
    rows = [
        {"label": label, "posts": f"{count:,}", "flagged": f"{found.flagged[label]:,}"}
        for label, count in found.rows.items()
    ]
    return table(rows, {"label": 10, "posts": 8, "flagged": 8})


def _rules(rules: Sequence[RuleFigures]) -> str:
    rows = [
        {
            "rule": f.rule,
            "weight": f"{f.weight:.2f}",
            "hits": f"{f.precision.total:,}",
            "precision": f"{f.precision.value:.2f} ({f.precision.low:.2f} to {f.precision.high:.2f})",
            "only_it": f"{f.only_fails:,}",
            "only_it,_false": f"{f.only_false:,}",
        }
        for f in rules
    ]
    widths = {
        "rule": 34,
        "weight": 6,
        "hits": 6,
        "precision": 20,
        "only_it": 6,
        "only_it,_false": 6,
    }
    note = "only it: failures that are flagged by nothing else; false: other posts, likewise."
    return f"{table(rows, widths)}\n\n{note}"


def _worst(heading: str, items: Sequence[Graded], limit: int) -> list[str]:
    if not items or not limit:
        return []
    shown = min(limit, len(items))
    lines = [f"{heading}, {shown} of {len(items):,}:"]
    for item in items[:limit]:
        lines.append(f"  {item.verdict.score:.2f}  {one_line(_title(item), 84)}")
        by = ", ".join(m.rule for m in item.verdict.matches)
        lines += [f"        {one_line(by, 84)}"] if by else []
    return ["\n".join(lines)]


def _title(item: Graded) -> str:
    return item.row.post.title or item.row.post.text


def _as_data(found: Quality, broken: Sequence[Fault], worst: int) -> dict[str, object]:
    per = found.false_flags
    return {
        "rows": found.rows,
        "flagged": found.flagged,
        "left_out": found.left_out,
        "broken": [{"file": f.file, "line": f.line, "message": f.message} for f in broken],
        "precision": _share(found.precision),
        "recall": _share(found.recall),
        "f1": {
            "value": round(found.f1.value, 6),
            "low": round(found.f1.low, 6),
            "high": round(found.f1.high, 6),
        },
        "false_flags_per_10000": {
            "value": round(per.value * PER, 3),
            "low": round(per.low * PER, 3),
            "high": round(per.high * PER, 3),
            "hits": per.hits,
            "total": per.total,
        },
        "incidents": _share(found.incidents),
        "missed_incidents": list(found.missed_incidents),
        "rules": [
            {
                "rule": f.rule,
                "title": f.title,
                "weight": f.weight,
                "precision": _share(f.precision),
                "only_fails": f.only_fails,
                "only_false": f.only_false,
            }
            for f in found.rules
        ],
        "silent_rules": list(found.silent),
        "misses": [_item(g) for g in found.misses[:worst]],
        "false_flags": [_item(g) for g in found.false[:worst]],
    }


def _share(share: Share) -> dict[str, object]:
    return {
        "value": round(share.value, 6),
        "low": round(share.low, 6),
        "high": round(share.high, 6),
        "hits": share.hits,
        "total": share.total,
    }


def _item(item: Graded) -> dict[str, object]:
    return {
        "title": _title(item),
        "url": item.row.post.url,
        "label": item.row.label,
        "score": round(item.verdict.score, 4),
        "rules": [m.rule for m in item.verdict.matches],
        "file": item.row.file,
        "line": item.row.line,
    }
