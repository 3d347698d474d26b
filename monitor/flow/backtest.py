"""A new version of rules beside the one in force, on stored posts; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.config.load import load
from monitor.errors import Refused
from monitor.flow.files import Loaded
from monitor.model import RuleSource
from monitor.rules import match, pack
from monitor.rules.figures import Share
from monitor.rules.pack import RuleSet
from monitor.store import archive, rulebook
from monitor.store.archive import StoredPost
from monitor.store.db import Connection
from monitor.text import one_line

BATCH = 400
TRIED = "rules/tried-by-backtest.yaml"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two rule sets, and the rules in which they differ."""

    before: RuleSet
    after: RuleSet
    rules: tuple[str, ...]


def with_pack(root: Path, environ: Mapping[str, str], loaded: Loaded, content: bytes) -> Compared:
    """The rules in force, and the same with a pack's rules in their place or on top.

    Raises `ConfigError` for what is wrong with the pack.
    """
    config = load(root, environ, {TRIED: content})
    tried = [rule for rule in config.rules if rule.file == TRIED]
    names = {rule.id for rule in tried}
    others = [rule for rule in config.rules if rule.file != TRIED and rule.id not in names]
    after = pack.build([*others, *(replace(rule, enabled=True) for rule in tried)], config.terms)
    return Compared(loaded.rule_set, after, tuple(sorted(names)))


def with_rule(loaded: Loaded, name: str) -> Compared:
    """A rule that is switched off, tried as if on; or the others without a rule in force."""
    sources = {rule.id: rule for rule in loaded.config.rules}
    if name not in sources:
        raise Refused(f"{name} is neither a file nor a rule. See the Rules page, or name a file.")
    chosen = sources[name]
    without = _built(loaded, [r for r in loaded.config.rules if r.id != name])
    if chosen.enabled:
        return Compared(without, loaded.rule_set, (name,))
    on = replace(chosen, enabled=True)
    return Compared(
        loaded.rule_set,
        _built(loaded, [r if r.id != name else on for r in loaded.config.rules]),
        (name,),
    )


def _built(loaded: Loaded, rules: list[RuleSource]) -> RuleSet:
    return pack.build(rules, loaded.config.terms)


@dataclass(frozen=True, slots=True)
class Differing:
    """A post that one of the two flags and the other does not."""

    id: int
    title: str
    url: str
    published: str
    decided: str
    """What the team decided on its incident: `relevant`, `dismissed`, or empty."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Two versions side by side."""

    rules: tuple[str, ...]
    posts: int
    flagged_before: int
    flagged_after: int
    matched_before: int
    """Posts that the rules in question hit."""
    matched_after: int
    gained: tuple[Differing, ...]
    lost: tuple[Differing, ...]
    precision_before: Share
    """Relevant among the flagged posts whose incident a person decided."""
    precision_after: Share
    weeks: tuple[tuple[str, int, int], ...]
    """Monday, flagged before, flagged after."""

    @property
    def lost_relevant(self) -> tuple[Differing, ...]:
        """Lost posts that the team found relevant."""
        return tuple(post for post in self.lost if post.decided == "relevant")

    def as_data(self) -> dict[str, object]:
        """For a script."""
        shares = {
            name: {"value": share.value, "low": share.low, "high": share.high, "of": share.total}
            for name, share in (("before", self.precision_before), ("after", self.precision_after))
        }
        data = asdict(self) | {"precision": shares}
        return {k: v for k, v in data.items() if k not in {"precision_before", "precision_after"}}


def run(
    conn: Connection,
    compared: Compared,
    *,
    since: datetime,
    on_batch: Callable[[int], None] = lambda _count: None,
) -> Backtest:
    """Judge every stored post published since a time by both."""
    tally: Counter[str] = Counter()
    weeks: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    gained: list[Differing] = []
    lost: list[Differing] = []
    last = 0
    while batch := archive.read(conn, after=last, since=since, limit=BATCH):
        last = batch[-1].id
        decided = rulebook.incidents(conn, [stored.id for stored in batch])
        for stored in batch:
            row = decided.get(stored.id)
            status = row["status"] if row and row["decided_by"] else ""
            outcome = status if status in {"relevant", "dismissed"} else ""
            flagged = []
            for which, side in enumerate((compared.before, compared.after)):
                verdict = match.judge(side, stored.post, feed=stored.feed)
                flagged.append(verdict.flagged)
                tally[f"matched {which}"] += any(m.rule in compared.rules for m in verdict.matches)
                if verdict.flagged:
                    tally[f"flagged {which}"] += 1
                    tally[f"{outcome} {which}"] += 1
                    weeks[which][_monday(stored)] += 1
            if flagged[0] != flagged[1]:
                (gained if flagged[1] else lost).append(_differing(stored, outcome))
        tally["posts"] += len(batch)
        on_batch(len(batch))
    return Backtest(
        rules=compared.rules,
        posts=tally["posts"],
        flagged_before=tally["flagged 0"],
        flagged_after=tally["flagged 1"],
        matched_before=tally["matched 0"],
        matched_after=tally["matched 1"],
        gained=tuple(gained),
        lost=tuple(lost),
        precision_before=Share(tally["relevant 0"], tally["relevant 0"] + tally["dismissed 0"]),
        precision_after=Share(tally["relevant 1"], tally["relevant 1"] + tally["dismissed 1"]),
        weeks=tuple((m, weeks[0][m], weeks[1][m]) for m in sorted({*weeks[0], *weeks[1]})),
    )


def _monday(stored: StoredPost) -> str:
    """The week of a post; every stored post has a date."""
    at = stored.post.published_at
    return (at.date() - timedelta(days=at.weekday())).isoformat() if at else ""


def _differing(stored: StoredPost, outcome: str) -> Differing:
    post = stored.post
    day = post.published_at.date().isoformat() if post.published_at else ""
    return Differing(stored.id, one_line(post.title, 160), post.url, day, outcome)
