"""`failwatch triage eval`: how good the order of the queue is on posts that somebody labelled."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from io import TextIOWrapper

import click

from monitor.addresses import host
from monitor.cli.quality import BrokenRows, read_rows, refusal
from monitor.cli.shared import Context, as_json, emit, plural, table
from monitor.flow import files
from monitor.incidents import preference, rank, replay
from monitor.incidents.preference import Decision
from monitor.incidents.replay import Figures, Item, Step
from monitor.rules import labelled

AFTER = (50, 100, 200)
GOAL_AT_20 = 0.95
GOAL_TIMES = 2.0
GOAL_THIRD = 0.9


@click.group()
def triage() -> None:
    """Measure the order in which the queue puts incidents.

    Example: failwatch triage eval labelled.jsonl
    """


@triage.command("eval")
@click.argument(
    "files", nargs=-1, required=True, type=click.File(encoding="utf-8-sig"), metavar="FILE.jsonl..."
)
@click.option(
    "--orders", type=click.IntRange(1, 100), default=10, show_default=True,
    help="How many splits and orders, drawn by number, the figures are averaged over.",
)  # fmt: skip
@click.option("--flagged", is_flag=True, help="Only posts that the rules flag, as in the queue.")
@click.option(
    "--relevant-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Leave out relevant posts, drawn by number, until they are this share of all.",
)
@click.option("--skip-broken", is_flag=True, help="Measure on the good rows if some are broken.")
@as_json
@click.pass_obj
def evaluate(
    context: Context,
    files: tuple[TextIOWrapper, ...],
    *,
    orders: int,
    flagged: bool,
    relevant_share: float | None,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Replay decisions on labelled posts, and judge the order before and after learning from them.

    A line of FILE is a JSON object with title, text and label: fail is what the team wants, general
    and other are dismissed, rows with another label are left out. url, feed and incident count if
    they are there; further keys are ignored. Half of the posts, split by incident, are decided on
    from the top; the order of the other half is judged.

    Example: failwatch triage eval labelled.jsonl --flagged
    """
    rows, broken = read_rows(files, "")
    if broken and not skip_broken:
        raise BrokenRows(refusal(broken))
    items, left = _items(context.load(), rows, is_flagged=flagged)
    salts = [f"order {number}" for number in range(1, orders + 1)]
    with click.progressbar(salts, label="Replaying", file=sys.stderr, show_pos=True) as bar:
        steps = replay.replay(items, after=AFTER, salts=list(bar), share=relevant_share)
    relevant = sum(item.decision.is_relevant for item in items)
    emit(
        {
            "posts": len(items),
            "relevant": relevant,
            "left_out": left,
            "broken": len(broken),
            "orders": orders,
            "relevant_share": relevant_share,
            "steps": [asdict(step) | {"reaches_goal": _reaches(step)} for step in steps],
        },
        as_json=as_json,
        human=lambda: _for_people(steps, (len(items), relevant, left), orders),
    )


def _items(
    loaded: files.Loaded, rows: Sequence[labelled.Row], *, is_flagged: bool
) -> tuple[list[Item], int]:
    """The posts as they are decided on, and how many are left out."""
    made = []
    with click.progressbar(rows, label="Judging posts", file=sys.stderr, show_pos=True) as bar:
        for row in bar:
            if row.label not in labelled.LABELS:
                continue
            verdict = loaded.judge(row.post, row.feed)
            if is_flagged and not verdict.flagged:
                continue
            tokens = preference.tokens(
                row.post.title, row.post.text, rules=[m.rule for m in verdict.matches],
                feed=row.feed, host=host(row.post.url),
            )  # fmt: skip
            name = f"{row.file}:{row.line}"
            decision = Decision(tokens, row.label == labelled.FAIL, rank.base(verdict.score))
            made.append(Item(name, row.incident or name, decision))
    return made, len(rows) - len(made)


def _reaches(step: Step) -> bool:
    """Whether the goal is reached: the first twenty, and the first third as far as it can hold them."""
    first = min(GOAL_TIMES * step.rules.at_20, GOAL_AT_20)
    third = step.learnt.first_third >= GOAL_THIRD * step.learnt.possible_third
    return step.learnt.at_20 >= first and third


def _for_people(steps: Sequence[Step], counted: tuple[int, int, int], orders: int) -> str:
    posts, relevant, left = counted
    counts = f"{plural(posts, 'post')}, {relevant:,} of them relevant; {left:,} left out."
    lines = [f"{counts} Averages over {plural(orders, 'order')}.", ""]
    if not steps:
        return "\n".join(
            [*lines, f"There are too few posts: half of them must come to {AFTER[0]}."]
        )
    shown = [
        _line(step, name, figures)
        for step in steps
        for name, figures in (("rules alone", step.rules), ("learnt", step.learnt))
    ]
    widths = {
        "decisions": 9,
        "order": 12,
        "P@20": 5,
        "P@50": 5,
        "AP": 5,
        "first_third": 12,
        "on": 9,
    }
    lines.append(table(shown, widths))
    lines += [
        "",
        "P@20: share of relevant ones among the first 20. AP: average precision. First third: share of",
        "all relevant ones that stand there, of what can stand there. On: orders in which learning was",
        "in force, which takes 20 decisions of each kind and a better order than the rules' own.",
    ]
    if missed := [str(step.decisions) for step in steps if not _reaches(step)]:
        lines.append(f"The goal is not reached after {', '.join(missed)} decisions.")
    return "\n".join(lines)


def _line(step: Step, name: str, found: Figures) -> dict[str, object]:
    is_rules = found is step.rules
    return {
        "decisions": "" if not is_rules else str(step.decisions),
        "order": name,
        "P@20": f"{found.at_20:.2f}",
        "P@50": f"{found.at_50:.2f}",
        "AP": f"{found.average:.2f}",
        "first_third": f"{found.first_third:.2f} of {found.possible_third:.2f}",
        "on": "" if is_rules else f"{step.on} of {step.orders}",
    }
