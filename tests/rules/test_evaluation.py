"""The fast way finds what the obvious way finds, spans included; printing a query changes nothing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import RuleSource, Severity, TermList
from monitor.rules import match, pack
from monitor.rules.query import parse
from monitor.rules.tree import (
    And,
    AtLeast,
    Exact,
    Hashtag,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Scoped,
    Sentence,
    TermListRef,
    Word,
    show,
)
from tests.rules.obvious import judged

VOCABULARY = [
    "acme",
    "fails",
    "failing",
    "bad",
    "tweet",
    "tweets",
    "x",
    "été",
    "ad",
    "ads",
    "boycott",
    "炎",
    "上",
]
LISTS = [
    TermList("brand", ("acme", '"bad twee*"', "#BoycottAcme")),
    TermList("all", ("$brand", "tweet*", "x NEAR/2 ad")),
]

plain = st.sampled_from(["acme", "fails", "bad", "tweet", "x", "ete", "ad", "boycott"]).map(Word)
beginnings = st.sampled_from(["fail", "twe", "boy", "acm"]).map(lambda w: Word(w, is_prefix=True))
phrases = st.lists(st.one_of(plain, beginnings), min_size=2, max_size=3).map(
    lambda w: Phrase(tuple(w))
)
unspaced = st.just(Phrase((Word("炎"), Word("上"))))
hashtags = st.sampled_from(["boycottacme", "fails", "badads"]).map(Hashtag)
exacts = st.sampled_from(["Acme", "AD", "bad tweet", "x"]).map(Exact)
regexes = st.sampled_from(["twe+t", "ac.e", "fail(s|ing) b", "^acme", "o", "[!]"]).map(Regex)
refs = st.sampled_from(["brand", "all"]).map(TermListRef)
leaves: st.SearchStrategy[Node] = st.one_of(
    plain, plain, beginnings, phrases, unspaced, hashtags, exacts, regexes, refs
)


def several(inner: st.SearchStrategy[Node], kind: type[And] | type[Or]) -> st.SearchStrategy[Node]:
    """Two to six of them; the reader joins what is nested in its own kind, and so do we."""

    def made(nodes: list[Node]) -> Node:
        flat = [n for node in nodes for n in (node.nodes if isinstance(node, kind) else (node,))]
        return kind(tuple(flat))

    return st.lists(inner, min_size=2, max_size=6).map(made)


alternatives = several(leaves, Or)
near = st.builds(
    Near,
    st.one_of(leaves, alternatives),
    st.one_of(leaves, alternatives),
    st.integers(1, 9),
    st.booleans(),
)
at_least = st.builds(AtLeast, st.one_of(leaves, alternatives), st.integers(2, 4))
base = st.one_of(leaves, near, at_least)


def deeper(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    excluded = st.tuples(inner, inner).map(
        lambda two: And((*(two[0].nodes if isinstance(two[0], And) else two[:1]), Not(two[1])))
    )
    scoped = st.builds(Scoped, st.sampled_from(["title", "text", "url", "feed", "author"]), inner)
    sentence = st.lists(st.one_of(leaves, near, alternatives), min_size=2, max_size=3).map(
        lambda n: Sentence(tuple(n))
    )
    return st.one_of(several(inner, Or), several(inner, And), excluded, scoped, sentence)


trees: st.SearchStrategy[Node] = st.recursive(base, deeper, max_leaves=6)

pieces = st.one_of(
    st.sampled_from(VOCABULARY),
    st.sampled_from(
        [
            "Acme's",
            "#BoycottAcme",
            "#badAds",
            "#fails",
            "“Bad”",
            "TWEET",
            "e\u0301te\u0301",
            "ｆａｉｌｓ",
            "bo\u200bycott",
            "bad-ad",
            "ﬁ",
            "l’été",
        ]
    ),
)
gaps = st.sampled_from([" ", " ", " ", ", ", ". ", "! ", "\n", "…", " – ", " Mr. "])
texts = st.lists(st.tuples(pieces, gaps), max_size=14).map(
    lambda parts: "".join(a + b for a, b in parts)
)


def source(number: int, tree: Node) -> RuleSource:
    return RuleSource(
        f"r{number}", "A rule", Severity.MISSTEP, 0.5, show(tree), (), (), file="a.yaml"
    )


@given(trees)
def test_printing_a_query_and_reading_it_again_is_the_identity(tree: Node) -> None:
    assert parse(show(tree), {"brand", "all"}) == tree


@settings(max_examples=300, deadline=None)
@given(
    st.lists(trees, min_size=8, max_size=8),
    st.lists(st.tuples(texts, texts, texts), min_size=6, max_size=6),
)
def test_the_fast_way_finds_what_the_obvious_way_finds(
    queries: list[Node], said: list[tuple[str, str, str]]
) -> None:
    # 300 examples of 8 queries on 6 posts: 14,400 pairs.
    rules = [source(number, tree) for number, tree in enumerate(queries)]
    names = frozenset(t.name for t in LISTS)
    lists = pack._lists(LISTS, names, [])
    rule_set = pack.compiled([(r, parse(r.query, names)) for r in rules], lists)
    for title, text, other in said:
        post = replace(match.example_post(title), text=text, url=other, author=title)
        fast = {
            m.rule: [(s.field, s.start, s.end) for s in m.spans]
            for m in match.judge(rule_set, post, feed=other).matches
        }
        assert fast == judged(rules, LISTS, post, other)


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_hostile_texts_hit_as_usual_ones_do(size: int) -> None:
    rules = [
        source(0, parse("acme NEAR/3 fail*")),
        source(1, parse("SENTENCE(acme fail*)")),
        source(2, parse("ATLEAST/99 (acme OR fails)")),
        source(3, parse("#acme")),
    ]
    rule_set = pack.compiled([(r, parse(r.query)) for r in rules], {})

    def hit(text: str) -> set[str]:
        post = replace(match.example_post("t"), text=text)
        return {m.rule for m in match.judge(rule_set, post).matches}

    assert hit("acme " * size) == {"r2"}
    assert hit("acme fails " * size) == {"r0", "r1", "r2"}
    assert hit("Acme. Fails. " * size) == {"r0", "r2"}
    assert hit("#acme " * size) == {"r2", "r3"}
    assert hit("a" * size + "acme" * size) == set()
    assert hit("'" * size + "é" * size) == set()
    assert hit("é" + "a" * size + "#" * size) == set()
