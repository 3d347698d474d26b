"""What queries find, and how scores add up."""

from dataclasses import replace

import pytest

from monitor.errors import ConfigError
from monitor.model import RuleSource, Severity, TermList
from monitor.rules import explain, match, pack
from monitor.rules.query import parse

BRANDS = [TermList("brand", ("acme", '"bolt foods"', "gizm*"))]


def finds(query: str, title: str, text: str = "", **fields: str) -> list[str] | None:
    """The words that a query hits, or None."""
    post = replace(match.example_post(title), text=text, **fields)  # type: ignore[arg-type]
    rule_set = pack.compiled(
        [(rule("a", query, 0.5), parse(query, {"brand"}))], pack._lists(BRANDS, frozenset(), [])
    )
    verdict = match.judge(rule_set, post, feed="PR Daily")
    if not verdict.matches:
        return None
    texts = {
        "title": post.title,
        "text": post.text,
        "url": post.url,
        "author": post.author,
        "lang": post.language,
    }
    return [texts.get(s.field, "PR Daily")[s.start : s.end] for s in verdict.matches[0].spans]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("backlash", "A BACKLASH began"),
        ("cafe", "the Café closed"),
        ("tone-deaf", "a tone deaf advert"),
        ('"tone deaf"', "a tone‑deaf advert"),
        ("outrag*", "outraged customers"),
        ('"under fir*"', "they came under fire"),
        ("don't", "we don’t care"),
        ("acme", "Acme’s advert"),
        ("#epicfail", "what an #EpicFail"),
        ("epicfail", "what an #epicfail"),
        ('"boycott brand x"', "now #BoycottBrandX trends"),
        ("{BP}", "shares of BP fell"),
        ("/tweet(ed)? and delet/", "He TWEETED and deleted it"),
        ("alpha NEAR/3 beta", "beta one two alpha"),
        ("alpha ONEAR/3 beta", "alpha one two beta"),
        ("$brand", "Bolt Foods said"),
        ("$brand", "two gizmos"),
        ("title:$brand", "Acme said"),
        ("炎上", "企業アカウントが炎上した"),
        ("fullwidth", "ｆｕｌｌｗｉｄｔｈ"),
        ("backlash", "back\u200blash"),
        ("office", "o\ufb03ce"),
        ("ATLEAST/2 alpha", "alpha and alpha"),
        ("ATLEAST/2 (alpha OR beta)", "alpha and beta"),
        ("SENTENCE(alpha beta)", "Nothing. Then beta came to alpha! Nothing."),
        ("SENTENCE(alpha beta)", "Beta met Mr. Alpha."),
        ("entreprise", "L’entreprise s’excuse"),
        ("strasse", "STRAßE"),
        ("lodz", "Łódź"),
        ("ツイート", "公式ツイートを削除"),
        ("ขอโทษ", "บริษัทขอโทษลูกค้า"),
        ('"boycott acme"', "#BOYCOTTAcme"),
    ],
)
def test_it_finds(query: str, text: str) -> None:
    assert finds(query, text) is not None


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("fail", "they failed"),
        ("#epicfail", "an epicfail"),
        ("{BP}", "your bp is high"),
        ("{BP}", "BPs"),
        ("alpha NEAR/2 beta", "alpha one two beta"),
        ("alpha ONEAR/9 beta", "beta alpha"),
        ("alpha AND NOT beta", "alpha and beta"),
        ('"tone deaf"', "deaf tone"),
        ("title:alpha", "beta"),
        ("ATLEAST/2 alpha", "alpha and beta"),
        ("SENTENCE(alpha beta)", "Only alpha here. Beta is there."),
        ("SENTENCE(alpha beta)", "alpha\nbeta"),
    ],
)
def test_it_does_not_find(query: str, text: str) -> None:
    assert finds(query, text) is None


def test_near_never_spans_title_and_text() -> None:
    assert finds("alpha NEAR/50 beta", "alpha", "beta") is None


def test_fields_are_searched_where_they_say() -> None:
    assert finds("text:alpha", "x", "alpha") == ["alpha"]
    assert finds("url:acme", "x", url="https://acme.example/news") == ["acme"]
    assert finds("author:ann", "x", author="Ann Other") == ["Ann"]
    assert finds("feed:daily", "x") == ["Daily"]
    assert finds("lang:en", "x", language="en") == ["en"]


def test_spans_count_in_the_text_as_it_stands() -> None:
    assert finds("strasse OR café", "Die STRASSE, das Cafe\u0301!") == ["STRASSE", "Cafe\u0301"]


def rule(name: str, query: str, weight: float, **changes: object) -> RuleSource:
    source = RuleSource(
        name,
        name.title(),
        Severity.BACKLASH,
        weight,
        query,
        ("alpha beta", "alpha beta gamma"),
        ("x", "y"),
        file="a.yaml",
    )
    return replace(source, **changes)  # type: ignore[arg-type]


def test_a_score_adds_up_over_families() -> None:
    rules = pack.build(
        [
            rule("a", "alpha", 0.5),
            rule("b", "beta", 0.4),
            rule("c", "alpha AND beta", 0.3, family="b"),
        ],
        [],
    )
    verdict = match.judge(rules, match.example_post("alpha beta"))
    assert verdict.score == pytest.approx(1 - 0.5 * 0.6)
    assert verdict.flagged
    assert explain.arithmetic(verdict).startswith("1 − (1 − 0.50) × (1 − 0.40) = 0.70: flagged")
    assert "“alpha”" in explain.lines(verdict, match.example_post("alpha beta"))[0]


def test_a_rule_of_one_language_leaves_others_alone() -> None:
    rules = pack.build([rule("a", "alpha", 0.9, languages=("de",))], [])
    assert not match.judge(rules, replace(match.example_post("alpha"), language="en")).flagged
    assert match.judge(rules, replace(match.example_post("alpha"), language="")).flagged


def test_the_version_is_the_meaning() -> None:
    first = pack.build([rule("a", "alpha OR $b", 0.9)], [TermList("b", ("beta",))]).rules[0].version
    spaced = (
        pack.build([rule("a", "alpha  OR   $b", 0.9)], [TermList("b", ("beta",))]).rules[0].version
    )
    other = (
        pack.build([rule("a", "alpha OR $b", 0.9)], [TermList("b", ("gamma",))]).rules[0].version
    )
    assert first == spaced != other


def problems(*sources: RuleSource) -> str:
    with pytest.raises(ConfigError) as caught:
        pack.build(sources, [])
    return str(caught.value)


def test_a_rule_that_fails_its_example_is_refused_with_the_line() -> None:
    told = problems(rule("a", "omega", 0.5, example_lines=(7, 8, 9, 10)))
    assert 'a.yaml:7: rule a: the example "alpha beta" does not match' in told
    assert "matches, by x" in problems(rule("b", "x OR alpha", 0.5))


def test_a_typo_in_a_query_is_refused_with_line_and_place() -> None:
    told = problems(rule("a", "alpha\nAND beta gamma", 0.5, query_line=5))
    assert "a.yaml:6: rule a: write AND, OR or NEAR/8 between beta and gamma" in told


def test_lint_finds_what_is_wrong_with_a_rule() -> None:
    assert "is taken by" in problems(rule("a", "alpha", 0.5), rule("a", "beta", 0.5))
    assert "at least 2 are needed" in problems(rule("a", "alpha", 0.5, no_match_examples=("x",)))
    assert "there is no term list $nope" in problems(rule("a", "$nope", 0.5))
