"""`failwatch rules import`: what lands on standard output is ready to be used as it is."""

import json
import subprocess
from pathlib import Path

import pytest

from monitor.config.edit_rules import entry_faults
from monitor.config.source import Source, read
from monitor.rules.boolean import carry
from monitor.rules.query import parse
from monitor.store import db
from tests.newsdesk import incident
from tests.office import Office, free_port

QUERY = """((Acme OR "Acme Foods") NEAR/5f (fail* OR scandal OR "product recall" OR boycott OR backlash))
 NOT (site:acme.com OR country:usa OR #AcmeJobs)"""


@pytest.fixture
def team(tmp_path: Path) -> Office:
    return Office(tmp_path, free_port())


def run(team: Office, query: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        team.command("rules", "import", *options), input=query, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_the_query_alone_is_on_standard_output_and_the_rest_is_said_beside_it(team: Office) -> None:
    done = run(team, QUERY)
    assert done.returncode == 0
    assert parse(done.stdout) == carry(QUERY).tree
    assert "Read as a query of Brandwatch" in done.stderr
    assert "line 2, column 24: country:usa: dropped: " in done.stderr
    assert "Everything was carried over." in run(team, "acme", "--from", "meltwater").stderr


def test_a_rule_is_ready_for_a_pack_but_for_its_examples(team: Office, tmp_path: Path) -> None:
    (tmp_path / "query.txt").write_text(QUERY)
    said = team.run("rules", "import", str(tmp_path / "query.txt"), "--id", "acme-fails", "--title", 'What "Acme" does: badly #1')  # fmt: skip
    pack = read("rules/x.yaml", f"rules:\n{said}")
    assert isinstance(pack, Source)
    (rule,) = pack.value["rules"]
    assert rule["title"] == 'What "Acme" does: badly #1'
    assert parse(rule["query"]) == carry(QUERY).tree
    rule["examples"] = {"match": ["a", "b"], "no_match": ["c", "d"]}
    assert entry_faults(rule) == []


def test_notes_come_as_json(team: Office) -> None:
    found = json.loads(run(team, "acme AND\ncountry:usa", "--from", "brandwatch", "--json").stdout)
    assert (found["tool"], found["query"]) == ("brandwatch", "acme")
    assert [(n["line"], n["column"], n["action"]) for n in found["notes"]] == [(2, 1, "dropped")]


def test_what_cannot_be_read_exits_with_one_and_points_at_it(team: Office) -> None:
    done = run(team, "acme AND\n (beta")
    assert done.returncode == 1
    assert not done.stdout
    assert "line 2, column 7: a closing bracket ')' is missing" in done.stderr
    assert done.stderr.splitlines()[-1].strip() == "^"
    assert run(team, "acme", "--id", "Not An Id").returncode == 2


def test_variants_are_counted_and_too_wide_a_stem_is_named(team: Office) -> None:
    team.run("db", "migrate")
    conn = db.connect(team.data / db.MAIN)
    incident(conn, 1, "Brand apologised, and apologizing was hard for the apologist")
    conn.close()
    said = team.run("rules", "variants", "apologise", "--days", "36500")
    assert [line.split() for line in said.splitlines() if line.startswith(("apologised", "apologises"))] == [["apologised", "1"], ["apologises", "0"]]  # fmt: skip
    assert "apologi*" in said
    assert "Careful: apologi* also finds, in all stored posts: apologist (1)." in said
    found = json.loads(team.run("rules", "variants", "tone", "deaf", "--json"))
    assert found["posts"]["tonedeaf"] == 0
    assert found["short"] == '("tone deaf*" OR tonedeaf*)'
    assert "no letter" in team.run("rules", "variants", "--", "--", fails=True)
