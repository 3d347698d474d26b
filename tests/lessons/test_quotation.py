"""A quotation stands in its post word for word, and takes no more than its share."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.lessons.quotation import ALWAYS, MOST_WORDS, SHARE, allowance, excess, locate

WORDS = st.lists(st.text("abcdé'’“”–", min_size=1, max_size=6), min_size=1, max_size=30)


@given(WORDS, WORDS, WORDS, st.sampled_from([" ", "\n", " \n\t "]))
def test_every_part_of_a_text_is_found_in_it(
    before: list[str], quoted: list[str], after: list[str], blank: str
) -> None:
    text = blank.join([*before, *quoted, *after])
    place = locate(" ".join(quoted), text)
    assert place is not None
    found = text[slice(*place)].split()
    assert len(found) == len(quoted)


def test_typographic_marks_may_differ_and_words_may_not() -> None:
    assert locate('it\'s "fine"', "They said it’s “fine” again") == (10, 21)
    assert locate("it is fine", "They said it’s “fine” again") is None
    assert locate("  ", "anything") is None


@given(st.integers(0, 2_000))
def test_the_allowance_keeps_its_bounds(words: int) -> None:
    most = allowance("word " * words)
    assert ALWAYS <= most <= MOST_WORDS
    assert most <= max(ALWAYS, words * SHARE)


def test_all_quotations_of_a_post_count_together() -> None:
    text = "word " * 200
    assert excess(["word " * 25, "word " * 25], text) == ""
    assert "51 words" in excess(["word " * 25, "word " * 26], text)
