"""Which organisations are proposed for a post, with which part, and what is never proposed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents.organisations import MOST, ROLES, Known, Proposal, name_words, propose

GAP = Known("Gap", (("gap",),))
RIVER = Known("River Bank", (("river", "bank"), ("rb",)))


def named(title: str, text: str = "", *known: Known) -> list[tuple[str, str]]:
    return [(one.name, one.role) for one in propose(title, text, known)]


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("Acme apologises for winter parka advert", [("Acme", "failed")]),
        ("Backlash against Acme over a parka", [("Acme", "failed")]),
        ("H&M pulls hoodie after outcry", [("H&M", "failed")]),
        ("Shoppers boycott Acme after its parka", [("Acme", "failed")]),
        ("A quiet day at the seaside", []),
        ("London in the rain again today", []),
    ],
)
def test_the_title_names_who_failed(title: str, meant: list[tuple[str, str]]) -> None:
    assert named(title) == meant


def test_the_part_is_read_from_the_words_around_a_name() -> None:
    text = (
        "A spokesman for Northwind Foods Ltd said the firm had nothing to do with it. The post"
        " insulted Globex, and was retweeted by Initech."
    )
    known = [Known(name, ((name.casefold(),),)) for name in ("Globex", "Initech")]
    found = dict(named("Acme apologises for a post", text, *known))
    assert found == {
        "Acme": "failed",
        "Northwind Foods": "responded",
        "Globex": "hurt",
        "Initech": "amplified",
    }


def test_a_known_name_is_found_in_its_other_spellings_handles_and_hashtags() -> None:
    assert named("A bank is down again", "Customers of RB could not pay.", RIVER) == [
        ("River Bank", "")
    ]
    (found,) = propose("A bank is down again", "#BoycottRiverBank is trending.", [RIVER])
    assert (found.name, found.why) == ("River Bank", "known; #BoycottRiverBank names it")
    (found,) = propose("A bank is down again", "Ask @riverbank_help.", [RIVER])
    assert found.why == "known; @riverbank_help names it"


def test_a_known_name_that_is_an_everyday_word_must_be_written_large() -> None:
    assert named("mind the gap, says the station", "", GAP) == []
    assert named("Customers are angry with Gap", "", GAP) == [("Gap", "failed")]


@pytest.mark.parametrize(
    "title",
    ["Comedian Joan Doe says sorry for a joke", "Outcry over a joke of singer Joan Doe"],
)
def test_who_is_introduced_as_a_person_is_not_proposed(title: str) -> None:
    assert "Joan Doe" not in [name for name, _ in named(title)]


@given(st.text(max_size=200), st.text(max_size=400), st.text("abAB #@&. ", min_size=1, max_size=20))
def test_anything_can_be_read(title: str, text: str, name: str) -> None:
    known = [Known(name, (name_words(name),))] if name_words(name) else []
    found = propose(title, text, known)
    assert len(found) <= MOST
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert isinstance(one, Proposal)
        assert one.role in {"", *ROLES}
        assert one.name.strip()
        assert one.why
