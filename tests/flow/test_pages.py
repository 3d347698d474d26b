"""Teasers and their pages, from feed to incident: real server, fetcher, children, rules, database."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.feeds.article import Article
from monitor.feeds.child import Parser
from monitor.feeds.fetch import Fetcher
from monitor.flow import pages, poll
from monitor.flow.ingest import Newsroom
from monitor.model import (
    FeedSettings,
    FetchLimits,
    Judged,
    Post,
    RuleSource,
    Severity,
    Subscriber,
    Verdict,
)
from monitor.rules import match, pack
from monitor.store import archive, feeds, rules
from monitor.store import pages as store
from monitor.store.db import Connection, transaction
from tests.loopback import Answer, Loopback

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = FetchLimits(allow_networks=("127.0.0.0/8",), total_seconds=2)
HTML = {"Content-Type": "text/html; charset=utf-8"}


def rule(name: str, query: str, weight: float) -> RuleSource:
    word = query.partition(" ")[0]
    return RuleSource(
        name, name, Severity.BACKLASH, weight, query, (word, f"an {word}"), ("nothing", "no word")
    )


RULES = pack.build(
    [rule("outcry", "outcry AND NOT rehearsal", 0.8), rule("hint", "tasteless", 0.3)], []
)
STORY = (
    "The advert for Acme Foods drew a public outcry on Monday, and thousands of customers said so. "
    "The company pulled it within hours, said that it was sorry, and promised to ask more people "
    "the next time. It had run for a week, on every channel, and nobody in the house had objected. "
    "Critics called the apology late, and asked who had signed it off, and for how much money."
)


def judge(post: Post, feed: str) -> Verdict:
    return match.judge(RULES, post, feed=feed)


def page(title: str, story: str = STORY) -> Answer:
    body = f"<html><head><title>{title}</title></head><body><nav><a href='/'>Home</a></nav><p>{story}</p></body></html>"
    return Answer(body.encode(), headers=HTML)


@dataclass
class Desk:
    """A database with one feed of a loopback server, polled at will."""

    conn: Connection
    server: Loopback
    rule_ids: dict[str, int]
    mode: str = "matched"
    now: datetime = NOW

    def publish(self, *items: tuple[str, str, str]) -> None:
        """Make the feed say (path, title, teaser)."""
        entries = "".join(
            f"<item><guid>{path}</guid><link>{self.server.url(path)}</link><title>{title}</title>"
            f"<description>{teaser}</description>"
            f"<pubDate>{(self.now - timedelta(minutes=n)):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
            for n, (path, title, teaser) in enumerate(items)
        )
        body = f"<rss version='2.0'><channel><title>News</title>{entries}</channel></rss>"
        self.server.answers["/feed"] = Answer(
            body.encode(), headers={"Content-Type": "application/rss+xml"}
        )

    def room(self) -> Newsroom:
        return Newsroom(
            self.rule_ids,
            (Subscriber(1, "ann@example.org"),),
            lambda i, s: f"<i{i}.s{s}@x.example>",
        )

    async def _poll(self) -> poll.Polled:
        with transaction(self.conn):
            (job,) = feeds.claim(
                self.conn, now=self.now, limit=1, lease=poll.LEASE, ignore_schedule=True
            )
        async with Fetcher(LIMITS, user_agent="F", clock=lambda: self.now) as fetcher, Parser() as parser:  # fmt: skip
            tools = poll.Tools(
                conn=self.conn, fetch=fetcher, parse=parser, judge=judge, newsroom=self.room,
                clock=lambda: self.now, jitter=lambda: 0.0, pages=self.mode,
            )  # fmt: skip
            return await poll.one(job, tools)

    async def _read(self) -> tuple[pages.PageRead, ...]:
        async with Fetcher(LIMITS, user_agent="F", clock=lambda: self.now) as fetcher, Parser(cpu_seconds=2) as parser:  # fmt: skip
            return await pages.run(self.page_tools(fetcher, parser))

    def page_tools(self, fetcher: pages.Fetch, parser: pages.Read) -> pages.Tools:
        return pages.Tools(
            conn=self.conn, fetch=fetcher, read=parser, judge=judge, newsroom=self.room,
            clock=lambda: self.now, mode=self.mode,
        )  # fmt: skip

    def poll(self) -> poll.Polled:
        return asyncio.run(self._poll())

    def read(self) -> tuple[pages.PageRead, ...]:
        return asyncio.run(self._read())

    def later(self, **delta: int) -> "Desk":
        self.now += timedelta(**delta)
        return self

    def count(self, table: str) -> int:
        return int(self.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def post(self) -> dict[str, object]:
        return dict(self.conn.execute("SELECT * FROM posts ORDER BY id DESC").fetchone())

    def page(self) -> dict[str, object]:
        return dict(self.conn.execute("SELECT * FROM pages ORDER BY post_id DESC").fetchone())

    def asked(self) -> list[str]:
        return [path for path, _ in self.server.requests if path != "/feed"]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def desk_for(main: Connection, server: Loopback, *, full_text: bool) -> Desk:
    live = [
        rules.LiveRule(
            r.source.id, r.version, r.source.title, r.source.id, 3, r.source.weight, (), "q", "a.yaml"
        )
        for r in RULES.rules
    ]  # fmt: skip
    with transaction(main):
        feeds.sync(main, [FeedSettings(server.url("/feed"), title="News", full_text=full_text)], now=NOW)  # fmt: skip
        ids = rules.sync(main, live, now=NOW)
    desk = Desk(main, server, ids)
    desk.publish(("/old", "An old story about nothing in particular", "As it was."))
    desk.poll()
    desk.read()
    server.requests.clear()
    return desk.later(hours=1)


@pytest.fixture
def desk(main: Connection, server: Loopback) -> Desk:
    """A feed with `full_text: true` whose first poll is past."""
    return desk_for(main, server, full_text=True)


@pytest.fixture
def plain(main: Connection, server: Loopback) -> Desk:
    """A feed without."""
    return desk_for(main, server, full_text=False)


ITEM = ("/acme", "Acme Foods pulls its advert", "The company pulled its new advert.")


def published(desk: Desk) -> Desk:
    desk.publish(ITEM)
    desk.server.answers["/acme"] = page("Acme Foods pulls its advert | News")
    assert desk.poll().alerts == 0
    assert desk.count("incidents") == 0
    return desk


def test_a_teaser_starts_its_incident_and_alert_only_thanks_to_its_page(desk: Desk) -> None:
    (done,) = published(desk).read()
    assert (done.record.state, done.ingested.incidents, done.ingested.alerts) == ("read", 1, 1)
    post = desk.post()
    assert post["text_from"] == "page"
    assert post["flagged"] == 1
    assert post["text"] == f"The company pulled its new advert.\n{STORY}"
    (spans,) = desk.conn.execute("SELECT spans FROM matches").fetchone()
    field, start, end = re.findall(r"\w+", spans)
    assert (field, str(post["text"])[int(start) : int(end)]) == ("text", "outcry")
    assert desk.conn.execute(
        "SELECT rowid FROM posts_fts WHERE posts_fts MATCH 'outcry'"
    ).fetchone()
    assert desk.count("post_versions") == 0


def test_the_next_poll_takes_the_same_teaser_for_no_change_and_asks_for_nothing(desk: Desk) -> None:
    published(desk).read()
    desk.publish(ITEM, ("/b", "Another story about nothing in particular", "Nothing."))
    desk.server.answers["/b"] = page("Another story about nothing in particular", "Nothing. " * 99)
    desk.later(hours=1).poll()
    desk.read()
    assert desk.asked() == ["/acme", "/b"]
    assert (desk.count("alerts"), desk.count("incidents"), desk.count("post_versions")) == (1, 1, 0)
    assert desk.conn.execute("SELECT flagged FROM posts WHERE guid = '/acme'").fetchone()[0] == 1


def test_without_full_text_only_a_matched_teasers_page_is_read(plain: Desk) -> None:
    plain.publish(ITEM, ("/b", "Critics find Bolt advert tasteless", "Some said so."))
    plain.server.answers["/b"] = page("Critics find Bolt advert tasteless")
    assert plain.poll().pages == 1
    (done,) = plain.read()
    assert plain.asked() == ["/b"]
    assert done.ingested.alerts == 1
    assert plain.page()["why"] == "matched"


@pytest.mark.parametrize("mode", ["listed", "never"])
def test_modes_that_leave_matched_teasers_alone(plain: Desk, mode: str) -> None:
    plain.mode = mode
    plain.publish(("/b", "Critics find Bolt advert tasteless", "Some said so."))
    assert plain.poll().pages == 0
    assert plain.read() == ()


def test_a_whole_text_or_a_post_without_address_wants_no_page(desk: Desk) -> None:
    desk.publish(("/a", "Acme", STORY))
    assert desk.poll().pages == 0


def test_ten_pages_of_a_poll_the_newest_and_the_rest_is_left_and_said(desk: Desk) -> None:
    desk.publish(*[(f"/{n}", f"Story number {n} about Acme adverts", "Teaser.") for n in range(14)])
    polled = desk.poll()
    assert (polled.pages, polled.pages_left) == (10, 4)
    assert dict(desk.conn.execute("SELECT pages, pages_left FROM polls ORDER BY id DESC").fetchone()) == {"pages": 10, "pages_left": 4}  # fmt: skip
    desk.read()
    assert sorted(desk.asked(), key=lambda path: int(path[1:])) == [f"/{n}" for n in range(10)]
    assert desk.server.most_at_once == 1
    assert desk.conn.execute("SELECT count(*) FROM pages WHERE state = 'left'").fetchone()[0] == 4


def test_the_worker_begins_with_what_there_is_room_for_and_waits_for_none(desk: Desk) -> None:
    desk.publish(*[(f"/{n}", f"Story number {n} about Acme adverts", "Teaser.") for n in range(5)])
    desk.poll()

    async def run() -> list[int]:
        reading: set[asyncio.Task[None]] = set()
        begun = []
        async with Fetcher(LIMITS, user_agent="F", clock=lambda: desk.now) as fetcher, Parser() as parser:  # fmt: skip
            tools = desk.page_tools(fetcher, parser)
            for _ in range(3):
                await pages.begin(tools, reading)
                begun.append(len(reading))
                await asyncio.gather(*reading)
        return begun

    assert asyncio.run(run()) == [store.A_HOST, 2, 0]
    assert len(desk.asked()) == 5


def test_few_pages_of_a_host_are_under_way_and_none_twice(desk: Desk) -> None:
    desk.publish(*[(f"/{n}", f"Story number {n} about Acme adverts", "Teaser.") for n in range(9)])
    desk.poll()
    with transaction(desk.conn):
        first = store.claim(desk.conn, now=desk.now, limit=9, lease=pages.LEASE)
        second = store.claim(desk.conn, now=desk.now, limit=9, lease=pages.LEASE)
    assert (len(first), len(second)) == (store.A_HOST, 0)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 451])
def test_a_refused_page_is_not_asked_for_again(desk: Desk, status: int) -> None:
    published(desk)
    desk.server.answers["/acme"] = Answer(status=status, headers={"Retry-After": "1"})
    desk.read()
    desk.later(days=1).read()
    assert desk.asked() == ["/acme"]
    row = desk.page()
    assert (row["state"], row["status"], row["tries"]) == ("refused", status, 1)
    assert str(status) in str(row["outcome"])
    assert row["tried_at"] == "2026-03-01T13:00:00Z"


def test_a_page_that_does_not_answer_is_tried_three_times_with_waits(desk: Desk) -> None:
    published(desk)
    desk.server.answers["/acme"] = Answer(status=500)
    desk.read()
    assert desk.later(minutes=1).read() == ()
    for _ in range(4):
        desk.later(hours=1).read()
    assert desk.asked() == ["/acme"] * 3
    assert (desk.page()["state"], desk.page()["tries"]) == ("failed", 3)


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), "refused", "no web page"),
        (Answer(b"x" * 2_000_001, headers=HTML), "refused", "larger than 2 MB"),
        (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), "wanted", "efused"),
        (Answer(b"<div " + b" ".join(b"a%d=x" % n for n in range(200_000)) + b">", headers=HTML), "nothing", ""),
        (page("Before you go on", "We use cookies, dear reader, and so do all our partners. " * 9), "nothing", "something else"),
        (page("Acme Foods pulls its advert", "Short."), "nothing", "no more text"),
    ],
    ids=["type", "huge", "forbidden", "bomb", "consent", "short"],
)  # fmt: skip
def test_what_is_of_no_use_leaves_the_post_as_it_was_and_says_why(
    desk: Desk, answer: Answer, state: str, said: str
) -> None:
    published(desk)
    desk.server.answers["/acme"] = answer
    desk.read()
    row = desk.page()
    assert row["state"] == state
    assert said in str(row["outcome"])
    assert row["outcome"] != ""
    assert desk.post()["text"] == ITEM[2]
    assert desk.count("alerts") == 0


def test_another_charset_is_read(desk: Desk) -> None:
    published(desk)
    story = STORY.replace("Acme Foods", "Müller Brötchen")
    desk.server.answers["/acme"] = Answer(
        f"<title>Acme Foods pulls its advert</title><p>{story}</p>".encode("latin-1"),
        headers={"Content-Type": "text/html; charset=iso-8859-1"},
    )
    desk.read()
    assert "Müller Brötchen" in str(desk.post()["text"])


def test_the_first_poll_of_a_feed_sends_no_mail_for_pages_either(
    main: Connection, server: Loopback
) -> None:
    with transaction(main):
        feeds.sync(main, [FeedSettings(server.url("/feed"), full_text=True)], now=NOW)
        ids = rules.sync(main, [rules.LiveRule("outcry", r.version, "", "outcry", 3, 0.8, (), "q", "a") for r in RULES.rules], now=NOW)  # fmt: skip
    desk = published(Desk(main, server, ids))
    desk.read()
    assert (desk.count("incidents"), desk.count("alerts")) == (1, 0)


def test_a_flagged_post_whose_page_says_more_raises_its_incident_and_mails_once(desk: Desk) -> None:
    desk.publish(("/acme", "Acme Foods advert draws an outcry", "It did."))
    desk.server.answers["/acme"] = page("Acme Foods advert draws an outcry", STORY + " A tasteless advert.")  # fmt: skip
    assert desk.poll().alerts == 1
    (done,) = desk.read()
    assert (done.ingested.alerts, desk.count("alerts"), desk.count("incidents")) == (0, 1, 1)
    assert desk.conn.execute("SELECT score FROM incidents").fetchone()[0] == pytest.approx(0.86)


def test_a_post_that_lost_and_regained_its_flag_stays_in_its_incident(desk: Desk) -> None:
    desk.publish(("/acme", "Acme Foods advert draws an outcry", "It did."))
    desk.server.answers["/acme"] = page("Acme Foods advert draws an outcry", STORY + " It was a rehearsal.")  # fmt: skip
    desk.poll()
    desk.read()
    assert desk.post()["flagged"] == 0
    desk.server.answers["/acme"] = page("Acme Foods pulls advert after an outcry")
    desk.publish(("/acme", "Acme Foods pulls advert after an outcry", "It did."))
    desk.later(hours=1).poll()
    desk.read()
    assert desk.post()["flagged"] == 1
    assert (desk.count("alerts"), desk.count("incidents")) == (1, 1)


def test_a_changed_teaser_keeps_the_pages_text_and_a_changed_title_asks_once_more(
    desk: Desk,
) -> None:
    published(desk).read()
    desk.publish((ITEM[0], ITEM[1], "Twelve comments by now."))
    desk.later(hours=1).poll()
    assert desk.read() == ()
    post = desk.post()
    assert (post["summary"], post["text_from"], post["flagged"]) == ("Twelve comments by now.", "page", 1)  # fmt: skip
    assert desk.count("post_versions") == 0
    desk.server.answers["/acme"] = Answer(status=404)
    desk.publish((ITEM[0], "Acme Foods regrets its tasteless advert", "Twelve comments by now."))
    desk.later(hours=1).poll()
    desk.read()
    post = desk.post()
    assert (post["title"], post["text_from"]) == ("Acme Foods regrets its tasteless advert", "page")
    assert STORY in str(post["text"])
    assert desk.count("matches") == 2
    assert (desk.count("post_versions"), desk.count("alerts")) == (1, 1)


def test_a_feed_that_gives_the_whole_text_later_is_believed(desk: Desk) -> None:
    published(desk).read()
    whole = STORY + " And more, of which the page knew nothing: it went on for weeks, everywhere."
    desk.publish((ITEM[0], ITEM[1], whole))
    desk.later(hours=1).poll()
    assert (desk.post()["text_from"], desk.post()["text"]) == ("feed", whole)
    assert desk.count("post_versions") == 1


def test_a_post_that_changed_while_its_page_was_read_is_read_again(desk: Desk) -> None:
    published(desk)
    with transaction(desk.conn):
        (job,) = store.claim(desk.conn, now=desk.now, limit=1, lease=pages.LEASE)
    desk.publish((ITEM[0], ITEM[1], "The company has changed its mind."))
    desk.later(minutes=1).poll()
    record = store.PageRecord("read", "")
    pages.settle(desk.conn, pages.PageResult(job, record), newsroom=desk.room(), now=desk.now)
    assert (desk.page()["state"], desk.page()["tries"]) == ("wanted", 0)
    (done,) = desk.read()
    assert done.record.state == "read"
    assert str(desk.post()["text"]).startswith("The company has changed its mind.")


def test_a_rerun_that_judged_the_teaser_does_not_undo_the_page(desk: Desk) -> None:
    published(desk)
    *_, stored = archive.read(desk.conn, after=0, since=NOW - timedelta(days=9), limit=9)
    desk.read()
    with transaction(desk.conn):
        none = Judged(stored.post, Verdict((), 0.0, flagged=False))
        assert archive.rejudge(desk.conn, stored, none, rule_ids=desk.rule_ids) is None
    assert desk.post()["flagged"] == 1


def test_a_worker_killed_between_fetch_and_settle_leaves_nothing_half_and_is_made_up_for(
    desk: Desk, tmp_path: Path
) -> None:
    published(desk)
    path = desk.conn.execute("PRAGMA database_list").fetchone()["file"]
    code = (
        "import sys\n"
        "from datetime import datetime\n"
        "from pathlib import Path\n"
        "from monitor.flow import pages\n"
        "from monitor.store import db, pages as store\n"
        "conn = db.connect(Path(sys.argv[1]))\n"
        "with db.transaction(conn):\n"
        "    (job,) = store.claim(conn, now=datetime.fromisoformat(sys.argv[2]), limit=1, lease=pages.LEASE)\n"
        "print(job.post.url, flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, path, desk.now.isoformat()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline().strip().endswith(b"/acme")
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert desk.read() == ()  # leased
    (done,) = desk.later(minutes=6).read()
    assert (done.record.state, done.ingested.alerts, desk.page()["tries"]) == ("read", 1, 2)


def test_a_settle_that_dies_leaves_all_as_it_was(desk: Desk) -> None:
    published(desk)
    broken = replace(desk.room(), rule_ids={})

    class Broken(Desk):
        def room(self) -> Newsroom:
            return broken

    half = Broken(desk.conn, desk.server, desk.rule_ids, now=desk.now)
    with pytest.raises(KeyError):
        half.read()
    assert (desk.post()["text"], desk.count("incidents"), desk.page()["state"]) == (ITEM[2], 0, "wanted")  # fmt: skip
    with transaction(desk.conn):
        assert store.release_all(desk.conn) == 1
    (done,) = desk.read()
    assert (done.ingested.alerts, desk.count("alerts")) == (1, 1)


def test_a_page_that_breaks_the_worker_each_time_is_given_up(desk: Desk) -> None:
    published(desk)
    for _ in range(store.TRIES):
        with transaction(desk.conn):
            assert len(store.claim(desk.conn, now=desk.now, limit=1, lease=pages.LEASE)) == 1
        desk.later(minutes=10)
    assert desk.read() == ()
    assert (desk.page()["state"], desk.page()["lease_until"]) == ("failed", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("word " * 59, True), ("word " * 60, False), ("道歉" * 40, False), ("", True)],
)
def test_under_sixty_words_is_a_teaser(text: str, expected: bool) -> None:
    assert pages.is_teaser(text) is expected


def test_a_page_takes_no_evidence_away_that_the_feed_gave() -> None:
    assert pages.completed("Fans call it cruel.", STORY) == f"Fans call it cruel.\n{STORY}"
    assert pages.completed("The advert for Acme Foods drew a public outcry on Mon…", STORY) == STORY


def test_a_page_is_the_posts_if_it_knows_its_title() -> None:
    post = Post("g", "", "", "Acme Foods pulls its advert", "", "", "", "", NOW)
    assert pages.tells_of(post, Article("", STORY))
    assert not pages.tells_of(
        post, Article("Sign in", "Please sign in with your account to go on.")
    )
    assert pages.tells_of(replace(post, title="Oops!"), Article("", "Anything at all."))
