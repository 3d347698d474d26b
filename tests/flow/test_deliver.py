"""Queued mails on real SMTP servers: each arrives once, and what does not is shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.alerts.outcome import SendFailed, Sent
from monitor.alerts.smtp import Mailer
from monitor.errors import Refused, StoreError
from monitor.flow import deliver
from monitor.model import MailSettings, Secret, Severity, Subscriber
from monitor.store import db, health, outbox, subscribers
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import NOW, states
from tests.sink import Sink


@dataclass
class Post:
    """The post room: both databases, a mail server, and a clock that is set by hand."""

    main: Connection
    private: Connection
    sink: Sink
    settings: MailSettings
    now: datetime = NOW
    send: deliver.Send | None = None

    def sender(self, send: deliver.Send) -> deliver.Sender:
        return deliver.Sender(
            self.main, self.private, send, self.settings, "https://failwatch.example", lambda: self.now
        )  # fmt: skip

    def run(self, limit: int = 50, ignore_schedule: bool = False) -> deliver.Delivered:
        with Mailer(self.settings) as mailer:
            sender = self.sender(self.send or mailer.send)
            return deliver.run(sender, limit=limit, ignore_schedule=ignore_schedule)

    def later(self, **delta: int) -> "Post":
        self.now += timedelta(**delta)
        return self

    def replies(self) -> list[str]:
        return [r["reply"] for r in self.main.execute("SELECT reply FROM alerts ORDER BY id")]

    def ids(self) -> list[str]:
        return [received.message_id for received in self.sink.received]


@pytest.fixture
def post(main: Connection, private: Connection, tmp_path: Path) -> Iterator[Post]:
    with Sink() as sink:
        yield Post(main, private, sink, sink.settings(tmp_path))


def test_a_queued_alert_is_sent_once(post: Post) -> None:
    ids = newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    assert post.run() == deliver.Delivered(sent=1)
    assert post.later(days=1).run() == deliver.Delivered()
    assert post.ids() == ids
    assert states(post.main) == ["sent"]
    assert post.replies() == ["250 OK: kept as 1"]
    assert health.topics(post.main)["mail"].fault == ""


def test_the_mail_is_to_the_person_and_tells_the_incident(post: Post) -> None:
    newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    post.run()
    (received,) = post.sink.received
    assert received.recipients == ("ann@example.org",)
    assert received.mail["Subject"] == "Story 1 draws an outcry"
    body = received.mail.get_body(("plain",))
    assert body is not None
    assert "https://failwatch.example/-/incidents/1" in body.get_content()
    assert "Public outcry: “outcry” (weight 0.80)" in body.get_content()
    assert "because you asked for every incident" in body.get_content()


def test_a_round_sends_at_most_its_limit_over_one_connection(post: Post) -> None:
    ids = newsdesk.told(post.main, [newsdesk.subscriber(post.private)], 5)
    assert post.run(limit=3) == deliver.Delivered(sent=3)
    assert post.sink.connections == 1
    assert post.run(limit=3) == deliver.Delivered(sent=2)
    assert post.ids() == ids


def test_a_busy_server_is_tried_again_with_the_same_message_id(post: Post) -> None:
    ids = newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    post.sink.replies.append("451 4.3.0 busy")
    assert post.run() == deliver.Delivered(retried=1)
    assert post.replies() == ["The mail server said: 451 4.3.0 busy"]
    assert post.later(seconds=59).run() == deliver.Delivered()
    assert post.later(seconds=1).run() == deliver.Delivered(sent=1)
    assert post.ids() == ids
    assert outbox.counts(post.main) == {"sent": 1, "ever_in_doubt": 0}


def test_an_unknown_address_is_shown_and_the_others_get_theirs(post: Post) -> None:
    gone = newsdesk.subscriber(post.private, "gone@example.org")
    ann = newsdesk.subscriber(post.private)
    newsdesk.told(post.main, [gone, ann])
    post.sink.refusals["gone@example.org"] = "550 5.1.1 no such person"
    assert post.run() == deliver.Delivered(sent=1, refused=1)
    assert states(post.main) == ["refused", "sent"]
    assert post.replies()[0] == "The mail server said: 550 5.1.1 no such person"
    assert post.later(days=1).run() == deliver.Delivered()


def test_a_refused_login_pauses_all_mail_and_is_shown_until_it_works(
    main: Connection, private: Connection, tmp_path: Path
) -> None:
    ids = newsdesk.told(main, [newsdesk.subscriber(private)], 3)
    with Sink(security="starttls", login=("failwatch", "right")) as sink:
        good = sink.settings(tmp_path)
        post = Post(main, private, sink, replace(good, password=Secret("wrong")))
        done = post.run()
        assert (done.sent, done.retried, done.refused) == (0, 1, 0)
        assert "refused the login" in done.fault
        assert health.topics(main)["mail"].fault == done.fault
        assert states(main) == ["queued"] * 3
        connections = sink.connections
        assert post.run() == deliver.Delivered()
        assert sink.connections == connections
        post.settings = good
        assert post.later(minutes=5).run() == deliver.Delivered(sent=3)
        assert post.ids() == ids
    assert health.topics(main)["mail"].fault == ""


def test_a_person_who_asks_need_not_wait(post: Post) -> None:
    newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    at_hand = post.settings
    post.settings = replace(at_hand, security="starttls")
    assert post.run().fault
    post.settings = at_hand
    assert post.run() == deliver.Delivered()
    assert post.run(ignore_schedule=True) == deliver.Delivered(sent=1)


def test_asking_tries_each_mail_once(post: Post) -> None:
    newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    post.sink.replies.extend(["451 busy"] * 3)
    assert post.run(ignore_schedule=True) == deliver.Delivered(retried=1)


def test_a_server_that_is_away_for_a_week_costs_no_alert(post: Post) -> None:
    newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    at_hand = post.settings
    post.settings = replace(at_hand, security="starttls")
    for _ in range(8):
        assert post.later(days=1).run().fault
    post.settings = at_hand
    assert post.later(days=1).run() == deliver.Delivered(sent=1)


def test_a_connection_lost_after_the_dot_leaves_doubt_and_one_repeat(post: Post) -> None:
    ids = newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    post.sink.hang_up = "answer"
    assert post.run() == deliver.Delivered(in_doubt=1)
    assert outbox.counts(post.main) == {"in_doubt": 1, "ever_in_doubt": 1}
    assert post.later(minutes=1).run() == deliver.Delivered(sent=1)
    assert post.ids() == ids * 2
    assert outbox.counts(post.main) == {"sent": 1, "ever_in_doubt": 1}


def test_a_mail_is_in_doubt_at_most_twice(post: Post) -> None:
    newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    for _ in range(2):
        post.sink.hang_up = "dot"
        post.later(minutes=1).run()
    assert states(post.main) == ["refused"]
    assert "in doubt twice" in post.replies()[0]
    assert post.later(days=1).run() == deliver.Delivered()


def test_a_connection_lost_earlier_leaves_no_doubt(post: Post) -> None:
    ids = newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    post.sink.hang_up = "mail"
    assert post.run() == deliver.Delivered(retried=1)
    assert post.later(minutes=1).run() == deliver.Delivered(sent=1)
    assert post.ids() == ids
    assert outbox.counts(post.main)["ever_in_doubt"] == 0


def test_people_who_left_or_paused_are_not_written_to(post: Post) -> None:
    ann = newsdesk.subscriber(post.private)
    bob = newsdesk.subscriber(post.private, "bob@example.org")
    newsdesk.told(post.main, [ann, bob])
    subscribers.remove(post.private, ann.id)
    subscribers.update(post.private, replace(bob, is_paused=True))
    assert post.run() == deliver.Delivered(refused=2)
    assert post.replies() == ["the subscriber was removed", "the subscriber is paused"]
    assert post.sink.received == []


def test_a_mail_that_cannot_be_made_is_shown_and_stops_nobody(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    ann = newsdesk.subscriber(post.private)
    bob = newsdesk.subscriber(post.private, "bob@example.org")
    newsdesk.told(post.main, [ann, bob])
    post.private.execute("UPDATE subscribers SET email = 'not an address' WHERE id = 1")
    assert post.run() == deliver.Delivered(sent=1, refused=1)
    assert post.replies()[0] == (
        "the mail could not be made (ValueError: the subscriber's address is no mail address)"
    )
    assert "composing alert 1" in caplog.text


def test_the_intent_is_on_the_disk_before_the_mail_is_complete(post: Post) -> None:
    newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    path = post.main.execute("PRAGMA database_list").fetchone()["file"]
    seen: list[tuple[str, bool]] = []

    def look() -> None:
        other = db.connect(path)
        seen.append((states(other)[0], post.main.in_transaction))
        other.close()

    def send(
        message: EmailMessage, recipient: str, *, before_data: Callable[[], None]
    ) -> Sent | SendFailed:
        look()
        before_data()
        look()
        return Sent("250 OK")

    post.send = send
    assert post.run() == deliver.Delivered(sent=1)
    assert seen == [("claimed", False), ("sending", False)]


@pytest.mark.parametrize("is_sending", [False, True])
def test_what_a_dead_sender_left_is_sent_when_its_lease_runs_out(
    post: Post, is_sending: bool
) -> None:
    ids = newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    message = outbox.claim(post.main, now=NOW)
    assert message is not None
    if is_sending:
        outbox.mark_sending(post.main, message)
    assert post.later(minutes=15).run() == deliver.Delivered()
    post.later(seconds=1).run()
    post.later(minutes=1).run()
    assert post.ids() == ids
    assert outbox.counts(post.main) == {"sent": 1, "ever_in_doubt": int(is_sending)}


def test_a_locked_database_stops_the_mail_before_the_dot(post: Post) -> None:
    ids = newsdesk.told(post.main, [newsdesk.subscriber(post.private)])
    post.main.execute("PRAGMA busy_timeout = 50")
    other = db.connect(Path(post.main.execute("PRAGMA database_list").fetchone()["file"]))

    def locking(mailer: Mailer) -> deliver.Send:
        def send(
            message: EmailMessage, recipient: str, *, before_data: Callable[[], None]
        ) -> Sent | SendFailed:
            with transaction(other):
                return mailer.send(message, recipient, before_data=before_data)

        return send

    with Mailer(post.settings) as mailer, pytest.raises(StoreError, match="busy"):
        deliver.run(post.sender(locking(mailer)))
    other.close()
    assert (post.sink.received, states(post.main)) == ([], ["claimed"])
    assert post.later(minutes=16).run() == deliver.Delivered(sent=1)
    assert post.ids() == ids


def test_a_preview_shows_the_mails_and_changes_nothing(post: Post) -> None:
    newsdesk.subscriber(post.private)
    with transaction(post.private):
        crisis = Subscriber(0, "bob@example.org", min_severity=Severity.CRISIS)
        subscribers.add(post.private, crisis, now=NOW)
    number = newsdesk.incident(post.main)
    with Mailer(post.settings) as mailer:
        sender = post.sender(mailer.send)
        (shown,) = deliver.preview(sender, number, message_id=newsdesk.message_id)
        with pytest.raises(Refused, match="no incident 99"):
            deliver.preview(sender, 99, message_id=newsdesk.message_id)
    assert shown.subscriber.email == "ann@example.org"
    assert shown.mail["Message-ID"] == newsdesk.message_id(number, 1)
    assert states(post.main) == []
    assert post.sink.connections == 0
