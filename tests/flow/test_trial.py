"""A rule tried on stored posts: newest first, bounded, and what it would add."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from monitor.flow import trial
from monitor.model import FeedSettings, Judged, Match, Post, RuleSource, Severity, Verdict
from monitor.rules import pack
from monitor.rules.pack import RuleSet
from monitor.store import feeds, posts, rules
from monitor.store.db import Connection, stamp, transaction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SINCE = stamp(NOW - timedelta(days=90))
HINT = rules.LiveRule("hint", "h", "Hint", "hint", 1, 0.3, (), "x", "rules/a.yaml")
OLD = rules.LiveRule("fuss", "o", "Fuss", "fuss", 2, 0.9, (), "x", "rules/local.yaml")


def rule(query: str = "fuss", weight: float = 0.4, family: str = "") -> RuleSet:
    source = RuleSource("fuss", "Fuss", Severity.MISSTEP, weight, query, (), (), family)
    return pack.build([source], [], proven=False)


def store(
    main: Connection, days: float, title: str, *said: rules.LiveRule, flagged: bool = False
) -> None:
    post = Post(f"{days}{title}", "", "", title, "", "", "", "en", NOW - timedelta(days=days))
    matches = tuple(
        Match(r.rule, r.version, r.title, r.family, Severity(r.severity), r.weight, (), ())
        for r in said
    )
    with transaction(main):
        feeds.sync(main, [FeedSettings("https://n.example/f", title="News")], now=NOW)
        ids = rules.sync(main, [HINT, OLD], now=NOW)
        posts.save(main, 1, [Judged(post, Verdict(matches, 0.3, flagged))], rule_ids=ids, now=NOW)


def ticking(step: float) -> Callable[[], float]:
    """A clock that moves by a step whenever it is looked at."""
    state = [0.0]

    def look() -> float:
        state[0] += step
        return state[0]

    return look


def run(main: Connection, tried: RuleSet, **options: int) -> trial.Trial:
    return trial.run(main, tried, since=SINCE, seconds=lambda: 0.0, **options)


def test_it_finds_newest_first_with_the_places_and_leaves_older_posts_out(main: Connection) -> None:
    for days in (91, 40, 2, 2, 10):
        store(main, days, "A fuss")
    store(main, 3, "Calm")
    found = run(main, rule())
    assert [(NOW - datetime.fromisoformat(f.published_at)).days for f in found.found] == [2, 10, 40]
    assert (found.looked_at, found.back_to, found.is_whole) == (
        4,
        found.found[-1].published_at,
        True,
    )
    assert [(s.field, s.start, s.end) for s in found.found[0].spans] == [("title", 2, 6)]


def test_the_feed_can_be_asked_for(main: Connection) -> None:
    store(main, 1, "Calm")
    assert len(run(main, rule("feed:news")).found) == 1


def test_it_says_what_the_rule_would_add(main: Connection) -> None:
    store(main, 1, "A fuss alone")
    store(main, 2, "A fuss with a hint", HINT)
    store(main, 3, "A fuss that is known", HINT, flagged=True)
    found = run(main, rule(weight=0.4))
    assert [round(f.score, 2) for f in found.found] == [0.4, 0.58, 0.58]
    assert [f.is_gained for f in found.found] == [False, True, False]
    assert (len(found.new), found.gained) == (2, 1)


def test_rules_of_one_family_count_once(main: Connection) -> None:
    store(main, 1, "A fuss with a hint", HINT)
    assert [f.score for f in run(main, rule(weight=0.4, family="hint")).found] == [0.4]


def test_what_the_rule_itself_said_before_does_not_count(main: Connection) -> None:
    store(main, 1, "A fuss", OLD, HINT)
    assert [round(f.score, 2) for f in run(main, rule(weight=0.2)).found] == [0.44]


def test_many_posts_of_one_second_are_each_looked_at_once(
    main: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_BATCH", 7)
    for number in range(30):
        store(main, 5, f"Fuss {number}")
    found = run(main, rule())
    assert (len({f.post_id for f in found.found}), found.looked_at) == (30, 30)


def test_it_stops_at_the_limit_of_posts_or_of_time_and_says_how_far_it_got(
    main: Connection,
) -> None:
    for days in range(1, 9):
        store(main, days, "A fuss")
    some = run(main, rule(), max_posts=3)
    assert (some.looked_at, some.is_whole) == (3, False)
    assert some.back_to == stamp(NOW - timedelta(days=3))
    late = trial.run(main, rule(), since=SINCE, seconds=ticking(trial.MAX_SECONDS / 4))
    assert 0 < late.looked_at < 8
    assert not late.is_whole
    assert trial.run(main, rule(), since=SINCE, seconds=ticking(9)).back_to == ""


def test_an_exact_limit_is_a_whole_search(main: Connection) -> None:
    for days in (1, 2):
        store(main, days, "A fuss")
    assert run(main, rule(), max_posts=2).is_whole
