"""`failwatch incidents …`: what is found, what is changed, and what is said when it is refused."""

import json
from pathlib import Path

import pytest

from tests.office import Office, free_port
from tests.test_docs_api import fill


@pytest.fixture
def team(tmp_path: Path) -> Office:
    made = Office(tmp_path, free_port())
    made.write("feeds: []\n")
    fill(made)
    return made


def numbers(team: Office, *options: str) -> list[int]:
    found = json.loads(team.run("incidents", "list", "--json", *options))
    return sorted(row["id"] for row in found["incidents"])


def test_the_list_is_narrowed_by_words_owner_and_tag(team: Office) -> None:
    team.run("users", "add", "ann", "--role", "triager")
    team.run("incidents", "assign", "2", "ann", "--due", "+3")
    team.run("incidents", "tag", "3", "recall")
    assert numbers(team) == [1, 2, 3]
    assert numbers(team, "--words", "Bolt 1") == [1]
    assert numbers(team, "--owner", "ann") == [2]
    assert numbers(team, "--owner", "-") == [1, 3]
    assert numbers(team, "--tag", "recall") == [3]
    assert "No incident fits." in team.run("incidents", "list", "--words", "nothing like it")


def test_what_the_shell_changes_is_told_and_can_be_taken_back(team: Office) -> None:
    said = team.run("incidents", "response", "1", "deny", "It was not us.", "--on", "2026-03-05")
    assert "Response 1 stands on incident 1." in said
    assert "failwatch incidents undo 1" in said
    team.run("incidents", "response", "1", "rebuild", "Sorry.", "--replace", "1")
    shown = team.run("incidents", "show", "1")
    assert "rebuild: Sorry." in shown
    assert "deny" not in shown.partition("change")[0]
    team.run("incidents", "undo")
    assert "deny on 2026-03-05: It was not us." in team.run("incidents", "show", "1")
    assert team.ask("SELECT DISTINCT substr(actor, 1, 6) FROM audit WHERE item = 'incident:1'") == [
        ("shell:",)
    ]


def test_what_is_refused_is_a_sentence_and_changes_nothing(team: Office) -> None:
    before = team.ask("SELECT * FROM incidents")
    for arguments, words in (
        (("title", "9", "x"), "There is no incident 9"),
        (("decide", "1", "watching", "--version", "7"), "changed meanwhile"),
        (("assign", "1", "nobody-known"), "may sign in"),
        (("start", "1"), "tells of incident 1 already"),
        (("start", "999"), "There is no post 999"),
        (("unlink", "1", "1"), "the only post"),
        (("revisit", "1", "7", "over"), "is not relevant"),
        (("second", "1", "relevant"), "not in the sample"),
        (("merge-tags", "nix", "nax"), "There is no tag nix"),
        (("synonyms", "nix", "nax"), "There is no tag nix"),
        (("unresponse", "1", "5"), "no response 5"),
    ):
        said = team.run("incidents", *arguments, fails=True)
        assert words.casefold() in said.casefold(), (arguments, said)
        assert "Traceback" not in said
    assert team.ask("SELECT * FROM incidents") == before


def test_duties_show_what_waits_for_whom(team: Office) -> None:
    assert team.run("incidents", "duties").strip() == "Nothing waits."
    team.run("users", "add", "ann", "--role", "triager")
    team.run("incidents", "assign", "1", "ann", "--due", "2026-03-02", "--note", "Ring them.")
    team.run("incidents", "snooze", "2", "+2")
    team.run("incidents", "note", "3", "Ask @ann first.")
    said = team.run("incidents", "duties", "ann")
    for words in ("ann's\n  1  An outcry over Bolt 1, ann, due 2026-03-02", "Overdue, of everybody", "Snoozed\n  2", "Ask @ann first."):  # fmt: skip
        assert words in said
    assert "Ask @ann" not in team.run("incidents", "duties")
    found = json.loads(team.run("incidents", "duties", "--json"))
    assert [row["id"] for row in found["owned"]] == [1]


def test_the_vocabulary_is_merged_and_taken_apart_again(team: Office) -> None:
    team.run("incidents", "tag", "1", "outrage")
    team.run("incidents", "tag", "2", "backlash")
    team.run("incidents", "synonyms", "backlash", "uproar")
    team.run("incidents", "merge-tags", "outrage", "backlash")
    (row,) = json.loads(team.run("incidents", "tags", "--json"))
    assert (row["name"], row["incidents"], row["synonyms"]) == ("backlash", 2, ["outrage", "uproar"])  # fmt: skip
    team.run("incidents", "undo")
    assert "2 tags." in team.run("incidents", "tags")
