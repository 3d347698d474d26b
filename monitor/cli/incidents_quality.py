"""`failwatch incidents eval` and `tune`: how well posts are grouped, and what people's word changes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from io import TextIOWrapper

import click

from monitor.cli.quality import BrokenRows, read_rows, refusal
from monitor.cli.shared import Context, as_json, emit, plural, table
from monitor.flow import tuning
from monitor.flow.tuning import Said
from monitor.incidents import clusters, shelf, tune
from monitor.incidents.clusters import Figures
from monitor.incidents.tune import Fit
from monitor.rules.labelled import Row
from monitor.settings import Thresholds
from monitor.store import grouping

GOALS = Figures(precision=0.97, recall=0.0, v_measure=0.98)
GOAL_F1 = 0.94

Pair = dict[str, str]
"""A post put wrongly, the one it stands beside or should, and their incidents."""


@click.command("eval")
@click.argument(
    "files", nargs=-1, required=True, type=click.File(encoding="utf-8-sig"), metavar="FILE.jsonl..."
)
@click.option(
    "--join", type=click.FloatRange(0, 1), help="Try this threshold instead of the one set."
)
@click.option("--min-f1", type=click.FloatRange(0, 1), help="Exit with 1 if F1 is below this.")
@click.option("--skip-broken", is_flag=True, help="Measure on the good rows if some are broken.")
@click.option("--worst", default=10, show_default=True, help="False and missed merges to list.")
@as_json
@click.pass_obj
def evaluate(
    context: Context,
    files: tuple[TextIOWrapper, ...],
    *,
    join: float | None,
    min_f1: float | None,
    skip_broken: bool,
    worst: int,
    as_json: bool,
) -> None:
    """Measure the grouping on posts of which somebody wrote down the incident.

    A line of FILE is a JSON object with title, text, published, url and incident, a name that all
    posts on one story share. Rows without incident are left out; further keys are ignored. Posts are
    grouped in the order of their times, those without one after the row before them.

    Example: failwatch incidents eval grouped.jsonl --min-f1 0.9
    """
    rows, broken = read_rows(files, "fail")
    if broken and not skip_broken:
        raise BrokenRows(refusal(broken))
    told = [row for row in rows if row.incident]
    if not told:
        raise BrokenRows("No row says which incident it tells of; give each an incident.")
    set_to = context.load().config.settings.grouping
    thresholds = set_to if join is None else Thresholds(join, min(set_to.suggest, join))
    ordered = in_order(told)
    found, decisions = shelf.replay(
        [(row.post.title, row.post.text, row.post.canonical_url, at) for row, at in ordered],
        thresholds,
    )
    meant = [row.incident for row, _ in ordered]
    figures, strays = clusters.measure(meant, found), clusters.strays(meant, found)
    titles = [row.post.title or row.post.text[:80] for row, _ in ordered]
    false = [_pair(titles, meant, pair) for pair in strays.false]
    missed = [_pair(titles, meant, pair) for pair in strays.missed]
    lists = {
        "False merges (put in another story's incident)": false,
        "Missed merges (stand apart from their story)": missed,
    }
    data = {
        "posts": len(told),
        "incidents": len(set(meant)),
        "groups": len(set(found)),
        "left_out": len(rows) - len(told),
        "without_a_time": sum(row.post.published_at is None for row in told),
        "broken": len(broken),
        "thresholds": asdict(thresholds),
        "precision": round(figures.precision, 4),
        "recall": round(figures.recall, 4),
        "f1": round(figures.f1, 4),
        "v_measure": round(figures.v_measure, 4),
        "asked": sum(bool(decision.suggests) for decision in decisions),
        "reaches_goal": _reaches(figures),
        "false_merges": false,
        "missed_merges": missed,
    }
    emit(data, as_json=as_json, human=lambda: _for_people(data, figures, lists, worst))
    if min_f1 is not None and figures.f1 < min_f1:
        click.echo(f"F1 {figures.f1:.3f} is below {min_f1:g}.", err=True)
        sys.exit(1)


def in_order(rows: Sequence[Row]) -> list[tuple[Row, datetime]]:
    """Rows with their times, earliest first; one without a time has that of the row before."""
    dated = [row.post.published_at for row in rows if row.post.published_at]
    last = dated[0] if dated else datetime(2000, 1, 1, tzinfo=UTC)
    made = []
    for row in rows:
        last = row.post.published_at or last
        made.append((row, last))
    return sorted(made, key=lambda pair: pair[1])


def _reaches(figures: Figures) -> bool:
    return (
        figures.precision >= GOALS.precision
        and figures.f1 >= GOAL_F1
        and figures.v_measure >= GOALS.v_measure
    )


def _pair(titles: list[str], meant: list[str], pair: tuple[int, int]) -> Pair:
    post, other = pair
    return {
        "title": titles[post], "incident": meant[post],
        "beside": titles[other], "beside_incident": meant[other],
    }  # fmt: skip


def _for_people(
    data: dict[str, object], figures: Figures, lists: dict[str, list[Pair]], worst: int
) -> str:
    counts = [
        int(str(data[key]))
        for key in ("posts", "incidents", "groups", "left_out", "without_a_time")
    ]
    posts, incidents, groups, left_out, undated = counts
    first = (
        f"{plural(posts, 'post')} on {plural(incidents, 'incident')}, grouped into {groups:,};"
        f" {plural(left_out, 'row')} left out, {undated:,} without a time."
    )
    lines = [
        first,
        "",
        f"B-cubed precision  {figures.precision:.3f}  (goal {GOALS.precision:.2f})",
        f"B-cubed recall     {figures.recall:.3f}",
        f"B-cubed F1         {figures.f1:.3f}  (goal {GOAL_F1:.2f})",
        f"V-measure          {figures.v_measure:.3f}  (goal {GOALS.v_measure:.2f})",
        f"people are asked   {data['asked']} times",
    ]
    for heading, pairs in lists.items():
        if pairs:
            lines += ["", f"{heading}: {len(pairs)}"]
            lines += [
                f"  {pair['title'][:90]}\n    beside: {pair['beside'][:90]}"
                for pair in pairs[:worst]
            ]
    return "\n".join(lines)


@click.command("tune")
@as_json
@click.pass_obj
def tune_thresholds(context: Context, *, as_json: bool) -> None:
    """Fit the thresholds of grouping to what people merged, split and answered; nothing is written.

    Example: failwatch incidents tune
    """
    now = context.load().config.settings.grouping
    with context.stores() as (main, _):
        labels = tuning.said(main, grouping.labels(main))
    fit = tune.fit([said.label for said in labels], now)
    same = sum(said.label.is_same for said in labels)
    emit(
        {
            "labels": {"same": same, "apart": len(labels) - same},
            "needed_of_each": tune.LEAST,
            "now": asdict(now),
            "proposed": asdict(fit.thresholds) if fit else None,
            "before": asdict(fit.before) if fit else None,
            "after": asdict(fit.after) if fit else None,
            "changed": [_change(label, fit, labels, now) for label in fit.changed] if fit else [],
        },
        as_json=as_json,
        human=lambda: _proposal(fit, labels, now),
    )


def _change(
    label: tune.Label, fit: Fit, labels: Sequence[Said], now: Thresholds
) -> dict[str, object]:
    told = next(said for said in labels if said.label is label)
    return {
        "post": label.post_id, "title": told.post,
        "incident": label.incident_id, "incident_title": told.incident,
        "people": "same" if label.is_same else "apart",
        "likeness": round(label.likeness, 3),
        "now": tune.verdict(label, now), "then": tune.verdict(label, fit.thresholds),
    }  # fmt: skip


def _proposal(fit: Fit | None, labels: Sequence[Said], now: Thresholds) -> str:
    same = sum(said.label.is_same for said in labels)
    apart = len(labels) - same
    counts = f"People said {same} times that a post tells of an incident, {apart} times that it does not."
    if fit is None:
        return f"{counts} Proposals need {tune.LEAST} of each."
    rows = [
        {
            "": name,
            "join": f"{thresholds.join:.3f}",
            "suggest": f"{thresholds.suggest:.3f}",
            "false_joins": str(outcome.false),
            "missed": str(outcome.missed),
            "asked": str(outcome.asked),
        }
        for name, thresholds, outcome in (
            ("now", now, fit.before),
            ("proposed", fit.thresholds, fit.after),
        )
    ]
    lines = [counts, "", table(rows, dict.fromkeys(rows[0], 12))]
    if fit.thresholds == now:
        return "\n".join([*lines, "", "What is set fits best: nothing to change."])
    lines += ["", "What would change:"]
    for label in fit.changed:
        change = _change(label, fit, labels, now)
        lines.append(
            f"  {change['title']} · {change['incident_title']}: people said {change['people']};"
            f" {change['now']} now, {change['then']} then"
        )
    lines += [
        "",
        "To take it over, write into failwatch.yaml:",
        "  grouping:",
        f"    join: {fit.thresholds.join:g}",
        f"    suggest: {fit.thresholds.suggest:g}",
    ]
    return "\n".join(lines)
