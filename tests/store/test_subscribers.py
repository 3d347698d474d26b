"""Subscribers: kept as given, refused in plain words, never with an address that could do harm."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.alerts import compose, letter
from monitor.errors import Refused
from monitor.model import IncidentBrief, MailSettings, Severity, Subscriber
from monitor.store import subscribers
from monitor.store.db import Connection

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Subscriber(
    0, "ann@example.org", "Ann", Severity.BACKLASH, ("backlash", "Ärger"), ("zürich air", "bank")
)


def test_a_subscriber_is_kept_as_given(private: Connection) -> None:
    added = subscribers.add(private, ANN, now=NOW)
    assert added == replace(ANN, id=1)
    assert subscribers.by_id(private, 1) == added
    assert subscribers.by_email(private, " ANN@example.org ") == added
    assert subscribers.list_all(private) == (added,)


def test_a_removed_number_is_never_given_again(private: Connection) -> None:
    first = subscribers.add(private, ANN, now=NOW)
    assert subscribers.remove(private, first.id)
    assert not subscribers.remove(private, first.id)
    assert subscribers.by_id(private, first.id) is None
    assert subscribers.add(private, ANN, now=NOW).id == 2


def test_an_address_is_kept_once_whatever_its_case(private: Connection) -> None:
    subscribers.add(private, ANN, now=NOW)
    with pytest.raises(Refused, match="is a subscriber already"):
        subscribers.add(private, replace(ANN, email="Ann@Example.org"), now=NOW)


def test_a_subscriber_can_be_changed_and_paused(private: Connection) -> None:
    ann = subscribers.add(private, ANN, now=NOW)
    changed = replace(ann, email="ann@house.example", words=(), is_paused=True)
    assert subscribers.update(private, changed) == changed
    assert subscribers.by_id(private, ann.id) == changed


def test_a_change_that_cannot_be_is_refused(private: Connection) -> None:
    ann = subscribers.add(private, ANN, now=NOW)
    bob = subscribers.add(private, replace(ANN, email="bob@example.org"), now=NOW)
    with pytest.raises(Refused, match="another subscriber's address"):
        subscribers.update(private, replace(bob, email=ann.email))
    with pytest.raises(Refused, match="no mail address"):
        subscribers.update(private, replace(bob, email="bob"))
    with pytest.raises(Refused, match="There is no subscriber 9"):
        subscribers.update(private, replace(bob, id=9, email="new@example.org"))


def test_words_and_tags_are_tidied(private: Connection) -> None:
    untidy = replace(ANN, name=" Ann\r\nBcc: x ", tags=(" a ", "a", ""), words=("x\ny", "x y"))
    added = subscribers.add(private, untidy, now=NOW)
    assert (added.name, added.tags, added.words) == ("Ann Bcc: x", ("a",), ("x y",))


def test_a_word_without_letters_is_refused_since_it_would_never_be_found(
    private: Connection,
) -> None:
    with pytest.raises(Refused, match=r"\+\+ has no letters or digits"):
        subscribers.add(private, replace(ANN, words=("++",)), now=NOW)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "Nothing is no mail address"),
        ("ann", "a name, an @ and a domain"),
        ("@example.org", "a name, an @ and a domain"),
        ("ann@", "a name, an @ and a domain"),
        ("a@b@example.org", "signs such as @"),
        ("ann@example.org\nBcc: eve@example.org", "a space or a sign that cannot be seen"),
        ("ann\u202e@example.org", "a space or a sign that cannot be seen"),
        ("ann smith@example.org", "a space or a sign that cannot be seen"),
        ("ann@example.org,bob@example.org", "signs such as"),
        ("<ann@example.org>", "signs such as"),
        ('"ann"@example.org', "signs such as"),
        ("a..n@example.org", "the dots are not where they can be"),
        (".ann@example.org", "the dots are not where they can be"),
        ("ann@example..org", "the dots are not where they can be"),
        ("a" * 65 + "@example.org", "too long"),
        ("ann@" + "a" * 300, "too long"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(address: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        subscribers.checked(address)


@pytest.mark.parametrize(
    "address",
    ["ann@example.org", "ann.o'hara+news@mail.example.co.uk", "jörg@exämple.org", "root@localhost"],
)
def test_real_addresses_are_taken(address: str) -> None:
    assert subscribers.checked(f" {address} ") == address


BRIEF = IncidentBrief(
    1, "A title", "", Severity.CRISIS, 1.0, (), "", "https://news.example/", "News", NOW, ()
)


@given(
    st.one_of(
        st.text(max_size=30),
        st.builds("{}@{}".format, st.text(max_size=10), st.text(max_size=20)),
        st.from_regex(r"[\w.!#$%&'*+/=?^`{|}~-]{1,12}@[\w.-]{1,20}", fullmatch=True),
    )
)
@example("=?utf-8?q?a?=@example.org")
@example("a@-")
def test_every_address_that_is_taken_can_be_written_to(address: str) -> None:
    try:
        taken = subscribers.checked(address)
    except Refused:
        return
    mail = compose.compose(
        BRIEF,
        Subscriber(1, taken),
        message_id="<m@house.example>",
        settings=MailSettings(from_address="fw@house.example"),
        public_url="https://house.example",
        why="you asked for every incident",
        now=NOW,
    )
    assert len(mail["To"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == letter.wire_address(taken)
