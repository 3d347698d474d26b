"""What open pages hear, over a real socket: from where they stood, by whom they may, to the end."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlsplit

import pytest

from monitor.store import accounts, audit, news, remarks, triage, views
from monitor.store.db import transaction
from monitor.web import stream
from tests.office import eventually
from tests.serving import serving
from tests.web.conftest import NOW, House

PATH = "/-/triage/news"
SOON = 5.0
"""Seconds in which a colleague's decision is to be seen."""


EVERY = stream.EVERY_SECONDS


@pytest.fixture
def url(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(stream, "EVERY_SECONDS", 0.1)
    with serving(house.datasette) as address:
        yield address


@dataclass
class Event:
    """One event as it came."""

    name: str
    id: int
    data: Any


class Listener:
    """A stream that is read line by line."""

    def __init__(self, url: str, token: str, path: str = PATH, **headers: str) -> None:
        self.conn = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SOON)
        self.conn.request("GET", path, headers={"Cookie": f"failwatch={token}", **headers})
        self.answer = self.conn.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self.conn.close()

    def block(self) -> list[str]:
        """The lines up to the next empty one."""
        lines = []
        while line := self.answer.readline().decode().rstrip("\n"):
            lines.append(line)
        return lines

    def event(self) -> Event:
        """The next event; retry and comments are passed over."""
        while not (lines := self.block()) or not lines[0].startswith("event:"):
            assert not self.answer.isclosed(), "the stream has ended"
        fields = dict(line.split(": ", 1) for line in lines)
        assert list(fields) == ["event", "id", "data"]
        return Event(fields["event"], int(fields["id"]), json.loads(fields["data"]))


def decide(house: House, number: int, status: str = "relevant", version: int = 1) -> None:
    conn = house.conn()
    with transaction(conn):
        triage.decide(conn, number, version=version, status=status, reason="", actor="ben", now=NOW)
    conn.close()


def seen(house: House) -> int:
    conn = house.conn()
    number = audit.last(conn)
    conn.close()
    return number


def test_the_first_words_say_what_it_is_and_when_to_come_back(house: House, url: str) -> None:
    with Listener(url, house.tokens["viewer"]) as heard:
        assert heard.answer.status == 200
        assert heard.answer.headers["content-type"].startswith("text/event-stream")
        assert "no-store" in heard.answer.headers["cache-control"]
        assert heard.answer.headers["x-accel-buffering"] == "no"
        assert "'unsafe-inline'" not in heard.answer.headers["content-security-policy"]
        assert heard.block() == [f"retry: {stream.BACK_MS}"]


def test_a_decision_is_heard_within_seconds_with_its_author(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "EVERY_SECONDS", EVERY)
    with Listener(url, house.tokens["triager"]) as heard:
        heard.block()
        began = time.monotonic()
        decide(house, 2)
        found = heard.event()
        assert time.monotonic() - began < SOON
    assert (found.name, found.id) == ("incidents", seen(house))
    assert not found.data["is_cut"]
    (one,) = found.data["incidents"]
    assert (one["id"], one["status"], one["version"], one["actor"]) == (2, "relevant", 2, "ben")


def test_who_comes_back_hears_what_they_missed_and_no_more(house: House, url: str) -> None:
    start = seen(house)
    decide(house, 1)
    decide(house, 2, "watching")
    for path, headers, expected in (
        (f"{PATH}?seen={start}", {}, [1, 2]),
        (f"{PATH}?seen=0", {"Last-Event-ID": str(start + 1)}, [2]),
        (f"{PATH}?seen={start + 1}", {"Last-Event-ID": ""}, [2]),
    ):
        with Listener(url, house.tokens["viewer"], path, **headers) as heard:
            assert [one["id"] for one in heard.event().data["incidents"]] == expected
    with Listener(url, house.tokens["viewer"], f"{PATH}?seen={start + 2}") as heard:
        heard.block()
        decide(house, 1, "watching", version=2)
        assert [one["id"] for one in heard.event().data["incidents"]] == [1]


@pytest.mark.parametrize("nonsense", ["x", "-5", "9" * 40, "1;drop", "%00"])
def test_a_place_that_is_none_means_from_now_on(house: House, url: str, nonsense: str) -> None:
    decide(house, 1)
    with Listener(url, house.tokens["viewer"], f"{PATH}?seen={quote(nonsense)}") as heard:
        assert heard.answer.status == 200
        heard.block()
        decide(house, 2)
        assert [one["id"] for one in heard.event().data["incidents"]] == [2]


