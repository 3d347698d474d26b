"""The command line: exit codes, JSON, and what it says when something is wrong."""

import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.office import Office, eventually, free_port, read_until, running

FEED = "https://nosuch.invalid/feed"


@pytest.fixture
def team(tmp_path: Path) -> Office:
    made = Office(tmp_path, free_port())
    made.write(f"feeds:\n  - url: {FEED}\n    title: Gone\n")
    return made


def test_a_failed_poll_exits_with_one_and_says_why(team: Office) -> None:
    said = team.run("poll", "--json", fails=True)
    (row,) = json.loads(said[: said.rindex("]") + 1])
    assert row["outcome"] == "failed"
    assert "cannot be found" in row["error"]


def test_wrong_use_exits_with_two(team: Office) -> None:
    assert "is not an enabled feed" in team.run("poll", "https://other.example/", fails=True)
    assert "No stored post" in team.run("rules", "explain", "999", fails=True)


def test_mistakes_in_the_files_are_counted_and_shown(team: Office) -> None:
    (team.root / "feeds.yaml").write_text("feeds:\n  - url: ftp://x\n    langauge: en\n")
    said = team.run("rules", "check", fails=True)
    assert "feeds.yaml:2:" in said
    assert "feeds.yaml:3: unknown key 'langauge'" in said
    assert "2 mistakes to mend." in said
    assert not json.loads(team.run("rules", "check", "--json", fails=True))["ok"]


def test_explain_prints_words_and_arithmetic(team: Office) -> None:
    said = team.run(
        "rules", "explain", "Acme apologises after its tone-deaf tweet sparks a backlash on Twitter"
    )
    assert "weight" in said
    assert "flagged, since a post is flagged from 0.50" in said


def test_explain_says_of_a_stored_post_which_incident_has_it_and_why(team: Office) -> None:
    team.run("poll", fails=True)
    for sql in (
        """INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at,
           seen_at, content_hash) VALUES (1, 'x', '', '', 'A song', '', '2026-03-01T00:00:00Z',
           '2026-03-01T00:00:00Z', '')""",
        """INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at,
           created_at) VALUES (2, 'A story', 3, 0.8, '', '', '')""",
        """INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at, is_known)
           VALUES (2, 1, 'failwatch', 'names Acme, and ‘guitar’', '', 1)""",
    ):
        team.change(sql)
    assert "In incident 2 (new): names Acme, and ‘guitar’." in team.run("rules", "explain", "1")
    found = json.loads(team.run("rules", "explain", "1", "--json"))["incidents"]
    assert found[-1] == {
        "incident": 2, "status": "new", "why": "names Acme, and ‘guitar’", "is_known": True
    }  # fmt: skip


def test_lists_are_printed_as_json(team: Office) -> None:
    team.run("subscribers", "add", "ann@example.org", "--word", "bank")
    assert json.loads(team.run("subscribers", "list", "--json"))[0]["email"] == "ann@example.org"
    assert json.loads(team.run("feeds", "list", "--json"))[0]["url"] == FEED
    assert "token=" in team.run("users", "add", "ann", "--role", "triager")
    assert json.loads(team.run("users", "list", "--json"))[0]["role"] == "triager"
    assert "already" in team.run("subscribers", "add", "ANN@example.org", fails=True)


def test_alerts_and_exports_say_what_is_missing(team: Office) -> None:
    assert "names no mail server" in team.run("alerts", "send", fails=True)
    assert "names no wiki" in team.run("lessons", "export", fails=True)


def test_a_backup_can_be_restored_and_holds_its_mail(team: Office, tmp_path: Path) -> None:
    team.run("subscribers", "add", "ann@example.org")
    team.run("db", "backup", str(tmp_path / "b"))
    assert "exists already" in team.run("db", "backup", str(tmp_path / "b"), fails=True)
    team.run("subscribers", "remove", "ann@example.org")
    assert "before-restore" in team.run("db", "restore", str(tmp_path / "b"))
    assert "ann@example.org" in team.run("subscribers", "list")


def test_a_damaged_backup_is_refused_and_nothing_is_changed(team: Office, tmp_path: Path) -> None:
    team.run("subscribers", "add", "ann@example.org")
    team.run("db", "backup", str(tmp_path / "b"))
    (tmp_path / "b" / "failwatch.db").write_bytes(b"not a database" * 100)
    assert "damaged" in team.run("db", "restore", str(tmp_path / "b"), fails=True)
    assert "ann@example.org" in team.run("subscribers", "list")


def test_doctor_says_what_to_look_at(team: Office) -> None:
    said = team.run("doctor", fails=True)
    assert "well  SQLite" in said
    assert "LOOK  Worker: it has not run yet" in said


def test_a_second_worker_is_refused_and_a_stopped_one_ends_quickly(team: Office) -> None:
    with running(team.start("worker")) as worker:
        read_until(worker, "The worker is running")
        assert "Another Failwatch worker" in team.run("worker", fails=True)
        started = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
        assert time.monotonic() - started < 10


