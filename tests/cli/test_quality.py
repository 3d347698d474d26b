"""`failwatch rules eval`: what it prints, refuses and exits with."""

import json
from pathlib import Path

import pytest

from tests.office import Office, free_port

FAIL = "Acme apologises after its tone-deaf tweet about the storm sparks a backlash on Twitter"
ROWS = [
    {"title": FAIL, "text": "", "label": "fail", "incident": "acme"},
    {"title": "A quiet day at the harbour", "text": "", "label": "fail", "incident": "harbour"},
    {"title": "The weather on Monday", "text": "Rain.", "label": "other", "lang": "en"},
    {"title": "Perhaps a quarrel", "text": "", "label": "border"},
]


@pytest.fixture
def team(tmp_path: Path) -> Office:
    made = Office(tmp_path, free_port())
    made.write("feeds: []\n")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    return made


def test_figures_rules_and_worst_misses_are_printed(team: Office) -> None:
    said = team.run("rules", "eval", str(team.root / "rows.jsonl"))
    assert "3 labelled posts; left out: 1 border." in said
    assert "recall       0.50 (0.09 to 0.91, 1 of 2)" in said
    assert "incidents    0.50" in said
    assert "0.00  A quiet day at the harbour" in said
    assert "Incidents without a flagged post: harbour" in said
    assert max(map(len, said.splitlines())) <= 100


def test_figures_come_as_json_and_by_language(team: Office) -> None:
    found = json.loads(team.run("rules", "eval", "--json", str(team.root / "rows.jsonl")))
    assert found["precision"]["value"] == 1.0
    assert found["f1"]["low"] < found["f1"]["value"] == round(2 / 3, 6)
    assert [m["line"] for m in found["misses"]] == [2]
    assert any(r["only_fails"] for r in found["rules"]) or len(found["rules"]) > 1
    one = team.run("rules", "eval", "--json", "--language", "EN", str(team.root / "rows.jsonl"))
    assert json.loads(one)["rows"] == {"fail": 0, "general": 0, "other": 1}


def test_a_low_f1_exits_with_one_and_says_so(team: Office) -> None:
    rows = str(team.root / "rows.jsonl")
    assert "F1 is 0.6667, below 0.9." in team.run(
        "rules", "eval", rows, "--min-f1", "0.9", fails=True
    )
    team.run("rules", "eval", rows, "--min-f1", "0.6")


def test_broken_rows_are_refused_by_line_unless_skipped(team: Office) -> None:
    rows = team.root / "rows.jsonl"
    rows.write_text(rows.read_text() + '{"title": "No label"}\nnonsense\n')
    said = team.run("rules", "eval", str(rows), fails=True)
    assert "2 rows cannot be read" in said
    assert f"{rows}:5: there is no label" in said
    assert f"{rows}:6: this is no JSON" in said
    assert "2 broken rows skipped" in team.run("rules", "eval", "--skip-broken", str(rows))
    rows.write_bytes(b'{"title": "\xff"}')
    assert "is not UTF-8" in team.run("rules", "eval", str(rows), fails=True)
