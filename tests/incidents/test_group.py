"""Which incident a post belongs to."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents.group import SAME_TITLE, WINDOW, Join, Start, Told, decide, likeness
from monitor.text import names, title_key

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TITLE = "Acme pulls its spring advert after an outcry online"


def told(number: int, title: str = "", url: str = "", at: datetime = NOON) -> Told:
    words = frozenset(title_key(title).split())
    return Told(number, url, words, names(title) & words, at)


def decided(title: str, known: list[Told], url: str = "") -> Join | Start:
    return decide(told(0, title, url), known)


def test_a_post_at_the_same_address_joins() -> None:
    decision = decided(TITLE, [told(7, url="https://a.example/1")], "https://a.example/1")
    assert isinstance(decision, Join)
    assert decision.incident_id == 7
    assert "same address" in decision.why


def test_posts_without_an_address_do_not_meet_by_having_none() -> None:
    assert decided(TITLE, [told(7)]) == Start()


def test_a_nearly_equal_title_joins_and_says_how_alike() -> None:
    decision = decided(TITLE, [told(7, "Acme pulls spring advert after an outcry online")])
    assert isinstance(decision, Join)
    assert "alike" in decision.why


def test_another_organisation_in_a_like_sentence_does_not_join() -> None:
    other = told(7, "Bolt Foods pulls its winter poster after an outcry online")
    assert isinstance(decided(TITLE, [other]), Start)


def test_one_sentence_told_of_two_organisations_is_two_stories() -> None:
    known = told(
        7, "Acme deleted an offensive tweet and apologised after a backlash from customers"
    )
    other = "Bolt deleted an offensive tweet and apologised after a backlash from customers"
    assert isinstance(decided(other, [known]), Start)


def test_short_titles_are_not_compared_by_words() -> None:
    assert isinstance(decided("We are sorry", [told(7, "We are sorry")]), Start)


def test_a_story_is_told_for_fourteen_days_and_no_longer() -> None:
    title = "Acme pulls its spring advert after an outcry online"
    within = told(7, title, at=NOON - WINDOW)
    outside = told(7, title, at=NOON - WINDOW - timedelta(seconds=1))
    assert isinstance(decided(TITLE, [within]), Join)
    assert isinstance(decided(TITLE, [outside]), Start)


def test_of_two_equally_alike_the_older_incident_is_joined() -> None:
    title = "Acme pulls its spring advert after an outcry online"
    decision = decided(TITLE, [told(9, title), told(4, title)])
    assert isinstance(decision, Join)
    assert decision.incident_id == 4


WORDS = st.frozensets(st.text("abcdef", min_size=1, max_size=3), max_size=12)


@given(WORDS, WORDS)
def test_likeness_is_symmetric_and_a_share(a: frozenset[str], b: frozenset[str]) -> None:
    assert likeness(a, b) == likeness(b, a)
    assert 0.0 <= likeness(a, b) <= 1.0


@given(st.lists(WORDS, max_size=6), st.randoms())
def test_the_order_of_known_posts_makes_no_difference(
    titles: list[frozenset[str]], random: object
) -> None:
    known = [Told(i, "", words, frozenset(), NOON) for i, words in enumerate(titles, 1)]
    post = Told(0, "", titles[0] if titles else frozenset("abcd"), frozenset(), NOON)
    assert decide(post, known) == decide(post, known[::-1])


@given(WORDS)
def test_a_title_of_enough_words_is_wholly_like_itself(words: frozenset[str]) -> None:
    assert (likeness(words, words) >= SAME_TITLE) == (len(words) >= 4)
