"""The shipped casebook: in form, sourced, and more than disasters."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from monitor.addresses import canonical_url
from monitor.errors import ConfigError
from monitor.lessons import casebook, casebook_form

BOOK = casebook.load()
CASES = BOOK.cases
TEXTS = ("what_happened", "why", "outcome", "avoid", "recover", "here", "change")
TODAY = date(2026, 11, 21)
"""The day on which the casebook was last gone through."""
BETTER = {"shortfall", "near_miss", "good_recovery"}
OLD = """\
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
NEW = """\
version: 2
cases:
  - id: a-ferry
    title: "A ferry company apologised"
    organisation: "A Ferry"
    sector: shipping
    channel: X
    country: NO
    date: 2024-05-06
    kind: shortfall
    severity: 2
    tags: [apology]
    what_happened: "It joked. It was mocked."
    alleged: "It is said to have joked before."
    expected: "Laughter; there was none."
    why: "Nobody looked."
    responses:
      - {date: 2024-05-07, type: silence, text: "It said nothing."}
      - {date: 2024-05-08, type: rebuild, text: "It apologised."}
    outcome: "It passed."
    avoid: "Look."
    recover: "Say so."
    here: "Who looks?"
    change: "Two look."
    principles: [look-first]
    sources:
      - {publisher: "A Paper", title: "A joke", url: "https://paper.example/ferry", date: 2024-05-09}
"""


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ConfigError) as caught:
        casebook.read(text, "cases/sea.yaml")
    assert {fault.file for fault in caught.value.faults} == {"cases/sea.yaml"}
    return [(fault.line, fault.message) for fault in caught.value.faults]


def test_it_holds_cases_from_many_places() -> None:
    assert len(CASES) >= 100
    assert len({c.sector for c in CASES}) >= 12
    assert len({c.channel for c in CASES}) >= 8
    assert len({c.country for c in CASES}) >= 20
    assert {said.type for c in CASES for said in c.responses} == set(casebook.RESPONSES)


def test_it_reaches_from_the_first_blogs_to_this_year() -> None:
    years = {int(c.date[:4]) for c in CASES}
    assert min(years) == 2005
    assert max(years) == 2026
    assert len(years) >= 18


def test_a_failure_is_not_always_a_crisis() -> None:
    kinds = Counter(c.kind for c in CASES)
    assert sum(kinds[kind] for kind in BETTER) >= 25
    assert set(kinds) == set(casebook.KINDS)


def test_ids_titles_and_first_sources_are_unique() -> None:
    assert len({c.id for c in CASES}) == len(CASES)
    assert len({c.title.casefold() for c in CASES}) == len(CASES)
    assert len({canonical_url(c.sources[0].url) for c in CASES}) == len(CASES)


def test_no_failure_is_told_twice_under_two_names() -> None:
    told = Counter((c.organisation.casefold(), c.date[:7]) for c in CASES)
    assert [key for key, count in told.items() if count > 1] == []


def test_nearly_every_case_has_a_day_and_two_sources() -> None:
    assert sum(c.date_precision == "day" for c in CASES) >= 0.9 * len(CASES)
    assert sum(len(c.sources) >= 2 for c in CASES) >= 0.95 * len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_is_whole(case: casebook.Case) -> None:
    assert date(2005, 1, 1) <= date.fromisoformat(case.date) <= TODAY
    told = [getattr(case, key) for key in TEXTS] + [said.text for said in case.responses]
    for text in told + [text for text in (case.alleged, case.expected) if text]:
        assert text.endswith((".", "?", ".”")), text
    assert len(re.findall(r"[.!?](?:\s|$)", case.what_happened)) >= 2
    assert case.here.endswith("?")
    assert bool(case.expected) >= (case.kind == "shortfall")
    assert re.fullmatch("[A-Z]{2}", case.country)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_dates_stand_in_a_plausible_order(case: casebook.Case) -> None:
    said = [r.date for r in case.responses if r.date]
    assert said == sorted(said)
    if case.date_precision == "day":
        assert all(day >= case.date for day in said)
    for day in said + [s.date for s in case.sources if s.date]:
        assert date.fromisoformat(day) <= TODAY
    for source in case.sources:
        assert not source.date or date.fromisoformat(source.date).year >= int(case.date[:4]) - 1


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_links_have_the_shape_of_links(case: casebook.Case) -> None:
    assert len({canonical_url(source.url) for source in case.sources}) == len(case.sources)
    for source in case.sources:
        parts = urlsplit(source.url)
        assert source.title
        assert source.publisher
        assert parts.scheme in {"http", "https"}
        assert "." in (parts.hostname or "")
        assert parts.username is None
        assert len(parts.path) > 1 or parts.query, source.url


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_is_told_in_our_own_words(case: casebook.Case) -> None:
    told = [getattr(case, key) for key in ("title", *TEXTS)] + [s.text for s in case.responses]
    for text in told:
        assert '"' not in text, "curly quotation marks, so that a quotation can be measured"
        for quoted in re.findall("“([^”]*)”", text):
            assert len(quoted.split()) <= casebook_form.MAX_QUOTED, quoted


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_names_the_year_that_it_is_dated_by(case: casebook.Case) -> None:
    years = re.findall(r"\b20\d\d\b", case.what_happened)
    assert not years or case.date[:4] in years


