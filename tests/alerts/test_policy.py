"""Who is told of an incident, and in what words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.policy import PlannedAlert, fits, plan
from monitor.model import IncidentBrief, Severity, Subscriber

INCIDENT = IncidentBrief(
    id=17,
    title="Outcry over Zürich Air’s “funny” seat advert",
    organisation="Zurich Air",
    severity=Severity.BACKLASH,
    score=0.8,
    tags=("Backlash", "apology"),
    text="Passengers were not amused. The airline's boss took the #SeatFail post down.",
    url="https://news.example/1",
    feed_title="Trade news",
    published_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    why=(),
)
ANN = Subscriber(1, "ann@example.org")


def test_somebody_without_a_filter_is_told_of_everything() -> None:
    assert fits(ANN, INCIDENT) == "you asked for every incident"


@pytest.mark.parametrize("severity", list(Severity))
def test_severity_counts_from_the_asked_one_up(severity: Severity) -> None:
    told = fits(replace(ANN, min_severity=severity), INCIDENT)
    assert (told is not None) == (severity <= Severity.BACKLASH)


def test_any_shared_tag_will_do_and_case_does_not_count() -> None:
    assert fits(replace(ANN, tags=("hacked", "BACKLASH")), INCIDENT) == (
        "you asked for incidents tagged Backlash"
    )
    assert fits(replace(ANN, tags=("hacked",)), INCIDENT) is None


@pytest.mark.parametrize(
    "word",
    ["zurich", "ZÜRICH AIR", "airline", "seatfail", "not amused", "funny seat", "Passengers"],
)
def test_words_are_found_whole_in_title_organisation_and_text(word: str) -> None:
    assert fits(replace(ANN, words=("nothing", word)), INCIDENT) == (
        f"you asked for incidents about {word}"
    )


@pytest.mark.parametrize("word", ["air line", "seat", "passenger", "amuse", "advert zurich", "+"])
def test_parts_of_words_and_phrases_over_an_edge_do_not_count(word: str) -> None:
    incident = replace(INCIDENT, title="Outcry over an advert", text="Passengers were not amused.")
    assert fits(replace(ANN, words=(word,)), incident) is None


def test_words_are_found_in_scripts_without_spaces() -> None:
    incident = replace(INCIDENT, title="企業の投稿が炎上した")
    assert fits(replace(ANN, words=("炎上",)), incident) is not None


def test_all_filters_must_fit_and_all_are_named() -> None:
    both = replace(ANN, min_severity=Severity.MISSTEP, tags=("apology",), words=("airline",))
    assert fits(both, INCIDENT) == (
        "you asked for incidents tagged apology and about airline and of severity misstep or worse"
    )
    assert fits(replace(both, words=("bank",)), INCIDENT) is None


def test_a_paused_subscriber_is_not_told() -> None:
    assert fits(replace(ANN, is_paused=True), INCIDENT) is None


def test_a_plan_has_one_alert_for_each_who_fits() -> None:
    people = (ANN, replace(ANN, id=2, tags=("hacked",)), replace(ANN, id=3, words=("airline",)))
    assert plan(people, INCIDENT) == (
        PlannedAlert(1, "you asked for every incident"),
        PlannedAlert(3, "you asked for incidents about airline"),
    )


texts = st.text(max_size=40)


@given(
    title=texts,
    text=texts,
    words=st.lists(texts, max_size=3),
    tags=st.lists(texts, max_size=3),
    severity=st.sampled_from(Severity),
)
def test_a_plan_says_for_each_what_fits_says(
    title: str, text: str, words: list[str], tags: list[str], severity: Severity
) -> None:
    incident = replace(INCIDENT, title=title, text=text)
    person = replace(ANN, words=tuple(words), tags=tuple(tags), min_severity=severity)
    assert plan((person,), incident) == tuple(
        PlannedAlert(1, why) for why in [fits(person, incident)] if why
    )
