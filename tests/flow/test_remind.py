"""Reminders of actions reach their owner, once a mark, by a real mail server."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor.alerts import letter
from monitor.alerts.reminder import when
from monitor.alerts.smtp import Mailer
from monitor.flow import deliver, remind
from monitor.model import Subscriber
from monitor.store import actions, steps, subscribers
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import KEY, NOW
from tests.sink import Sink

reminder_id = partial(letter.message_id, "reminder", key=KEY, domain="house.example")


@pytest.fixture
def ann(private: Connection) -> Subscriber:
    known = newsdesk.subscriber(private)
    with transaction(private):
        return subscribers.update(private, replace(known, name="Ann"))


@pytest.fixture
def action(main: Connection) -> int:
    with transaction(main):
        lesson = steps.start(main, steps.New("Two people look"), actor="ann", now=NOW)
        return actions.add(
            main, lesson, "Write the stop list", owner="ann", due=date(2026, 3, 10), people=["ann"],
            actor="ann", now=NOW,
        )  # fmt: skip


def made(main: Connection, people: tuple[Subscriber, ...], day: int) -> int:
    return remind.make(main, people, reminder_id, now=NOW + timedelta(days=day - 1))


def test_an_owner_is_reminded_before_on_and_each_week_after_the_day_and_never_twice(
    main: Connection, private: Connection, ann: Subscriber, action: int
) -> None:
    bob = newsdesk.subscriber(private, "bob@example.org")
    told = [day for day in range(1, 32) if made(main, (ann, bob), day)]
    assert told == [7, 10, 17, 24, 31]
    again = [day for day in range(1, 32) if made(main, (ann, bob), day)]
    assert again == []
    rows = main.execute("SELECT DISTINCT subscriber_id, kind FROM alerts").fetchall()
    assert [tuple(row) for row in rows] == [(ann.id, "reminder")]


def test_a_worker_that_slept_tells_of_the_last_mark_only(
    main: Connection, ann: Subscriber, action: int
) -> None:
    assert made(main, (ann,), 28) == 1
    assert main.execute("SELECT mark FROM reminders").fetchone()["mark"] == "late 2"


def test_the_mail_says_what_is_due_and_leads_to_the_action(
    main: Connection, private: Connection, ann: Subscriber, action: int, tmp_path: Path
) -> None:
    made(main, (ann,), 12)
    with Sink() as sink:
        assert send(main, private, sink, tmp_path).sent == 1
    (received,) = sink.received
    assert received.mail["Subject"] == "Overdue by 2 days: Write the stop list"
    body = received.mail.get_body(("plain",))
    assert body is not None
    assert f"https://fw.example/-/lessons/1#a{action}" in body.get_content()


def test_what_was_done_meanwhile_is_not_reminded_of(
    main: Connection, private: Connection, ann: Subscriber, action: int, tmp_path: Path
) -> None:
    made(main, (ann,), 10)
    with transaction(main):
        actions.drop(main, action, "Not needed.", version=None, actor="ann", now=NOW)
    with Sink() as sink:
        assert send(main, private, sink, tmp_path).refused == 1
    assert sink.received == []
    assert made(main, (ann,), 31) == 0


def send(main: Connection, private: Connection, sink: Sink, folder: Path) -> deliver.Delivered:
    settings, now = sink.settings(folder), NOW + timedelta(days=11)

    def clock() -> datetime:
        return now

    with Mailer(settings) as mailer:
        sender = deliver.Sender(main, private, mailer.send, settings, "https://fw.example", clock)
        return deliver.run(sender)


def test_days_are_told_as_people_say_them() -> None:
    assert [when("2026-03-10", date(2026, 3, d)) for d in (9, 10, 11, 12)] == [
        "due in 1 day", "due today", "overdue by 1 day", "overdue by 2 days"
    ]  # fmt: skip
