"""No lesson is called learned without proof, whatever is done to it and in whatever order."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lessons.stages import (
    STAGES,
    Standing,
    Task,
    held,
    highest,
    is_overdue,
    missing,
    refusal,
    reminder,
)

TODAY = date(2026, 3, 10)
DAYS = st.sampled_from(["", "2026-03-01", "2026-03-10", "2026-03-20"])
TASKS = st.builds(
    Task, st.just("Keep a stop list"), st.sampled_from(["", "ann"]), DAYS,
    st.sampled_from(["open", "done", "dropped"]), st.booleans(),
)  # fmt: skip
STANDINGS = st.builds(
    Standing, st.booleans(), st.booleans(), st.sampled_from(["", " ", "the team"]),
    st.lists(TASKS, max_size=3).map(tuple), DAYS, DAYS, st.sampled_from(["", "Looked."]),
)  # fmt: skip
DONE = Task("Keep a stop list", "ann", "2026-03-01", "done", has_evidence=True)
WHOLE = Standing(
    says_what_happened=True, says_what_to_do=True, agreed_by="the team", tasks=(DONE,),
    verify_on="2026-03-05", verified_on="2026-03-09", verified_how="Read the last ten posts.",
)  # fmt: skip


@given(STANDINGS)
def test_a_changed_lesson_shows_every_action_done(s: Standing) -> None:
    if not missing("changed", s, TODAY):
        assert s.live
        assert all(task.state == "done" and task.has_evidence for task in s.live)


@given(STANDINGS)
def test_a_verified_lesson_was_looked_at_on_or_after_its_day(s: Standing) -> None:
    if not missing("verified", s, TODAY):
        assert s.verify_on
        assert s.verify_on <= s.verified_on
        assert s.verify_on <= TODAY.isoformat()
        assert s.verified_how.strip()


@given(STANDINGS, st.sampled_from(STAGES))
def test_what_a_stage_lacks_every_higher_one_lacks_too(s: Standing, stage: str) -> None:
    lacked = missing(stage, s, TODAY)
    for higher in STAGES[STAGES.index(stage) :]:
        assert set(lacked) <= set(missing(higher, s, TODAY))


@given(STANDINGS, st.sampled_from(STAGES))
def test_a_lesson_never_stands_higher_than_its_proof_nor_rises_by_itself(
    s: Standing, stage: str
) -> None:
    at = held(stage, s, TODAY)
    assert STAGES.index(at) <= STAGES.index(stage)
    assert STAGES.index(at) <= STAGES.index(highest(s, TODAY))
    assert not missing(at, s, TODAY)


@given(STANDINGS, st.sampled_from(STAGES), st.sampled_from(STAGES))
def test_a_lesson_climbs_one_stage_at_a_time_and_only_with_proof(
    s: Standing, now_at: str, wanted: str
) -> None:
    if not refusal(now_at, wanted, s, TODAY):
        step = STAGES.index(wanted) - STAGES.index(now_at)
        assert step <= 1
        assert step <= 0 or not missing(wanted, s, TODAY)


@given(STANDINGS, TASKS.filter(lambda t: t.state == "open"))
def test_a_new_open_action_takes_a_lesson_back_below_changed(s: Standing, task: Task) -> None:
    after = held("verified", replace(s, tasks=(*s.tasks, task)), TODAY)
    assert after in {"identified", "agreed", "assigned"}


def test_a_lesson_with_everything_is_verified() -> None:
    assert highest(WHOLE, TODAY) == "verified"
    assert refusal("agreed", "changed", WHOLE, TODAY) == (
        "After agreed comes assigned: one stage at a time.",
    )


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        ({"agreed_by": ""}, "Say who agreed."),
        ({"tasks": ()}, "Write down at least one action."),
        ({"tasks": (replace(DONE, has_evidence=False),)}, "a link or a file"),
        ({"tasks": (replace(DONE, state="open", owner=""),)}, "an owner."),
        ({"verify_on": ""}, "Set the day"),
        ({"verify_on": "2026-04-01"}, "still to come"),
        ({"verified_on": "2026-03-04"}, "Look whether the change holds"),
        ({"verified_how": " "}, "what you looked at"),
    ],
)
def test_what_is_missing_is_said(lack: dict[str, object], said: str) -> None:
    assert said in " ".join(missing("verified", replace(WHOLE, **lack), TODAY))  # type: ignore[arg-type]


def test_reminders_come_before_on_and_each_week_after_the_day() -> None:
    task = Task("x", "ann", TODAY.isoformat())
    days = range(-5, 16)
    marks = [reminder(task, TODAY + timedelta(days=n)) for n in days]
    assert list(dict.fromkeys(marks)) == ["", "soon", "due", "late 1", "late 2"]
    assert marks[days.index(-3)] == "soon"
    assert marks[days.index(0)] == "due"
    assert not is_overdue(task, TODAY)
    assert is_overdue(task, TODAY + timedelta(days=1))
    assert reminder(replace(task, state="done"), TODAY) == ""