def test_a_hostile_title_stays_inside_its_event(house: House, url: str) -> None:
    title = 'Broken\n\nevent: incidents\ndata: {"incidents": []} \u2028 </script>'
    conn = house.conn()
    conn.execute("UPDATE incidents SET title = ? WHERE id = 1", (title,))
    conn.close()
    with Listener(url, house.tokens["viewer"]) as heard:
        heard.block()
        decide(house, 1)
        (one,) = heard.event().data["incidents"]
    assert one["title"] == title


def test_strangers_and_keys_hear_nothing(house: House, url: str) -> None:
    with Listener(url, "nonsense") as heard:
        assert heard.answer.status == 302
        assert heard.answer.headers["location"].startswith("/-/failwatch/login")
    with Listener(url, "nonsense", Authorization="Bearer fw_nonsense") as heard:
        assert heard.answer.status == 403


def test_one_hears_only_of_incidents_and_what_their_pages_say(house: House, url: str) -> None:
    with Listener(url, house.tokens["viewer"]) as heard:
        heard.block()
        conn = house.conn()
        with transaction(conn):
            views.keep(conn, "my secret", "q=secret", is_shared=False, actor="ben", now=NOW)
            audit.record(conn, "ben", "subscriber.add", "subscriber:1", now=NOW, after={"email": "secret@example.org"})  # fmt: skip
            remarks.note(conn, 1, "a secret remark", people=(), actor="ben", now=NOW)
        conn.close()
        found = heard.event()
    assert [one["id"] for one in found.data["incidents"]] == [1]
    assert "secret" not in json.dumps(found.data)
    page = house.ask("/-/incidents/1", role="viewer").text
    assert "ben" in page


def test_a_stream_ends_soon_after_its_session(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.5)
    with Listener(url, house.tokens["viewer"]) as heard:
        assert heard.block() == [f"retry: {stream.BACK_MS}"]
        assert heard.answer.read() == b""
    private = house.private()
    with transaction(private):
        accounts.end_session(private, house.tokens["viewer"])
    private.close()
    with Listener(url, house.tokens["viewer"]) as heard:
        assert heard.answer.status == 302


def test_a_quiet_stream_says_that_it_is_still_there(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.1)
    with Listener(url, house.tokens["viewer"]) as heard:
        heard.block()
        assert heard.block() == [": still here"]


def test_fifty_open_streams_all_hear_it_and_pages_still_answer(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "EVERY_SECONDS", EVERY)
    with ExitStack() as stack:
        listeners = [stack.enter_context(Listener(url, house.tokens["viewer"])) for _ in range(50)]
        for heard in listeners:
            assert heard.block() == [f"retry: {stream.BACK_MS}"]
        began = time.monotonic()
        with Listener(url, house.tokens["viewer"], "/-/triage") as page:
            assert b"Bolt Foods" in page.answer.read()
        assert time.monotonic() - began < 2
        decide(house, 2)
        told = [heard.event().data["incidents"][0]["id"] for heard in listeners]
        assert time.monotonic() - began < SOON + 2
    assert told == [2] * 50


def test_an_open_stream_holds_no_reading_transaction(house: House, url: str) -> None:
    with Listener(url, house.tokens["viewer"]) as heard:
        heard.block()
        decide(house, 2)
        heard.event()
        conn = house.conn()
        # Busy (1) as long as anybody reads from a state before this one.
        eventually(
            lambda: tuple(conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()) == (0, 0, 0),
            seconds=2,
        )
        conn.close()


def test_a_reader_that_goes_away_ends_its_stream(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    since = news.since

    def counting(conn: Any, seen: int) -> Any:
        asked.append(time.monotonic())
        return since(conn, seen)

    monkeypatch.setattr(news, "since", counting)
    monkeypatch.setattr(stream, "EVERY_SECONDS", 0.05)
    with Listener(url, house.tokens["viewer"]) as heard:
        heard.block()
    time.sleep(0.5)
    count = len(asked)
    time.sleep(0.5)
    assert len(asked) == count


def test_the_server_stops_at_once_and_quietly_though_streams_are_open(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        with serving(house.datasette, grace=5) as url:
            listeners = [
                stack.enter_context(Listener(url, house.tokens["viewer"])) for _ in range(5)
            ]
            for heard in listeners:
                heard.block()
            began = time.monotonic()
        assert time.monotonic() - began < 3
        assert [heard.answer.read() for heard in listeners] == [b""] * 5
    assert capfd.readouterr().err == ""
