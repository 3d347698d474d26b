"""Figures from counts: nothing is lost on the way, and few are marked."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.incidents import insights
from monitor.incidents.agreement import agreement

MONTHS = st.tuples(st.integers(2005, 2027), st.integers(1, 12)).map(lambda p: f"{p[0]}-{p[1]:02d}")


@given(st.lists(st.tuples(MONTHS, st.integers(1, 4), st.integers(1, 50)), max_size=30))
def test_every_incident_is_in_the_columns_once_and_no_month_is_missing(
    counts: list[tuple[str, int, int]],
) -> None:
    figure = insights.over_time(counts)
    assert sum(row.values[-1] or 0 for row in figure.rows) == sum(n for _, _, n in counts)
    assert all(sum(row.values[:-1]) == row.values[-1] for row in figure.rows)  # type: ignore[arg-type]  # none is None
    labels = [row.label for row in figure.rows]
    assert labels == sorted(set(labels))
    assert len(labels) <= 40


def test_gaps_between_months_are_shown_as_nothing() -> None:
    figure = insights.over_time([("2025-11", 1, 2), ("2026-02", 4, 7)])
    assert [(r.label, r.basis) for r in figure.rows] == [
        ("2025-11", 2), ("2025-12", 0), ("2026-01", 0), ("2026-02", 7),
    ]  # fmt: skip
    assert [r.is_small for r in figure.rows] == [True, True, True, False]


@given(st.lists(st.floats(0, 10_000_000), max_size=60))
def test_every_decision_falls_into_one_bucket(seconds: list[float]) -> None:
    figure = insights.delays(seconds, 0)
    assert sum(row.basis for row in figure.rows) == len(seconds)


def test_time_to_triage_is_said_in_words() -> None:
    hours = [0.25, 0.5, 1.5, 30, 100]
    assert insights.delays([h * 3600 for h in hours], 1).note == (
        "Half were decided within 1.5 hours, nine in ten within 3.0 days. 1 waits undecided."
    )


def test_the_feed_that_tells_first_leads_by_the_hours_to_the_peak() -> None:
    hour, day = 3600, 86_400
    posts = {
        n: [(0, "Early"), (5 * day, "Late"), (5 * day + hour, "Other"), (5 * day + 2 * hour, "Last")]
        for n in range(6)
    }  # fmt: skip
    figure = insights.leads(posts)
    assert [(r.label, r.values) for r in figure.rows] == [
        ("Early", (121.0, 6, 6, 6)),
        ("Late", (1.0, 6, 6, 0)),
        ("Other", (0.0, 6, 6, 0)),
    ]


def test_feeds_with_few_incidents_come_last_whatever_their_lead() -> None:
    day = 86_400
    posts = {n: [(n * day, "Often"), (n * day + 60, "B"), (n * day + 120, "C")] for n in range(5)}
    posts[9] = [(0, "Once"), (9 * day, "B"), (9 * day + 60, "C"), (9 * day + 90, "D")]
    figure = insights.leads(posts)
    assert [row.label for row in figure.rows] == ["Often", "B", "Once", "C"]
    assert [row.is_small for row in figure.rows] == [False, False, True, True]


def test_sudden_and_smouldering_and_what_cannot_be_said_add_up_to_all() -> None:
    day = 86_400
    figure = insights.courses({1: [0, 1, 2], 2: [0, 9 * day, 9 * day + 1], 3: [0]}, 7)
    assert [(r.label, r.values[0]) for r in figure.rows] == [
        ("sudden", 1), ("smouldering", 1), ("too few posts to say", 5),
    ]  # fmt: skip


def test_responses_are_laid_against_what_followed() -> None:
    figure = insights.responses([("deny", "worse", 4), ("deny", "", 2), ("rebuild", "over", 9)])
    table = {row.label: dict(zip(figure.columns, row.values, strict=True)) for row in figure.rows}
    assert table["deny"] == dict.fromkeys(insights.OUTCOMES, 0) | {"worse": 4, "not looked yet": 2}
    assert table["rebuild"]["over"] == 9


def test_more_tags_than_fit_are_said() -> None:
    counts = [(f"t{n}", n, 0) for n in range(1, 31)]
    figure = insights.by_tag("kinds", "Kinds", counts, label="kind", missing="")
    assert [row.label for row in figure.rows][:2] == ["t30", "t29"]
    assert "15 most frequent of 30" in figure.note


def test_nothing_read_twice_is_said() -> None:
    assert insights.readers(agreement([])).rows == ()
    figure = insights.readers(agreement([("relevant", "dismissed"), ("relevant", "relevant")]))
    assert figure.rows[0].values == (1, 1)
