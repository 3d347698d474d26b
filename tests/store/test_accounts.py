"""Accounts, links, sessions and passwords."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import Refused
from monitor.model import Role
from monitor.store import accounts
from monitor.store.db import Connection

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def session(private: Connection, name: str = "ann") -> str:
    account = accounts.add(private, name, Role.TRIAGER, now=NOW)
    token = accounts.use_link(private, accounts.new_link(private, account.id, now=NOW), now=NOW)
    assert token
    return token


def test_a_link_works_once_and_for_a_day(private: Connection) -> None:
    account = accounts.add(private, "ann", Role.VIEWER, now=NOW)
    link = accounts.new_link(private, account.id, now=NOW)
    assert accounts.link_owner(private, link, now=NOW) == account
    assert accounts.link_owner(private, link, now=NOW + timedelta(days=1)) is None
    assert accounts.use_link(private, link, now=NOW)
    assert accounts.use_link(private, link, now=NOW) is None


def test_a_newer_link_ends_the_older(private: Connection) -> None:
    account = accounts.add(private, "ann", Role.VIEWER, now=NOW)
    older = accounts.new_link(private, account.id, now=NOW)
    accounts.new_link(private, account.id, now=NOW)
    assert accounts.link_owner(private, older, now=NOW) is None


def test_a_session_ends_by_itself_by_signing_out_and_by_being_shut_out(private: Connection) -> None:
    token = session(private)
    found = accounts.session_account(private, token, now=NOW)
    assert found
    assert found.role is Role.TRIAGER
    assert accounts.session_account(private, token, now=NOW + accounts.SESSION_LIFE) is None
    accounts.end_session(private, token)
    assert accounts.session_account(private, token, now=NOW) is None
    other = session(private)
    assert accounts.disable(private, "ANN")
    assert accounts.session_account(private, other, now=NOW) is None
    assert accounts.disable(private, "nobody") is None


def test_no_token_lies_in_the_database_as_it_is(private: Connection) -> None:
    token = session(private)
    rows = [
        tuple(r)
        for name in ("sessions", "tokens", "accounts")
        for r in private.execute(f"SELECT * FROM {name}")
    ]
    assert rows
    assert token not in str(rows)


def test_a_password_is_compared_and_a_new_one_ends_other_sessions(private: Connection) -> None:
    here, there = session(private), session(private)
    hashed = accounts.hash_password("four plain words here")
    accounts.set_password(private, 1, hashed, keep=here)
    stored = accounts.stored_password(private, "ann")
    assert accounts.is_password("four plain words here", stored)
    assert not accounts.is_password("four plain words her", stored)
    assert not accounts.is_password("", accounts.stored_password(private, "nobody"))
    assert accounts.session_account(private, here, now=NOW)
    assert accounts.session_account(private, there, now=NOW) is None
    with pytest.raises(Refused, match="at least 12"):
        accounts.hash_password("short")


def test_five_failures_shut_the_door_for_a_quarter_of_an_hour(private: Connection) -> None:
    for _ in range(accounts.MAX_FAILURES):
        assert not accounts.is_throttled(private, "Ann", now=NOW)
        accounts.record_failure(private, "ann", now=NOW)
    assert accounts.is_throttled(private, "Ann", now=NOW)
    assert not accounts.is_throttled(private, "bob", now=NOW)
    assert not accounts.is_throttled(private, "ann", now=NOW + timedelta(minutes=16))


def test_the_first_administrator_gets_a_link_until_there_is_a_password(private: Connection) -> None:
    assert accounts.first_link(private, now=NOW)
    assert [a.role for a in accounts.list_all(private)] == [Role.ADMIN]
    accounts.set_password(private, 1, accounts.hash_password("four plain words here"), keep="")
    assert accounts.first_link(private, now=NOW) == ""


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "<b>", "x" * 65])
def test_a_bad_name_is_refused(private: Connection, name: str) -> None:
    with pytest.raises(Refused):
        accounts.add(private, name, Role.VIEWER, now=NOW)
