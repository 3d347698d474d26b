"""The shipped casebook: in form, sourced, and more than disasters."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from importlib import resources
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from monitor.errors import ConfigError
from monitor.lessons import casebook
from monitor.text import canonical_url

CASES = casebook.load()
TEXTS = ("what_happened", "why", "response", "outcome", "avoid", "recover", "here", "change")
ONE = """\
version: 1
cases:
  - id: a-ferry
    title: "A ferry company apologised"
    organisation: "A Ferry"
    sector: shipping
    channel: X
    date: 2024-05-06
    kind: misstep
    severity: 2
    tags: [apology]
    what_happened: "It joked. It was mocked."
    why: "Nobody looked."
    response: "It apologised."
    response_type: rebuild
    outcome: "It passed."
    avoid: "Look."
    recover: "Say so."
    here: "Who looks?"
    change: "Two look."
    sources:
      - {title: "A paper", url: "https://paper.example/ferry"}
"""


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ConfigError) as caught:
        casebook.read(text)
    return [(fault.line, fault.message) for fault in caught.value.faults]


def test_it_holds_at_least_forty_cases_from_many_places() -> None:
    assert len(CASES) >= 40
    assert len({c.sector for c in CASES}) >= 10
    assert len({c.channel for c in CASES}) >= 6
    assert {c.response_type for c in CASES} == set(casebook.RESPONSES)


def test_it_reaches_from_the_first_blogs_to_this_year() -> None:
    years = {int(c.date[:4]) for c in CASES}
    assert min(years) == 2005
    assert max(years) == 2026
    assert len(years) >= 18


def test_a_failure_is_not_always_a_crisis() -> None:
    kinds = Counter(c.kind for c in CASES)
    assert kinds["good_recovery"] + kinds["shortfall"] + kinds["near_miss"] >= 6
    assert set(kinds) == set(casebook.KINDS)


def test_ids_titles_and_first_sources_are_unique() -> None:
    assert len({c.id for c in CASES}) == len(CASES)
    assert len({c.title for c in CASES}) == len(CASES)
    assert len({canonical_url(c.sources[0][1]) for c in CASES}) == len(CASES)


def test_nearly_every_case_has_a_day_and_two_sources() -> None:
    assert sum(c.date_precision == "day" for c in CASES) >= 0.95 * len(CASES)
    assert sum(len(c.sources) >= 2 for c in CASES) >= 0.95 * len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_is_whole(case: casebook.Case) -> None:
    assert date(2005, 1, 1) <= date.fromisoformat(case.date) <= date(2026, 12, 31)
    for key in TEXTS:
        assert getattr(case, key).endswith((".", "?")), key
    assert len(re.findall(r"[.!?](?:\s|$)", case.what_happened)) >= 2
    assert case.here.endswith("?")
    assert len({url for _, url in case.sources}) == len(case.sources)
    for title, url in case.sources:
        assert title
        assert urlsplit(url).scheme in {"http", "https"}
        assert urlsplit(url).hostname


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_is_told_in_our_own_words(case: casebook.Case) -> None:
    for key in ("title", *TEXTS):
        for quoted in re.findall("“([^”]*)”", getattr(case, key)):
            assert len(quoted.split()) <= 25, quoted


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_names_the_year_that_it_is_dated_by(case: casebook.Case) -> None:
    years = re.findall(r"\b20\d\d\b", case.what_happened)
    assert not years or case.date[:4] in years


def test_the_feed_is_made_of_the_lessons() -> None:
    stored = resources.files("monitor.lessons.casebook_data").joinpath("casebook.atom").read_bytes()
    assert stored == casebook.atom(CASES), "run: python -m monitor.lessons.casebook"


def test_the_feed_is_well_formed_atom() -> None:
    found = feedparser.parse(casebook.atom(CASES))
    assert not found.bozo
    assert found.version == "atom10"
    assert [e.id for e in found.entries] == [c.guid for c in CASES]
    for entry, case in zip(found.entries, CASES, strict=True):
        assert entry.link == case.sources[0][1]
        assert entry.published.startswith(case.date)
        assert case.outcome in entry.content[0].value


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
def test_any_visible_title_survives_the_feed(title: str) -> None:
    case = replace(
        CASES[0], title=f"x {title} x", sources=(("a", "https://a.example/?b=1&c='\"<"),)
    )
    # Read as XML: feedparser takes a title such as "Â¡" for UTF-8 that was read as Latin-1.
    entry = etree.fromstring(casebook.atom((case,))).find("{*}entry")
    assert entry.findtext("{*}title") == f"x {title} x"
    assert entry.find("{*}link").get("href") == "https://a.example/?b=1&c='\"<"


def test_a_small_lessons_file_is_read() -> None:
    (case,) = casebook.read(ONE)
    assert case.guid == "tag:failwatch,2026:casebook/a-ferry"
    assert case.date == "2024-05-06"
    assert case.date_precision == "day"
    assert case.sources == (("A paper", "https://paper.example/ferry"),)


@given(st.sampled_from([line for line in ONE.splitlines()[3:-2] if line]))
def test_a_missing_key_is_named_with_the_line_of_its_case(line: str) -> None:
    key = line.split(":", maxsplit=1)[0].strip()
    assert faults(ONE.replace(line + "\n", "")) == [
        (3, f"a-ferry: {key} is missing; every case has it.")
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("severity: 2", "severity: 5", 10, "severity must be one of 1, 2, 3, 4."),
        ("kind: misstep", "kind: mistake", 9, "kind must be one of crisis, misstep"),
        ("type: rebuild", "type: sorry", 15, "response_type must be one of deny"),
        ("date: 2024-05-06", "date: May 2024", 8, "date must be a day such as"),
        ("channel: X", "chanel: X", 7, "chanel is not known; did you mean channel?"),
        ('why: "Nobody looked."', 'why: " "', 13, "why must be a text, and not empty."),
        ("tags: [apology]", "tags: []", 11, "tags must be a list of at least one word."),
        ("https://paper", "ftp://paper", 21, "sources must be a list of at least one"),
        ("id: a-ferry", "id: A_Ferry", 3, "id must be of small letters"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert any(at == line and says in message for at, message in faults(ONE.replace(old, new)))


def test_all_mistakes_are_told_at_once() -> None:
    text = ONE.replace("severity: 2", "severity: 9").replace("kind: misstep", "kind: x")
    assert [line for line, _ in faults(text)] == [9, 10]


def test_a_case_that_stands_twice_is_told() -> None:
    again = ONE.split("cases:\n")[1]
    assert faults(ONE + again) == [
        (23, "a-ferry: this id stands twice."),
        (24, "A ferry company apologised: this title stands twice."),
    ]


@pytest.mark.parametrize(
    "text", ["", "cases: []", "version: 2\ncases: []", "version: 1\ncases: [a]"]
)
def test_what_is_no_lessons_file_is_refused(text: str) -> None:
    assert "version: 1" in faults(text)[0][1]


def test_broken_yaml_is_told_with_its_line() -> None:
    ((line, message),) = faults(ONE.replace('why: "Nobody', 'why: "Nobody" "'))
    assert line == 13
    assert message.startswith("This is no YAML")
