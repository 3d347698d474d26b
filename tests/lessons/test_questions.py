"""Question sets: the shipped ones are whole, a team's own take their place, faults are said."""

from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.lessons.questions import load, read, shipped

SET = "id: week\ntitle: Ours\nquestions:\n  - ask: What now?\n    minutes: 3\n"


def test_the_four_shipped_sets_have_their_numbers_of_questions() -> None:
    found = {name: len(one.questions) for name, one in shipped().items()}
    assert found == {"week": 2, "after-action": 5, "worst-case": 6, "deep": 18}
    for one in shipped().values():
        assert all(question.ask.endswith("?") for question in one.questions), one.id
        assert len({question.ask for question in one.questions}) == len(one.questions)


def test_a_team_replaces_a_set_and_adds_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "a.yaml").write_text(SET)
    (folder / "b.yaml").write_text(SET.replace("week", "ours"))
    found = load(tmp_path)
    assert found["week"].title == "Ours"
    assert found["ours"].minutes == 3
    assert len(found) == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "must have the keys"),
        ("id: [", "no YAML"),
        (SET.replace("id: week", "id: A Week"), "small letters"),
        (SET.replace("title: Ours", "title: 3"), "title must be"),
        (SET.replace("  - ask: What now?\n    minutes: 3\n", "  []\n"), "one to 60"),
        (SET.replace("ask", "asks"), "Question 1 has no ask"),
        (SET.replace("minutes: 3", "minutes: soon"), "whole number"),
        (SET.replace("minutes", "minute"), "minute is not known"),
        (SET + "more: 1\n", "more is not known"),
    ],
)
def test_a_fault_is_said(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(text, "questions/a.yaml")
