"""The ways in which a word is written, and the queries that find them all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.query import parse
from monitor.rules.tree import And, Node, Not, Or, Phrase, Word
from monitor.rules.variants import LANGUAGES, cover, lexicon, variants
from monitor.words import words


def forms(word: str, language: str = "en") -> set[str]:
    return set(variants(word, language, lexicon(language)))


@pytest.mark.parametrize(
    ("word", "language", "among"),
    [
        ("apologise", "en", "apologise apologised apologising apologize apologizes apologizing"),
        ("apologized", "en", "apologise apologized apologising"),
        ("hijack", "en", "hijacked hijacking hijacks"),
        ("colour", "en", "color colors coloured coloring"),
        ("cancelled", "en", "cancel canceled cancelling cancels"),
        ("defense", "en", "defence defences defenses"),
        ("programme", "en", "program programs programmes"),
        ("mistake", "en", "mistook mistaken mistakes mistaking"),
        ("company", "en", "companies"),
        ("Woman", "en", "women"),
        ("shadowban", "en", "shadowbans shadowbanned shadowbanning"),  # in no dictionary
        ("löschen", "de", "löscht gelöscht loescht geloescht löschte"),
        ("loeschen", "de", "löschen gelöscht"),
        ("Übergriff", "de", "Übergriffe Uebergriffe Übergriffen"),
        ("Markenpanne", "de", "Markenpannen"),  # a compound that is in none
        ("boycotter", "fr", "boycotte boycottent boycottait"),
        ("polémique", "fr", "polémiques"),
        ("disculpar", "es", "disculpado disculparon disculpa"),
        ("error", "es", "errores"),
    ],
)
def test_forms_are_listed_with_the_word_first(word: str, language: str, among: str) -> None:
    found = variants(word, language, lexicon(language))
    assert found[0] == word
    assert {tuple(words(w)) for w in among.split()} <= {tuple(words(w)) for w in found}


@pytest.mark.parametrize("word", ["tone-deaf", "tone deaf", "tonedeaf"])
def test_a_compound_comes_apart_and_together(word: str) -> None:
    assert {"tone deaf", "tonedeaf"} <= {" ".join(words(form)) for form in forms(word)}


def test_what_a_query_cannot_tell_apart_is_listed_once() -> None:
    for word, language in (("café", "en"), ("data breach", "en"), ("Straße", "de"), ("excuser", "fr")):  # fmt: skip
        keys = [tuple(words(form)) for form in variants(word, language, lexicon(language))]
        assert len(keys) == len(set(keys))
    assert variants("--", "en", lexicon("en")) == ()


def test_the_short_query_shares_stems_but_no_mere_syllables() -> None:
    assert cover(["apologise", "apologised", "apologize"]).short == "apologi*"
    assert cover(["colour", "colours", "color", "colors"]).short == "(colour* OR color*)"
    assert cover(["buy", "buys", "bought"]).short == "(buy OR buys OR bought)"
    assert cover(["data breach", "data breaches", "databreach"]).short == '("data breach*" OR databreach)'  # fmt: skip
    assert cover(["löschen", "löscht"]).stems == ("losch",)


def finds(node: Node, text: str) -> bool:
    """Whether a query of words and phrases finds a text that is one word or phrase."""
    match node:
        case Or(nodes):
            return any(finds(n, text) for n in nodes)
        case Word() | Phrase():
            wanted = node.words if isinstance(node, Phrase) else (node,)
            said = words(text)
            return len(said) == len(wanted) and all(
                s.startswith(w.text) if w.is_prefix else s == w.text
                for s, w in zip(said, wanted, strict=True)
            )
    assert not isinstance(node, And | Not)
    return False


@given(
    st.lists(
        st.lists(st.text("aabcläß", min_size=1, max_size=9), min_size=1, max_size=2).map(" ".join),
        min_size=1,
        max_size=12,
        unique=True,
    )
)
def test_both_queries_find_every_variant(some: list[str]) -> None:
    found = cover(some)
    for query in (found.short, found.full):
        tree = parse(query)
        assert all(finds(tree, form) for form in some)


@given(st.text(max_size=20), st.sampled_from(LANGUAGES))
def test_any_word_has_forms_or_none(word: str, language: str) -> None:
    known = {"tone": "tone", "deaf": "deaf"}
    found = variants(word, language, known)
    assert bool(found) == bool(words(word))
    if found:
        parse(cover(found).short)
