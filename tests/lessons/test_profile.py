"""Could it happen here: the answer follows from what is written down, and says what it rests on."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lessons.profile import PARTS, VERDICTS, Facets, assess, controls, lines

FAILURE = Facets(
    ("Twitter",), ("humour", "hashtag"), "A joke about the Quinoa Box went wrong in Norway."
)
OURS = {
    "channel": ["X, by two people", "Instagram"],
    "control": ["Two people from outside look at it", "Every hashtag is searched first"],
}
ITEMS = st.lists(st.sampled_from(["X", "Quinoa Box", "Norway", "hashtag", "outside", "TikTok", "a quinoa joke went wrong"]), max_size=4)  # fmt: skip
PROFILES = st.fixed_dictionaries(dict.fromkeys(PARTS, ITEMS))
FACETS = st.builds(
    Facets, st.lists(st.sampled_from(["Twitter", "TikTok", "blogs"]), max_size=2).map(tuple),
    st.lists(st.sampled_from(["humour", "hashtag", "AI", "unheard of"]), max_size=3).map(tuple),
    st.sampled_from(["", FAILURE.text]),
)  # fmt: skip


def test_every_shipped_control_is_told_by_one_of_its_words() -> None:
    assert len({c.id for c in controls()}) == len(controls()) >= 10
    for control in controls():
        assert control.tags
        assert control.words


def test_the_same_channel_under_another_name_and_every_control_in_place() -> None:
    found = assess(OURS, FAILURE)
    assert found.verdict == "possible"
    assert found.missing == ()
    assert len(found.present) == 2
    assert found.reasons[0] == "It came by Twitter, where we speak as well."


def test_a_missing_control_on_a_shared_channel_makes_it_likely() -> None:
    found = assess(OURS | {"control": OURS["control"][:1]}, FAILURE)
    assert found.verdict == "likely"
    assert found.missing == ("A hashtag is searched, read aloud and tried in every language before it is used.",)  # fmt: skip


@pytest.mark.parametrize(
    ("part", "line", "said"),
    [
        ("product", "quinoa box", "a product of ours"),
        ("market", "Norway", "a market of ours"),
        ("supplier", "Quinoa", "a partner of ours"),
        ("past", "Our own joke on quinoa went badly", "like one of ours"),
    ],
)
def test_what_is_ours_in_its_story_is_a_reason(part: str, line: str, said: str) -> None:
    found = assess({part: [line]}, replace(FAILURE, channels=()))
    assert found.verdict == "likely"
    assert said in found.reasons[0]


def test_a_channel_that_we_do_not_use_is_said_and_makes_it_less_likely() -> None:
    found = assess({"channel": ["Instagram"]}, replace(FAILURE, tags=()))
    assert (found.verdict, found.reasons[0]) == ("unlikely", "It came by Twitter, which we do not use.")  # fmt: skip


@given(PROFILES, FACETS)
def test_an_answer_has_reasons_and_speaks_of_each_needed_control_once(
    profile: dict[str, list[str]], facets: Facets
) -> None:
    found = assess(profile, facets)
    assert found.verdict in VERDICTS
    assert found.reasons
    assert (found.verdict == "open") == (not any(profile.values()))
    assert set(found.present) <= set(profile["control"])
    if found.missing:
        assert found.verdict != "unlikely"


@given(PROFILES, FACETS)
def test_one_more_control_never_makes_it_worse(
    profile: dict[str, list[str]], facets: Facets
) -> None:
    order = ["unlikely", "possible", "likely"]
    before = assess(profile | {"market": [*profile["market"], "Mars"]}, facets)
    more = profile | {"market": [*profile["market"], "Mars"], "control": ["outside", "hashtag", "a machine is switched off"]}  # fmt: skip
    after = assess(more, facets)
    assert order.index(after.verdict) <= order.index(before.verdict)
    assert set(after.missing) <= set(before.missing)


def test_lines_are_cleaned() -> None:
    assert lines(" X \n\n X\nblog ") == ("X", "blog")
