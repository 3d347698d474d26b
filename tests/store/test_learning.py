"""A lesson keeps its proof: facts have sources, stages hold, changes can be taken back."""

from datetime import date, timedelta
from typing import Any

import pytest

from monitor.errors import Refused, StaleVersion
from monitor.lessons.steps import BY_ID, seen
from monitor.store import actions, changes, facts, learning, principles, steps
from monitor.store.db import Connection, Row, stamp, transaction
from tests import newsdesk
from tests.newsdesk import NOW

WHO: dict[str, Any] = {"actor": "ann", "now": NOW}


@pytest.fixture
def lesson(main: Connection) -> int:
    number = newsdesk.incident(main, 1, "Acme draws an outcry over a joke")
    with transaction(main):
        return steps.start(main, steps.New(""), incident_id=number, **WHO)


def row(main: Connection, number: int) -> Row:
    return learning.current(main, number)


def save(main: Connection, lesson: int, step: str, **values: str) -> None:
    mark = seen(BY_ID[step], dict(row(main, lesson)))
    with transaction(main):
        steps.save(main, lesson, BY_ID[step], {"seen": mark, **values}, **WHO)


def last(main: Connection) -> int:
    number: int = main.execute("SELECT max(id) FROM changes").fetchone()[0]
    return number


def climb(main: Connection, lesson: int) -> int:
    """Take a lesson to *changed*; returns its action."""
    save(main, lesson, "happened", what_happened="A joke.")
    save(main, lesson, "avoid", avoid="A second pair of eyes.")
    with transaction(main):
        steps.agree(main, lesson, "the team", **WHO)
        steps.move(main, lesson, "agreed", **WHO)
        action = actions.add(
            main, lesson, "Two people look", owner="ann", due=date(2026, 3, 9), people=["ann"], **WHO
        )  # fmt: skip
        steps.move(main, lesson, "assigned", **WHO)
        actions.finish(
            main, action, evidence="https://intra.example/1", note="", version=None, **WHO
        )  # fmt: skip
        steps.move(main, lesson, "changed", **WHO)
    return action


def test_an_incident_has_one_lesson_and_its_title_to_begin_with(
    main: Connection, lesson: int
) -> None:
    assert row(main, lesson)["title"] == "Acme draws an outcry over a joke"
    with transaction(main):
        assert steps.start(main, steps.New("Another"), incident_id=1, **WHO) == lesson


def test_two_people_write_two_steps_at_once_and_the_same_step_only_one_after_the_other(
    main: Connection, lesson: int
) -> None:
    why = seen(BY_ID["why"], dict(row(main, lesson)))
    save(main, lesson, "avoid", avoid="Ask first.")
    with transaction(main):
        steps.save(main, lesson, BY_ID["why"], {"seen": why, "why": "Haste."}, actor="ben", now=NOW)
    with pytest.raises(StaleVersion, match="ben has saved"), transaction(main):
        steps.save(main, lesson, BY_ID["why"], {"seen": why, "why": "Greed."}, **WHO)
    assert (row(main, lesson)["avoid"], row(main, lesson)["why"]) == ("Ask first.", "Haste.")


def test_a_stage_is_refused_with_all_that_is_missing(main: Connection, lesson: int) -> None:
    with pytest.raises(Refused, match=r"Say what happened.*Say who agreed"):
        steps.move(main, lesson, "agreed", **WHO)
    with pytest.raises(Refused, match="After identified comes agreed"):
        steps.move(main, lesson, "verified", **WHO)


def test_a_lesson_falls_when_an_action_is_added_and_rises_when_that_is_taken_back(
    main: Connection, lesson: int
) -> None:
    climb(main, lesson)
    with transaction(main):
        actions.add(main, lesson, "More", owner="", due=None, people=[], **WHO)
    assert row(main, lesson)["stage"] == "agreed"
    with transaction(main):
        learning.undo(main, last(main), **WHO)
    assert row(main, lesson)["stage"] == "changed"
    assert len(learning.tasks(main, lesson)) == 1


def test_no_lesson_is_verified_before_its_day_nor_without_a_look(
    main: Connection, lesson: int
) -> None:
    climb(main, lesson)
    day = NOW.date() + timedelta(days=30)
    with transaction(main):
        steps.plan_check(main, lesson, day, **WHO)
    with pytest.raises(Refused, match="still to come"):
        steps.move(main, lesson, "verified", **WHO)
    with pytest.raises(Refused, match="time to fail"):
        steps.check(main, lesson, "Looked.", holds=True, **WHO)
    later = NOW + timedelta(days=30)
    with transaction(main):
        steps.check(main, lesson, "Read ten posts.", holds=True, actor="ben", now=later)
        steps.move(main, lesson, "verified", actor="ben", now=later)
    assert (row(main, lesson)["stage"], row(main, lesson)["verified_by"]) == ("verified", "ben")
    with transaction(main):
        steps.check(main, lesson, "It happened again.", holds=False, actor="ben", now=later)
    assert row(main, lesson)["stage"] == "assigned"


