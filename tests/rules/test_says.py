"""A query in words: nothing is left out, and the laid-out query is the same query."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.model import RuleSource, Severity
from monitor.rules.pack import build
from monitor.rules.query import parse
from monitor.rules.says import Said, laid_out, lines, says
from monitor.rules.tree import (
    AtLeast,
    Exact,
    Hashtag,
    Node,
    Phrase,
    Regex,
    Sentence,
    TermListRef,
    Word,
    parts,
)
from tests.rules.test_query import LEAF, grown


def more(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        grown(inner),
        st.lists(LEAF, min_size=2, max_size=3).map(lambda nodes: Sentence(tuple(nodes))),
        st.builds(AtLeast, LEAF, st.integers(2, 9)),
    )


TREE = st.recursive(LEAF, more, max_leaves=12)


def named(node: Node) -> Iterator[str]:
    """The words by which a reader knows each atom."""
    match node:
        case Word(text) | Hashtag(text) | Exact(text) | Regex(text) | TermListRef(text):
            yield text
        case Phrase(words):
            for word in words:
                yield word.text
        case _:
            for inner in parts(node):
                yield from named(inner)


@given(TREE)
def test_every_atom_is_named(tree: Node) -> None:
    told = "\n".join(lines(says(tree)))
    for word in named(tree):
        assert word in told


@given(TREE)
def test_what_opens_a_list_ends_in_a_colon_and_holds_one(tree: Node) -> None:
    def check(said: Said) -> None:
        assert said.text.endswith(":") == bool(said.parts)
        for part in said.parts:
            check(part)

    check(says(tree))


@given(TREE, st.sampled_from([10, 30, 88]))
def test_a_laid_out_query_reads_back_as_itself(tree: Node, width: int) -> None:
    assert parse(laid_out(tree, width), {"list"}) == tree


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            'title:(backlash OR outrag* OR "under fire") AND NOT (film OR #tv)',
            [
                "all of these:",
                "  • in the title: any of: “backlash”, words beginning with “outrag…”, “under fire”",
                "  • but none of: “film”, the hashtag #tv",
            ],
        ),
        (
            "$brand NEAR/8 (apolog* OR sorry)",
            [
                "within 8 words of each other, in any order:",
                "  • a term of the list $brand",
                "  • any of: words beginning with “apolog…”, “sorry”",
            ],
        ),
        (
            "{BP} ONEAR/1 /colou?r/ AND NOT title:(a1 OR (b1 AND c1))",
            [
                "all of these:",
                "  • within 1 word in this order:",
                "    • “BP” in exactly these letters",
                "    • what fits the expression /colou?r/",
                "  • but, in the title, none of these:",
                "    • “a1”",
                "    • all of these:",
                "      • “b1”",
                "      • “c1”",
            ],
        ),
        (
            "SENTENCE(sorry $brand) OR ATLEAST/3 boycott",
            [
                "any of these:",
                "  • all of these in one sentence:",
                "    • “sorry”",
                "    • a term of the list $brand",
                "  • at 3 places or more: “boycott”",
            ],
        ),
    ],
)
def test_it_reads_as_a_person_would_say_it(query: str, told: list[str]) -> None:
    assert list(lines(says(parse(query, {"brand"})))) == told


def test_a_long_query_is_laid_out_over_lines_that_fit() -> None:
    query = " OR ".join(f"alternative{n}" for n in range(30))
    shown = laid_out(parse(f"title:({query}) AND NOT (film OR series)"))
    assert max(map(len, shown.splitlines())) <= 88
    assert shown.splitlines()[-1] == "AND NOT (film OR series)"


def test_a_query_that_is_still_tried_out_needs_no_examples() -> None:
    tried = RuleSource("a", "A", Severity.MISSTEP, 0.5, "backlash", (), ())
    with pytest.raises(ConfigError):
        build([tried], [])
    (rule,) = build([tried], [], proven=False).rules
    assert rule.tree == Word("backlash")
