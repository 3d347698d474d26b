"""The query language: what it reads, how it prints, what it says of mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.complaint import QueryError
from monitor.rules.query import parse
from monitor.rules.tree import (
    And,
    Exact,
    Hashtag,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Scoped,
    TermListRef,
    Word,
    show,
)

WORD = st.text("abcdefgh", min_size=3, max_size=6).map(Word)
PREFIX = st.text("abcdefgh", min_size=3, max_size=6).map(lambda t: Word(t, is_prefix=True))
PHRASE = st.lists(WORD, min_size=2, max_size=3).map(lambda words: Phrase(tuple(words)))
LEAF = st.one_of(
    WORD,
    PREFIX,
    PHRASE,
    st.text("abcdefgh", min_size=1, max_size=6).map(Hashtag),
    st.text("ABCdef", min_size=1, max_size=4).map(Exact),
    st.sampled_from(["colou?r", "a b", r"tweet(ed)? and delet"]).map(Regex),
    st.just(TermListRef("list")),
)


def several(kind: type[And] | type[Or], inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    flat = inner.filter(lambda node: not isinstance(node, kind))
    return st.lists(flat, min_size=2, max_size=3).map(lambda nodes: kind(tuple(nodes)))


def negated(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    kept = inner.filter(lambda node: not isinstance(node, And | Not))
    return st.tuples(kept, kept).map(lambda pair: And((pair[0], Not(pair[1]))))


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        several(And, inner),
        several(Or, inner),
        negated(inner),
        inner.map(lambda node: Scoped("title", node)),
        st.builds(Near, LEAF, LEAF, st.integers(1, 99), st.booleans()),
    )


@given(st.recursive(LEAF, grown, max_leaves=8))
def test_a_printed_tree_reads_back_as_itself(tree: Node) -> None:
    assert parse(show(tree), {"list"}) == tree


@pytest.mark.parametrize(
    ("query", "says", "offset"),
    [
        ("alpha beta", "write AND, OR or NEAR/8 between alpha and beta", 6),
        ("alpha AND", "a term is missing at the end", 9),
        ("(alpha OR beta", "closing bracket", 14),
        ("alpha)", "closes nothing", 5),
        ('"alpha', "never closed", 0),
        ("titel:alpha", "did you mean title:?", 0),
        ("ou*", "at least 3 letters", 0),
        ("out*ge", "only at the end", 0),
        ("$plat", "did you mean $platform?", 0),
        ("NOT alpha", "cannot begin with NOT", 0),
        ("alpha and beta", "in capitals", 6),
        ("/a(/", "RE2 refuses", 0),
        ("/(?=a)b/", "RE2 refuses", 0),
        ("{alpha", "never closed", 0),
        ("", "empty", 0),
        ("((((alpha", "closing bracket", 9),
        ("(" * 60 + "a" + ")" * 60, "nested more than 50", 50),
        ("a" * 20_001, "longer than 20,000", 0),
    ],
)
def test_a_mistake_points_at_the_character_and_says_what_to_write(
    query: str, says: str, offset: int
) -> None:
    with pytest.raises(
        QueryError, match=says.replace("$", r"\$").replace("?", r"\?").replace("(", r"\(")
    ) as caught:
        parse(query, {"platform"})
    assert caught.value.offset == offset


def test_the_caret_stands_below_the_character() -> None:
    with pytest.raises(QueryError) as caught:
        parse("alpha\nOR beta gamma", ())
    lines = caught.value.shown("alpha\nOR beta gamma").splitlines()
    assert lines[-2].strip() == "OR beta gamma"
    assert lines[-2][lines[-1].index("^")] == "g"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(query: str) -> None:
    place = 0
    try:
        parse(query, ())
    except QueryError as error:
        place = error.offset
        error.shown(query)
    assert 0 <= place <= len(query)
