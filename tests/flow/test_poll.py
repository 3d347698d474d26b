"""A poll from claim to stored posts, incidents and alerts, on a real database."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.addresses import canonical_url
from monitor.flow import poll
from monitor.flow.ingest import Newsroom
from monitor.model import (
    FeedSettings,
    Fetched,
    FetchFailed,
    Judged,
    Match,
    NotModified,
    ParsedFeed,
    ParseFailed,
    PollJob,
    Post,
    Severity,
    Span,
    Subscriber,
    Verdict,
)
from monitor.store import feeds, rules
from monitor.store.db import Connection, transaction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://news.example/feed"
RULE = rules.LiveRule(
    "outcry", "v1", "Outcry", "outcry", 3, 0.8, ("backlash",), "outcry", "rules/a.yaml"
)


def post(number: int, title: str = "", *, text: str = "", at: datetime = NOW) -> Post:
    url = f"https://news.example/{number}"
    return Post(
        guid=f"g{number}",
        url=url,
        canonical_url=canonical_url(url),
        title=title or f"Story number {number} about nothing in particular",
        author="",
        summary=text,
        text=text,
        language="en",
        published_at=at,
    )


def judge(item: Post, _feed: str) -> Verdict:
    start = item.title.find("outcry")
    if start < 0:
        return Verdict((), 0.0, flagged=False)
    span = Span("title", start, start + 6)
    match = Match(
        "outcry", "v1", "Outcry", "outcry", Severity.BACKLASH, 0.8, ("backlash",), (span,)
    )
    return Verdict((match,), 0.8, flagged=True)


def fetched(body: bytes = b"one", **changes: object) -> Fetched:
    value = Fetched(body, "text/xml", URL, "", 200, '"e1"', "", None, 12)
    return replace(value, **changes)  # type: ignore[arg-type]


@dataclass
class Publisher:
    """Answers as it is told; counts nothing else."""

    answer: Fetched | NotModified | FetchFailed = field(default_factory=fetched)
    posts: Sequence[Post] = ()
    parsed: ParseFailed | None = None
    jobs: list[PollJob] = field(default_factory=list)

    async def get(self, job: PollJob) -> Fetched | NotModified | FetchFailed:
        self.jobs.append(job)
        return self.answer

    async def parse(self, _fetched: Fetched, _language: str) -> ParsedFeed | ParseFailed:
        return self.parsed or ParsedFeed("News", "en", tuple(self.posts))


@dataclass
class Desk:
    """A database with one feed, polled at will."""

    conn: Connection
    publisher: Publisher
    rule_ids: dict[str, int]
    now: datetime = NOW
    subscribers: tuple[Subscriber, ...] = (Subscriber(1, "ann@example.org"),)

    def poll(self) -> poll.Polled:
        with transaction(self.conn):
            (job,) = feeds.claim(
                self.conn, now=self.now, limit=1, lease=poll.LEASE, ignore_schedule=True
            )
        room = Newsroom(self.rule_ids, self.subscribers, lambda i, s: f"<i{i}.s{s}@example.org>")
        tools = poll.Tools(
            conn=self.conn,
            fetch=self.publisher,
            parse=self.publisher,
            judge=judge,
            newsroom=lambda: room,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
        )
        return asyncio.run(poll.one(job, tools))

    def later(self, **delta: int) -> "Desk":
        self.now += timedelta(**delta)
        return self

    def count(self, table: str) -> int:
        return int(self.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def feed(self) -> dict[str, object]:
        return dict(self.conn.execute("SELECT * FROM feeds").fetchone())


@pytest.fixture
def desk(main: Connection) -> Desk:
    with transaction(main):
        feeds.sync(main, [FeedSettings(URL, title="News", language="en")], now=NOW)
        ids = rules.sync(main, [RULE], now=NOW)
    return Desk(main, Publisher(), ids)


def polled_once(desk: Desk) -> Desk:
    desk.poll()
    return desk.later(hours=1)


def test_every_post_is_stored_flagged_or_not(desk: Desk) -> None:
    desk.publisher.posts = [post(1), post(2, "Acme ad draws an outcry from customers")]
    polled = desk.poll()
    assert (polled.outcome, polled.new_posts, polled.flagged) == ("new", 2, 1)
    assert desk.count("posts") == 2
    assert desk.count("incidents") == 1
    assert desk.count("matches") == 1


def test_a_post_seen_again_is_neither_stored_nor_alerted_again(desk: Desk) -> None:
    polled_once(desk)
    desk.publisher.posts = [post(2, "Acme ad draws an outcry from customers", at=desk.now)]
    desk.publisher.answer = fetched(b"two")
    assert desk.poll().alerts == 1
    desk.publisher.answer = fetched(b"three")
    again = desk.later(hours=1).poll()
    assert (again.outcome, again.new_posts, again.flagged, again.alerts) == ("unchanged", 0, 0, 0)
    assert desk.count("posts") == desk.count("alerts") == 1


def test_a_first_import_of_a_feed_sends_no_mail(desk: Desk) -> None:
    desk.publisher.posts = [post(2, "Acme ad draws an outcry from customers")]
    assert desk.poll().incidents == 1
    assert desk.count("alerts") == 0


def test_old_news_starts_an_incident_without_a_mail(desk: Desk) -> None:
    polled_once(desk)
    desk.publisher.answer = fetched(b"two")
    old = desk.now - timedelta(days=8)
    desk.publisher.posts = [post(2, "Acme ad draws an outcry from customers", at=old)]
    polled = desk.poll()
    assert (polled.incidents, polled.alerts) == (1, 0)


def test_two_posts_on_one_story_make_one_incident_and_one_mail(desk: Desk) -> None:
    polled_once(desk)
    desk.publisher.answer = fetched(b"two")
    desk.publisher.posts = [
        post(1, "Acme ad draws an outcry from angry customers", at=desk.now),
        post(2, "Acme ad draws outcry from angry customers", at=desk.now),
    ]
    polled = desk.poll()
    assert (polled.flagged, polled.incidents, polled.alerts) == (2, 1, 1)
    assert desk.count("incident_posts") == 2


def test_the_same_bytes_are_not_parsed_again(desk: Desk) -> None:
    desk.publisher.posts = [post(1)]
    desk.poll()
    desk.publisher.parsed = ParseFailed("must not be asked")
    assert desk.later(hours=1).poll().outcome == "unchanged"


def test_validators_are_sent_back_with_the_next_poll(desk: Desk) -> None:
    polled_once(desk).poll()
    assert [job.etag for job in desk.publisher.jobs] == ["", '"e1"']


def test_a_failure_is_recorded_and_polled_later_each_time(desk: Desk) -> None:
    desk.publisher.answer = FetchFailed("The server did not answer within 10 seconds.")
    first = desk.poll()
    second = desk.poll()
    assert first.outcome == "failed"
    assert second.next_poll_at - NOW > first.next_poll_at - NOW
    assert desk.feed()["failures"] == 2
    assert desk.feed()["last_error"] == "The server did not answer within 10 seconds."
    assert desk.count("polls") == 2


def test_a_body_that_is_no_feed_is_a_failure_and_is_read_again_next_time(desk: Desk) -> None:
    desk.publisher.parsed = ParseFailed("This is a web page, not a feed.")
    assert desk.poll().error == "This is a web page, not a feed."
    assert desk.feed()["body_hash"] == ""


def test_a_success_ends_the_count_of_failures(desk: Desk) -> None:
    desk.publisher.answer = FetchFailed("down")
    desk.poll()
    desk.publisher.answer = fetched()
    desk.later(hours=5).poll()
    assert (desk.feed()["failures"], desk.feed()["last_error"]) == (0, "")


def test_a_feed_that_is_gone_is_not_polled_again(desk: Desk) -> None:
    desk.publisher.answer = FetchFailed("Gone for good.", status=410, is_gone=True)
    assert desk.poll().outcome == "gone"
    assert feeds.claim(desk.conn, now=NOW + timedelta(days=99), limit=9, lease=poll.LEASE) == ()


def test_a_permanent_redirect_changes_where_the_feed_is_polled(desk: Desk) -> None:
    desk.publisher.answer = fetched(moved_to="https://new.example/feed")
    assert desk.poll().outcome == "moved"
    assert desk.feed()["fetch_url"] == "https://new.example/feed"
    assert desk.feed()["url"] == URL


def test_a_changed_text_is_kept_beside_the_old_one(desk: Desk) -> None:
    desk.publisher.posts = [post(1, text="They said no.")]
    desk.poll()
    desk.publisher.answer = fetched(b"two")
    desk.publisher.posts = [post(1, text="They said yes.")]
    assert desk.later(hours=1).poll().new_posts == 0
    assert desk.conn.execute("SELECT text FROM post_versions").fetchone()[0] == "They said no."
    assert desk.conn.execute("SELECT text FROM posts").fetchone()[0] == "They said yes."


def test_a_post_that_is_flagged_only_after_its_publisher_changed_it_starts_an_incident(
    desk: Desk,
) -> None:
    desk.publisher.posts = [post(1, "Acme ad is out")]
    polled_once(desk)
    desk.publisher.answer = fetched(b"two")
    desk.publisher.posts = [post(1, "Acme ad draws an outcry from customers", at=desk.now)]
    assert desk.poll().incidents == 1


def test_a_fault_of_ours_stops_only_this_feed_and_is_shown(desk: Desk) -> None:
    async def broken(_job: PollJob) -> Fetched:
        raise ZeroDivisionError("oh")

    desk.publisher.get = broken  # type: ignore[method-assign, assignment]
    assert "Failwatch itself failed" in desk.poll().error


def test_a_settle_that_is_repeated_after_a_kill_stores_nothing_twice(desk: Desk) -> None:
    desk.publisher.posts = [post(n) for n in range(poll.BATCH + 50)]
    job = PollJob(feed_id=1, url=URL, title="News", language="en", is_first=True)
    result = asyncio.run(poll.gather(job, fetch=desk.publisher, parse=desk.publisher, judge=judge))
    room = Newsroom(desk.rule_ids, (), lambda _i, _s: "")
    first = Judged(result.judged[0].post, result.judged[0].verdict)
    killed = replace(result, judged=(first, *result.judged[1 : poll.BATCH]))
    poll.settle(desk.conn, killed, newsroom=room, now=NOW, jitter=0.0)
    polled = poll.settle(desk.conn, result, newsroom=room, now=NOW, jitter=0.0)
    assert polled.new_posts == 50
    assert desk.count("posts") == poll.BATCH + 50


def test_two_polls_never_hold_one_feed(desk: Desk) -> None:
    with transaction(desk.conn):
        first = feeds.claim(desk.conn, now=NOW, limit=9, lease=poll.LEASE)
        second = feeds.claim(desk.conn, now=NOW, limit=9, lease=poll.LEASE)
        expired = feeds.claim(desk.conn, now=NOW + poll.LEASE * 2, limit=9, lease=poll.LEASE)
    assert [len(first), len(second), len(expired)] == [1, 0, 1]


def test_a_date_from_the_future_becomes_the_time_the_post_was_seen(desk: Desk) -> None:
    desk.publisher.posts = [post(1, at=NOW + timedelta(days=400))]
    desk.poll()
    assert (
        desk.conn.execute("SELECT published_at FROM posts").fetchone()[0] == "2026-03-01T12:00:00Z"
    )
