"""What lint finds, with line, reason and repair; and that what it proves is true."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.model import RuleSource, Severity, TermList
from monitor.rules import match, pack
from monitor.rules.imply import implies, places_imply
from monitor.rules.query import parse
from monitor.rules.tree import Node
from tests.rules.obvious import Obvious
from tests.rules.test_evaluation import LISTS, texts, trees

NAMES = frozenset(t.name for t in LISTS)


def rule(name: str, query: str, match_: str = "alpha", **changes: object) -> RuleSource:
    source = RuleSource(
        name, name, Severity.MISSTEP, 0.5, query, (match_, match_), ("x", "y"),
        file="a.yaml", line=3, query_line=5, example_lines=(7, 8, 9, 10),
    )  # fmt: skip
    return replace(source, **changes)  # type: ignore[arg-type]


def refused(*sources: RuleSource, terms: tuple[TermList, ...] = ()) -> str:
    with pytest.raises(ConfigError) as caught:
        pack.build(sources, terms)
    return str(caught.value)


def warned(*sources: RuleSource, terms: tuple[TermList, ...] = ()) -> list[str]:
    return [str(w) for w in pack.build(sources, terms).warnings]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("alpha AND NOT alph*", "“alpha AND NOT alph*” can never match: whatever the first finds"),
        ("alpha OR (beta AND NOT (beta OR gamma))", "can never match"),
        ('"alpha beta" AND NOT beta', "can never match"),
        ("alpha OR lang:german", "lang:german can never match: write a language's code"),
        ("alpha OR title:(text:beta)", "text: inside title: looks in text only"),
        ("alpha OR (beta AND lang:de)", "lang:de can never match, since the rule is for en only"),
        ("titel:alpha", "there is no field titel: did you mean title:?"),
        ("alpha OR $nope", "there is no term list $nope"),
        ("/a(?=b)/", "RE2 refuses this expression"),
        ("alpha NEAR/0 beta", "the distance is 1 to 100 words"),
        ("alpha NEAR/101 beta", "the distance is 1 to 100 words"),
        ("ATLEAST/1 alpha", "asks for nothing"),
        ("(" * 60 + "alpha" + ")" * 60, "nested more than 50 deep"),
        (" OR ".join(f"{i:x}" for i in range(2_001)), "more than 2,000 terms"),
    ],
)
def test_an_error_names_the_line_the_reason_and_the_repair(query: str, said: str) -> None:
    told = refused(rule("r", query, languages=("en",)))
    assert told.startswith("a.yaml:5: rule r: ")
    assert said in told


def test_a_not_that_removes_every_example_is_named() -> None:
    told = refused(rule("r", "alpha AND NOT beta", "alpha beta"))
    assert 'a.yaml:7: rule r: the example "alpha beta" is kept out by NOT beta' in told
    assert "a.yaml:5: rule r: NOT beta removes every example; narrow it." in told


def test_term_lists_may_use_term_lists_and_a_loop_is_shown() -> None:
    brands = TermList("brand", ("$old", "beta"), "t.yaml", 2)
    rule_set = pack.build([rule("r", "$brand")], [brands, TermList("old", ("alpha",), "t.yaml", 4)])
    assert match.judge(rule_set, match.example_post("Alpha")).matches
    loop = (
        brands,
        TermList("old", ("$new",), "t.yaml", 4),
        TermList("new", ("$brand",), "t.yaml", 6),
    )
    told = refused(rule("r", "alpha"), terms=loop)
    assert (
        "t.yaml:2: the term lists use one another in a loop: $brand → $old → $new → $brand" in told
    )


def test_a_list_of_lists_costs_no_more_than_its_words() -> None:
    # Each list names the next one twice: opened one by one, that would be 2^60 terms.
    lists = [TermList(f"l{i}", (f"$l{i + 1}", f"$l{i + 1} OR word{i}")) for i in range(60)]
    rule_set = pack.build([rule("r", "$l0")], [*lists, TermList("l60", ("alpha",))])
    assert match.judge(rule_set, match.example_post("alpha")).matches


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("alpha OR outrag* OR outraged", "“outraged” adds nothing to “outrag*”; remove it."),
        ('alpha OR "alpha beta"', '“"alpha beta"” adds nothing to “alpha”; remove it.'),
        ("alpha OR (alpha AND beta)", "“alpha AND beta” adds nothing to “alpha”; remove it."),
        ("alpha OR beta NEAR/3 gamma OR beta NEAR/5 gamma", "adds nothing to “beta NEAR/5 gamma”"),
        ("alpha OR $a", "“alpha” adds nothing to “$a”; remove it."),
    ],
)
def test_an_alternative_that_adds_nothing_is_a_warning(query: str, said: str) -> None:
    (told,) = warned(rule("r", query), terms=(TermList("a", ("alph*",)),))
    assert told.startswith("a.yaml:5: rule r: ")
    assert said in told


def test_where_distances_count_a_phrase_does_add_to_its_word() -> None:
    assert not warned(rule("r", 'alpha OR ("big tweet" OR tweet) NEAR/3 beta'))


def test_a_rule_hidden_by_another_of_its_family_is_a_warning() -> None:
    wide = rule("wide", "alph*", family="f", weight=0.6)
    narrow = rule("narrow", "alpha AND NOT beta", family="f", weight=0.6, line=20)
    (told,) = warned(wide, narrow)
    assert told.startswith("a.yaml:20: rule narrow never counts: whatever it finds, wide")
    assert not warned(wide, replace(narrow, weight=0.7))
    assert not warned(wide, replace(narrow, family="other"))
    assert not warned(replace(wide, languages=("de",)), narrow)


@settings(max_examples=200, deadline=None)
@given(trees, trees, st.lists(st.tuples(texts, texts), min_size=4, max_size=4))
def test_what_is_proved_of_two_trees_is_true_of_every_post(
    a: Node, b: Node, said: list[tuple[str, str]]
) -> None:
    lists = pack._lists(LISTS, NAMES, [])
    for title, text in said:
        post = Obvious(replace(match.example_post(title), text=text), "", lists)
        for one, other in ((a, b), (a, parse("acme OR tweet* OR fail*")), (parse("acme"), b)):
            mine, wanted = post.hits(one), post.hits(other)
            if implies(one, other, lists) and mine is not None:
                assert wanted is not None
            if places_imply(one, other, lists) and mine is not None:
                assert wanted is not None
                assert mine <= wanted
