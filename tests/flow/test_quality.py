"""Scores, starved rules and new weights from what stands in the database."""

from datetime import timedelta

from monitor.flow import quality
from monitor.model import FeedSettings, RuleSource, Severity
from monitor.rules.advice import Kind
from monitor.store import feeds, rules, triage
from monitor.store.db import Connection, stamp, transaction
from tests.newsdesk import FEED, NOW, RULE, incident

OUTCRY = RuleSource("outcry", "Public outcry", Severity.BACKLASH, 0.8, "outcry", (), ())
QUIET = RuleSource("quiet", "Quiet", Severity.MISSTEP, 0.6, "hush", (), ())


def decided(conn: Connection, hits: int, misses: int) -> None:
    for number in range(1, hits + misses + 1):
        title = f"Story {number} draws an outcry" + (" at the cinema" if number > hits else "")
        made = incident(conn, number, title)
        status, reason = ("relevant", "") if number <= hits else ("dismissed", "off topic")
        with transaction(conn):
            triage.decide(conn, made, version=1, status=status, reason=reason, actor="a", now=NOW)


def test_the_score_of_a_rule_says_what_to_do_and_names_words(main: Connection) -> None:
    decided(main, 4, 16)
    poor, none = quality.scores(main, [QUIET, OUTCRY])
    assert (poor.rule, poor.precision.hits, poor.precision.total) == ("outcry", 4, 20)
    assert poor.advice is Kind.NARROW
    assert "cinema" in poor.words
    assert "outcry" not in poor.words
    assert none.advice is Kind.TOO_FEW
    ((rule, said),) = quality.pressing(main, [QUIET, OUTCRY], now=NOW)
    assert rule == "outcry"
    assert said.startswith("Narrow it: 4 of 20")


def matched_daily(conn: Connection, days: int) -> None:
    """A match a day until NOW."""
    for number in range(1, days + 1):
        incident(conn, number)
        at = stamp(NOW - timedelta(days=number))
        conn.execute(
            "UPDATE posts SET published_at = ?, seen_at = ? WHERE id = ?", (at, at, number)
        )
    conn.execute(
        "UPDATE feeds SET last_success_at = ?, state = 'active'", (stamp(NOW + timedelta(days=30)),)
    )


def plain_posts(conn: Connection, days: int, language: str = "en") -> None:
    """A post a day after NOW that no rule matches."""
    for number in range(days):
        at = stamp(NOW + timedelta(days=number))
        conn.execute(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, language,"
            " published_at, seen_at, content_hash) VALUES (1, ?, '', '', 'T', '', ?, ?, ?, '')",
            (f"p{number}", language, at, at),
        )


THEN = NOW + timedelta(days=20)


def silent(conn: Connection, *sources: RuleSource) -> list[str]:
    return [found.rule for found in quality.silent(conn, sources or (OUTCRY,), now=THEN)]


def test_a_rule_that_falls_silent_is_told_of(main: Connection) -> None:
    matched_daily(main, 10)
    plain_posts(main, 20)
    assert silent(main) == ["outcry"]
    assert quality.silent(main, [OUTCRY], now=NOW + timedelta(days=13)) == []
    ((_, said),) = quality.pressing(main, [OUTCRY], now=THEN)
    assert (
        said.startswith("Nothing for 20 days; before, it matched every day")
        or "every 1 day" in said
    )


def test_nothing_is_said_while_no_posts_come_in(main: Connection) -> None:
    matched_daily(main, 10)
    plain_posts(main, 5)
    assert silent(main) == []


def test_nothing_is_said_while_its_feeds_fail(main: Connection) -> None:
    matched_daily(main, 10)
    plain_posts(main, 20)
    failing = f"failures = 3, last_success_at = '{stamp(THEN - timedelta(days=2))}'"
    main.execute(f"UPDATE feeds SET {failing}")
    assert silent(main) == []
    main.execute(f"UPDATE feeds SET last_success_at = '{stamp(THEN - timedelta(hours=2))}'")
    assert silent(main) == ["outcry"]
    main.execute("UPDATE feeds SET state = 'removed'")
    assert silent(main) == []


def test_nothing_is_said_of_a_language_that_no_post_had(main: Connection) -> None:
    matched_daily(main, 10)
    plain_posts(main, 20)
    french = RuleSource("outcry", "T", Severity.BACKLASH, 0.8, "q", (), (), languages=("fr",))
    assert silent(main, french) == []


def test_a_rule_that_never_matched_is_told_of_after_ninety_days(main: Connection) -> None:
    live = [RULE, rules.LiveRule("quiet", "q1", "Quiet", "quiet", 2, 0.6, (), "hush", "p")]
    with transaction(main):
        feeds.sync(main, [FeedSettings(FEED, title="T")], now=NOW)
        rules.sync(main, live, now=THEN - timedelta(days=100))
    plain_posts(main, 20)
    main.execute(
        "UPDATE posts SET seen_at = strftime('%Y-%m-%dT%H:%M:%SZ', seen_at, '-' || (id * 5) || ' days')"
    )
    assert silent(main, QUIET) == []  # posts on 20 of 100 days say little
    for shift in range(1, 4):
        main.execute(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at,"
            " seen_at, content_hash) SELECT 1, guid || ?, '', '', '', '', seen_at,"
            " strftime('%Y-%m-%dT%H:%M:%SZ', seen_at, '-' || ? || ' days'), '' FROM posts WHERE guid NOT LIKE '%.%'",
            (f".{shift}", shift),
        )
    assert silent(main, QUIET) == ["quiet"]
    with transaction(main):  # switched off and on again: the silence begins anew
        rules.sync(main, live[:1], now=THEN - timedelta(days=50))
        rules.sync(main, live, now=THEN - timedelta(days=40))
    assert silent(main, QUIET) == []


def test_new_weights_come_with_their_evidence_and_effect(main: Connection) -> None:
    decided(main, 2, 18)
    found = quality.weighing(main, [OUTCRY, QUIET])
    (proposal,) = found.proposals
    assert (proposal.rule, proposal.old, proposal.new) == ("outcry", 0.8, 0.3)
    assert (found.effect.posts, found.effect.lost, found.effect.spared) == (20, 2, 18)
    assert found.too_few == 1