def test_a_running_worker_takes_up_a_change_and_refuses_a_broken_one(team: Office) -> None:
    team.write("feeds: []\n")
    with running(team.start("worker")) as worker:
        read_until(worker, "The worker is running")
        (team.root / "feeds.yaml").write_text(f"feeds:\n  - url: {FEED}\n")
        eventually(
            lambda: team.ask("SELECT 1 FROM feeds WHERE url LIKE '%nosuch%' AND state = 'active'")
        )
        (team.root / "feeds.yaml").write_text("feeds:\n  - url: ftp://x\n")
        eventually(
            lambda: team.ask(
                "SELECT 1 FROM health WHERE topic = 'config' AND message LIKE 'feeds.yaml:2:%'"
            )
        )
        assert team.ask("SELECT count(*) FROM feeds WHERE state = 'active'") == [(1,)], (
            "the last good one stays"
        )
        (team.root / "feeds.yaml").write_text("feeds: []\n")
        eventually(lambda: team.ask("SELECT 1 FROM health WHERE topic = 'config' AND message = ''"))
        eventually(lambda: team.ask("SELECT 1 FROM feeds WHERE state = 'removed'"))


PACK = """rules:
  - id: only
    title: A rule
    severity: 2
    weight: 0.5
    query: {}
    examples:
      match: [alpha beta, beta alpha]
      no_match: [x, y]
"""


def test_a_broken_pack_keeps_nothing_else_from_running_and_is_told(team: Office) -> None:
    team.write("feeds: []\n")
    pack = team.root / "rules/only.yaml"
    pack.write_text(PACK.format("alpha"))
    with running(team.start("worker")) as worker:
        read_until(worker, "The worker is running")
        pack.write_text(PACK.format("alpha AND"))
        fault = "SELECT 1 FROM health WHERE topic = 'config' AND message LIKE 'rules/only.yaml:6:%'"
        eventually(lambda: team.ask(fault))
        assert team.ask("SELECT query FROM rules WHERE rule = 'only' AND is_live") == [("alpha",)]
    # After a restart the last good version is in force again, and the fault is still told.
    with running(team.start("worker")) as worker:
        read_until(worker, "The worker is running")
        assert team.ask("SELECT query FROM rules WHERE rule = 'only' AND is_live") == [("alpha",)]
        assert team.ask(fault)
        pack.write_text(PACK.format("alpha OR omega"))
        eventually(lambda: team.ask("SELECT 1 FROM rules WHERE query = 'alpha OR omega'"))
        eventually(lambda: team.ask("SELECT 1 FROM health WHERE topic = 'config' AND message = ''"))


def test_check_warns_and_fails_on_it_only_when_strict(team: Office) -> None:
    team.write("feeds: []\n")
    (team.root / "rules/only.yaml").write_text(PACK.format("alpha OR alph*"))
    said = team.run("rules", "check")
    assert "warning: rules/only.yaml:6: rule only: “alpha” adds nothing to “alph*”" in said
    warnings = json.loads(team.run("rules", "check", "--json"))["warnings"]
    assert [w["line"] for w in warnings if w["file"] == "rules/only.yaml"] == [6]
    team.run("rules", "check", "--strict", fails=True)


def test_the_casebook_fills_the_queue_each_case_an_incident_of_its_own(team: Office) -> None:
    team.write("feeds: []\n")
    with running(team.start("worker")) as worker:
        read_until(worker, "The worker is running")
    cases = team.ask(
        "SELECT count(*), count(DISTINCT casebook_id) FROM incidents WHERE status = 'new'"
    )
    posts = team.ask("SELECT count(*), sum(flagged) FROM posts")
    assert cases[0][0] == cases[0][1] == posts[0][0] == posts[0][1]
    assert team.ask("SELECT count(*) FROM lessons WHERE casebook_id IS NOT NULL") == [
        (cases[0][0],)
    ]
    assert team.ask("SELECT count(*) FROM alerts") == [(0,)]
    ((number,),) = team.ask("SELECT id FROM incidents WHERE casebook_id = 'seven-pay'")
    shown = team.run("incidents", "show", str(number))
    assert "casebook: shortfall, finance, app, JP" in shown
    assert "expected: An app for the customers of some 20,000 shops" in shown
    assert "principle: Let hostile people test it" in shown
    assert "source: The Japan Times, 2019-07-13: https://www.japantimes.co.jp/" in shown


def test_the_data_folder_is_its_owners_alone(team: Office) -> None:
    team.run("db", "migrate")
    assert (team.data.stat().st_mode & 0o777) == 0o700
    for name in ("secret", "private.db", "failwatch.db"):
        assert (team.data / name).stat().st_mode & 0o077 == 0, name


def test_a_database_of_a_newer_release_is_refused_in_words(team: Office) -> None:
    team.run("db", "migrate")
    conn = sqlite3.connect(team.data / "failwatch.db")
    conn.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('failwatch-main', '9999', 'x')"
    )
    conn.commit()
    conn.close()
    assert "made by a newer Failwatch" in team.run("feeds", "list", fails=True)
