"""A case without names: nothing that the house knows is left, and what it cannot know is said."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents import disguise_figures as figures
from monitor.incidents.disguise import Scene, Source, disguise
from monitor.incidents.disguise_check import WORDS as WORDS_LEFT
from monitor.incidents.disguise_check import Left, left, real_dates
from monitor.incidents.disguise_signs import letters
from monitor.text import fold

DAY = date(2026, 3, 1)
POST = Source(
    "Bolt Foods pulls an advert after an outcry",
    "The company mocked its own buyers on TikTok. Kevin Miller said sorry.",
    "https://trade-herald.example/1",
)
SCENE = Scene(
    organisations=(("Bolt Foods", "Boltie", "Bolt"), ("Gap",)),
    involved=1,
    people=("ann",),
    products=("Zoomer",),
    sources=(POST,),
    ordinary=frozenset(
        ["the", "company", "buyers", "customers", "nobody", "two", "people", "look"]
    ),
    anchor=DAY,
)
WHAT = (
    "On 1 March 2026 Bolt Foods joked at Kevin Miller, who lives in Leeds. “We are sorry”, said"
    " @boltfoods under #BoltGate (bolt.example/sorry). Customers of Boltie answered 1,234 times at"
    " 14:32. Miller left; Bolt's boss Jane O'Hara (0171 234 5678) stayed. It was a gap in control."
    " The Gap laughed. The boltfoods page paid £4.7m for its new SuperCrunch and ZOOMER."
)


def told(text: str, scene: Scene = SCENE) -> str:
    return disguise({"what": text}, scene)["what"]


def kinds(text: str, scene: Scene = SCENE, original: str = WHAT) -> set[str]:
    return {one.kind for one in left({"what": text}, scene, {"what": original})}


def test_everything_that_names_somebody_is_replaced_by_the_same_word_wherever_it_stands() -> None:
    text = told(WHAT)
    for word in ("bolt", "miller", "kevin", "leeds", "sorry", "hara", "5678", "1,234", "4.7", "£",
                 "14:32", "crunch", "zoomer", "@", "#", "1 march", "2026", ".example"):  # fmt: skip
        assert word not in text.casefold(), word
    assert text.count("Organisation A") == 4
    assert text.count("Person A") == 2
    assert "Place A" in text
    assert "It was a gap in control. The Organisation B laughed." in text
    assert left({"what": text}, SCENE, {"what": WHAT}) == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Then Bolt Foods stopped.", "name"),
        ("It was boltie again.", "name"),
        ("They met Zoe there.", "large"),
        ("Whoever wrote it left.", "opens"),
        ("The superboltfoods page.", "inside"),
        ("The traderherald wrote: trade-heraldist.", "inside"),
        ("See x.example/y for it.", "address"),
        ("Ask kim@x.example for it.", "address"),
        ("It came from @someone there.", "account"),
        ("It was about #anything there.", "hashtag"),
        ("They said “we will not”.", "quotation"),
        ("It was on 2026-03-01.", "date"),
        ("It was on 1 March.", "date"),
        ("It was in 2026.", "date"),
        ("It had 1,234 readers.", "figure"),
        ("It was at 14:32.", "figure"),
        ("It cost £5.", "figure"),
        ("Call +44 20 7946 0000.", "figure"),
        ("They mocked its own buyers on tiktok again.", "post"),
        ("The 会社 failed.", "script"),
    ],
)
def test_what_an_editor_leaves_or_brings_in_is_found(text: str, kind: str) -> None:
    assert kind in kinds(text)
    (found, *_) = [one for one in left({"why": text}, SCENE, {"what": WHAT}) if one.kind == kind]
    assert found.field == "why"
    assert fold(found.what) in fold(text)


def test_an_editor_says_that_a_word_is_no_name_but_never_that_a_known_name_is_none() -> None:
    scene = replace(SCENE,
                  allowed=frozenset({"whoever", "brexit", "boltie"}))  # fmt: skip
    assert kinds("Whoever wrote of Brexit left.", scene) == set()
    assert "brexit" in told("They wrote of Brexit.", scene).casefold()
    assert "name" in kinds("They wrote of Bolt Foods.", scene)
    assert "name" in kinds("They wrote of Boltie.", scene)


def test_a_platform_is_named_unless_it_is_the_one_that_failed() -> None:
    known = (("Acme",), ("Twitter", "X"))
    assert told("They wrote on Twitter.", Scene(organisations=known, involved=1)) == "They wrote on Twitter."  # fmt: skip
    assert "Twitter" not in told("They wrote on Twitter.", Scene(organisations=known, involved=2))


def test_words_that_everybody_uses_in_a_row_are_nobodys() -> None:
    post = Source("t", "It was at the end of the day that it was not so.")
    scene = Scene(sources=(post,))
    assert left({"w": "it was at the end of the day"}, scene, {}) == ()


def test_dates_keep_their_distance_and_are_none_of_those_that_were() -> None:
    text = "On 1 March 2026, then 2026-03-22, May 8, 2026 and April 2026; founded in 1987, on 3 May 1988."
    real = list(real_dates([text], SCENE))
    shift = figures.shift_for(real, DAY, 7)
    moved = figures.move_dates(text, DAY, shift, str)
    assert moved.endswith("founded in another year, on another day.")
    before, after = figures.dates(text)[:3], figures.dates(moved)[:3]
    assert [whole(b) - whole(a) for a, b in zip(after, before, strict=True)] == [timedelta(-shift)] * 3  # fmt: skip
    assert not set(real) & set(figures.dates(moved))


def whole(when: figures.When) -> date:
    return date(when.year or 0, when.month or 0, when.day or 0)


@given(st.integers(0, 10**9), st.integers(0, 800), st.integers(0, 800))
def test_a_moved_date_is_never_one_that_was(seed: int, first: int, second: int) -> None:
    days = [DAY + timedelta(first), DAY + timedelta(second)]
    text = f"{days[0].isoformat()} and {days[1]:%-d %B %Y}"
    real = set(real_dates([text], SCENE))
    shift = figures.shift_for(real, DAY, seed)
    assert shift % 7 == 0
    assert shift <= -728
    found = figures.dates(figures.move_dates(text, DAY, shift, str))
    assert whole(found[1]) - whole(found[0]) == days[1] - days[0]
    assert not real & set(found)


@given(st.integers(0, 10**15))
def test_a_rounded_amount_is_rounded_already_and_about_as_much(value: int) -> None:
    once = figures.round_off(str(value))
    assert figures.round_off(once) == once
    number = int(once.replace(",", ""))
    assert abs(number - value) <= value / 2
    assert value < 10 or len(once.replace(",", "").rstrip("0")) == 1


@given(st.integers(0, 800))
def test_letters_never_meet(number: int) -> None:
    assert len({letters(n) for n in range(number, number + 50)}) == 50


WORDS = st.sampled_from(
    [
        *WHAT.split(),
        "Bolt",
        "boltFOODS",
        "BOLTIE",
        "@a.b",
        "#Bolt_Foods",
        "“",
        "”",
        '"',
        "a@b.example",
        "1.3.2026",
        "12%",
        "€3,50",
        "Dr",
        "Zoë",
        ".",
        "!",
        "\n",
        "’s",
        "İzmir",
        "ﬁ",
        "\ue000",
        "\u200b",
        "42",
        "May",
        "2026",
        "[",
        "]",
    ]
)
"""Pieces that stand in such texts, and some that are made to be missed."""


@given(st.lists(WORDS, max_size=40))
def test_what_is_replaced_leaves_nothing_that_could_have_been_known(pieces: list[str]) -> None:
    text = " ".join(pieces)
    real = list(real_dates([text], SCENE))
    scene = replace(SCENE, sources=(),
                  shift=figures.shift_for(real, DAY, 3))  # fmt: skip
    made = told(text, scene)
    found: set[Left] = set(left({"what": made}, scene, {"what": text}))
    assert not {o.kind for o in found} & {"name", "address", "account", "hashtag", "large"}, (
        made,
        found,
    )


@given(st.text(max_size=300))
def test_any_text_at_all_is_read_and_checked(text: str) -> None:
    made = told(text)
    for one in left({"w": made}, SCENE, {"w": text}):
        assert one.kind in WORDS_LEFT
        assert one.field in str(one)


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    for piece in (
        "“" * 20_000,
        "'a " * 6_000,
        "a." * 10_000,
        "1," * 10_000,
        "A " * 10_000,
        "@a" * 10_000,
    ):
        told(piece)