def test_every_case_teaches_and_every_principle_is_taught() -> None:
    known = {p.id for p in BOOK.principles}
    taught = Counter(principle for c in CASES for principle in c.principles)
    assert all(c.principles for c in CASES)
    assert set(taught) <= known
    assert all(p.text.endswith(".") and len(p.text.split()) <= 20 for p in BOOK.principles)
    assert len({p.text.casefold() for p in BOOK.principles}) == len(known)


def test_what_is_shipped_is_made_of_what_people_write() -> None:
    folder = resources.files("monitor.lessons.casebook_data")
    written = casebook.sources()
    assert written == BOOK, "run: python -m monitor.lessons.casebook"
    for name, made in (("json", casebook.packed(written)), ("atom", casebook.atom(written.cases))):
        stored = folder.joinpath(f"casebook.{name}").read_bytes()
        assert stored == made, "run: python -m monitor.lessons.casebook"


def test_the_feed_is_well_formed_atom() -> None:
    found = feedparser.parse(casebook.atom(CASES))
    assert not found.bozo
    assert found.version == "atom10"
    assert [e.id for e in found.entries] == [c.guid for c in CASES]
    for entry, case in zip(found.entries, CASES, strict=True):
        assert entry.link == case.sources[0].url
        assert entry.published.startswith(case.date)
        assert case.outcome in entry.content[0].value


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
def test_any_visible_title_survives_the_feed(title: str) -> None:
    source = casebook.Source("a", "https://a.example/?b=1&c='\"<")
    case = replace(CASES[0], title=f"x {title} x", sources=(source,))
    # Read as XML: feedparser takes a title such as "Â¡" for UTF-8 that was read as Latin-1.
    entry = etree.fromstring(casebook.atom((case,))).find("{*}entry")
    assert entry.findtext("{*}title") == f"x {title} x"
    assert entry.find("{*}link").get("href") == "https://a.example/?b=1&c='\"<"


def test_a_file_of_the_older_form_is_read() -> None:
    (case,) = casebook.read(OLD)
    assert case.guid == "tag:failwatch,2026:casebook/a-ferry"
    assert (case.date, case.date_precision) == ("2024-05-06", "day")
    assert case.responses == (casebook.Response("rebuild", "It apologised."),)
    assert case.sources == (casebook.Source("A paper", "https://paper.example/ferry"),)
    assert (case.country, case.expected, case.alleged, case.principles) == ("", "", "", ())


def test_a_file_of_today_is_read() -> None:
    (case,) = casebook.read(NEW)
    assert [(r.date, r.type) for r in case.responses] == [
        ("2024-05-07", "silence"), ("2024-05-08", "rebuild")
    ]  # fmt: skip
    (source,) = case.sources
    assert (source.publisher, source.date) == ("A Paper", "2024-05-09")
    assert (case.country, case.principles) == ("NO", ("look-first",))


