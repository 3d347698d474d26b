"""`failwatch triage eval`: what it prints, counts and refuses."""

import json
from pathlib import Path

import pytest

from tests.office import Office, free_port

KINDS = (
    ("Acme Air apologises after a tone-deaf tweet sparks a backlash near the harbour", "fail"),
    ("Acme Air apologises after a tone-deaf tweet sparks a backlash near the garden", "other"),
)


@pytest.fixture
def team(tmp_path: Path) -> Office:
    made = Office(tmp_path, free_port())
    made.write("feeds: []\n")
    rows = [
        {"title": f"{title} {number}", "text": "", "label": label, "spare": [1]}
        for number in range(120)
        for title, label in KINDS
    ]
    rows += [{"title": "The weather on Monday", "text": "Rain.", "label": "other"}]
    rows += [{"title": "Perhaps a quarrel", "text": "", "label": "border"}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return made


def test_learning_does_better_than_the_rules_and_says_so(team: Office) -> None:
    rows = str(team.root / "rows.jsonl")
    found = json.loads(team.run("triage", "eval", rows, "--json", "--orders", "3"))
    assert (found["posts"], found["relevant"], found["left_out"]) == (241, 120, 1)
    after_50, after_100 = found["steps"]
    assert (after_50["decisions"], after_100["decisions"]) == (50, 100)
    assert after_100["on"] == after_100["orders"] == 3
    assert after_100["learnt"]["at_20"] == 1.0 > after_100["rules"]["at_20"]
    assert after_100["reaches_goal"]
    said = team.run("triage", "eval", rows, "--orders", "2", "--flagged")
    assert "240 posts, 120 of them relevant; 2 left out." in said
    assert "3 of 3" not in said
    assert max(map(len, said.splitlines())) <= 100


def test_a_share_is_thinned_and_too_few_posts_are_said(team: Office) -> None:
    rows = team.root / "rows.jsonl"
    thin = team.run("triage", "eval", str(rows), "--json", "--relevant-share", "0.1")
    assert json.loads(thin)["steps"][0]["rules"]["possible_third"] == 1.0
    rows.write_text("".join(rows.read_text().splitlines(keepends=True)[:9]))
    assert "There are too few posts" in team.run("triage", "eval", str(rows))


def test_broken_rows_are_refused_unless_skipped(team: Office) -> None:
    rows = team.root / "rows.jsonl"
    rows.write_text(rows.read_text() + "nonsense\n")
    assert "1 row cannot be read" in team.run("triage", "eval", str(rows), fails=True)
    assert "241 posts" in team.run("triage", "eval", str(rows), "--skip-broken", "--orders", "1")
