"""How the rules in force do, from what stands in the database: scores, starved rules, new weights.

Nothing is written here. Each function asks the store, and lets the pure part of `rules` say what it
means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.model import RuleSource
from monitor.rules import advice, starved, weigh
from monitor.rules.advice import Score
from monitor.rules.figures import Share
from monitor.rules.starved import Silence
from monitor.store import ledger, silence
from monitor.store.db import Connection

MEMORY = timedelta(days=400)
"""How far back a rule's habit is looked for: a year and its holidays."""

LOOKED_AT = 120
"""Days of a silence that are looked at for posts that came in."""

UNREAD = timedelta(days=1)
"""A feed that has failed for this long is not read."""


def scores(conn: Connection, live: Sequence[RuleSource]) -> list[Score]:
    """The score of each rule in force, those with most decisions first."""
    decisions = ledger.by_rule(conn, live[0].id if len(live) == 1 else "")
    right: list[str] | None = None
    made = []
    for source in live:
        outcomes = [d.is_hit for d in decisions.get(source.id, [])]
        false: list[str] = []
        share = Share(sum(outcomes), len(outcomes))
        if advice.advise(share, source.weight) in advice.PRESSING:
            false = ledger.false_titles(conn, source.id)
            right = ledger.relevant_titles(conn) if right is None else right
        made.append(
            advice.score(
                source.id, source.title, weight=source.weight, outcomes=outcomes,
                query=source.query, false=false, right=right or (),
            )
        )  # fmt: skip
    return sorted(made, key=lambda s: (-s.precision.total, s.rule))


def silent(conn: Connection, live: Sequence[RuleSource], *, now: datetime) -> list[Silence]:
    """The starved among the rules in force, the longest silence first.

    Nothing is said of a rule while most of the feeds that fed it are not read, or while on most
    days of its silence no post came in that it could have looked at.
    """
    one = live[0].id if len(live) == 1 else ""
    since, days = silence.live_since(conn), silence.match_days(conn, now - MEMORY, one)
    ever = silence.matched_ever(conn)
    found = {}
    for source in live:
        # A rule that last matched before what we look back on has no habit that still counts.
        is_old = source.id in ever and source.id not in days
        if source.id in since and not is_old:
            quiet = starved.silence(
                source.id, source.title, days=days.get(source.id, []),
                live_since=since[source.id], now=now,
            )  # fmt: skip
            if quiet:
                found[source.id] = (quiet, source.languages)
    if not found:
        return []
    read = silence.days_with_posts(conn, now - timedelta(days=LOOKED_AT))
    unread = silence.unread_share(conn, list(found), silent_since=now - UNREAD)
    told = [
        quiet
        for rule, (quiet, languages) in found.items()
        if unread.get(rule, 0.0) < 0.5 and _was_fed(quiet, languages, read, now)
    ]
    return sorted(told, key=lambda s: (-s.days, s.rule))


def _was_fed(
    quiet: Silence, languages: Sequence[str], read: Mapping[str, set[date]], now: datetime
) -> bool:
    """Whether posts in a rule's languages came in on at least half of the days of its silence."""
    first = max(quiet.since, now - timedelta(days=LOOKED_AT)).date()
    fits = [seen for language, seen in read.items() if not languages or language in languages]
    days = {day for seen in fits for day in seen if day >= first}
    return 2 * len(days) >= (now.date() - first).days


@dataclass(frozen=True, slots=True)
class Weighing:
    """New weights, and what they would do together."""

    proposals: tuple[weigh.Proposal, ...]
    effect: weigh.Effect
    too_few: int
    """Rules with too few decisions to say anything."""


def weighing(conn: Connection, live: Sequence[RuleSource]) -> Weighing:
    """New weights for the rules in force from the decisions since their authors weighed them."""
    decisions, authored = ledger.by_rule(conn), ledger.authored(conn)
    made, too_few = [], 0
    for source in live:
        known = authored.get(source.id)
        share = _since(decisions.get(source.id, []), known.since if known else "")
        too_few += share.total < weigh.ENOUGH
        # A weight that somebody has just written, and no worker taken up, has no decisions yet.
        is_new = known and round(source.weight, 2) not in {round(known.weight, 2), *known.proposed}
        if known and not is_new:
            made.append(weigh.propose(source.id, source.weight, share, prior=known.weight))
    proposals = sorted((p for p in made if p), key=lambda p: (-abs(p.new - p.old), p.rule))
    rules = {s.id: weigh.Rule(s.weight, s.family or s.id) for s in live}
    decided = [weigh.Judged(post.is_failure, post.rules) for post in ledger.decided_posts(conn)]
    effect = weigh.effect(decided, rules, {p.rule: p.new for p in proposals})
    return Weighing(tuple(proposals), effect, too_few)


def _since(decisions: Sequence[ledger.Decision], since: str) -> Share:
    counted = [d.is_hit for d in decisions if d.decided_at >= since]
    return Share(sum(counted), len(counted))


def pressing(
    conn: Connection, live: Sequence[RuleSource], *, now: datetime
) -> list[tuple[str, str]]:
    """What needs somebody: (rule, sentence) for advice to narrow or retire, and for starved rules.

    Home shows it, and the digest can: one line a rule, the worst first.
    """
    lines = advice.summary(scores(conn, live))
    lines += [f"{s.rule}: {s}." for s in silent(conn, live, now=now)]
    found = [line.partition(": ") for line in lines]
    return [(rule, f"{text[:1].upper()}{text[1:]}") for rule, _, text in found]


def contradicted(conn: Connection, live: Sequence[RuleSource]) -> list[tuple[str, str]]:
    """Rules whose weight decisions contradict, (rule, sentence): to be weighed when there is time."""
    wrong = {advice.Kind.LOWER, advice.Kind.RAISE}
    return [(s.rule, advice.sentence(s)) for s in scores(conn, live) if s.advice in wrong]
