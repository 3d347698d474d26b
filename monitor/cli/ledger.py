"""`failwatch rules score`, `recall`, `starved` and `weigh`: how the rules do, and better weights."""

from __future__ import annotations

from functools import partial

import click

from monitor import app
from monitor.cli.shared import Context, actor, as_json, emit, plural, table
from monitor.config.edit_weights import set_weights
from monitor.errors import Refused
from monitor.flow import files, quality
from monitor.flow import recall as recall_flow
from monitor.model import RuleSource
from monitor.rules import advice
from monitor.rules import recall as estimates
from monitor.rules.advice import Score
from monitor.rules.figures import Share
from monitor.rules.weigh import STRENGTH, Effect, Proposal
from monitor.store import audit, ledger
from monitor.store.db import transaction


def _live(context: Context) -> list[RuleSource]:
    return [rule.source for rule in context.load().rule_set.rules]


def _share(share: Share) -> dict[str, object]:
    return {
        "value": round(share.value, 6), "low": round(share.low, 6), "high": round(share.high, 6),
        "hits": share.hits, "total": share.total,
    }  # fmt: skip


@click.command("score")
@click.argument("rule", required=False, metavar="[ID]")
@as_json
@click.pass_obj
def score(context: Context, *, rule: str | None, as_json: bool) -> None:
    """Say what the team's decisions say of each rule: precision, trend, and what to do.

    With ID, of that rule alone, with each of its versions and the words of its false flags.

    Example: failwatch rules score
    """
    live = _live(context)
    with context.stores() as (main, _):
        if rule:
            versions = ledger.versions(main, rule)
            chosen = [source for source in live if source.id == rule]
            if not chosen and not versions:
                raise Refused(f"There is no rule {rule}, and there never was one.")
            found = quality.scores(main, chosen)
            data = {
                "rule": rule,
                "score": _score(found[0]) if found else None,
                "versions": [
                    {
                        "version": v.version, "since": v.first_live_at, "weight": v.weight,
                        "live": v.is_live, "precision": _share(Share(v.hits, v.total)),
                    }
                    for v in versions
                ],
                "weeks": [
                    {"week": week, "hits": hits, "total": total}
                    for week, hits, total in ledger.weekly(main, rule)
                ],
            }  # fmt: skip
            emit(data, as_json=as_json, human=lambda: _one(rule, found, versions))
            return
        scores = quality.scores(main, live)
    emit([_score(s) for s in scores], as_json=as_json, human=lambda: _all(scores))


def _score(score: Score) -> dict[str, object]:
    return {
        "rule": score.rule, "title": score.title, "weight": score.weight,
        "precision": _share(score.precision), "lately": _share(score.trend.lately),
        "before": _share(score.trend.before), "trend": str(score.trend),
        "advice": str(score.advice), "sentence": advice.sentence(score), "words": list(score.words),
    }  # fmt: skip


def _one(rule: str, found: list[Score], versions: list[ledger.VersionTally]) -> str:
    parts = [f"{rule}: not in force"]
    if found:
        trend = found[0].trend
        parts = [f"{rule}: {found[0].title}", advice.sentence(found[0])]
        if trend.before.total:
            parts.append(
                f"The last {trend.lately.total} decisions: {trend.lately}; before: {trend.before}."
                f" {str(trend).capitalize()}."
            )
    rows = [
        {
            "since": v.first_live_at[:10],
            "version": v.version,
            "weight": f"{v.weight:.2f}",
            "precision": str(Share(v.hits, v.total)),
            "": "in force" if v.is_live else "",
        }
        for v in versions
    ]
    widths = {"since": 10, "version": 16, "weight": 6, "precision": 40, "": 8}
    return "\n\n".join([*parts, *([table(rows, widths)] if rows else [])])


def _all(scores: list[Score]) -> str:
    spoken = [s for s in scores if s.precision.total]
    silent = len(scores) - len(spoken)
    rows = [
        {
            "rule": s.rule,
            "weight": f"{s.weight:.2f}",
            "precision": str(s.precision),
            "trend": str(s.trend),
            "advice": str(s.advice)
            + (f" ({s.precision.total} of 8)" if s.advice is advice.Kind.TOO_FEW else ""),
        }
        for s in spoken
    ]
    widths = {"rule": 30, "weight": 6, "precision": 32, "trend": 15, "advice": 32}
    lines = [table(rows, widths), ""] if rows else []
    if silent:
        lines.append(f"{plural(silent, 'rule')} in force without a decision yet.")
    lines.append("Precision: relevant, of those decided. In brackets: the 95 % interval.")
    return "\n".join(lines)


