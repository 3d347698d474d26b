"""Labelled posts and the figures made of them."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Match, Severity, Verdict
from monitor.rules import labelled
from monitor.rules.figures import Share
from monitor.rules.labelled import Row
from monitor.rules.match import THRESHOLD, score
from monitor.rules.quality import F1, Graded, measure


def row(label: str, title: str = "A title", incident: str = "") -> Row:
    line = json.dumps({"title": title, "label": label, "incident": incident})
    (made,), _ = labelled.read([line], "f")
    return made


def verdict(**weights: float) -> Verdict:
    matches = tuple(
        Match(rule, "v", rule.title(), rule, Severity.MISSTEP, weight, (), ())
        for rule, weight in weights.items()
    )
    total = score(matches)
    return Verdict(matches, total, total >= THRESHOLD)


def test_a_row_becomes_a_post_with_what_counts_of_it() -> None:
    said = {"title": "T\u200b", "text": "Body", "label": "fail", "lang": "en-GB", "feed": "News",
            "url": "https://www.x.example/a?utm_source=b", "author": "Ann", "published": 7}  # fmt: skip
    (made,), faults = labelled.read(["\n", json.dumps(said)], "f")
    assert not faults
    assert (made.line, made.label, made.feed, made.post.author) == (2, "fail", "News", "Ann")
    assert (made.post.title, made.post.language) == ("T", "en")
    assert made.post.canonical_url == "https://x.example/a"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no JSON object"),
        ('{"title": 3, "label": "fail"}', "title is no text"),
        ('{"title": " ", "label": "fail"}', "neither title nor text"),
        ('{"title": "a"}', "no label; write one of fail, general, other"),
        ('{"title": "a", "label": 1}', "no label"),
    ],
)
def test_a_broken_row_is_named_by_its_line(line: str, says: str) -> None:
    rows, (fault,) = labelled.read(['{"title": "a", "label": "other"}', line], "f.jsonl")
    assert len(rows) == 1
    assert str(fault).startswith("f.jsonl:2: ")
    assert says in fault.message


@given(st.text())
def test_any_line_is_a_row_or_a_fault(line: str) -> None:
    rows, faults = labelled.read([line], "f")
    assert len(rows) + len(faults) == bool(line.strip())


def test_rows_without_a_label_can_be_taken_as_one() -> None:
    rows, faults = labelled.read(['{"title": "a"}'], "f", unlabelled_as="other")
    assert [r.label for r in rows] == ["other"]
    assert not faults


def test_figures_of_a_small_set_are_those_worked_out_by_hand() -> None:
    graded = [
        Graded(row("fail", "one", "a"), verdict(strong=0.6)),
        Graded(row("fail", "two", "a"), verdict(weak=0.3)),
        Graded(row("fail", "three", "b"), verdict()),
        Graded(row("other", "four"), verdict(strong=0.6, weak=0.3)),
        Graded(row("general", "five"), verdict(weak=0.3, third=0.4)),
        Graded(row("other", "six"), verdict()),
        Graded(row("border", "seven"), verdict(strong=0.6)),
    ]
    found = measure(graded, ["strong", "weak", "third", "never"])
    assert found.rows == {"fail": 3, "general": 1, "other": 2}
    assert found.flagged == {"fail": 1, "general": 1, "other": 1}
    assert found.left_out == {"border": 1}
    assert (found.precision, found.recall) == (Share(1, 3), Share(1, 3))
    assert found.f1.value == pytest.approx(1 / 3)
    assert found.false_flags == Share(2, 3)
    assert (found.incidents, found.missed_incidents) == (Share(1, 2), ("b",))
    assert [g.row.post.title for g in found.misses] == ["three", "two"]
    assert [g.row.post.title for g in found.false] == ["four", "five"]
    assert found.silent == ("never",)
    by_rule = {f.rule: f for f in found.rules}
    assert by_rule["weak"].precision == Share(1, 3)
    assert (by_rule["strong"].only_fails, by_rule["strong"].only_false) == (1, 1)
    # Each of the two is needed for the general post.
    assert (by_rule["weak"].only_false, by_rule["third"].only_false) == (1, 1)


def test_nothing_measured_says_so() -> None:
    found = measure([])
    assert str(found.precision) == str(found.f1) == "not measured yet"
    assert (found.f1.low, found.f1.high) == (0, 1)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_f1_is_the_harmonic_mean_within_its_interval(tp: int, fp: int, fn: int) -> None:
    f1 = F1(Share(tp, tp + fp + fn))
    if tp:
        precision, recall = tp / (tp + fp), tp / (tp + fn)
        assert f1.value == pytest.approx(2 * precision * recall / (precision + recall))
    assert 0 <= f1.low <= f1.value <= f1.high <= 1


@pytest.mark.parametrize(("recall", "false"), [(0.8, 0.1), (0.5, 0.3), (0.95, 0.02)])
def test_the_interval_of_f1_holds_the_true_value_19_times_in_20(
    recall: float, false: float
) -> None:
    # A third of the posts are failures; the true F1 is that of the shares expected.
    tp, fp, fn = recall / 3, false * 2 / 3, (1 - recall) / 3
    truth = 2 * tp / (2 * tp + fp + fn)
    chance, held = random.Random(1), 0
    for _ in range(2_000):
        drawn = chance.choices("TFNx", [tp, fp, fn, 1 - tp - fp - fn], k=150)
        right = drawn.count("T")
        f1 = F1(Share(right, right + drawn.count("F") + drawn.count("N")))
        held += f1.low <= truth <= f1.high
    assert 0.93 <= held / 2_000 <= 0.97
