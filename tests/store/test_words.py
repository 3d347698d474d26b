"""Counting words in stored posts."""

from datetime import timedelta

from monitor.store import words
from monitor.store.db import Connection, stamp
from tests.newsdesk import NOW, incident

LATELY = stamp(NOW - timedelta(days=30))


def test_posts_are_counted_by_words_next_to_each_other(main: Connection) -> None:
    incident(main, 1, "A tone-deaf café apologises")
    incident(main, 2, "Tone deaf again, the deaf tone")
    assert words.posts_with(main, ["tone deaf"], LATELY) == 2
    assert words.posts_with(main, ["cafe", "again"], LATELY) == 2
    assert words.posts_with(main, ['x"y* OR deaf'], LATELY) == 0
    assert words.posts_with(main, ["tone deaf"], stamp(NOW + timedelta(days=1))) == 0


def test_words_that_begin_alike_come_most_frequent_first(main: Connection) -> None:
    incident(main, 1, "Apologies, an apology")
    incident(main, 2, "Apology refused")
    assert words.beginning(main, "apolog", 5) == [("apology", 2), ("apologies", 1)]
    assert words.beginning(main, "apolog", 1) == [("apology", 2)]
    assert words.beginning(main, "zzz", 5) == []
