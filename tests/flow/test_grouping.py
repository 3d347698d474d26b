"""Flagged posts in the database: folded, joined, started, suggested, and put right by people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from monitor.addresses import canonical_url
from monitor.errors import Refused, StaleVersion
from monitor.flow import grouping as flow
from monitor.flow import tuning
from monitor.flow.ingest import Ingested, Newsroom, ingest
from monitor.incidents.group import STANDARD
from monitor.model import Judged, Match, Post, Severity, Span, Status, Subscriber, Verdict
from monitor.settings import Thresholds
from monitor.store import (
    changes,
    grouping,
    organisations,
    overrule,
    placing,
    queue,
    rules,
    suggestions,
    triage,
)
from monitor.store.db import Connection, Row, stamp, transaction

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
RULE = rules.LiveRule("any", "v1", "Any", "any", 3, 0.8, (), "any", "a.yaml")
ANN = Subscriber(1, "ann@example.org")

PARKA = (
    "Acme apologises for winter parka advert",
    (
        "Acme has pulled an advert for its winter parka after critics called the mountain rescue scene"
        " tasteless. The retailer said sorry on Tuesday and promised to do better in the spring."
    ),
)
PARKA_AGAIN = (
    "Shoppers turn on Acme over the winter parka",
    (
        "The mountain rescue scene in the parka advert went down badly, and Acme is sorry. Critics"
        " want the retailer to give money to rescuers."
    ),
)
FINED = (
    "Acme is fined for the winter parka advert",
    (
        "A watchdog has ruled that Acme mocked mountain rescue in its advert for a winter parka. The"
        " retailer, which pulled it, must pay. Critics of the scene welcomed the ruling."
    ),
)
TILLS = (
    "Acme tills fail across the country",
    (
        "Acme could take no cards on Saturday when its payment terminals went dark for six hours."
        " Queues reached the car parks."
    ),
)


@dataclass
class Desk:
    conn: Connection
    rule_ids: dict[str, int]
    now: datetime = NOW
    thresholds: Thresholds = STANDARD
    count: int = 0

    def take(self, told: tuple[str, str], *, url: str = "", days: float = 0) -> Ingested:
        self.count += 1
        url = url or f"https://news{self.count}.example/{self.count}"
        self.now = max(self.now, NOW + timedelta(days=days))
        title, text = told
        post = Post(
            f"g{self.count}", url, canonical_url(url), title, "", text, text, "en",
            NOW + timedelta(days=days),
        )  # fmt: skip
        match = Match("any", "v1", "Any", "any", Severity(3), 0.8, (), (Span("title", 0, 1),))
        room = Newsroom(
            self.rule_ids, (ANN,), lambda i, s: f"<i{i}.s{s}@example.org>", self.thresholds
        )
        with transaction(self.conn):
            return ingest(
                self.conn, 1, [Judged(post, Verdict((match,), 0.8, flagged=True))], newsroom=room,
                is_backlog=False, now=self.now,
            )  # fmt: skip

    def where(self) -> list[tuple[int, int]]:
        rows = self.conn.execute(
            "SELECT post_id, incident_id FROM incident_posts ORDER BY post_id, incident_id"
        )
        return [(row["post_id"], row["incident_id"]) for row in rows]

    def why(self, post: int) -> str:
        row = self.conn.execute("SELECT why FROM incident_posts WHERE post_id = ?", (post,))
        return str(row.fetchone()["why"])

    def folds(self) -> list[int | None]:
        return [r["copy_of"] for r in self.conn.execute("SELECT copy_of FROM posts ORDER BY id")]

    def incident(self, number: int) -> Row:
        row = queue.incident(self.conn, number)
        assert row is not None
        return row


@pytest.fixture
def desk(main: Connection) -> Desk:
    with transaction(main):
        main.execute(
            "INSERT INTO feeds (id, url, fetch_url, title, created_at)"
            " VALUES (1, 'https://n.example/f', 'https://n.example/f', 'News', '')"
        )
        ids = rules.sync(main, [RULE], now=NOW)
    return Desk(main, ids)


def test_a_copy_joins_is_folded_and_is_no_source_of_its_own(desk: Desk) -> None:
    desk.take(PARKA)
    done = desk.take(("Retailer says sorry", f"{PARKA[1]} Sign up to our letter."), days=1)
    assert (done.incidents, done.alerts) == (0, 0)
    assert desk.where() == [(1, 1), (2, 1)]
    assert desk.why(2) == "a copy of post 1: the same text (100% of the shorter)"
    assert desk.folds() == [None, 1]
    assert (desk.incident(1)["posts"], desk.incident(1)["sources"]) == (2, 1)


def test_copies_fold_under_the_first_even_if_it_arrives_last(desk: Desk) -> None:
    desk.take(PARKA, days=2)
    desk.take(("Sorry, says Acme", PARKA[1]), days=1)
    desk.take(("A parka too far", PARKA[1]), days=0)
    assert desk.folds() == [3, 3, None]
    assert {incident for _, incident in desk.where()} == {1}


def test_blogs_and_subdomains_of_one_publisher_are_one_source(desk: Desk) -> None:
    desk.take(PARKA, url="https://news.paper.co.uk/1")
    desk.take(PARKA_AGAIN, url="https://blogs.paper.co.uk/2", days=1)
    assert (desk.incident(1)["posts"], desk.incident(1)["sources"]) == (2, 1)


def test_another_telling_joins_with_what_is_shared(desk: Desk) -> None:
    desk.take(PARKA)
    desk.take(PARKA_AGAIN, days=2)
    assert desk.where() == [(1, 1), (2, 1)]
    assert desk.why(2).startswith("shares Acme and ‘")
    assert desk.folds() == [None, None]
    assert desk.incident(1)["sources"] == 2


def test_two_failures_of_one_organisation_stay_two(desk: Desk) -> None:
    desk.take(PARKA)
    assert desk.take(TILLS, days=1).incidents == 1
    assert desk.where() == [(1, 1), (2, 2)]


def test_two_copies_become_one_story_when_the_one_between_them_arrives(desk: Desk) -> None:
    start, end = PARKA[1], TILLS[1].replace("Acme", "The chain")
    desk.take(("The first half", start))
    desk.take(("The second half", end), days=0.1)
    assert desk.where() == [(1, 1), (2, 2)]
    desk.take(("The whole story", f"{start} {end}"), days=0.2)
    assert desk.where() == [(1, 1), (2, 1), (3, 1)]
    assert desk.incident(2)["merged_into"] == 1
    assert desk.folds() == [None, 1, 1]


def test_what_a_person_touched_is_not_made_one_by_machine(desk: Desk) -> None:
    start, end = PARKA[1], TILLS[1].replace("Acme", "The chain")
    desk.take(("The first half", start))
    desk.take(("The second half", end), days=0.1)
    with transaction(desk.conn):
        triage.decide(
            desk.conn, 2, version=1, status=Status.WATCHING, reason="", actor="ann", now=NOW
        )
    desk.take(("The whole story", f"{start} {end}"), days=0.2)
    assert desk.where() == [(1, 1), (2, 2), (3, 1), (3, 2)]


def test_a_follow_up_weeks_later_reopens_the_incident(desk: Desk) -> None:
    desk.take(PARKA)
    desk.take(PARKA_AGAIN, days=3)
    assert desk.incident(1)["reopened_at"] is None
    desk.take(FINED, days=40)
    assert desk.incident(1)["posts"] == 3
    assert desk.incident(1)["reopened_at"] == stamp(desk.now)


def test_a_decided_incident_waits_again_when_it_is_told_of_after_weeks(desk: Desk) -> None:
    desk.take(PARKA)
    with transaction(desk.conn):
        triage.decide(desk.conn, 1, version=1, status="relevant", reason="", actor="ann", now=NOW)
    desk.take(PARKA_AGAIN, days=3)
    assert desk.incident(1)["status"] == "relevant"
    desk.take(FINED, days=40)
    assert desk.incident(1)["status"] == "new"
    assert "silent days" in changes.found(desk.conn, 2)["words"]  # type: ignore[index]
    with transaction(desk.conn):
        changes.undo(desk.conn, 2, actor="ann", now=desk.now)
    assert desk.incident(1)["status"] == "relevant"


def test_a_follow_up_to_a_dismissed_story_is_news_again(desk: Desk) -> None:
    desk.take(PARKA)
    with transaction(desk.conn):
        triage.decide(
            desk.conn, 1, version=1, status=Status.DISMISSED, reason="off topic", actor="ann", now=NOW
        )  # fmt: skip
    assert desk.take(PARKA_AGAIN, days=3).incidents == 0
    assert desk.take(FINED, days=40).incidents == 1


def test_after_a_split_a_new_post_joins_by_what_is_left(desk: Desk) -> None:
    desk.take(PARKA)
    desk.take(TILLS, days=1)
    with transaction(desk.conn):
        overrule.merge(desk.conn, 2, 1, version=None, actor="ann", now=NOW)
    desk.take(("Acme tills went dark", "Acme payment terminals took no cards; queues."), days=1)
    assert desk.where()[-1] == (3, 1)
    with transaction(desk.conn):
        number, _ = overrule.split(desk.conn, 1, [2, 3], version=None, actor="ann", now=NOW)
    desk.take(("Again: Acme tills are dark", "Acme: no cards, terminals dark, queues."), days=2)
    assert desk.where()[-1] == (4, number)
    terms = "SELECT count(*) AS n FROM incident_terms WHERE incidents < 0 OR incidents > 2"
    assert desk.conn.execute(terms).fetchone()["n"] == 0


def suggested(desk: Desk) -> None:
    desk.thresholds = Thresholds(join=0.9, suggest=0.05)
    desk.take(PARKA)
    desk.take(PARKA_AGAIN, days=1)
    assert desk.where() == [(1, 1), (2, 2)]


def test_what_is_somewhat_alike_is_asked_on_both_pages(desk: Desk) -> None:
    suggested(desk)
    for number in (1, 2):
        (asked,) = suggestions.of_incident(desk.conn, number)
        assert (asked["post_id"], asked["incident_id"]) == (2, 1)
        assert asked["why"].startswith("shares Acme")


def test_yes_makes_them_one_and_is_a_label(desk: Desk) -> None:
    suggested(desk)
    with transaction(desk.conn):
        suggestions.answer(desk.conn, 2, 1, is_same=True, version=1, actor="ann", now=NOW)
    assert desk.where() == [(1, 1), (2, 1)]
    assert suggestions.of_incident(desk.conn, 1) == []
    (label,) = desk.conn.execute("SELECT * FROM overrules").fetchall()
    assert (label["kind"], label["post_id"], label["incident_id"]) == ("join", 2, 1)
    with pytest.raises(Refused, match="ann has answered yes already"), transaction(desk.conn):
        suggestions.answer(desk.conn, 2, 1, is_same=False, version=None, actor="bob", now=NOW)


def test_yes_for_a_post_of_a_larger_incident_links_it_to_both(desk: Desk) -> None:
    suggested(desk)
    desk.thresholds = STANDARD
    with transaction(desk.conn):
        placing.link(desk.conn, 2, 1, actor="bob", now=NOW)
        suggestions.answer(desk.conn, 2, 1, is_same=True, version=None, actor="ann", now=NOW)
    assert desk.where() == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_no_keeps_them_apart_for_good(desk: Desk) -> None:
    suggested(desk)
    with transaction(desk.conn):
        suggestions.answer(desk.conn, 2, 1, is_same=False, version=1, actor="ann", now=NOW)
    assert suggestions.of_incident(desk.conn, 1) == []
    flow.refresh(desk.conn)
    rows = grouping.sharing(desk.conn, [("acme", 2)], post_id=2, dismissed_since=NOW, limit=9)
    assert [row["id"] for row in rows] == [2]


def test_an_answer_to_what_was_changed_meanwhile_is_refused(desk: Desk) -> None:
    suggested(desk)
    with pytest.raises(StaleVersion), transaction(desk.conn):
        suggestions.answer(desk.conn, 2, 1, is_same=True, version=7, actor="ann", now=NOW)
    assert len(suggestions.of_incident(desk.conn, 1)) == 1


def test_what_people_said_is_labelled_with_how_alike_it_is_without_them(desk: Desk) -> None:
    desk.take(PARKA)
    desk.take(PARKA_AGAIN, days=1)
    desk.take(TILLS, days=1)
    assert desk.where() == [(1, 1), (2, 1), (3, 2)]
    with transaction(desk.conn):
        placing.link(desk.conn, 1, 3, actor="ann", now=NOW)
        overrule.split(desk.conn, 1, [2], version=None, actor="ann", now=NOW)
    told = {
        (t.label.post_id, t.label.incident_id): t.label
        for t in tuning.said(desk.conn, grouping.labels(desk.conn))
    }
    assert (told[2, 1].is_same, told[3, 1].is_same) == (False, True)
    assert told[2, 1].likeness > STANDARD.join > told[3, 1].likeness
    assert (3, 2) not in told


def test_a_yes_that_is_taken_back_is_asked_again(desk: Desk) -> None:
    suggested(desk)
    with transaction(desk.conn):
        change = suggestions.answer(desk.conn, 2, 1, is_same=True, version=1, actor="ann", now=NOW)
        changes.undo(desk.conn, change, actor="ann", now=NOW)
    assert desk.where() == [(1, 1), (2, 2)]
    assert len(suggestions.of_incident(desk.conn, 1)) == 1


def test_a_no_that_is_taken_back_is_asked_again_and_teaches_nothing(desk: Desk) -> None:
    suggested(desk)
    with transaction(desk.conn):
        change = suggestions.answer(desk.conn, 2, 1, is_same=False, version=1, actor="ann", now=NOW)
    assert grouping.labels(desk.conn)
    with transaction(desk.conn):
        changes.undo(desk.conn, change, actor="ann", now=NOW)
    assert len(suggestions.of_incident(desk.conn, 1)) == 1
    assert grouping.labels(desk.conn) == []


def parts(desk: Desk, number: int) -> list[tuple[str, str, str]]:
    rows = organisations.of_incident(desk.conn, number)
    return [(row["name"], row["state"], row["role"]) for row in rows]


def test_organisations_are_proposed_and_known_ones_for_later_posts_too(desk: Desk) -> None:
    desk.take(PARKA)
    assert parts(desk, 1) == [("Acme", "proposed", "failed")]
    with transaction(desk.conn):
        organisations.of_name(desk.conn, "Northwind Rescue", now=NOW, confirmed=True)
    text = f"{PARKA_AGAIN[1]} Northwind Rescue said it was hurt."
    desk.take((PARKA_AGAIN[0], text), days=1)
    assert parts(desk, 1) == [
        ("Acme", "proposed", "failed"),
        ("Northwind Rescue", "proposed", "responded"),
    ]


def test_what_a_person_rejected_is_not_proposed_again(desk: Desk) -> None:
    desk.take(PARKA)
    with transaction(desk.conn):
        organisations.reject(desk.conn, 1, "ACME", actor="ann", now=NOW)
    desk.take(PARKA_AGAIN, days=1)
    assert parts(desk, 1) == []
