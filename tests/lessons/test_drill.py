"""What is known at an hour, where to stop, and how much of a case may be told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lessons import casebook
from monitor.lessons.drill import (
    Event,
    day_over,
    first,
    hour,
    importance,
    known,
    later,
    opening,
    pauses,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.integers(0, 500).map(lambda n: START + timedelta(hours=n))
events_of = st.lists(
    st.builds(
        Event,
        kind=st.sampled_from(["post", "response"]),
        at=st.none() | moments,
        title=st.text(max_size=3),
        text=st.text(max_size=3),
        by=st.just("x"),
        until=st.lists(st.tuples(moments, st.just("old"), st.just("old")), max_size=2).map(
            lambda found: tuple(sorted(found))
        ),
    ),
    max_size=12,
)


@given(events_of, moments)
def test_nothing_later_and_nothing_undated_is_known(events: list[Event], at: datetime) -> None:
    shown = known(events, at)
    assert all(event.at is not None and event.at <= at for event in shown)
    assert len(shown) + len(later(events, at)) == len(events)
    assert [e.at for e in shown] == sorted(e.at for e in shown if e.at)


@given(events_of, moments)
def test_what_was_changed_later_is_shown_in_its_words_of_then(
    events: list[Event], at: datetime
) -> None:
    for event in known(events, at):
        assert all(changed <= at for changed, _, _ in event.until)
    changed_later = [
        e for e in events if e.at and e.at <= at and any(u > at for u, _, _ in e.until)
    ]
    assert [e.title for e in known(changed_later, at)] == ["old"] * len(changed_later)


@given(events_of)
def test_each_pause_has_a_post_before_it_and_the_first_one_an_answer_after_it(
    events: list[Event],
) -> None:
    found, start = pauses(events), first(events)
    assert bool(found) == (start is not None)
    assert len(set(found)) == len(found)
    for pause in found:
        assert any(e.kind == "post" for e in known(events, pause))
    said = [e.at for e in events if e.kind == "response" and e.at and start and e.at > start]
    if said:
        assert found[0] < min(said)


def event(kind: str, hours: int | None) -> Event:
    return Event(kind, None if hours is None else START + timedelta(hours=hours), "", "", "x")


def test_the_best_pause_is_the_last_moment_before_they_first_spoke() -> None:
    told = [event("post", 0), event("post", 5), event("response", 9), event("post", 12), event("response", 20)]  # fmt: skip
    assert [hour(START, at) for at in pauses(told)] == [5, 12, 0]
    assert [hour(START, at) for at in pauses([event("post", 3), event("response", None)])] == [3]
    assert pauses([event("response", 3)]) == ()


def test_a_response_that_has_only_a_day_is_known_when_the_day_is_over() -> None:
    said = Event("response", day_over(START.date()), "", "", "rebuild")
    assert not known([said], START + timedelta(hours=23))
    assert known([said], START + timedelta(hours=24))


def test_grave_own_and_badly_scored_lessons_matter_most() -> None:
    plain = importance(2, is_ours=False, score=4)
    assert importance(3, is_ours=False, score=4) > plain
    assert importance(2, is_ours=True, score=4) > plain
    assert importance(2, is_ours=False, score=1) > plain
    assert importance(2, is_ours=False, score=4, days_over=30) > plain


@pytest.mark.parametrize(
    ("story", "told"),
    [
        ("A shop mocked a buyer. Users were angry. It apologised.", "A shop mocked a buyer. Users were angry."),
        ("A shop apologised for a joke.", ""),
        ("On 2 March a film ran. On 4 March the shop spoke.", "On 2 March a film ran."),
        ("A shop ran a joke. After an hour it was gone.", "A shop ran a joke."),
        ("A film of 30 December 2025 ran. It was seen.", "A film of 30 December 2025 ran. It was seen."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_story_is_told_up_to_where_it_goes_on(story: str, told: str) -> None:
    assert opening(story, date(2026, 3, 2)) == told


def test_the_openings_of_the_casebook_tell_no_answer() -> None:
    cases = casebook.load().cases
    told = {c.id: opening(c.what_happened, date.fromisoformat(c.date)) for c in cases}
    assert sum(map(bool, told.values())) >= 80
    for case in cases:
        shown = told[case.id]
        assert case.what_happened.startswith(shown)
        for word in ("apologis", "deleted", "withdr", "said that", "statement"):
            assert word not in shown, case.id
        for said in case.responses:
            assert said.text not in shown, case.id


@pytest.mark.parametrize(
    ("case_id", "secret"),
    [
        ("boaty-mcboatface", "submarine"),
        ("sports-illustrated-ai", "vanished"),
        ("build-a-bear-pay-your-age", "closed"),
        ("crock-pot-this-is-us", "no Twitter account"),
        ("dbs-outage", "Facebook"),
        ("amys-baking-company", "insulted"),
        ("sainsburys-50p", "asked in public"),
        ("hawaii-missile-alert", "quarter of an hour"),
    ],
)
def test_openings_that_were_read_by_hand_stop_before_the_answer(case_id: str, secret: str) -> None:
    case = next(c for c in casebook.load().cases if c.id == case_id)
    assert secret in case.what_happened
    assert secret not in opening(case.what_happened, date.fromisoformat(case.date))
