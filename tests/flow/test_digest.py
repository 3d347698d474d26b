"""The weekly digest from the database to a real mail server: once a week, to whoever wants it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor.alerts import letter
from monitor.alerts.smtp import Mailer
from monitor.flow import deliver, digest
from monitor.flow.digest import Desk
from monitor.model import DigestSettings, Subscriber
from monitor.store import audit, subscribers, triage
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import KEY, states
from tests.sink import Sink

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def desk(*people: Subscriber, is_on: bool = True) -> Desk:
    return Desk(
        DigestSettings(is_on=is_on), [], people,
        partial(letter.message_id, "digest", key=KEY, domain="house.example"),
    )  # fmt: skip


def begun(main: Connection) -> None:
    """Failwatch has been in use for a while."""
    with transaction(main):
        audit.record(main, "ann", "test", "test:1", now=MONDAY - timedelta(days=30))


def test_it_is_made_once_a_week_and_sent_to_those_who_want_it(
    main: Connection, private: Connection, tmp_path: Path
) -> None:
    begun(main)
    ann, bob = newsdesk.subscriber(private), newsdesk.subscriber(private, "bob@example.org")
    with transaction(private):
        bob = subscribers.update(private, replace(bob, wants_digest=False))
    number = newsdesk.incident(main, 1)
    with transaction(main):
        triage.decide(
            main, number, version=1, status="relevant", reason="", actor="ann", now=newsdesk.NOW
        )
    newsdesk.incident(main, 2)
    assert digest.make(main, desk(ann, bob), now=MONDAY) == 1
    assert digest.make(main, desk(ann, bob), now=MONDAY + timedelta(days=5)) == 0
    with Sink() as sink:
        settings = sink.settings(tmp_path)
        with Mailer(settings) as mailer:
            sender = deliver.Sender(
                main, private, mailer.send, settings, "https://fw.example", lambda: MONDAY
            )
            assert deliver.run(sender).sent == 1
    (received,) = sink.received
    assert received.recipients == ("ann@example.org",)
    assert received.mail["Subject"] == "Failwatch, week 10: 2 new incidents, 1 to decide"
    body = received.mail.get_body(("plain",))
    assert body is not None
    assert "1 relevant" in body.get_content()
    assert states(main) == ["sent"]


def test_the_next_week_has_its_own(main: Connection, private: Connection) -> None:
    begun(main)
    ann = newsdesk.subscriber(private)
    assert digest.make(main, desk(ann), now=MONDAY) == 1
    assert digest.make(main, desk(ann), now=MONDAY + timedelta(days=7)) == 1
    weeks = [row["week"] for row in main.execute("SELECT week FROM digests ORDER BY id")]
    assert weeks == ["2026-W10", "2026-W11"]


def test_weeks_in_which_nothing_ran_are_not_made_up_for(
    main: Connection, private: Connection
) -> None:
    begun(main)
    ann = newsdesk.subscriber(private)
    assert digest.make(main, desk(ann), now=MONDAY + timedelta(days=24)) == 1
    assert main.execute("SELECT count(*) FROM digests").fetchone()[0] == 1


def test_a_new_house_has_no_week_to_tell_of(main: Connection, private: Connection) -> None:
    ann = newsdesk.subscriber(private)
    newsdesk.incident(main, 1)
    with transaction(main):
        main.execute("SELECT 1")
    monday = newsdesk.NOW.replace(hour=0) - timedelta(days=6)
    assert digest.make(main, desk(ann), now=monday + timedelta(hours=9)) == 0
    assert (
        digest.make(
            main, Desk(DigestSettings(is_on=False), [], (ann,), desk().message_id), now=MONDAY
        )
        == 0
    )


def test_what_is_broken_off_leaves_nothing_and_is_made_anew(
    main: Connection, private: Connection
) -> None:
    """Making is one transaction: a digest without its mails, or half of them, cannot stay."""
    begun(main)
    ann, bob = newsdesk.subscriber(private), newsdesk.subscriber(private, "bob@example.org")
    usual = desk(ann, bob)

    def broken(number: int, person: int) -> str:
        if person == bob.id:
            raise OSError("the key cannot be read")
        return usual.message_id(number, person)

    with pytest.raises(OSError, match="key"):
        digest.make(main, replace(usual, message_id=broken), now=MONDAY)
    assert main.execute("SELECT count(*) FROM digests").fetchone()[0] == 0
    assert states(main) == []
    assert digest.make(main, usual, now=MONDAY) == 2
    rows = main.execute("SELECT kind, digest_id, incident_id, message_id FROM alerts").fetchall()
    assert [(r["kind"], r["digest_id"], r["incident_id"]) for r in rows] == [
        ("digest", 1, None)
    ] * 2
    assert rows[0]["message_id"] == usual.message_id(1, ann.id)
