"""SIGKILL at random moments: nothing is lost, and only what was in doubt may come twice."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from monitor.store import outbox
from monitor.store.db import Connection
from tests import newsdesk
from tests.newsdesk import states
from tests.sink import Sink

KILLS = 10
MAILS = 200
CHILD = Path(__file__).with_name("sending_child.py")


def start(folder: Path, port: int, ahead: int) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), str(port), str(ahead)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    return child


def accepted(log: Path) -> Counter[str]:
    return Counter(log.read_text("ascii").splitlines()) if log.exists() else Counter()


def check(main: Connection, log: Path) -> None:
    """What must hold after every kill."""
    came = accepted(log)
    for row in main.execute("SELECT message_id, state, was_in_doubt FROM alerts"):
        if row["state"] == "sent":
            assert came[row["message_id"]] >= 1, "a mail counts as sent that the server never had"
    assert main.execute("PRAGMA quick_check").fetchone()[0] == "ok"


def test_kills_lose_no_alert_and_repeat_only_what_was_in_doubt(
    main: Connection, private: Connection, tmp_path: Path
) -> None:
    ids = newsdesk.told(main, [newsdesk.subscriber(private)], MAILS)
    log = tmp_path / "accepted"
    chance = random.Random(20260301)
    with Sink(log=log, pause=lambda: chance.uniform(0, 0.02)) as sink:
        for kill in range(KILLS):
            child = start(tmp_path, sink.port, ahead=kill * 10)
            time.sleep(chance.uniform(0.0, 0.25))
            assert child.poll() is None, "the child was done before it was killed"
            child.kill()
            child.communicate()
            check(main, log)
        sink.pause = lambda: 0.0
        for ahead in (KILLS * 10, KILLS * 10 + 10):
            child = start(tmp_path, sink.port, ahead)
            child.communicate(timeout=60)
            assert child.returncode == 0
    check(main, log)
    came = accepted(log)
    doubtful = {r["message_id"] for r in main.execute("SELECT message_id FROM alerts WHERE was_in_doubt")}  # fmt: skip
    ended = dict(main.execute("SELECT message_id, state FROM alerts").fetchall())
    assert set(came) == set(ids), "an alert was lost"
    assert {number for number, times in came.items() if times > 1} <= doubtful
    assert max(came.values()) <= 2
    # A mail that two kills hit while it was under way is left to a person, and says so.
    assert all(s == "sent" or (s == "refused" and i in doubtful) for i, s in ended.items())
    assert outbox.counts(main)["ever_in_doubt"] == len(doubtful) <= KILLS
    assert len(states(main)) == MAILS
