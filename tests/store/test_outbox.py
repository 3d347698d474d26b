"""The outbox: what is queued stays until it is sent, refused or given up, and each step is seen."""

from datetime import timedelta
from itertools import pairwise

import pytest

from monitor.errors import Refused, StoreError
from monitor.model import Severity, Subscriber
from monitor.store import briefs, db, outbox
from monitor.store.db import Connection, moment, transaction
from tests import newsdesk
from tests.newsdesk import NOW, states

ANN = Subscriber(1, "ann@example.org")
BOB = Subscriber(2, "bob@example.org")
LATER = NOW + timedelta(minutes=1)


def claimed(main: Connection) -> outbox.Message:
    message = outbox.claim(main, now=NOW)
    assert message is not None
    return message


def test_queueing_again_adds_nothing(main: Connection) -> None:
    number = newsdesk.incident(main)
    rows = [(1, "<a@x>", "because"), (2, "<b@x>", "because")]
    assert outbox.enqueue(main, number, rows, now=NOW) == 2
    assert outbox.enqueue(main, number, rows, now=LATER) == 0
    assert states(main) == ["queued", "queued"]


def test_a_message_id_of_somebody_else_is_an_error_not_a_lost_alert(main: Connection) -> None:
    number = newsdesk.incident(main)
    outbox.enqueue(main, number, [(1, "<a@x>", "because")], now=NOW)
    with pytest.raises(db.IntegrityError):
        outbox.enqueue(main, number, [(2, "<a@x>", "because")], now=NOW)


