"""What the rules in force say of a post."""

from __future__ import annotations

import math

from monitor.model import Match, Post, Span, Verdict
from monitor.rules.index import Hit, PostIndex
from monitor.rules.lint import example_post
from monitor.rules.pack import Rule, RuleSet
from monitor.rules.tree import FIELDS

THRESHOLD = 0.5
"""Score from which a post is flagged."""

MAX_SPANS = 40
"""Places that are marked of a match, the first in reading order."""

_NOTHING = Verdict((), 0.0, flagged=False)


def judge(rule_set: RuleSet, post: Post, *, feed: str = "") -> Verdict:
    """All matches, strongest first, and their score; `feed` is the feed's title, for `feed:`."""
    index = rule_set.index(post, feed)
    matches = [
        _match(rule, spans(found, index))
        for rule, found in rule_set.hits(index)
        if _speaks(rule, post)
    ]
    if not matches:
        return _NOTHING
    matches.sort(key=lambda m: (-m.weight, m.rule))
    total = score(matches)
    return Verdict(tuple(matches), total, total >= THRESHOLD)


def spans(found: list[Hit], post: PostIndex) -> tuple[Span, ...]:
    """The places to mark, each once, in reading order."""
    return tuple(
        Span(FIELDS[number], start, end)
        for number, start, end in map(post.characters, sorted(set(found))[:MAX_SPANS])
    )


def _speaks(rule: Rule, post: Post) -> bool:
    """Whether a rule is for posts in this language; a post of unknown language is for all."""
    return not rule.source.languages or not post.language or post.language in rule.source.languages


def _match(rule: Rule, found: tuple[Span, ...]) -> Match:
    source = rule.source
    return Match(
        rule=source.id,
        version=rule.version,
        title=source.title,
        family=rule.family,
        severity=source.severity,
        weight=source.weight,
        tags=source.tags,
        spans=found,
    )


def counted(matches: list[Match] | tuple[Match, ...]) -> list[Match]:
    """The strongest match of each family: those that a score is made of."""
    best: dict[str, Match] = {}
    for match in sorted(matches, key=lambda m: -m.weight):
        best.setdefault(match.family, match)
    return list(best.values())


def score(matches: list[Match] | tuple[Match, ...]) -> float:
    """1 - product(1 - weight) over the strongest match of each family."""
    return 1.0 - math.prod(1.0 - match.weight for match in counted(matches))


__all__ = ["THRESHOLD", "counted", "example_post", "judge", "score"]
