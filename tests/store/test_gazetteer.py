"""The list of organisations: names and spellings, two made one, forgotten, and all of it taken back."""

from datetime import UTC, datetime

import pytest

from monitor.errors import Refused
from monitor.store import changes, gazetteer, organisations
from monitor.store.db import Connection, transaction
from tests.store.test_organisations import conn, organisation, parts, say  # noqa: F401

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def names(conn: Connection, words: str = "") -> list[str]:  # noqa: F811
    return [row["name"] for row in gazetteer.listed(conn, words)]


def test_only_confirmed_ones_are_listed_by_name_and_found_by_how_any_name_begins(
    conn: Connection,  # noqa: F811
) -> None:
    for name in ("River Bank", "Acme", "Österreich Post"):
        say(conn, name, "failed")
    with transaction(conn):
        organisations.propose(conn, 2, [("Perhaps", "", "the title names it")], now=NOW)
        gazetteer.name_it(conn, "River Bank", "River Bank", ["RB Group"], actor="ann", now=NOW)
    assert names(conn) == ["Acme", "River Bank", "Österreich Post"]
    assert gazetteer.count(conn) == 3
    assert names(conn, "rb") == ["River Bank"]
    assert names(conn, "river b") == ["River Bank"]
    assert names(conn, "osterreich") == ["Österreich Post"]
    assert names(conn, "bank") == []


def test_a_new_name_reaches_incidents_and_is_taken_back_whole(conn: Connection) -> None:  # noqa: F811
    say(conn, "Acme", "failed")
    with transaction(conn):
        change = gazetteer.name_it(
            conn, "acme", "Acme Foods", ["Acme", "ACME!", " "], actor="ann", now=NOW
        )
    assert organisation(conn) == "Acme Foods"
    assert organisations.named(conn, ["acme"]) == [("Acme Foods", [("acme",), ("acme", "foods")])]
    with transaction(conn):
        changes.undo(conn, change, actor="ann", now=NOW)
    assert (organisation(conn), names(conn)) == ("Acme", ["Acme"])
    assert organisations.named(conn, ["acme"]) == [("Acme", [("acme",)])]


def test_two_made_one_keep_every_part_and_name_and_come_apart_again(conn: Connection) -> None:  # noqa: F811
    say(conn, "Acme Food", "failed")
    say(conn, "Acme", "hurt", 2)
    with transaction(conn):
        change = gazetteer.merge(conn, "Acme Food", "Acme", actor="ann", now=NOW)
    assert (parts(conn), parts(conn, 2)) == ([("Acme", "failed")], [("Acme", "hurt")])
    assert (organisation(conn), names(conn)) == ("Acme", ["Acme"])
    assert gazetteer.find(conn, "acme food")["name"] == "Acme"
    with transaction(conn):
        changes.undo(conn, change, actor="ann", now=NOW)
    assert (parts(conn), organisation(conn)) == ([("Acme Food", "failed")], "Acme Food")
    assert names(conn) == ["Acme", "Acme Food"]


def test_both_in_one_incident_stand_there_once(conn: Connection) -> None:  # noqa: F811
    say(conn, "Acme Food", "failed")
    say(conn, "Acme", "responded")
    with transaction(conn):
        gazetteer.merge(conn, "Acme", "Acme Food", actor="ann", now=NOW)
    assert parts(conn) == [("Acme Food", "failed")]


def test_a_forgotten_one_is_known_no_more_and_what_was_said_stays(conn: Connection) -> None:  # noqa: F811
    say(conn, "Acme", "failed")
    with transaction(conn):
        gazetteer.forget(conn, "Acme", actor="ann", now=NOW)
    assert (names(conn), organisations.named(conn, ["acme"])) == ([], [])
    assert parts(conn) == [("Acme", "failed")]
    with transaction(conn):
        gazetteer.add(conn, "ACME", actor="ann", now=NOW)
    assert names(conn) == ["Acme"]


def test_what_cannot_be_is_refused_in_words(conn: Connection) -> None:  # noqa: F811
    say(conn, "Acme", "failed")
    say(conn, "Bolt", "failed")
    with pytest.raises(Refused, match="Both names are one organisation already"):
        gazetteer.merge(conn, "Acme", "acme", actor="ann", now=NOW)
    with pytest.raises(Refused, match="“bolt” is Bolt already: merge the two"):
        gazetteer.name_it(conn, "Acme", "Acme", ["bolt"], actor="ann", now=NOW)
    with pytest.raises(Refused, match="There is no organisation “Nix” on the list"):
        gazetteer.forget(conn, "Nix", actor="ann", now=NOW)
    with pytest.raises(Refused, match="at most 20"):
        gazetteer.name_it(conn, "Acme", "Acme", [f"n{n}" for n in range(21)], actor="ann", now=NOW)
