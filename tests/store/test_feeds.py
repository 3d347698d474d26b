"""The table of feeds follows feeds.yaml."""

from datetime import UTC, datetime, timedelta

from monitor.model import FeedSettings
from monitor.store import feeds
from monitor.store.db import Connection, transaction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = FeedSettings("https://one.example/feed", title="One")
TWO = FeedSettings("https://two.example/feed", title="Two")


def sync(conn: Connection, *wanted: FeedSettings) -> feeds.Synced:
    with transaction(conn):
        return feeds.sync(conn, wanted, now=NOW)


def claimed(conn: Connection) -> list[str]:
    with transaction(conn):
        jobs = feeds.claim(conn, now=NOW, limit=99, lease=timedelta(minutes=1))
        feeds.release_all(conn)
    return [job.url for job in jobs]


def test_new_feeds_are_due_at_once(main: Connection) -> None:
    assert sync(main, ONE, TWO) == feeds.Synced(2, 0, 0)
    assert claimed(main) == [ONE.url, TWO.url]


def test_the_same_files_change_nothing(main: Connection) -> None:
    sync(main, ONE)
    assert sync(main, ONE) == feeds.Synced(0, 0, 0)


def test_a_feed_that_left_the_file_is_kept_but_not_polled(main: Connection) -> None:
    sync(main, ONE, TWO)
    assert sync(main, ONE) == feeds.Synced(0, 0, 1)
    assert claimed(main) == [ONE.url]
    assert main.execute("SELECT count(*) FROM feeds").fetchone()[0] == 2


def test_a_feed_that_comes_back_is_polled_again(main: Connection) -> None:
    sync(main, ONE)
    sync(main)
    assert sync(main, ONE) == feeds.Synced(0, 1, 0)
    assert claimed(main) == [ONE.url]


def test_a_disabled_feed_is_not_polled(main: Connection) -> None:
    sync(main, FeedSettings(ONE.url, enabled=False))
    assert claimed(main) == []


def test_every_change_stands_in_the_audit_log(main: Connection) -> None:
    sync(main, ONE)
    sync(main, FeedSettings(ONE.url, title="Renamed"))
    rows = main.execute("SELECT action, after FROM audit ORDER BY id").fetchall()
    assert [row["action"] for row in rows] == ["feed.add", "feed.change"]
    assert "Renamed" in rows[1]["after"]


def test_old_polls_are_pruned_but_the_last_of_each_feed_stays(main: Connection) -> None:
    sync(main, ONE)
    record = feeds.PollRecord("unchanged", NOW, "why")
    for day in (1, 2, 3):
        feeds.record(main, 1, record, now=NOW + timedelta(days=day))
    assert feeds.prune_polls(main, before=NOW + timedelta(days=30)) == 2
    assert main.execute("SELECT count(*) FROM polls").fetchone()[0] == 1
