"""The shipped casebook: in form, sourced, and more than disasters."""

import re
from collections import Counter
from datetime import date
from importlib import resources
from urllib.parse import urlsplit

import feedparser
import pytest

from monitor.lessons import casebook

CASES = casebook.load()
TEXTS = ("what_happened", "why", "response", "outcome", "avoid", "recover", "here", "change")


def test_it_holds_at_least_forty_cases_from_many_places() -> None:
    assert len(CASES) >= 40
    assert len({c.sector for c in CASES}) >= 10
    assert len({c.channel for c in CASES}) >= 6


def test_a_failure_is_not_always_a_crisis() -> None:
    kinds = Counter(c.kind for c in CASES)
    assert kinds["good_recovery"] + kinds["shortfall"] + kinds["near_miss"] >= 6


def test_ids_titles_and_first_sources_are_unique() -> None:
    for key in ("id", "title"):
        assert len({getattr(c, key) for c in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_is_whole(case: casebook.Case) -> None:
    assert date(2005, 1, 1) <= date.fromisoformat(case.date) <= date(2026, 12, 31)
    for key in TEXTS:
        assert getattr(case, key).endswith((".", "?")), key
    assert len(re.findall(r"[.!?](?:\s|$)", case.what_happened)) >= 2
    assert case.here.endswith("?")
    for title, url in case.sources:
        assert title
        assert urlsplit(url).scheme in {"http", "https"}
        assert urlsplit(url).hostname


def test_the_feed_is_made_of_the_lessons() -> None:
    stored = resources.files("monitor.lessons.casebook_data").joinpath("casebook.atom").read_bytes()
    assert stored == casebook.atom(CASES), "run: python -m monitor.lessons.casebook"


def test_the_feed_is_well_formed_atom() -> None:
    found = feedparser.parse(casebook.atom(CASES))
    assert not found.bozo
    assert found.version == "atom10"
    assert len(found.entries) == len(CASES)
