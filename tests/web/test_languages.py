"""German, French and Spanish: found however they are typed, and listed in their order."""

from contextlib import closing

import pytest

from monitor.store import queue, seen, wording
from monitor.store.db import stamp, transaction
from monitor.text import order
from tests.web.conftest import NOW, House

TITLES = (
    "Müller-Straße: Großbäckerei löscht Werbespot nach Shitstorm",
    "Un œuf de trop : la chaîne Noël s’excuse, le cœur n’y était pas",
    "Compañía aérea Ñandú pide perdón por un tuit sobre los niños",
    "Mueller und Strasse: eine Fussballmannschaft schweigt",
    "Lodz and Łódź argue over an advert",
)


@pytest.fixture
def many(house: House) -> House:
    """The titles above as posts 3 to 7 and incidents 3 to 7."""
    with closing(house.conn()) as conn, transaction(conn):
        for number, title in enumerate(TITLES, 3):
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at,"
                " content_hash) VALUES (1, ?, '', '', ?, '', ?, ?, '')",
                (f"l{number}", title, stamp(NOW), stamp(NOW)),
            )
            conn.execute(
                "INSERT INTO incidents (title, severity, score, first_post_at, last_post_at, created_at)"
                " VALUES (?, 2, 0.5, ?, ?, ?)",
                (title, stamp(NOW), stamp(NOW), stamp(NOW)),
            )
    return house


ASKED = [
    ("Straße", {3, 6}),
    ("STRASSE", {3, 6}),
    ("großbäckerei", {3}),
    ("Grossbackerei", {3}),
    ("löscht", {3}),
    ("loscht", {3}),
    ("Müller", {3, 6}),
    ("muller", {3}),
    ("Mueller", {6}),
    ("Fußballmannschaft", {6}),
    ("œuf", {4}),
    ("oeuf", {4}),
    ("coeur", {4}),
    ("CŒUR", {4}),
    ("chaine noel", {4}),
    ("compania", {5}),
    ("COMPAÑÍA", {5}),
    ("ñandú", {5}),
    ("perdon", {5}),
    ('"los ninos"', {5}),
    ("Łódź", {7}),
    ("straße -fußballmannschaft", {3}),
]


@pytest.mark.parametrize(("typed", "numbers"), ASKED)
def test_words_are_found_with_and_without_their_accents(
    many: House, typed: str, numbers: set[int]
) -> None:
    with closing(many.conn()) as conn:
        assert {row["id"] for row in seen.page(conn, seen.Filters(words=typed))} == numbers
        incidents = queue.page(conn, queue.Filters(status="", words=typed))
        assert {row["id"] for row in incidents} == numbers


def test_the_beginning_of_a_word_is_enough_at_triage(many: House) -> None:
    with closing(many.conn()) as conn:
        assert [r["id"] for r in queue.page(conn, queue.Filters(words="Großb"))] == [3]
        assert queue.page(conn, queue.Filters(words="!!!")) == []


def test_what_was_found_is_marked_as_it_stands(many: House) -> None:
    page = many.ask("/-/posts?q=strasse", role="viewer").text
    assert "<mark>Straße</mark>" in page


def test_no_typed_text_breaks_the_question(many: House) -> None:
    with closing(many.conn()) as conn:
        for typed in (
            '"',
            "AND OR NOT",
            'a" OR "b',
            "title:x",
            "ss" * 200,
            "œæß",
            "NEAR(a b)",
            "*",
        ):
            queue.page(conn, queue.Filters(words=typed))


def test_a_word_has_only_so_many_spellings() -> None:
    (term,) = wording.terms('"Assessstrasse Missesse Messstelle"')
    assert len(term.spellings) <= 12


def test_names_stand_in_the_order_of_their_languages(many: House) -> None:
    wanted = ["Ärger", "Azur", "Château", "École", "Echo", "Élan", "nube", "ñandú", "Öl", "Straße", "Strassen", "Übel", "Zug"]  # fmt: skip
    assert sorted(wanted, key=order) == [
        "Ärger", "Azur", "Château", "Echo", "École", "Élan", "nube", "ñandú", "Öl", "Straße", "Strassen", "Übel", "Zug"
    ]  # fmt: skip
    with closing(many.conn()) as conn:
        with transaction(conn):
            conn.executemany("INSERT INTO tags (name) VALUES (?)", [("Zug",), ("Äpfel",), ("éclair",), ("apfelmus",)])  # fmt: skip
        assert queue.vocabulary(conn) == ["Äpfel", "apfelmus", "backlash", "éclair", "Zug"]
