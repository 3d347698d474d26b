"""Organisations' part in incidents: confirmed, rejected, taken back, and known from then on."""

from datetime import UTC, datetime

import pytest

from monitor.errors import Refused, StaleVersion
from monitor.store import changes, organisations, triage
from monitor.store.db import Connection, transaction

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def conn(main: Connection) -> Connection:
    with transaction(main):
        for number in (1, 2):
            main.execute(
                "INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at, created_at)"
                " VALUES (?, 'A story', 2, 0.5, '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z')",
                (number,),
            )
    return main


def say(conn: Connection, name: str, role: str, number: int = 1, version: int | None = None) -> int:
    with transaction(conn):
        return organisations.say(conn, number, name, role, version=version, actor="ann", now=NOW)


def parts(conn: Connection, number: int = 1) -> list[tuple[str, str]]:
    return [(row["name"], row["role"]) for row in organisations.of_incident(conn, number)]


def organisation(conn: Connection, number: int = 1) -> str:
    row = conn.execute("SELECT organisation FROM incidents WHERE id = ?", (number,)).fetchone()
    return str(row["organisation"])


def test_who_failed_becomes_the_incidents_organisation(conn: Connection) -> None:
    say(conn, "Acme  Foods", "failed")
    say(conn, "Bolt", "hurt")
    assert parts(conn) == [("Acme Foods", "failed"), ("Bolt", "hurt")]
    assert organisation(conn) == "Acme Foods"


def test_another_part_takes_the_name_away(conn: Connection) -> None:
    say(conn, "Acme", "failed")
    say(conn, "Acme", "amplified")
    assert (parts(conn), organisation(conn)) == ([("Acme", "amplified")], "")


def test_one_name_in_several_spellings_is_one_organisation(conn: Connection) -> None:
    say(conn, "Café Zürich", "failed")
    say(conn, "CAFE ZURICH", "responded", 2)
    assert parts(conn, 2) == [("Café Zürich", "responded")]
    assert organisations.of_incident(conn, 2)[0]["others"] == 1


def test_to_say_the_same_again_changes_nothing(conn: Connection) -> None:
    say(conn, "Acme", "failed")
    assert say(conn, "acme", "failed") == 0


def test_a_change_on_what_was_changed_meanwhile_is_refused(conn: Connection) -> None:
    say(conn, "Acme", "failed", version=1)
    with pytest.raises(StaleVersion):
        say(conn, "Bolt", "failed", version=1)


@pytest.mark.parametrize(
    ("name", "role", "message"),
    [("Acme", "victim", "Choose what part it had: failed, hurt"), (" ", "failed", "Write the org")],
)
def test_what_is_no_part_or_name_is_refused(
    conn: Connection, name: str, role: str, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        say(conn, name, role)


def test_a_rejected_one_is_gone_and_taking_that_back_restores_all(conn: Connection) -> None:
    say(conn, "Acme", "failed")
    with transaction(conn):
        change = organisations.reject(conn, 1, "Acme", actor="ann", now=NOW)
    assert (parts(conn), organisation(conn)) == ([], "")
    with transaction(conn):
        changes.undo(conn, change, actor="ann", now=NOW)
    assert (parts(conn), organisation(conn)) == ([("Acme", "failed")], "Acme")


def test_a_name_set_on_the_incident_is_a_part_as_well_and_a_new_one_replaces_it(
    conn: Connection,
) -> None:
    for name in ("Acme", "Bolt"):
        with transaction(conn):
            triage.set_organisation(conn, 1, name, actor="ann", now=NOW)
        assert parts(conn) == [(name, "failed")]
    with transaction(conn):
        triage.set_organisation(conn, 1, "", actor="ann", now=NOW)
    assert (parts(conn), organisation(conn)) == ([], "")


def test_confirmed_ones_are_known_by_the_words_of_their_names(conn: Connection) -> None:
    say(conn, "River Bank", "failed")
    with transaction(conn):
        organisations.propose(conn, 2, [("Perhaps Ltd", "", "the title names it")], now=NOW)
    assert organisations.named(conn, ["river"]) == [("River Bank", [("river", "bank")])]
    assert organisations.named(conn, ["perhaps", "bank"]) == []


def test_names_that_came_by_a_migration_get_their_words(conn: Connection) -> None:
    with transaction(conn):
        conn.execute(
            "INSERT INTO organisations (name, is_confirmed, created_at) VALUES ('Öko Bau', 1, '')"
        )
        organisations.learn_names(conn)
    assert organisations.named(conn, ["oko"]) == [("Öko Bau", [("oko", "bau")])]
