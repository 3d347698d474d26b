"""The recall audit: drawn once a week, answered, undone; never half."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Refused, StaleVersion
from monitor.flow import recall as flow
from monitor.rules.recall import estimate
from monitor.store import recall, triage
from monitor.store.db import Connection, stamp, transaction
from tests.newsdesk import incident

SEEN = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
MONDAY = datetime(2026, 3, 9, 0, 5, tzinfo=UTC)


def pick(total: int, count: int) -> list[int]:
    return random.Random(7).sample(range(total), min(total, count))


def add_posts(conn: Connection, count: int, *, seen: datetime = SEEN, start: int = 100) -> None:
    with transaction(conn):
        conn.execute(
            "INSERT OR IGNORE INTO feeds (id, url, fetch_url, title, created_at)"
            " VALUES (9, 'https://n.example/r', 'https://n.example/r', 'News', '')"
        )
        for number in range(start, start + count):
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, text,"
                " published_at, seen_at, content_hash) VALUES (9, ?, ?, '', ?, '', 'Text', ?, ?, '')",
                (f"r{number}", f"https://n.example/r{number}", f"Quiet story {number}", stamp(seen), stamp(seen)),
            )  # fmt: skip


def asked(conn: Connection) -> list[int]:
    return [row["id"] for row in conn.execute("SELECT id FROM recall_posts ORDER BY id")]


def say(conn: Connection, number: int, said: str, version: int = 1, actor: str = "ann") -> int:
    with transaction(conn):
        return flow.answer(conn, number, said, version=version, actor=actor, now=MONDAY)


def test_the_last_whole_week_is_drawn_once(main: Connection) -> None:
    incident(main)
    main.execute("UPDATE posts SET seen_at = ?", (stamp(SEEN),))
    add_posts(main, 40)
    add_posts(main, 5, seen=SEEN - timedelta(days=7), start=500)
    add_posts(main, 5, seen=SEEN + timedelta(days=7), start=600)
    assert flow.draw(main, 10, pick=pick, now=MONDAY) == 10
    assert flow.draw(main, 10, pick=pick, now=MONDAY + timedelta(days=5)) == 0
    (week,) = main.execute("SELECT * FROM recall_weeks").fetchall()
    assert (week["week"], week["population"]) == ("2026-W10", 40)
    assert (week["starts_at"], week["ends_at"]) == ("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z")
    titles = main.execute("SELECT title FROM recall_posts JOIN posts ON posts.id = post_id")
    assert all(100 <= int(row["title"].split()[-1]) < 140 for row in titles)
    drawn = main.execute("SELECT count(*) FROM audit WHERE action = 'recall.draw'").fetchone()[0]
    assert drawn == 1


def test_the_draw_is_switched_off_by_naught_and_waits_for_posts(main: Connection) -> None:
    assert flow.draw(main, 10, pick=pick, now=MONDAY) == 0
    add_posts(main, 3)
    assert flow.draw(main, 0, pick=pick, now=MONDAY) == 0
    assert not main.execute("SELECT * FROM recall_weeks").fetchall()
    assert flow.draw(main, 10, pick=pick, now=MONDAY) == 3


def test_shipped_cases_and_posts_of_incidents_are_not_drawn(main: Connection) -> None:
    number = incident(main)
    add_posts(main, 2)
    main.execute("UPDATE posts SET seen_at = ?, flagged = 0", (stamp(SEEN),))
    assert flow.draw(main, 10, pick=pick, now=MONDAY) == 2
    assert number == 1
    main.execute("UPDATE feeds SET state = 'shipped' WHERE id = 9")
    assert recall.unflagged(main, flow.last_week(MONDAY)) == []


def test_every_post_is_as_likely_as_any_other(main: Connection) -> None:
    add_posts(main, 12)
    chance, seen = random.Random(1), Counter[int]()
    for _ in range(600):
        flow.draw(main, 3, pick=lambda n, k: chance.sample(range(n), k), now=MONDAY)
        seen.update(row["post_id"] for row in main.execute("SELECT post_id FROM recall_posts"))
        main.execute("DELETE FROM recall_posts")
        main.execute("DELETE FROM recall_weeks")
    assert len(seen) == 12
    assert max(seen.values()) < 1.35 * 150
    assert min(seen.values()) > 0.65 * 150


@given(st.integers(1_577_836_800, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC)))
def test_weeks_lie_end_to_end_and_are_over(now: datetime) -> None:
    span, following = flow.last_week(now), flow.last_week(now + timedelta(days=7))
    assert span.ends_at <= now < span.ends_at + timedelta(days=7)
    assert following.starts_at == span.ends_at
    assert span.week != following.week
    assert span.starts_at.strftime("%G-W%V") == span.week


def test_a_relevant_post_starts_an_incident_by_the_person(main: Connection) -> None:
    add_posts(main, 1)
    flow.draw(main, 10, pick=pick, now=MONDAY)
    (number,) = asked(main)
    assert say(main, number, "relevant") == 2
    (row,) = main.execute("SELECT * FROM incidents").fetchall()
    assert (row["status"], row["decided_by"], row["posts"]) == ("relevant", "ann", 1)
    (link,) = main.execute("SELECT * FROM incident_posts").fetchall()
    assert link["linked_by"] == "ann"
    actions = [r["action"] for r in main.execute("SELECT action FROM audit WHERE actor = 'ann'")]
    assert actions == ["incident.start", "incident.status", "recall.answer"]
    assert not main.execute("SELECT * FROM rule_decisions").fetchall()
    with transaction(main):
        flow.undo(main, number, version=2, actor="ann", now=MONDAY)
    (row,) = main.execute("SELECT * FROM incidents").fetchall()
    assert (row["status"], row["reason"]) == ("dismissed", "not a failure")
    assert recall.count_waiting(main) == 1
    say(main, number, "relevant", version=3)
    (row,) = main.execute("SELECT * FROM incidents").fetchall()
    assert row["status"] == "relevant"


def test_a_post_on_a_known_incident_joins_it_and_undo_takes_it_out(main: Connection) -> None:
    incident(main, title="Acme Foods pulls its advert after customers protest in Berlin")
    add_posts(main, 1)
    main.execute(
        "UPDATE posts SET title = 'Acme Foods pulls its advert after customers protest in Berlin',"
        " published_at = '2026-03-02T00:00:00Z', seen_at = ? WHERE feed_id = 9",
        (stamp(SEEN),),
    )
    flow.draw(main, 10, pick=pick, now=MONDAY)
    (number,) = asked(main)
    say(main, number, "relevant")
    (row,) = main.execute("SELECT * FROM incidents").fetchall()
    assert (row["status"], row["posts"]) == ("new", 2)
    with transaction(main):
        flow.undo(main, number, version=2, actor="bob", now=MONDAY)
    (row,) = main.execute("SELECT * FROM incidents").fetchall()
    assert (row["status"], row["posts"]) == ("new", 1)


def test_a_later_decision_of_somebody_else_is_left_alone(main: Connection) -> None:
    add_posts(main, 1)
    flow.draw(main, 10, pick=pick, now=MONDAY)
    (number,) = asked(main)
    say(main, number, "relevant")
    with transaction(main):
        triage.decide(main, 1, version=2, status="watching", reason="", actor="bob", now=MONDAY)
        flow.undo(main, number, version=2, actor="ann", now=MONDAY)
    assert main.execute("SELECT status FROM incidents").fetchone()[0] == "watching"


def test_nobody_overwrites_anybody_and_no_other_answer_is_taken(main: Connection) -> None:
    add_posts(main, 1)
    flow.draw(main, 10, pick=pick, now=MONDAY)
    (number,) = asked(main)
    say(main, number, "not", actor="bob")
    with pytest.raises(StaleVersion, match="meanwhile by bob"):
        say(main, number, "relevant")
    assert not main.execute("SELECT * FROM incidents").fetchall()
    with pytest.raises(Refused, match="maybe is no answer"):
        say(main, number, "maybe", version=2)
    with pytest.raises(Refused, match="no post 77"):
        say(main, 77, "not")


def test_a_failure_in_the_middle_leaves_nothing(
    main: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_posts(main, 1)
    flow.draw(main, 10, pick=pick, now=MONDAY)
    (number,) = asked(main)

    def fail(*_a: object, **_k: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(recall, "answer", fail)
    with pytest.raises(RuntimeError):
        say(main, number, "relevant")
    assert not main.execute("SELECT * FROM incidents").fetchall()
    assert recall.count_waiting(main) == 1


def test_the_week_counts_what_was_flagged_when_it_was_drawn(main: Connection) -> None:
    for number in (1, 2, 3):
        incident(main, number)
    main.execute("UPDATE posts SET seen_at = ?", (stamp(SEEN),))
    add_posts(main, 10)
    flow.draw(main, 5, pick=pick, now=MONDAY)
    with transaction(main):
        triage.decide(main, 1, version=1, status="relevant", reason="", actor="a", now=MONDAY)
        triage.decide(main, 2, version=1, status="dismissed", reason="other", actor="a", now=MONDAY)
    for number, said in zip(asked(main), ("relevant", "not", "not", "cannot tell"), strict=False):
        say(main, number, said)
    # A rule that is mended and run again later flags what was missed: the week stays as it was.
    main.execute("UPDATE posts SET flagged = 1 WHERE feed_id = 9")
    (week,) = flow.weeks(main)
    assert (week.population, week.missed, week.cleared, week.unclear, week.open) == (10, 1, 2, 1, 1)
    assert (week.found, week.undecided) == (1, 1)
    found = estimate([week])
    assert found is not None
    assert found.missed_a_week.value == pytest.approx(10 / 3)
