"""`failwatch rules score`, `recall`, `starved`, `weigh` in a real folder."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import app
from monitor.flow import files, recall
from monitor.model import Judged, Match, Post, Severity, Verdict
from monitor.store import db, incidents, posts, triage
from monitor.store.db import transaction
from tests.office import Office, eventually, free_port, read_until, running

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PACK = """\
pack: ours
rules:
  - id: outcry
    title: Outcry
    severity: 3
    weight: 0.8   # from the hip
    query: outcry
    examples:
      match: [an outcry, the outcry]
      no_match: [a cry, an adverb]
  - id: fuss
    title: Fuss
    severity: 1
    weight: 0.3
    query: fuss
    examples:
      match: [a fuss, the fuss]
      no_match: [calm, quiet]
"""


@pytest.fixture
def team(tmp_path: Path) -> Office:
    """Two rules; `outcry` was right twice and wrong eighteen times."""
    made = Office(tmp_path, free_port())
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/ours.yaml").write_text(PACK)
    (tmp_path / "feeds.yaml").write_text("feeds:\n  - url: https://n.example/f\n")
    data = app.Data(made.data)
    loaded = files.load_files(tmp_path, {})
    with app.stores(data) as (main, _):
        ids = app.adopt(main, loaded)
        for number in range(20):
            decide(main, ids, loaded.rule_set.rules[0].version, number)
    return made


def decide(main: db.Connection, ids: dict[str, int], version: str, number: int) -> None:
    url = f"https://n.example/{number}"
    title = f"Outcry number {number}" + (" over a film" if number > 1 else "")
    post = Post(str(number), url, url, title, "", "", "", "en", NOW)
    match = Match("outcry", version, "Outcry", "outcry", Severity.BACKLASH, 0.8, (), ())
    judged = Judged(post, Verdict((match,), 0.8, flagged=True))
    with transaction(main):
        (saved,) = posts.save(main, 1, [judged], rule_ids=ids, now=NOW)
        incident = incidents.start(main, saved.id, judged, published_at=NOW, why="first", now=NOW)
        status, reason = ("relevant", "") if number < 2 else ("dismissed", "not a failure")
        triage.decide(main, incident, version=1, status=status, reason=reason, actor="ann", now=NOW)


def test_the_scores_are_a_table_with_advice(team: Office) -> None:
    said = team.run("rules", "score")
    assert "0.10 (0.03 to 0.30, 2 of 20)" in said
    assert "narrow" in said
    assert "1 rule in force without a decision yet." in said
    assert max(map(len, said.splitlines())) <= 120
    one = team.run("rules", "score", "outcry")
    assert "Narrow it: 2 of 20 decided incidents were relevant (0.03 to 0.30)." in one
    assert "in force" in one
    data = json.loads(team.run("rules", "score", "outcry", "--json"))
    assert data["score"]["advice"] == "narrow"
    assert data["weeks"] == [{"week": "2026-W09", "hits": 2, "total": 20}]
    assert data["versions"][0]["precision"]["total"] == 20
    every = json.loads(team.run("rules", "score", "--json"))
    assert [s["rule"] for s in every] == ["outcry", "fuss"]
    assert "There is no rule nobody" in team.run("rules", "score", "nobody", fails=True)


def test_weights_are_proposed_and_written_only_when_told(team: Office) -> None:
    file = team.root / "rules/ours.yaml"
    said = team.run("rules", "weigh")
    assert "0.80 → 0.30" in said
    assert "2 relevant and 18 other would no longer be flagged" in said
    assert "Nothing is written" in said
    assert file.read_text() == PACK
    data = json.loads(team.run("rules", "weigh", "--write", "--json"))
    assert data["written"] == ["rules/ours.yaml"]
    assert data["effect"] == {"posts": 20, "failures_lost": 2, "others_spared": 18, "failures_gained": 0, "others_added": 0}  # fmt: skip
    assert file.read_text() == PACK.replace("0.8   # from", "0.30   # from")
    assert team.ask("SELECT action, after ->> 'weight' FROM audit WHERE item = 'local-rule:outcry'") == [("rule.weigh", 0.3)]  # fmt: skip
    # The same decisions are not counted again, neither before nor after a worker takes it up.
    assert "No weight needs to change." in team.run("rules", "weigh")
    with app.stores(app.Data(team.data)) as (main, _):
        app.adopt(main, files.load_files(team.root, {}))
    assert "No weight needs to change." in team.run("rules", "weigh")
    assert "2 of 20" in team.run("rules", "score")
    # A person's own weight is a new start.
    file.write_text(PACK.replace("0.8", "0.7"))
    assert "No weight needs to change." in team.run("rules", "weigh")
    with app.stores(app.Data(team.data)) as (main, _):
        app.adopt(main, files.load_files(team.root, {}))
    assert "2 rules with fewer than 8 decisions left as they are." in team.run("rules", "weigh")


def test_recall_and_starved_say_when_there_is_nothing_yet(team: Office) -> None:
    assert "No week has been sampled yet." in team.run("rules", "recall")
    assert json.loads(team.run("rules", "recall", "--json")) == {
        "weeks": [], "missed_a_week": None, "recall": None,
    }  # fmt: skip
    team.change(
        "INSERT INTO recall_weeks VALUES ('2026-W09', '2026-02-23T00:00:00Z', '2026-03-02T00:00:00Z', '2026-03-02T00:00:01Z', 500)"
    )
    team.change("UPDATE posts SET flagged = 0, seen_at = '2026-02-24T00:00:00Z' WHERE id > 10")
    for number in range(11, 21):
        team.change(
            f"INSERT INTO recall_posts (week, post_id, answer) VALUES ('2026-W09', {number}, 'not')"
        )
    said = team.run("rules", "recall")
    assert "Missed: about 0 posts a week (95 % interval: 0 to 13" in said
    assert "0 of 10 posts looked at were failures, drawn from 500 that nothing flagged." in said
    assert json.loads(team.run("rules", "recall", "--json"))["missed_a_week"]["high"] < 140
    assert team.run("rules", "starved") == "No rule is starved.\n"
    assert json.loads(team.run("rules", "starved", "--json")) == []


def test_the_worker_draws_the_week_once_however_often_it_is_killed(team: Office) -> None:
    (team.root / "feeds.yaml").write_text("feeds: []\n")
    (team.root / "failwatch.yaml").write_text("recall_audit: {posts: 4}\n")
    span = recall.last_week(app.now())
    seen = db.stamp(span.starts_at)
    for number in range(9):
        team.change(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at,"
            f" seen_at, content_hash) VALUES (1, 'q{number}', '', '', 'Quiet', '', '{seen}', '{seen}', '')"
        )
    drawn = "SELECT week, post_id FROM recall_posts ORDER BY post_id"
    with running(team.start("worker")) as worker:
        eventually(lambda: len(team.ask(drawn)) == 4)
        worker.kill()
    first = team.ask(drawn)
    assert {week for week, _ in first} == {span.week}
    with running(team.start("worker")) as worker:
        read_until(worker, "The worker is running")
        time.sleep(1)
    assert team.ask(drawn) == first
    assert team.ask("SELECT population FROM recall_weeks") == [(9,)]
