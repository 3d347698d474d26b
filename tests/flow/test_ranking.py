"""Places in the queue: reckoned when due, learnt from decisions, told of when a story spreads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from monitor.alerts import letter
from monitor.flow import ranking, spreading
from monitor.incidents import rank, spread
from monitor.model import Severity
from monitor.store import preference, queue, triage
from monitor.store import ranking as places
from monitor.store.db import Connection, stamp, transaction
from tests.newsdesk import KEY, NOW, incident, subscriber

ANN = "ann"


def decide(main: Connection, number: int, status: str, minute: int = 0) -> None:
    row = main.execute("SELECT version FROM incidents WHERE id = ?", (number,)).fetchone()
    reason = "off topic" if status == "dismissed" else ""
    with transaction(main):
        triage.decide(
            main, number, version=row["version"], status=status, reason=reason, actor=ANN,
            now=NOW + timedelta(minutes=minute),
        )  # fmt: skip


def work(main: Connection, desk: ranking.Desk) -> None:
    while (done := ranking.run(main, desk, now=NOW)).ranked or done.learnt:
        pass


def order(main: Connection) -> list[str]:
    return [row["title"] for row in queue.page(main, queue.Filters())]


def taught(main: Connection) -> ranking.Desk:
    """Thirty decisions of each kind: airlines are kept, footballers dismissed."""
    desk = ranking.Desk()
    for number in range(1, 61):
        is_kept = number % 2 == 0
        title = f"Airline strands {number} guests" if is_kept else f"Footballer {number} outcry"
        incident(main, number, title)
    work(main, desk)
    for number in range(1, 61):
        decide(main, number, "relevant" if number % 2 == 0 else "dismissed", number)
    return desk


def test_what_changes_while_it_is_reckoned_is_left_for_the_next_round(
    main: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = incident(main, 1), incident(main, 2)
    read = places.sightings

    def slowly(conn: Connection, numbers: list[int]) -> dict[int, list[tuple[str, str]]]:
        found = read(conn, numbers)
        with transaction(conn):
            conn.execute("UPDATE incidents SET score = 0.2 WHERE id = ?", (first,))
        return found

    monkeypatch.setattr(places, "sightings", slowly)
    assert ranking.run(main, ranking.Desk(), now=NOW).ranked == 1
    assert set(places.arithmetic(main, [first, second])) == {second}
    monkeypatch.undo()
    assert ranking.run(main, ranking.Desk(), now=NOW).ranked == 1
    parts, _ = places.arithmetic(main, [first])[first]
    assert parts[0][2] == "the rules give 0.20"


def test_places_are_reckoned_before_the_lock_is_taken(
    main: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident(main)
    reckon, held = rank.rank, []

    def watched(signals: rank.Signals) -> rank.Ranked:
        held.append(main.in_transaction)
        return reckon(signals)

    monkeypatch.setattr(rank, "rank", watched)
    assert ranking.run(main, ranking.Desk(), now=NOW).ranked == 1
    assert held == [False]


def test_a_new_incident_has_its_place_at_once_and_its_arithmetic_after_a_round(
    main: Connection,
) -> None:
    number = incident(main)
    row = queue.incident(main, number)
    assert row is not None
    assert row["rank"] == row["score"]
    work(main, ranking.Desk())
    parts, value = places.arithmetic(main, [number])[number]
    assert [name for name, _, _ in parts] == [
        "rules", "spread", "novelty", "profile", "preference", "age",
    ]  # fmt: skip
    product = 1.0
    for _, factor, _ in parts:
        product *= factor
    assert value == pytest.approx(product)


def test_what_changes_an_incident_makes_its_place_due(main: Connection) -> None:
    number = incident(main)
    work(main, ranking.Desk())
    assert places.due(main, now=NOW, limit=9) == []
    assert places.due(main, now=NOW + timedelta(days=1), limit=9) == [number]
    with transaction(main):
        triage.set_title(main, number, "Another name", version=None, actor=ANN, now=NOW)
    assert places.due(main, now=NOW, limit=9) == [number]


def test_the_profile_puts_what_concerns_the_team_first(main: Connection) -> None:
    incident(main, 2, "Zorg draws an outcry")
    incident(main, 4, "Bolt draws an outcry")
    work(main, ranking.Desk(profile=(("brands", "zörg"),)))
    assert order(main) == ["Zorg draws an outcry", "Bolt draws an outcry"]


def test_decisions_are_learnt_and_taken_back(main: Connection) -> None:
    desk = taught(main)
    work(main, desk)
    assert desk.learnt.standing.is_on
    assert (desk.learnt.standing.kept, desk.learnt.standing.dropped) == (30, 30)
    one = incident(main, 101, "Footballer gets an outcry")
    two = incident(main, 102, "Airline gets an outcry")
    work(main, desk)
    found = places.arithmetic(main, [one, two])
    by_word = {n: {p[0]: p for p in found[n][0]}["preference"] for n in (one, two)}
    assert by_word[one][1] < 1 < by_word[two][1]
    assert "“airline”" in by_word[two][2]
    assert "30 kept, 0 dropped" in by_word[two][2]
    last = main.execute("SELECT version FROM incidents WHERE id = 60").fetchone()["version"]
    with transaction(main):
        triage.undo(main, 60, version=last, actor=ANN, now=NOW + timedelta(hours=2))
    work(main, desk)
    assert desk.learnt.standing.kept == 29


def test_a_word_set_by_hand_counts_at_once_and_is_in_the_log(main: Connection) -> None:
    one, two = incident(main, 1, "Bolt outcry"), incident(main, 2, "Zorg outcry")
    desk = ranking.Desk()
    work(main, desk)
    with transaction(main):
        assert preference.set_word(main, " Zörg ", "less", actor=ANN, now=NOW) == "zorg"
    work(main, desk)
    parts = {n: {p[0]: p for p in places.arithmetic(main, [n])[n][0]} for n in (one, two)}
    assert parts[two]["preference"][1] < 1 == parts[one]["preference"][1]
    assert "set by hand: less" in parts[two]["preference"][2]
    logged = main.execute(
        "SELECT actor, item FROM audit WHERE action = 'preference.word'"
    ).fetchone()
    assert tuple(logged) == (ANN, "word:zorg")


def test_some_are_drawn_and_marked_and_the_rest_stand_in_order(main: Connection) -> None:
    for number in range(1, 81):
        incident(main, number)
    desk = ranking.Desk()
    work(main, desk)
    drawn = main.execute("SELECT count(*) FROM incidents WHERE is_drawn").fetchone()[0]
    assert 1 <= drawn <= 24
    rows = main.execute(
        "SELECT rank, value FROM incidents JOIN ranks ON incident_id = id WHERE NOT is_drawn"
    )
    assert all(row["rank"] == row["value"] for row in rows)


def test_a_story_that_spreads_is_told_of_once_a_level(main: Connection) -> None:
    number = incident(main)
    told: list[tuple[int, int]] = []

    def tell(_conn: Connection, incident_id: int, reached: object, _now: object) -> int:
        told.append((incident_id, reached.level.number))  # type: ignore[attr-defined]
        return 1

    desk = ranking.Desk(tell=tell)
    work(main, desk)
    post = main.execute("SELECT * FROM posts").fetchone()
    for n, hours in enumerate((1, 2, 3, 4), 50):
        main.execute(
            "INSERT INTO posts (id, feed_id, guid, url, canonical_url, title, title_key,"
            " published_at, seen_at, content_hash) VALUES (?, ?, ?, '', ?, 't', 't', ?, ?, '')",
            (n, post["feed_id"], f"x{n}", f"https://site{n}.example/a",
             stamp(NOW - timedelta(hours=hours)), stamp(NOW)),
        )  # fmt: skip
        main.execute(
            "INSERT INTO incident_posts VALUES (?, ?, 'failwatch', 'x', ?, 0)",
            (number, n, stamp(NOW)),
        )
        main.execute("UPDATE incidents SET posts = posts + 1 WHERE id = ?", (number,))
        work(main, desk)
    assert told == [(number, 1), (number, 2)]
    row = queue.incident(main, number)
    assert row is not None
    assert (row["developing"], row["developing_at"]) == (2, stamp(NOW))


def test_a_spreading_story_is_mailed_to_those_who_want_it_and_not_when_it_is_old(
    main: Connection, private: Connection
) -> None:
    number = incident(main)
    ann, bob = subscriber(private, "ann@example.org"), subscriber(private, "bob@example.org")
    people = (ann, replace(bob, min_severity=Severity.CRISIS))
    bell = spreading.Bell(
        lambda: people, partial(letter.message_id, key=KEY, domain="house.example")
    )
    first, second = (spread.Reached(level, NOW) for level in spread.LEVELS)
    with transaction(main):
        assert bell(main, number, first, NOW + timedelta(days=2)) == 0
        assert [bell(main, number, level, NOW) for level in (first, first, second)] == [1, 0, 1]
    rows = main.execute("SELECT kind, subscriber_id, why FROM alerts ORDER BY id").fetchall()
    assert [(row["kind"], row["subscriber_id"]) for row in rows] == [
        ("developing", ann.id), ("widespread", ann.id),
    ]  # fmt: skip
    assert "3 independent sources within 6 hours" in rows[0]["why"]
