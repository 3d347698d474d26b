"""`rules diff`, `history`, `rerun` and `backtest`, as a person runs them."""

import json
from pathlib import Path

import pytest

from tests.office import Office, free_port

PACK = """rules:
  - id: gaffe
    title: A gaffe
    severity: 2
    weight: {weight}
    query: {query}
    enabled: {enabled}
    examples:
      match: [alpha beta, beta alpha]
      no_match: [x, y]
"""


@pytest.fixture
def team(tmp_path: Path) -> Office:
    made = Office(tmp_path, free_port())
    made.write("feeds: []\n")
    for pack in (made.root / "rules").glob("*.yaml"):
        pack.unlink()
    write(made, "alpha")
    return made


def write(team: Office, query: str, weight: float = 0.5, *, enabled: bool = True) -> None:
    on = "true" if enabled else "false"
    text = PACK.format(query=query, weight=weight, enabled=on)
    (team.root / "rules/own.yaml").write_text(text)


def test_a_change_is_told_before_it_is_taken_up_and_in_the_history_after(team: Office) -> None:
    team.run("rules", "rerun")
    assert "are those in force" in team.run("rules", "diff")
    (team.root / "rules/terms.yaml").write_text("terms:\n  words: [alpha]\n")
    write(team, "$words OR beta", 0.7)
    said = team.run("rules", "diff")
    assert "gaffe: changed" in said
    assert "    - alpha\n    + $words OR beta\n  weight: 0.5 → 0.7" in said
    team.run("rules", "rerun")
    (team.root / "rules/terms.yaml").write_text("terms:\n  words: [alpha, omega]\n")
    assert "gaffe: changed\n  $words with omega" in team.run("rules", "diff")
    team.run("rules", "rerun")
    write(team, "$words OR beta", 0.7, enabled=False)
    assert "gaffe: taken out" in team.run("rules", "diff")
    told = team.run("rules", "history", "gaffe")
    assert told.count("0 posts stored with it; relevant: not measured yet") == 3
    assert "in force" in told.splitlines()[-2]
    assert "  $words with omega" in told
    versions = json.loads(team.run("rules", "history", "gaffe", "--json"))
    assert [bool(v["until"]) for v in versions] == [True, True, False]
    assert "knows no rule nope" in team.run("rules", "history", "nope", fails=True)


def test_a_draft_and_a_file_are_tried_beside_what_is_in_force(team: Office, tmp_path: Path) -> None:
    write(team, "alpha", enabled=False)
    assert "Matched by gaffe: 0 before" in team.run("rules", "backtest", "gaffe")
    other = tmp_path / "other.yaml"
    other.write_text(PACK.format(query="beta", weight=0.6, enabled="true"))
    found = json.loads(team.run("rules", "backtest", str(other), "--since", "1y", "--json"))
    assert found["rules"] == ["gaffe"]
    assert found["gained"] == found["lost"] == []
    other.write_text(PACK.format(query="beta AND", weight=0.6, enabled="true"))
    assert "a term is missing at the end" in team.run("rules", "backtest", str(other), fails=True)
    assert "neither a file nor a rule" in team.run("rules", "backtest", "nope", fails=True)


def test_a_span_that_is_none_is_refused_in_words(team: Office) -> None:
    assert "write a span such as 90d" in team.run("rules", "rerun", "--since", "soon", fails=True)
    assert "There is no rule nope" in team.run("rules", "rerun", "--rule", "nope", fails=True)
