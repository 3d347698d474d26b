"""Open incidents draw posts that no rule flags: with a reason, without mail, never twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from monitor.addresses import canonical_url
from monitor.flow import rematch
from monitor.flow.ingest import Ingested, Newsroom, ingest
from monitor.model import Judged, Match, Post, Severity, Span, Subscriber, Verdict
from monitor.store import incidents, known, ledger, queue, recall, rules, triage
from monitor.store.db import Connection, Row, stamp, transaction
from monitor.web import triage as page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
FIRST = "Acme Air faces an outcry after handlers smash a musician's guitar"
SONG = "A song about Acme Air, a guitar and what a musician thinks"
RULES = [
    rules.LiveRule("outcry", "v1", "Outcry", "outcry", 3, 0.8, ("backlash",), "outcry", "a.yaml"),
    rules.LiveRule("sorry", "v2", "Sorry", "sorry", 4, 0.3, ("apology",), "sorry", "a.yaml"),
]


def judge(post: Post, _feed: str = "") -> Verdict:
    found = [
        Match(r.rule, r.version, r.title, r.family, Severity(r.severity), r.weight, r.tags,
              (Span("title", post.title.index(r.rule), post.title.index(r.rule) + len(r.rule)),))
        for r in RULES
        if r.rule in post.title
    ]  # fmt: skip
    score = max((m.weight for m in found), default=0.0)
    return Verdict(tuple(found), score, flagged=score >= 0.5)


def post(number: int, title: str, *, text: str = "", at: datetime = NOW) -> Post:
    url = f"https://news{number}.example/{number}"
    return Post(f"g{number}", url, canonical_url(url), title, "", text, text, "en", at)


@dataclass
class Desk:
    conn: Connection
    rule_ids: dict[str, int]
    now: datetime = NOW

    @property
    def newsroom(self) -> Newsroom:
        ann = Subscriber(1, "ann@example.org")
        return Newsroom(self.rule_ids, (ann,), lambda i, s: f"<i{i}.s{s}@example.org>")

    def take(self, *posts: Post, is_drawn: bool = True) -> Ingested:
        with transaction(self.conn):
            return ingest(
                self.conn, 1, [Judged(p, judge(p)) for p in posts], newsroom=self.newsroom,
                is_backlog=False, now=self.now, is_drawn=is_drawn,
            )  # fmt: skip

    def links(self, guid: str) -> list[Row]:
        return self.conn.execute(
            "SELECT incident_posts.*, score, flagged FROM incident_posts"
            " JOIN posts ON posts.id = post_id WHERE guid = ? ORDER BY incident_id",
            (guid,),
        ).fetchall()

    def incident(self, number: int = 1) -> Row:
        row = queue.incident(self.conn, number)
        assert row is not None
        return row

    def ask(self, sql: str) -> list[Sequence[object]]:
        return [tuple(row) for row in self.conn.execute(sql)]


@pytest.fixture
def desk(main: Connection) -> Desk:
    """A house that has stored a thousand posts on nothing in particular."""
    with transaction(main):
        main.execute(
            "INSERT INTO feeds (id, url, fetch_url, title, created_at)"
            " VALUES (1, 'https://n.example/f', 'https://n.example/f', 'News', '')"
        )
        main.executemany(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at,"
            " seen_at, content_hash) VALUES (1, ?, '', '', ?, '', ?, ?, '')",
            [
                (f"old{n}", f"Quiet story {n} of the town", *[stamp(NOW - timedelta(days=60))] * 2)
                for n in range(1_000)
            ],
        )
        ids = rules.sync(main, RULES, now=NOW)
    return Desk(main, ids)


def test_a_later_post_joins_with_the_reason_and_sends_no_mail(desk: Desk) -> None:
    assert desk.take(post(1, FIRST)).alerts == 1
    desk.now += timedelta(days=1)
    done = desk.take(post(2, SONG, at=desk.now))
    assert (done.flagged, done.incidents, done.alerts, done.drawn) == (0, 0, 0, 1)
    (link,) = desk.links("g2")
    assert link["why"] == (
        "tells of incident 1, which is open: names Acme Air, and ‘guitar’, ‘musician’;"
        " by itself no rule finds it"
    )
    assert (link["incident_id"], link["linked_by"], link["is_known"]) == (1, "failwatch", 1)
    assert desk.ask("SELECT count(*) FROM alerts") == [(1,)]
    row = desk.incident()
    assert (row["posts"], row["sources"], row["last_post_at"]) == (2, 2, stamp(desk.now))
    (said,) = desk.ask("SELECT actor, after ->> 'why' FROM audit WHERE action = 'incident.join'")
    assert said == ("failwatch", link["why"])


def test_what_the_rules_said_stays_what_they_said(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    desk.take(post(2, "Acme Air is sorry for the guitar"))
    (link,) = desk.links("g2")
    assert (link["score"], link["flagged"], link["is_known"]) == (0.3, 0, 1)
    assert link["why"].endswith("‘guitar’; by itself the rules give 0.30")
    row = desk.incident()
    assert (row["severity"], row["score"]) == (3, 0.8)  # not the 4 that a half suspicion says
    assert queue.tags(desk.conn, [1]) == {1: ["backlash"]}


def test_the_same_batch_draws_what_its_own_first_post_made_known(desk: Desk) -> None:
    assert desk.take(post(2, SONG), post(1, FIRST)).drawn == 1


def test_posts_seen_again_or_changed_are_not_joined_again(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    assert desk.take(post(2, SONG)).drawn == 1
    assert desk.take(post(1, FIRST), post(2, SONG)).drawn == 0
    assert desk.take(post(2, SONG, text="A new verse.")).drawn == 0
    assert len(desk.links("g2")) == 1
    assert desk.ask("SELECT count(*) FROM audit WHERE action = 'incident.join'") == [(1,)]


def test_a_changed_text_may_tell_of_it_only_then(desk: Desk) -> None:
    desk.take(post(1, FIRST), post(2, "A song about an airline"))
    assert desk.take(post(2, "A song about an airline", text=SONG)).drawn == 1


def test_other_posts_on_the_organisation_do_not_join(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    others = ["Acme Air opens a lounge", "A guitar for a musician", "An airline and a guitar"]
    assert desk.take(*(post(n, title) for n, title in enumerate(others, 2))).drawn == 0


def test_a_dismissed_incident_draws_nothing(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    with transaction(desk.conn):
        triage.decide(
            desk.conn, 1, version=1, status="dismissed", reason="off topic", actor="ann", now=NOW
        )
    assert desk.take(post(2, SONG)).drawn == 0


@pytest.mark.parametrize("status", ["watching", "relevant"])
def test_an_incident_that_a_person_keeps_draws(desk: Desk, status: str) -> None:
    desk.take(post(1, FIRST))
    with transaction(desk.conn):
        triage.decide(desk.conn, 1, version=1, status=status, reason="", actor="ann", now=desk.now)
    desk.now += timedelta(hours=1)
    assert desk.take(post(2, SONG)).drawn == 1
    assert (desk.incident()["status"], desk.incident()["version"]) == (status, 2)


def test_an_old_incident_draws_nothing_however_much_it_drew(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    desk.now += timedelta(days=25)
    assert desk.take(post(2, SONG, at=desk.now)).drawn == 1
    desk.now += timedelta(days=10)
    assert desk.take(post(3, f"{SONG} again", at=desk.now)).drawn == 0


def test_the_casebook_neither_draws_nor_is_drawn(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    assert desk.take(post(2, SONG), is_drawn=False).drawn == 0
    desk.conn.execute("UPDATE incidents SET casebook_id = 'acme', looked_back_at = NULL")
    assert desk.take(post(3, f"{SONG} again")).drawn == 0


def test_the_casebooks_posts_are_passed_over_when_looking_back(desk: Desk) -> None:
    desk.take(post(2, SONG, at=NOW - timedelta(days=1)))
    desk.conn.execute("UPDATE feeds SET state = 'shipped'")
    assert desk.take(post(1, FIRST)).drawn == 0


def test_earlier_posts_are_picked_up_once_when_the_incident_starts(desk: Desk) -> None:
    desk.take(post(2, SONG, at=NOW - timedelta(days=2)))
    desk.take(post(3, f"{SONG} then", at=NOW - timedelta(days=4)))
    done = desk.take(post(1, FIRST))
    assert (done.incidents, done.drawn, done.alerts) == (1, 1, 1)
    assert desk.links("g3") == []
    assert desk.incident()["first_post_at"] == stamp(NOW - timedelta(days=2))
    assert desk.take(post(4, "Quiet story")).drawn == 0
    # What was drawn does not open the window further.
    desk.conn.execute("UPDATE incidents SET looked_back_at = NULL")
    assert desk.take(post(5, "Quiet story too")).drawn == 0
    assert desk.links("g3") == []


def test_stored_posts_are_searched_again_after_a_decision_or_a_name(desk: Desk) -> None:
    desk.take(post(1, FIRST), post(2, "Blue Wing, a guitar and a musician"))
    desk.now += timedelta(hours=1)
    assert desk.take(post(3, "Quiet story")).drawn == 0
    with transaction(desk.conn):
        triage.set_organisation(desk.conn, 1, "Blue Wing", actor="ann", now=desk.now)
    assert desk.take(post(4, "Quiet story too")).drawn == 1
    assert [row["incident_id"] for row in desk.links("g2")] == [1]
    with transaction(desk.conn):
        desk.conn.execute("DELETE FROM incident_posts WHERE is_known")
        desk.now += timedelta(hours=1)
        triage.decide(
            desk.conn, 1, version=2, status="watching", reason="", actor="ann", now=desk.now
        )
    desk.now += timedelta(hours=1)
    assert desk.take(post(5, "Quiet story three")).drawn == 1
    assert desk.take(post(6, "Quiet story four")).drawn == 0


def test_the_reason_is_shown_in_the_queue_and_the_first_flagged_post_leads(desk: Desk) -> None:
    desk.take(post(2, SONG, at=NOW - timedelta(days=2)))
    desk.take(post(1, FIRST))
    (item,) = page.items(desk.conn, queue.page(desk.conn, queue.Filters()), NOW)
    assert item.why[0]["rule"] == "outcry"
    assert item.drawn == (1, desk.links("g2")[0]["why"])
    assert [row["is_known"] for row in queue.posts(desk.conn, 1)] == [1, 0]


def test_a_drawn_post_that_rules_flag_later_stays_and_counts_in_full(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    desk.take(post(2, SONG))
    done = desk.take(post(2, f"{SONG}, with outcry and sorry"))
    assert (done.flagged, done.incidents, done.alerts) == (1, 0, 0)
    (link,) = desk.links("g2")
    assert (link["is_known"], link["why"]) == (
        0, "told of this incident before; now rules flag it too"
    )  # fmt: skip
    assert desk.incident()["severity"] == 4
    assert queue.tags(desk.conn, [1]) == {1: ["apology", "backlash"]}


def test_rules_run_again_keep_what_was_drawn_and_confirm_what_they_flag(desk: Desk) -> None:
    desk.take(post(1, FIRST), post(2, SONG), post(3, f"{SONG} in Oslo"))
    since = NOW - timedelta(days=1)

    def stricter(item: Post, _feed: str) -> Verdict:
        found = judge(item)
        return found if "Oslo" not in item.title else judge(post(0, "outcry"))

    for _ in range(2):
        rematch.run(
            rematch.Tools(desk.conn, stricter, desk.newsroom, lambda: desk.now), since=since
        )
        assert [row["is_known"] for guid in ("g2", "g3") for row in desk.links(guid)] == [1, 0]
    assert desk.ask("SELECT count(*) FROM incidents") == [(1,)]


def test_drawn_posts_are_found_for_the_recall_audit_and_teach_no_weights(desk: Desk) -> None:
    desk.take(post(1, FIRST), post(2, "Acme Air is sorry for the guitar"))
    week = recall.Span("2026-W11", NOW - timedelta(days=3), NOW + timedelta(days=4))
    assert desk.links("g2")[0]["post_id"] not in recall.unflagged(desk.conn, week)
    with transaction(desk.conn):
        triage.decide(desk.conn, 1, version=1, status="relevant", reason="", actor="ann", now=NOW)
        recall.draw(desk.conn, week, population=1, post_ids=[], now=NOW)
    (tally,) = recall.tallies(desk.conn)
    assert tally.found == 2
    assert [d.rules for d in ledger.decided_posts(desk.conn)] == [("outcry",)]
    assert set(ledger.by_rule(desk.conn)) == {"outcry"}


def test_frequent_words_of_the_house_are_no_terms(desk: Desk) -> None:
    desk.conn.execute("UPDATE posts SET title = title || ' musician' WHERE id <= 10")
    desk.take(post(1, FIRST))
    assert desk.take(post(2, "Acme Air, a guitar and a musician")).drawn == 0
    assert known.count(desk.conn, ["musician"], limit=5) == 5
    assert known.count(desk.conn, ["musician", "musicians"], limit=500) == 12


@pytest.mark.parametrize(
    "title",
    [
        'Acme Air" OR outcry* NEAR("a", 5) AND title:x -- outcry',
        "#Acme'); DROP TABLE posts; -- outcry of the guitar",
        "{title} : (outcry) ^Acme* + Air",
        "“Acme” <script>outcry</script> & \x00 Air \u202e",
        "outcry " + "Acme-Air&" * 200,
        "outcry " + "#AcmeAir" * 100,
    ],
)
def test_hostile_titles_are_words_like_others(desk: Desk, title: str) -> None:
    desk.take(post(3, title.replace("outcry", "story"), at=NOW - timedelta(hours=1)))
    assert desk.take(post(1, title, text="So said Acme. So did Acme.")).incidents == 1
    desk.take(post(2, title.replace("outcry", "tale")))
    assert desk.ask("SELECT count(*) FROM incidents") == [(1,)]


def test_nothing_is_read_or_counted_for_an_empty_batch(desk: Desk) -> None:
    asked: list[str] = []
    desk.conn.set_trace_callback(asked.append)
    desk.take()
    desk.conn.set_trace_callback(None)
    assert not [sql for sql in asked if "incident_posts" in sql or "posts_fts" in sql]


def test_a_post_that_names_nobody_is_not_counted(desk: Desk) -> None:
    desk.take(post(1, FIRST))
    asked: list[str] = []
    desk.conn.set_trace_callback(asked.append)
    desk.take(post(2, "A quiet story of a musician and a guitar"))
    desk.conn.set_trace_callback(None)
    assert not [sql for sql in asked if "posts_fts MATCH" in sql]


def test_a_transaction_that_fails_leaves_no_link(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.take(post(1, FIRST))

    def fail(*_a: object, **_k: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(incidents, "recount", fail)
    with pytest.raises(RuntimeError):
        desk.take(post(2, SONG))
    assert desk.links("g2") == []
