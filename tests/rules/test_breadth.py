"""A term that hits more posts than failures can be is told with its share."""

from dataclasses import replace

from monitor.model import RuleSource, Severity, TermList
from monitor.rules import match, pack
from monitor.rules.breadth import broad

RULE = RuleSource(
    "r", "R", Severity.MISSTEP, 0.5, "", ("alpha", "alpha"), ("x", "y"), file="a.yaml", query_line=5
)


def told(query: str, titles: list[str]) -> list[str]:

    terms = [TermList("l", ("common", "alpha"))]
    rule_set = pack.build([replace(RULE, query=query)], terms)
    return [str(f) for f in broad(rule_set, ((match.example_post(t), "") for t in titles))]


MANY = ["a common word"] * 30 + ["something else"] * 970


def test_a_broad_alternative_is_named_with_its_share() -> None:
    for query in ("alpha OR common", "alpha OR $l", "alpha OR title:(common OR beta)"):
        (said,) = told(query, MANY)
        assert said.startswith("a.yaml:5: rule r: “")
        assert "common" in said
        assert "hits 30 of 1,000 stored posts (3.0%)" in said


def test_a_broad_term_that_needs_another_is_no_finding() -> None:
    assert not told("alpha OR common NEAR/3 beta", MANY)
    assert not told("alpha OR (common AND beta)", MANY)


def test_two_in_a_hundred_are_allowed_and_few_posts_say_nothing() -> None:
    assert not told("alpha OR common", ["a common word"] * 20 + ["x"] * 980)
    assert not told("alpha OR common", ["a common word"] * 100)