@given(st.sampled_from([line for line in OLD.splitlines()[3:-2] if line]))
def test_a_missing_key_is_named_with_the_line_of_its_case(line: str) -> None:
    key = line.split(":", maxsplit=1)[0].strip()
    assert faults(OLD.replace(line + "\n", "")) == [
        (3, f"a-ferry: {key} is missing; every case has it.")
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("severity: 2", "severity: 5", 11, "severity must be one of 1, 2, 3, 4."),
        ("kind: shortfall", "kind: mistake", 10, "kind must be one of crisis, misstep"),
        ("type: silence", "type: sorry", 17, "responses.0.type must be one of deny"),
        ("date: 2024-05-06", "date: May 2024", 9, "date must be a day such as"),
        ("date: 2024-05-06", "date: 1924-05-06", 9, "date must be a day since 2000"),
        ("channel: X", "chanel: X", 7, "chanel is not known; did you mean channel?"),
        ('why: "Nobody looked."', 'why: " "', 16, "why must be a text, and not empty."),
        ('why: "Nobody looked."', "why: 7", 16, "why must be a text; put it in quotes."),
        ("tags: [apology]", "tags: []", 12, "tags must be a list of at least one."),
        ("https://paper.", "ftp://paper.", 26, "sources.0.url must be a web address"),
        ("paper.example/", "paper.example /", 26, "sources.0.url must be a web address"),
        ("id: a-ferry", "id: A_Ferry", 3, "id must be of small letters"),
        ("country: NO", "country: Norway", 8, "country must be the two capital letters"),
        ("    country: NO\n", "", 3, "country is missing; say where it happened"),
        ("    principles: [look-first]\n", "", 3, "principles is missing; name at least one"),
        ('    expected: "Laughter; there was none."\n', "", 3, "expected is missing"),
        ('publisher: "A Paper", ', "", 26, "sources each needs a publisher."),
        ("publisher:", "publischer:", 26, "did you mean publisher?"),
        ("{date: 2024-05-07", "{date: 2024-05-01", 17, "2024-05-01 is before the case"),
        ("date: 2024-05-09", "date: 2020-05-09", 26, "2020-05-09 is long before the case"),
        ("It joked.", f"It said “{'ha ' * 26}”.", 13, "quotes more than 25 words in a row"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_case(old: str, new: str, line: int, says: str) -> None:
    assert old in NEW
    found = faults(NEW.replace(old, new))
    assert any(at == line and says in message for at, message in found), found
    assert all(re.match("(a-ferry|A_Ferry): ", message) for _, message in found)


def test_the_older_form_does_not_take_keys_of_the_newer() -> None:
    text = OLD.replace("response_type: rebuild", "respons_type: rebuild")
    assert (15, "a-ferry: respons_type is not known; did you mean response_type?") in faults(text)


def test_all_mistakes_are_told_at_once() -> None:
    text = NEW.replace("severity: 2", "severity: 9").replace("kind: shortfall", "kind: x")
    assert [line for line, _ in faults(text)] == [10, 11]


def test_a_case_that_stands_twice_is_told() -> None:
    again = OLD.split("cases:\n")[1]
    assert faults(OLD + again) == [
        (23, "a-ferry: this id stands twice; rename one."),
        (24, "A ferry company apologised: this title stands twice; rename one."),
    ]


def test_what_two_files_say_against_each_other_is_told(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    principles = 'version: 2\nprinciples:\n  - {id: look-first, text: "Look first."}\n'
    (tmp_path / "principles.yaml").write_text(principles)
    (tmp_path / "cases/air.yaml").write_text(NEW)
    assert len(casebook.sources(tmp_path).cases) == 1
    (tmp_path / "cases/sea.yaml").write_text(NEW.replace("[look-first]", "[look-furst]"))
    with pytest.raises(ConfigError) as caught:
        casebook.sources(tmp_path)
    assert [str(fault) for fault in caught.value.faults] == [
        "cases/sea.yaml:3: a-ferry: this id stands twice, first in cases/air.yaml; rename one.",
        "cases/sea.yaml:4: A ferry company apologised: this title stands twice, first in cases/air.yaml; rename one.",
        "cases/sea.yaml:25: a-ferry: principles.yaml has no look-furst; add it there, or name another.",
    ]


@pytest.mark.parametrize(
    "text", ["", "cases: []", "version: 3\ncases: []", "version: 1\ncases: [a]"]
)
def test_what_is_no_file_of_cases_is_refused(text: str) -> None:
    assert "version: 2" in faults(text)[0][1]


def test_broken_yaml_is_told_with_its_line() -> None:
    ((line, message),) = faults(OLD.replace('why: "Nobody', 'why: "Nobody" "'))
    assert line == 13
    assert message.startswith("This is no YAML")
