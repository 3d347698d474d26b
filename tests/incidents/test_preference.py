"""The learnt preference: bounded, explained by counts, and in force only while it is better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents import preference, replay
from monitor.incidents.preference import Decision, Model

words = st.sampled_from([f"w{n}" for n in range(12)])
decisions = st.lists(
    st.builds(
        Decision,
        st.lists(words, max_size=6, unique=True).map(tuple),
        st.booleans(),
        st.floats(0.05, 3),
    ),
    max_size=80,
)


def taught(kept: int = 30, dropped: int = 30, *, base: float = 0.5) -> list[Decision]:
    """Airlines are kept, football is dropped, in turns."""
    good = [Decision(("airline", "outcry"), is_relevant=True, base=base) for _ in range(kept)]
    bad = [Decision(("football", "outcry"), is_relevant=False, base=base) for _ in range(dropped)]
    mixed = [one for pair in zip(good, bad, strict=False) for one in pair]
    return mixed + good[len(bad) :] + bad[len(good) :]


@given(decisions)
def test_learning_at_once_is_learning_one_by_one(given_: list[Decision]) -> None:
    model = Model()
    for decision in given_:
        model.add(decision)
    assert model == preference.learn(given_)


@given(decisions, st.lists(words))
def test_a_score_is_the_sum_of_shown_words_and_its_factor_is_bounded(
    given_: list[Decision], found: list[str]
) -> None:
    model = preference.learn(given_)
    shown = preference.strongest(model.said(found), most=len(found))
    assert model.score(found) == pytest.approx(sum(term.weight for term in shown))
    assert all(term.kept + term.dropped >= preference.MIN_SEEN for term in shown)
    assert 1 / preference.BOUND < preference.factor(model.score(found)) < preference.BOUND


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_factor_grows_with_the_score_and_is_1_for_nothing(a: float, b: float) -> None:
    assert preference.factor(0.0) == 1.0
    low, high = sorted((a, b))
    assert preference.factor(low) <= preference.factor(high)


def test_a_word_says_what_its_counts_say() -> None:
    model = preference.learn(taught())
    assert model.term("airline").weight > 1
    assert model.term("football").weight < -1
    assert abs(model.term("outcry").weight) < 0.01
    assert model.term("unseen").weight == 0
    assert str(model.term("airline")).endswith("(30 kept, 0 dropped)")


def test_a_word_seen_twice_says_nothing() -> None:
    rare = [Decision(("rare",), is_relevant=True, base=1.0)] * 2
    assert preference.learn(taught() + rare).term("rare").weight == 0
    assert preference.learn(taught() + rare + rare[:1]).term("rare").weight > 0


def test_a_word_set_by_hand_counts_whatever_is_learnt() -> None:
    model = preference.learn(taught(), {"airline": "less", "new": "more", "football": "never mind"})
    weights = [model.term(word).weight for word in ("airline", "new", "football")]
    assert weights == [-2.0, 2.0, 0.0]
    model.is_on = False
    assert model.term("new").weight == 2.0
    assert model.term("outcry").weight == 0.0
    assert "set by hand: more" in str(model.term("new"))


@pytest.mark.parametrize(
    ("kept", "dropped", "is_on"), [(19, 90, False), (90, 19, False), (20, 20, True)]
)
def test_it_is_on_from_twenty_of_each(kept: int, dropped: int, is_on: bool) -> None:
    found = preference.standing(taught(kept, dropped))
    assert found.is_on is is_on
    assert (f"{kept} and {dropped}" in str(found)) is not is_on


def test_it_is_off_while_it_does_no_better_than_the_rules() -> None:
    noise = [Decision((f"w{n % 7}",), n % 2 == 0, 1.0 if n % 2 == 0 else 0.1) for n in range(120)]
    found = preference.standing(noise)
    assert (found.rules, found.judged) == (1.0, 100)
    assert not found.is_on
    assert str(found).startswith(
        "Off, since it does not do clearly better (by 0.12): average precision on the last 100"
    )


@given(decisions)
def test_only_what_came_before_judges_a_decision(given_: list[Decision]) -> None:
    found = preference.standing(given_)
    enough = min(found.kept, found.dropped) >= preference.ENOUGH
    assert (found.rules is None) is not enough
    if found.rules is not None and found.learnt is not None:
        assert 0 < found.rules <= 1
        assert 0 < found.learnt <= 1


def test_average_precision_of_known_orders() -> None:
    assert preference.average_precision([(3, True), (2, False), (1, True)]) == pytest.approx(5 / 6)
    assert preference.average_precision([(1, True), (1, False)]) == 0.5
    assert preference.average_precision([(1, False)]) == 0.0
    assert preference.average_precision([]) == 0.0


def test_tokens_are_words_and_where_a_post_is_from() -> None:
    found = preference.tokens(
        "Acme Air: 3 ÖBB outcry!",
        "It is 2026. An outcry",
        rules=("tone",),
        feed="Trade news",
        host="x.example",
    )
    assert found == (
        "acme",
        "air",
        "obb",
        "outcry",
        "rule:tone",
        "feed:Tradenews",
        "host:x.example",
    )


def items(count: int) -> list[replay.Item]:
    return [
        replay.Item(
            f"i{n}",
            f"s{n // 2}",
            Decision(("air" if n % 4 < 2 else "ball", f"x{n % 9}"), n % 4 < 2, 0.5),
        )
        for n in range(count)
    ]


def test_a_replay_learns_gives_the_same_twice_and_parts_no_incident() -> None:
    given_ = items(400)
    one, two = replay.halves(given_, "a")
    assert not {i.incident for i in one} & {i.incident for i in two}
    assert len(one) + len(two) == 400
    steps = replay.replay(given_, after=(50, 100, 9999), salts=("a", "b"))
    assert [step.decisions for step in steps] == [50, 100]
    assert (steps[-1].on, steps[-1].orders) == (2, 2)
    assert steps[-1].learnt.at_20 == 1.0 > steps[-1].rules.at_20
    assert steps == replay.replay(given_, after=(50, 100, 9999), salts=("a", "b"))


def test_thinning_leaves_the_wanted_share() -> None:
    left = replay.thinned(items(400), 0.1, "a")
    assert sum(i.decision.is_relevant for i in left) == 22
    assert len(left) == 222


def test_figures_of_a_known_order() -> None:
    found = replay.figures([True, False, True, False, False, False])
    assert (found.at_20, found.first_third, found.possible_third) == (2 / 6, 0.5, 1.0)
    assert replay.figures([]) == replay.Figures(0, 0, 0, 0, 0)
