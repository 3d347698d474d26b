"""A new incident that is like a lesson's says so, until it is taken as another case or refused."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor.flow import learn, recurring, similar
from monitor.flow.learn import Desk
from monitor.store import actions, learning, steps, triage
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import NOW

ROLES = ["viewer", "triager", "editor"]
STORY = "Quinoa chef mocks penniless gluten pilgrims, outcry"


@pytest.fixture
def lesson(main: Connection) -> int:
    number = newsdesk.incident(main, 1, f"Acme: {STORY}")
    with transaction(main):
        triage.decide(main, number, version=1, status="relevant", reason="", actor="ann", now=NOW)
        made = steps.start(main, steps.New("No jokes on the poor"), incident_id=number, actor="ann", now=NOW)  # fmt: skip
        actions.add(
            main, made, "Two people look", owner="ann", due=date(2026, 3, 9), people=["ann"],
            actor="ann", now=NOW,
        )  # fmt: skip
    return made


def another(main: Connection, number: int) -> int:
    made = newsdesk.incident(main, number, f"Bolt: {STORY}")
    with transaction(main):
        main.execute(
            "UPDATE incidents SET created_at = '2026-03-02T00:00:00Z' WHERE id = ?", (made,)
        )
    return made


def look(main: Connection, incident: int, roles: list[str] = ROLES) -> list[recurring.Again]:
    return recurring.look(main, incident, similar.look(main, incident), roles)


def do(main: Connection, lesson: int, act: str, incident: int) -> None:
    with transaction(main):
        learn.perform(Desk(main, lesson, "ben", NOW + timedelta(days=2)), act, {"incident": incident})  # fmt: skip


def test_it_counts_those_that_came_since_and_says_what_is_left(
    main: Connection, lesson: int
) -> None:
    (again,) = look(main, another(main, 2))
    assert (again.lesson_id, again.said) == (lesson, "The first since we wrote this; our action is still open.")  # fmt: skip
    do(main, lesson, "incident", 2)
    assert look(main, 2) == []
    (later,) = look(main, another(main, 3))
    assert later.said.startswith("The second since we wrote this")


def test_a_refused_one_is_not_asked_again_and_one_with_little_in_common_never(
    main: Connection, lesson: int
) -> None:
    do(main, lesson, "unfit", another(main, 2))
    assert look(main, 2) == []
    far = [
        replace(one, in_common=recurring.FITS - 1) for one in similar.look(main, another(main, 3))
    ]
    assert far
    assert recurring.look(main, 3, far, ROLES) == []


def test_a_lesson_that_is_not_for_a_role_is_not_spoken_of(main: Connection, lesson: int) -> None:
    number = another(main, 2)
    with transaction(main), learning.recorded(main, "lesson.step", lesson, actor="ann", now=NOW) as c:  # fmt: skip
        learning.write(main, lesson, {"seen_by": "editor"})
        c.words = "x"
    assert look(main, number, ["viewer", "triager"]) == []
    assert len(look(main, number)) == 1


@pytest.mark.parametrize(
    ("since", "open_actions", "stage", "said"),
    [
        (3, 1, "assigned", "The fourth since we wrote this; our action is still open."),
        (0, 2, "agreed", "The first since we wrote this; 2 of our actions are still open."),
        (1, 0, "verified", "The second since we wrote this; the lesson was called verified."),
        (11, 0, "identified", "The 12th since we wrote this; nothing was asked for yet."),
    ],
)
def test_the_sentence(since: int, open_actions: int, stage: str, said: str) -> None:
    assert recurring.said(since, open_actions, stage) == said
