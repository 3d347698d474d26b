"""The weekly digest from the database to a real mail server: once a week, to whoever wants it."""

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.alerts import letter
from monitor.alerts.digest import last_due
from monitor.alerts.smtp import Mailer
from monitor.flow import deliver, digest
from monitor.flow.digest import Desk
from monitor.model import RuleSource, Severity, Subscriber
from monitor.settings import DigestSettings
from monitor.store import audit, subscribers, triage
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import KEY, states
from tests.sink import Sink

CHILD = Path(__file__).with_name("digest_child.py")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def desk(*people: Subscriber, is_on: bool = True) -> Desk:
    return Desk(
        DigestSettings(is_on=is_on), [], people,
        partial(letter.message_id, "digest", key=KEY, domain="house.example"),
        partial(letter.message_id, "reminder", key=KEY, domain="house.example"),
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
            main,
            Desk(DigestSettings(is_on=False), [], (ann,), desk().message_id, desk().reminder_id),
            now=MONDAY,
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


def spans(main: Connection) -> list[tuple[str, str]]:
    return [(r["since"], r["until"]) for r in main.execute("SELECT * FROM digests ORDER BY id")]


def test_after_weeks_of_standstill_one_digest_tells_of_all_of_it(
    main: Connection, private: Connection
) -> None:
    begun(main)
    ann = newsdesk.subscriber(private)
    assert digest.make(main, desk(ann), now=MONDAY - timedelta(days=7)) == 1
    newsdesk.incident(main, 1)
    later = MONDAY + timedelta(days=24)
    assert [digest.make(main, desk(ann), now=later) for _ in range(2)] == [1, 0]
    first, second = spans(main)
    assert (first[1], second) == (second[0], ("2026-02-23T08:00:00Z", "2026-03-23T08:00:00Z"))
    kept = main.execute("SELECT content FROM digests WHERE id = 2").fetchone()["content"]
    assert '"started_in_all": 1' in kept


def test_no_hour_is_left_out_or_told_twice_when_the_clocks_or_the_day_change(
    main: Connection, private: Connection
) -> None:
    begun(main)
    ann, now = newsdesk.subscriber(private), MONDAY
    made = 0
    for hour in range(24 * 7 * 6):  # 29 March, when the clocks leap over the hour, is among them
        day = "sunday" if hour < 24 * 31 else "friday"
        chosen = DigestSettings(day=day, hour=2, timezone="Europe/Berlin")
        made += digest.make(main, replace(desk(ann), settings=chosen), now=now)
        now += timedelta(hours=1)
    told = spans(main)
    assert made == len(told) == 7
    assert all(a[1] == b[0] and a[0] < a[1] for a, b in pairwise(told))


def test_what_sleeps_or_was_merged_does_not_wait_and_weights_are_spoken_of(
    main: Connection, private: Connection
) -> None:
    begun(main)
    numbers = [newsdesk.incident(main, n) for n in range(1, 44)]
    with transaction(main):
        main.execute("UPDATE incidents SET snoozed_until = '2026-03-09T00:00:00Z' WHERE id = 1")
        main.execute("UPDATE incidents SET merged_into = 3 WHERE id = 2")
        for number in numbers[3:]:
            triage.decide(
                main, number, version=1, status="relevant", reason="", actor="ann", now=newsdesk.NOW
            )
    rule = RuleSource("outcry", "Public outcry", Severity.BACKLASH, 0.8, "outcry", (), ())
    due = last_due(MONDAY, DigestSettings())
    told = digest.gather(main, [rule], due, now=MONDAY)
    assert (told.waiting_in_all, [s.id for s in told.waiting]) == (1, [3])
    assert told.started_in_all == 42
    ((name, said),) = told.rules
    assert (name, said.split(":")[0]) == ("outcry", "Raise the weight")


def test_kills_leave_a_week_whole_or_not_begun(
    main: Connection, private: Connection, tmp_path: Path
) -> None:
    begun(main)
    people = [newsdesk.subscriber(private, f"p{n}@example.org") for n in range(300)]
    chance = random.Random(20260301)
    environ = os.environ | {"PYTHONPATH": str(CHILD.parent.parent.parent)}
    for attempt in range(7):
        child = subprocess.Popen(
            [sys.executable, str(CHILD), str(tmp_path)], stdout=subprocess.PIPE, env=environ
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        if attempt < 6:
            time.sleep(chance.uniform(0.0, 0.03))
            child.kill()
        child.communicate(timeout=60)
        assert len(states(main)) == len(people) * len(spans(main))
    assert len(spans(main)) == 1


def test_who_gave_it_up_meanwhile_is_not_written_to(
    main: Connection, private: Connection, tmp_path: Path
) -> None:
    begun(main)
    ann = newsdesk.subscriber(private)
    assert digest.make(main, desk(ann), now=MONDAY) == 1
    with transaction(private):
        subscribers.update(private, replace(ann, wants_digest=False))
    with Sink() as sink:
        settings = sink.settings(tmp_path)
        with Mailer(settings) as mailer:
            sender = deliver.Sender(
                main, private, mailer.send, settings, "https://fw.example", lambda: MONDAY
            )
            assert deliver.run(sender).refused == 1
        assert sink.received == []