def test_queueing_that_is_rolled_back_leaves_nothing(main: Connection) -> None:
    number = newsdesk.incident(main)

    def fail() -> None:
        with transaction(main):
            outbox.enqueue(main, number, [(1, "<a@x>", "because")], now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert states(main) == []


def test_the_oldest_due_mail_is_claimed_once(main: Connection) -> None:
    newsdesk.told(main, [ANN, BOB])
    first, second = claimed(main), claimed(main)
    assert (first.subscriber_id, second.subscriber_id) == (1, 2)
    assert first.message_id == newsdesk.message_id(1, 1)
    assert first.why == "you asked for every incident"
    assert outbox.claim(main, now=NOW) is None


def test_waiting_mails_are_listed_without_being_claimed(main: Connection) -> None:
    newsdesk.told(main, [ANN, BOB])
    outbox.sent(main, claimed(main).id, "250 OK", now=NOW)
    assert [m.subscriber_id for m in outbox.waiting(main)] == [2]
    assert states(main) == ["sent", "queued"]


def test_a_claim_that_was_taken_over_must_not_be_sent(main: Connection) -> None:
    newsdesk.told(main, [ANN])
    mine = claimed(main)
    outbox.recover(main, now=LATER)
    theirs = outbox.claim(main, now=LATER)
    assert theirs is not None
    with pytest.raises(StoreError, match="taken over by another sender"):
        outbox.mark_sending(main, mine)
    outbox.mark_sending(main, theirs)
    assert states(main) == ["sending"]


def test_failures_wait_longer_each_time_and_are_given_up_after_two_days(main: Connection) -> None:
    newsdesk.told(main, [ANN])
    now, tries = NOW, [NOW]
    while message := outbox.claim(main, now=now):
        outbox.retry(main, message.id, "451 busy", now=now)
        now = moment(main.execute("SELECT next_attempt_at FROM alerts").fetchone()[0])
        if states(main) == ["retry"]:
            tries.append(now)
    waits = [int((b - a).total_seconds()) // 60 for a, b in pairwise(tries)]
    assert waits == [1, 5, 15, 60] + [240] * 12
    assert timedelta(days=2) <= tries[-1] - tries[0] < timedelta(days=2, hours=4)
    assert states(main) == ["expired"]
    assert main.execute("SELECT reply FROM alerts").fetchone()[0] == (
        "given up after two days: 451 busy"
    )


def test_a_mail_in_doubt_is_sent_once_more_and_then_left_to_a_person(main: Connection) -> None:
    newsdesk.told(main, [ANN])
    outbox.doubt(main, claimed(main).id, "no answer", now=NOW)
    assert outbox.claim(main, now=NOW) is None
    again = outbox.claim(main, now=LATER)
    assert again is not None
    outbox.doubt(main, again.id, "no answer", now=LATER)
    assert states(main) == ["refused"]
    assert outbox.counts(main) == {"refused": 1, "ever_in_doubt": 1}


def test_a_pause_holds_all_mail_and_counts_as_nobodys_attempt(main: Connection) -> None:
    newsdesk.told(main, [ANN, BOB])
    message = claimed(main)
    outbox.pause(main, message, "the server cannot be reached", now=NOW)
    assert states(main) == ["queued", "queued"]
    assert outbox.claim(main, now=NOW + outbox.PAUSE - timedelta(seconds=1)) is None
    first = outbox.claim(main, now=NOW + outbox.PAUSE)
    assert first is not None
    assert (first.id, first.attempts) == (message.id, 0)


def test_after_a_crash_claimed_mails_are_put_back_and_sending_ones_are_in_doubt(
    main: Connection,
) -> None:
    newsdesk.told(main, [ANN, BOB])
    outbox.mark_sending(main, claimed(main))
    claimed(main)
    assert outbox.recover(main, now=LATER) == (1, 1)
    assert states(main) == ["in_doubt", "queued"]
    assert outbox.counts(main) == {"in_doubt": 1, "queued": 1, "ever_in_doubt": 1}
    assert outbox.recover(main, now=LATER) == (0, 0)


def test_a_mail_in_doubt_stays_so_when_its_second_try_was_cut_off(main: Connection) -> None:
    newsdesk.told(main, [ANN])
    outbox.doubt(main, claimed(main).id, "no answer", now=NOW)
    outbox.claim(main, now=LATER)
    outbox.recover(main, now=LATER)
    assert states(main) == ["in_doubt"]


def test_leases_that_still_run_are_left_alone_unless_all_are_known_dead(main: Connection) -> None:
    newsdesk.told(main, [ANN])
    claimed(main)
    within, after = NOW + outbox.LEASE, NOW + outbox.LEASE + timedelta(seconds=1)
    assert outbox.recover(main, now=within, everything=False) == (0, 0)
    assert outbox.recover(main, now=after, everything=False) == (1, 0)


def test_every_end_leaves_a_row_in_the_audit_log(main: Connection) -> None:
    newsdesk.told(main, [ANN])
    outbox.retry(main, claimed(main).id, "451 busy", now=NOW)
    message = outbox.claim(main, now=LATER)
    assert message is not None
    outbox.sent(main, message.id, "250 OK", now=LATER)
    rows = main.execute("SELECT action FROM audit WHERE item = 'alert:1' ORDER BY id")
    assert [row["action"] for row in rows] == ["alert.queue", "alert.retry", "alert.sent"]
    row = main.execute("SELECT sent_at, reply, attempts FROM alerts").fetchone()
    assert tuple(row) == (db.stamp(LATER), "250 OK", 2)


def test_a_brief_tells_the_incident_by_its_first_post(main: Connection) -> None:
    brief = briefs.brief(main, newsdesk.incident(main))
    assert brief.title == "Story 1 draws an outcry"
    assert (brief.severity, brief.score, brief.tags) == (Severity.BACKLASH, 0.8, ("backlash",))
    assert (brief.url, brief.feed_title) == ("https://news.example/1?a=1&b=2", "Trade news")
    assert brief.why == ("Public outcry: “outcry” (weight 0.80)",)


def test_a_brief_takes_the_text_that_the_rules_saw(main: Connection) -> None:
    """Spans count in the longer of text and summary."""
    summary = newsdesk.TEXT + " And a summary that goes on."
    brief = briefs.brief(main, newsdesk.incident(main, summary=summary))
    assert brief.text == summary
    assert brief.why == ("Public outcry: “outcry” (weight 0.80)",)


def test_an_incident_that_is_not_there_is_refused_in_words(main: Connection) -> None:
    with pytest.raises(Refused, match="no incident 9"):
        briefs.brief(main, 9)


def test_a_database_that_another_holds_says_so(main: Connection) -> None:
    newsdesk.told(main, [ANN])
    main.execute("PRAGMA busy_timeout = 50")
    path = main.execute("PRAGMA database_list").fetchone()["file"]
    other = db.connect(path)
    try:
        with transaction(other), pytest.raises(StoreError, match="database is busy"):  # noqa: SIM117
            with transaction(main):
                claimed(main)
    finally:
        other.close()
    assert states(main) == ["queued"]
