"""Which incidents a post belongs to: by what it is joined, what keeps it apart, what people are asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.incidents import group
from monitor.incidents.group import Centre, Decision
from monitor.incidents.shelf import Shelf, nearest
from monitor.incidents.traits import traits
from monitor.settings import Thresholds

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

PARKA = (
    "Acme apologises for winter parka advert",
    (
        "Acme has pulled an advert for its winter parka after critics called the mountain rescue scene"
        " tasteless. The retailer said sorry on Tuesday."
    ),
)
PARKA_AGAIN = (
    "Shoppers turn on Acme over the winter parka",
    (
        "The mountain rescue scene in the parka advert went down badly, and Acme is sorry. Critics"
        " want the retailer to give money to rescuers."
    ),
)
TILLS = (
    "Acme tills fail across the country",
    (
        "Acme could take no cards on Saturday when its payment terminals went dark for six hours."
        " Queues reached the car parks."
    ),
)
BOLT = (
    "Bolt apologises for winter parka advert",
    (
        "A parka poster of the chain Bolt shows a child alone in a mountain hut. Parents complained,"
        " and on Friday Bolt took the posters down."
    ),
)


def after(*told: tuple[str, str], days: float = 1) -> Shelf:
    shelf = Shelf()
    for number, (title, text) in enumerate(told):
        shelf.put(title, text, f"https://a.example/{number}", NOON + timedelta(days=number * days))
    return shelf


def test_another_telling_joins_and_says_what_is_shared() -> None:
    decision = after(PARKA).look(*PARKA_AGAIN, NOON + timedelta(days=2))
    (joined,) = decision.joins
    assert joined.why.startswith("shares Acme and ‘")
    assert "parka" in joined.why
    assert joined.why.endswith("2 days apart")


def test_another_failure_of_the_same_organisation_is_another_incident() -> None:
    assert not after(PARKA).look(*TILLS, NOON).joins


def test_the_same_story_of_another_organisation_is_another_incident() -> None:
    assert after(PARKA).look(*BOLT, NOON) == Decision()


SHOP = ("Acme opens a shop in Leeds", "Acme opens on Monday.")


@pytest.mark.parametrize("days", [5, 30])
def test_a_name_alone_neither_joins_nor_asks(days: int) -> None:
    assert after(PARKA).look(*SHOP, NOON + timedelta(days=days)) == Decision()


def test_a_headline_that_shares_the_name_joins_what_is_told_at_once() -> None:
    (joined,) = after(PARKA).look("Acme under fire", "", NOON).joins
    assert joined.why == "shares Acme, at the same time"
    assert after(PARKA).look("Acme under fire", "", NOON + timedelta(days=9)) == Decision()


def test_a_shared_place_joins_nothing() -> None:
    shelf = after(("London shop says sorry", "A shop in London is sorry for a parka."))
    assert not shelf.look("London bank is down", "", NOON).joins


def test_a_follow_up_weeks_later_joins_and_knows_how_long_it_was_silent() -> None:
    (joined,) = after(PARKA).look(*PARKA_AGAIN, NOON + timedelta(days=60)).joins
    assert joined.silence == timedelta(days=60)
    assert "60 days apart" in joined.why


def test_likeness_fades_with_silence_and_never_to_nothing() -> None:
    shelf = after(PARKA)
    days = [0, 3, 10, 30, 300]
    found = [nearest(shelf.look(*PARKA_AGAIN, NOON + timedelta(days=d))) for d in days]
    likeness = [alike.likeness for alike in found if alike]
    assert likeness == sorted(likeness, reverse=True)
    # From the tenth day on a shared name counts alike.
    assert likeness[-1] >= group.LASTING * likeness[2]


def test_between_the_thresholds_people_are_asked() -> None:
    alike = nearest(after(PARKA).look(*PARKA_AGAIN, NOON))
    assert alike
    post = traits(*PARKA_AGAIN)
    terms, keys = group.centre([traits(*PARKA)])
    size = group.extent(terms, dict.fromkeys(terms, 1), 1)
    known = Centre(7, terms, keys, NOON, NOON, size)
    between = Thresholds(join=alike.likeness + 0.01, suggest=alike.likeness - 0.01)
    decision = group.decide(
        post, NOON, [known], counts=dict.fromkeys(terms, 1), incidents=1, thresholds=between
    )
    assert not decision.joins
    assert [asked.incident_id for asked in decision.suggests] == [7]


def test_a_round_up_belongs_to_every_incident_that_it_tells_of() -> None:
    tills = (TILLS[0].replace("Acme", "Bolt"), TILLS[1].replace("Acme", "Bolt"))
    shelf = after(PARKA, tills)
    both = (
        "Acme's winter parka advert and Bolt's dark tills: the week in failures",
        (
            "Acme pulled the advert for its winter parka over a mountain rescue scene that critics"
            " called tasteless. Bolt tills: payment terminals went dark on Saturday, no cards, queues."
        ),
    )
    joined = shelf.look(*both, NOON).joins
    assert {alike.incident_id for alike in joined} == {0, 1}


def test_a_word_is_the_rarer_the_fewer_incidents_hold_it() -> None:
    assert group.rarity("parka", 1, 100) > group.rarity("parka", 50, 100)
    assert group.rarity("parka", 1, 100) > group.rarity("apology", 1, 100)


def test_american_and_british_airways_are_not_the_same_name() -> None:
    us = traits(
        "US Airways tweets a picture", "US Airways said sorry. The US Airways feed is clean."
    )
    ba = traits("British Airways ignores a man", "British Airways was slow, British Airways says.")
    assert "us airway" in us.keys
    assert us.keys.keys().isdisjoint(ba.keys)


def test_a_name_that_its_own_post_writes_small_is_none() -> None:
    post = traits("Target misses its Target", "They set a target. The target was missed by Acme.")
    assert "target" not in post.keys
    assert "acme" in post.keys


@given(st.text(max_size=200), st.text(max_size=400))
@settings(max_examples=60)
def test_any_text_can_be_read_and_weighs_one(title: str, text: str) -> None:
    terms = traits(title, text).terms
    assert not terms or abs(sum(w * w for w in terms.values()) - 1) < 1e-9


@given(st.permutations([PARKA, TILLS, BOLT]))
def test_what_tells_of_three_things_is_three_incidents_in_any_order(
    order: list[tuple[str, str]],
) -> None:
    assert len(after(*order)) == 3