def test_evidence_that_is_taken_away_takes_the_stage_with_it(main: Connection, lesson: int) -> None:
    action = climb(main, lesson)
    with transaction(main):
        actions.finish(main, action, evidence="", note="Done.", version=None, **WHO)
    assert row(main, lesson)["stage"] == "assigned"
    with transaction(main):
        file = actions.attach(main, action, '../a"b.pdf', b"%PDF", **WHO)
        steps.move(main, lesson, "changed", **WHO)
    assert actions.files(main, [action])[action][0]["name"] == ".. a b.pdf"
    with transaction(main):
        actions.detach(main, file, **WHO)
    assert row(main, lesson)["stage"] == "assigned"
    assert actions.file(main, file, ["viewer"]) is None


def test_a_fact_needs_a_source_and_a_quotation_stands_in_its_post(
    main: Connection, lesson: int
) -> None:
    def add(**fact: Any) -> int:
        with transaction(main):
            return facts.add(main, lesson, facts.Fact("They laughed.", **fact), **WHO)

    with pytest.raises(Refused, match="Say where it stands"):
        add()
    with pytest.raises(Refused, match="does not say"):
        add(post_id=1, quote="nobody wrote this")
    with pytest.raises(Refused, match="tells of none"):
        add(post_id=99)
    with pytest.raises(Refused, match="http"):
        add(url="javascript:alert(1)")
    number = add(post_id=1, quote="an  outcry that lasted")
    (fact,) = facts.of_lesson(main, lesson)
    assert (fact["id"], fact["quote"], fact["is_changed"]) == (number, "an outcry that lasted", 0)


def test_a_changed_post_makes_the_lesson_stale_until_somebody_has_looked(
    main: Connection, lesson: int
) -> None:
    with transaction(main):
        facts.add(main, lesson, facts.Fact("A week.", post_id=1, quote="lasted a week"), **WHO)
    assert facts.stale(main, lesson) == []
    later = NOW + timedelta(hours=1)
    with transaction(main):
        main.execute("INSERT INTO post_versions (post_id, replaced_at, title, text, content_hash) SELECT id, ?, title, text, content_hash FROM posts WHERE id = 1", (stamp(later),))  # fmt: skip
        main.execute("UPDATE posts SET text = 'It was over in a day.', content_hash = 'new' WHERE id = 1")  # fmt: skip
    (post,) = facts.stale(main, lesson)
    assert (post["post_id"], post["has_lost_quote"]) == (1, 1)
    assert facts.of_lesson(main, lesson)[0]["is_changed"] == 1
    assert lesson in facts.all_stale(main)
    main.execute("UPDATE lessons SET updated_by = 'casebook'")
    assert facts.all_stale(main) == frozenset()
    main.execute("UPDATE lessons SET updated_by = 'ann'")
    with transaction(main):
        facts.hold(main, lesson, actor="ann", now=later + timedelta(hours=1))
    assert facts.stale(main, lesson) == []
    assert facts.of_lesson(main, lesson)[0]["is_changed"] == 0


def test_a_new_incident_opens_a_learned_lesson_again(main: Connection, lesson: int) -> None:
    climb(main, lesson)
    other = newsdesk.incident(main, 2, "Acme does it again to an outcry")
    with transaction(main):
        steps.rest_on(main, lesson, other, **WHO)
    found = row(main, lesson)
    assert (found["stage"], found["reopened_why"]) == ("assigned", f"It happened again: incident {other}.")  # fmt: skip
    with transaction(main):
        learning.undo(main, last(main), **WHO)
    assert (row(main, lesson)["stage"], row(main, lesson)["reopened_why"]) == ("changed", "")


def test_principles_that_say_the_same_become_one_and_come_apart_again(
    main: Connection, lesson: int
) -> None:
    other = newsdesk.incident(main, 2, "Bolt draws an outcry as well")
    with transaction(main):
        second = steps.start(main, steps.New(""), incident_id=other, **WHO)
        first = principles.link(main, lesson, "Never promise too much.", **WHO)
        same = principles.link(main, second, "never promise too MUCH", **WHO)
        twin = principles.link(main, second, "Promise less than you hold", **WHO)
        principles.link(main, lesson, "Promise less than you hold", is_counter=True, **WHO)
    assert first == same
    with transaction(main):
        assert principles.merge(main, twin, first, **WHO) == first
    (kept,) = principles.listed(main, ["viewer"])
    assert (kept["id"], kept["lessons"], kept["incidents"], kept["against"]) == (first, 2, 2, 0)
    assert principles.find(main, twin)["id"] == first
    with transaction(main):
        changes.undo(main, last(main), **WHO)
    assert {p["id"]: (p["lessons"], p["against"]) for p in principles.listed(main, ["viewer"])} == {
        first: (2, 0), twin: (1, 1)
    }  # fmt: skip


def test_what_is_kept_from_a_role_is_found_nowhere(main: Connection, lesson: int) -> None:
    save(main, lesson, "why", why="Zanzibar")
    held = "SELECT count(*) FROM incidents_fts WHERE incidents_fts MATCH 'zanzibar'"
    assert main.execute(held).fetchone()[0] == 1
    with transaction(main):
        principles.link(main, lesson, "Keep it quiet", **WHO)
    save(main, lesson, "sort", seen_by="editor")
    assert main.execute(held).fetchone()[0] == 0
    assert learning.find(main, lesson, ["viewer", "triager"]) is None
    assert steps.listed(main, steps.Filters(), ["viewer"]) == []
    assert principles.listed(main, ["viewer"]) == []
    assert len(principles.listed(main, ["viewer", "triager", "editor"])) == 1
