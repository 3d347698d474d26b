"""The order of the queue: bounded parts, each monotone, and chance that depends on nothing else."""

from dataclasses import replace
from datetime import timedelta
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents import novelty, rank
from monitor.incidents.novelty import Alike
from monitor.incidents.rank import Signals

BOUNDS = {
    "rules": (0.05, 1),
    "spread": (1, 3),
    "novelty": (0.4, 1),
    "profile": (1, 3),
    "preference": (1 / 5, 5),
    "age": (0.25, 1),
}
HEADINGS = list(rank.FITS)

alike = st.none() | st.builds(
    Alike, st.integers(1, 99), st.sampled_from(["relevant", "dismissed"]), st.floats(-1, 2)
)
signals = st.builds(
    Signals,
    score=st.floats(-1, 2),
    sources=st.integers(-5, 10**9),
    level=st.integers(0, 2),
    alike=alike,
    fit=st.lists(st.tuples(st.sampled_from(HEADINGS), st.text(max_size=9)), max_size=9),
    odds=st.floats(-1e9, 1e9),
    age=st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=99_999)),
    has_profile=st.booleans(),
)


@given(signals)
def test_every_part_is_within_its_documented_bounds_and_says_why(given_: Signals) -> None:
    ranked = rank.rank(given_)
    assert list(BOUNDS) == [part.name for part in ranked.parts]
    for part in ranked.parts:
        low, high = BOUNDS[part.name]
        assert low - 1e-12 <= part.factor <= high + 1e-12, part
        assert part.words
    assert ranked.value == prod(part.factor for part in ranked.parts) > 0
    said = rank.in_words(ranked.parts, ranked.value)
    assert said.count("×") == len(BOUNDS) - 1
    assert said.endswith(f"= {ranked.value:.2f}")


@given(signals, st.floats(0, 1), st.floats(0, 1))
def test_more_from_the_rules_never_lowers(one: Signals, a: float, b: float) -> None:
    low, high = (rank.rank(replace(one, score=s)).value for s in sorted((a, b)))
    assert low <= high


@given(signals, st.integers(0, 99), st.integers(0, 99), st.integers(0, 2), st.integers(0, 2))
def test_more_sources_and_more_speed_never_lower(
    one: Signals, a: int, b: int, slow: int, fast: int
) -> None:
    (few, many), (calm, hot) = sorted((a, b)), sorted((slow, fast))
    low = rank.rank(replace(one, sources=few, level=calm)).value
    assert low <= rank.rank(replace(one, sources=many, level=hot)).value


@given(signals, st.floats(-99, 99), st.floats(-99, 99))
def test_what_the_team_likes_better_never_stands_lower(one: Signals, a: float, b: float) -> None:
    low, high = (rank.rank(replace(one, odds=o)).value for o in sorted((a, b)))
    assert low <= high


@given(signals, st.floats(0, 1), st.floats(0, 1), st.integers(0, 999), st.integers(0, 999))
def test_what_is_newer_and_less_like_the_old_never_stands_lower(
    one: Signals, a: float, b: float, c: int, d: int
) -> None:
    (less, more), (young, old) = sorted((a, b)), sorted((c, d))
    fresh = replace(one, alike=Alike(1, "relevant", less), age=timedelta(hours=young))
    stale = replace(one, alike=Alike(1, "relevant", more), age=timedelta(hours=old))
    assert rank.rank(stale).value <= rank.rank(fresh).value


@given(signals, st.sampled_from(HEADINGS))
def test_what_concerns_the_team_never_lowers(one: Signals, heading: str) -> None:
    more = replace(one, fit=[*one.fit, (heading, "Acme")])
    assert rank.rank(one).value <= rank.rank(more).value


def test_a_profile_is_found_by_whole_words() -> None:
    profile = [("brands", "Acme Air"), ("markets", "Österreich"), ("words", "pay"), ("words", "!")]
    assert rank.fit(profile, "ACME AIR in Osterreich", "payment") == profile[:2]
    assert rank.fit(profile, "Acme", "Air") == []


def test_one_in_ten_is_drawn_by_number_and_salt_alone() -> None:
    numbers = range(1, 5001)
    monday = {n: c for n in numbers if (c := rank.drawn(n, "2026-03-02")) is not None}
    assert 420 <= len(monday) <= 580
    assert monday == {n: rank.drawn(n, "2026-03-02") for n in monday}
    assert all(0 <= chance < 1 for chance in monday.values())
    assert 0.45 < sum(monday.values()) / len(monday) < 0.55
    tuesday = {n for n in numbers if rank.drawn(n, "2026-03-03") is not None}
    assert len(tuesday & set(monday)) < 100


@given(st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9999)))
def test_an_old_place_is_looked_at_less_often_but_at_least_daily(age: timedelta) -> None:
    assert timedelta(hours=1) <= rank.next_look(age) <= timedelta(hours=24)


def test_the_most_alike_decided_incident_is_found_and_never_itself() -> None:
    decided = novelty.index(
        [(1, "Acme deletes tweet after outcry", "dismissed"), (2, "Weather on Monday", "relevant")]
    )
    found = novelty.likest(decided, "Outcry after Acme deletes a tweet")
    assert found == Alike(1, "dismissed", 1.0)
    assert novelty.likest(decided, "Outcry after Acme deletes a tweet", but=1) is None
    assert novelty.likest(decided, "Something else entirely") is None
    assert novelty.likest(novelty.index([]), "") is None


@given(st.lists(st.text("abcde ", max_size=30), max_size=12), st.text("abcde ", max_size=30))
def test_likeness_is_that_of_all_pairs(titles: list[str], title: str) -> None:
    mine = novelty.title_words(title)
    shares = [
        (len(mine & them) / len(mine | them), number)
        for number, them in enumerate(map(novelty.title_words, titles))
        if mine & them
    ]
    best = max((pair for pair in shares if pair[0] >= novelty.FROM), default=None)
    found = novelty.likest(
        novelty.index((n, t, "relevant") for n, t in enumerate(titles)), title, but=-1
    )
    assert (found and (found.share, found.incident_id)) == best