@click.command("recall")
@as_json
@click.pass_obj
def recall(context: Context, *, as_json: bool) -> None:
    """Say how much the rules miss, from the weekly sample of posts that none flagged.

    Example: failwatch rules recall
    """
    with context.stores() as (main, _):
        weeks = recall_flow.weeks(main)
    found = estimates.estimate(weeks)
    data = {
        "weeks": [
            {
                "week": w.week, "unflagged": w.population, "missed": w.missed, "cleared": w.cleared,
                "cannot_tell": w.unclear, "open": w.open, "found": w.found, "undecided": w.undecided,
            }
            for w in weeks
        ],
        "missed_a_week": _range(found.missed_a_week if found else None),
        "recall": _range(found.recall if found else None),
    }  # fmt: skip
    emit(data, as_json=as_json, human=lambda: _recall(weeks, found))


def _range(figure: estimates.Range | None) -> dict[str, float] | None:
    if figure is None:
        return None
    return {"value": round(figure.value, 6), "low": round(figure.low, 6), "high": round(figure.high, 6)}  # fmt: skip


def _recall(weeks: list[estimates.Week], found: estimates.Estimate | None) -> str:
    if not weeks:
        return (
            "No week has been sampled yet. The worker draws posts each Monday from the week before;"
            " they are answered on the page Recall."
        )
    rows = [
        {
            "week": w.week,
            "unflagged": f"{w.population:,}",
            "looked_at": f"{w.answered:,}",
            "missed": f"{w.missed:,}",
            "waiting": f"{w.open:,}",
            "found": f"{w.found:,}",
            "undecided": f"{w.undecided:,}",
        }
        for w in weeks[-12:]
    ]
    shown = table(rows, dict.fromkeys(rows[0], 9))
    return f"{shown}\n\n" + "\n".join(estimates.sentences(found))


@click.command("starved")
@as_json
@click.pass_obj
def starved(context: Context, *, as_json: bool) -> None:
    """List rules that have matched nothing for longer than their own habit.

    Example: failwatch rules starved
    """
    live = _live(context)
    with context.stores() as (main, _):
        found = quality.silent(main, live, now=app.now())
    data = [
        {
            "rule": s.rule, "title": s.title, "since": s.since, "days": s.days,
            "mean_gap_days": round(s.mean_gap, 2) or None, "longest_gap_days": s.longest_gap or None,
        }
        for s in found
    ]  # fmt: skip
    human = "\n".join(f"{s.rule}: {s}" for s in found) or "No rule is starved."
    emit(data, as_json=as_json, human=lambda: human)


@click.command("weigh")
@click.option("--write", is_flag=True, help="Write the new weights into the packs.")
@as_json
@click.pass_obj
def weigh(context: Context, *, write: bool, as_json: bool) -> None:
    """Propose new weights from the team's decisions; write them only with --write.

    Example: failwatch rules weigh
    """
    live = _live(context)
    with context.stores() as (main, _):
        found = quality.weighing(main, live)
        written: tuple[str, ...] = ()
        if write and found.proposals:
            written = set_weights(
                context.root,
                {p.rule: (p.old, p.new) for p in found.proposals},
                prove=partial(files.prove, context.root, context.environ),
            )
            with transaction(main):
                for p in found.proposals:
                    audit.record(
                        main, actor(context), "rule.weigh", f"local-rule:{p.rule}", now=app.now(),
                        before={"weight": p.old}, after={"weight": p.new, "precision": str(p.precision)},
                    )  # fmt: skip
    effect = found.effect
    data = {
        "proposals": [
            {
                "rule": p.rule, "old": p.old, "new": p.new, "precision": _share(p.precision),
                "held_below_the_threshold": p.is_held,
            }
            for p in found.proposals
        ],
        "effect": {
            "posts": effect.posts, "failures_lost": effect.lost, "others_spared": effect.spared,
            "failures_gained": effect.gained, "others_added": effect.added,
        },
        "too_few_decisions": found.too_few,
        "written": list(written),
    }  # fmt: skip
    emit(data, as_json=as_json, human=lambda: _weighing(found, written, is_written=write))


def _weighing(found: quality.Weighing, files: tuple[str, ...], *, is_written: bool) -> str:
    few = f"{plural(found.too_few, 'rule')} with fewer than {STRENGTH} decisions left as they are."
    if not found.proposals:
        return f"No weight needs to change. {few}"
    rows = [_proposal(p) for p in found.proposals]
    widths = {"rule": 34, "weight": 13, "evidence": 32, "": 30}
    lines = [table(rows, widths), "", few, _effect(found.effect)]
    if is_written:
        lines.append(f"Written: {', '.join(files)}. A running worker takes them up by itself.")
    else:
        lines.append("Nothing is written. To write these weights: failwatch rules weigh --write")
    return "\n".join(lines)


def _proposal(p: Proposal) -> dict[str, object]:
    return {
        "rule": p.rule,
        "weight": f"{p.old:.2f} → {p.new:.2f}",
        "evidence": str(p.precision),
        "": "held: judged only beside others" if p.is_held else "",
    }


def _effect(effect: Effect) -> str:
    return (
        f"Of {plural(effect.posts, 'stored post')} that people decided on:"
        f" {effect.lost} relevant and {effect.spared} other would no longer be flagged,"
        f" {effect.gained} relevant and {effect.added} other would be flagged anew."
    )


COMMANDS = (score, recall, starved, weigh)
