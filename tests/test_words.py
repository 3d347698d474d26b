"""What counts as a word, and where it stands."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.text import fold, plain, read_once
from monitor.words import Words, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Acme’s don't", ["acme", "don't"]),
        ("‘Quoted’ 'n' \"plain\"", ["quoted", "n", "plain"]),
        ("example.com a:b foo_bar 3.14", ["example", "com", "a", "b", "foo", "bar", "3", "14"]),
        ("tone-deaf – tone‑deaf", ["tone", "deaf", "tone", "deaf"]),
        ("L’été d'excuses dell'azienda O'Brien", ["l", "ete", "d", "excuses", "dell", "azienda", "o'brien"]),
        ("Straße ŁÓDŹ Ærø o\ufb03ce ｆｕｌｌ 𝐁𝐨𝐥𝐝", ["strasse", "lodz", "aero", "office", "full", "bold"]),
        ("back\u200blash e\u0301te\u0301 re\u00adbrand", ["backlash", "ete", "rebrand"]),
        ("謝罪ツイート ｶﾞ が", ["謝", "罪", "ツ", "イ", "ー", "ト", "ガ", "が"]),
        ("कंपनी שָׁלוֹם مُحَمَّد", ["कंपनी", "שלום", "محمد"]),
        ("#BoycottBrandX #brand_fail #炎上", ["boycott", "brand", "x", "brand", "fail", "炎", "上"]),
        ("C# &#39; a/#b ##", ["c", "39", "a", "b"]),
        ("", []),
    ],
)  # fmt: skip
def test_words_are_what_people_mean(text: str, said: list[str]) -> None:
    assert words(text) == said


def test_a_hashtag_is_also_read_as_a_whole() -> None:
    found = Words("now #BoycottBrandX, #fail and x#y").tags
    assert [(t.norm, t.first, t.last, t.start, t.end) for t in found] == [
        ("boycottbrandx", 1, 3, 4, 18),
        ("fail", 4, 4, 20, 25),
    ]


def test_half_a_character_is_no_letter_and_breaks_nothing() -> None:
    read = Words("caf\u00e9 \ud800 #a\udfffb x\ud800y")
    assert read.words == ["cafe", "a", "b", "x", "y"]
    assert read.sentence(*read.spans[0])[1] == 1


def test_accents_are_left_out_and_letters_are_kept() -> None:
    assert fold("Ça ÉTÉ İstanbul") == "ca ete istanbul"
    assert fold("が") == "が" != fold("か")


def test_a_sentence_ends_at_a_stop_or_a_line_not_at_an_abbreviation() -> None:
    said = Words("Mr. Acme left. He was late!\nHe came back")
    places = [said.sentence(*said.spans[i]) for i in (0, 1, 2, 3, 6)]
    assert places[0] == places[1] == places[2] != places[3] != places[4]
    assert said.sentence(0, 20)[1] == -1


def chunked(text: str) -> list[str]:
    """The words by the careful way alone, stretch by stretch."""
    return [
        w for chunk in text.split() for w in plain(f" {read_once(chunk).folded} ").decode().split()
    ]


@given(
    st.text(string.ascii_letters + string.digits + string.punctuation + "  '''\n").filter(
        lambda t: "#" not in t
    )
)
def test_the_table_says_of_ascii_what_the_standard_says(text: str) -> None:
    assert words(text) == chunked(text)


MIXED = st.text(
    st.one_of(
        st.sampled_from("aZlsdn9 '’#_.-\n\u0301\u200bßﬁé炎ภัがｶﾞ\u00a0İ“"),
        st.characters(codec="utf-8"),
    )
)


@example("\x80S´A¼")
@example("“l'l'ami” s's's")
@given(MIXED)
def test_every_word_lies_in_the_text_in_order_and_folds_to_itself(text: str) -> None:
    read = Words(text)
    assert len(read.spans) == len(read.words) == len(read.offsets) - 1
    for (start, end), word in zip(read.spans, read.words, strict=True):
        assert 0 <= start < end <= len(text)
        assert word == words(word)[0]
        assert word in "".join(words(text[start:end])) or "#" in text
    assert all(a[0] <= b[0] for a, b in zip(read.spans, read.spans[1:], strict=False))


@example("\x80S´A¼")
@given(MIXED)
def test_a_word_is_found_where_it_stands_by_either_way(text: str) -> None:
    read = Words(text)
    for offset, span in zip(read.offsets, read.spans, strict=False):
        assert read.characters(offset) == span


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
