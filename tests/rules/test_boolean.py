"""Boolean queries of other tools: what they become, what is said of the rest, and what is refused."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Post, RuleSource, Severity
from monitor.rules import match, pack
from monitor.rules.boolean import Carried, carry
from monitor.rules.boolean_tokens import DIALECTS, Dialect
from monitor.rules.complaint import QueryError
from monitor.rules.lint import example_post
from monitor.rules.query import parse
from monitor.rules.tree import And, Node, Not, Or, Word


def notes(query: str, tool: str) -> list[tuple[str, str]]:
    """What is said of a query: the term and what became of it."""
    return [(n.term, n.action) for n in carry(query, DIALECTS[tool]).notes]


EXACT = {
    # Meltwater: operators in small letters, NEAR counts the words between, 4 if it does not say.
    "meltwater": [
        ('("Acme Foods" or AcmeFoods) and recall*', '("Acme Foods" OR AcmeFoods) AND recall*'),
        ('acme NOT ("acme corp" OR jobs)', 'acme AND NOT ("acme corp" OR jobs)'),
        ("acme NEAR boycott", "acme NEAR/5 boycott"),
        ("acme near/10 boycott", "acme NEAR/11 boycott"),
        ("(acme OR beta) ONEAR/2 (fail* OR flop)", "(acme OR beta) ONEAR/3 (fail* OR flop)"),
        ('title:"product recall" AND acme', 'title:("product recall") AND acme'),
        ("title:(acme AND (recall OR boycott))", "title:(acme AND (recall OR boycott))"),
        ("“Acme Foods” AND #AcmeFail", '"Acme Foods" AND #AcmeFail'),
        ("NOT jobs AND acme", "acme AND NOT jobs"),
        ("acme AND NOT (beta NOT gamma)", "acme AND NOT (beta AND NOT gamma)"),
        ("acme AND (NOT beta OR gamma)", "acme AND NOT (beta AND NOT gamma)"),
        ("acme AND (NOT beta AND NOT gamma)", "acme AND NOT (beta OR gamma)"),
        ("acme AND NOT NOT beta", "acme AND beta"),
        ("title:(NOT acme) AND beta", "beta AND NOT title:(acme)"),
        ("acme near/3 (beta OR title:gamma)", "acme NEAR/4 beta OR title:(acme NEAR/4 gamma)"),
    ],
    # Brandwatch: operators in capitals, NEAR/0 is next to, f is forward, comments, exact capitals.
    "brandwatch": [
        ("acme NEAR/0 foods", "acme NEAR/1 foods"),
        ("(acme NEAR/2f keyboard)", "acme ONEAR/3 keyboard"),
        ('"acme foods"~5', "acme NEAR/6 foods"),
        ('((cake OR "ice cream") AND birthday)~5', '(cake OR "ice cream") NEAR/6 birthday'),
        ("{BP} AND raw:Google+", "{BP} AND {Google+}"),
        ("<<<our brands\n(all)>>> acme AND beta", "acme AND beta"),
        ("author:ladyacme AND hashtags:acmefail", "author:(ladyacme) AND #acmefail"),
        ('url:"acme.example/news" AND bad', 'url:("acme example news") AND bad'),
        ("(language:en OR language:German) AND acme", "(lang:(en) OR lang:(de)) AND acme"),
        ("acme AND -beta", "acme AND NOT beta"),
        ("complain* NOT niño", "complain* AND NOT niño"),
    ],
    # Talkwalker: side by side is AND, + the word as it stands, ++ capitals too.
    "talkwalker": [
        ("chocolate -swiss", "chocolate AND NOT swiss"),
        ("acme lang:de title:rückruf", "acme AND lang:(de) AND title:(rückruf)"),
        ("acme NEAR/5 boycott", "acme NEAR/6 boycott"),
        ("(acme OR beta) SENTENCE apolog*", "SENTENCE((acme OR beta) apolog*)"),
        ("acme SENTENCE beta SENTENCE gamma", "SENTENCE(acme beta gamma)"),
        ('++"ACME" OR +"p&t"', '{ACME} OR "p t"'),
        ("content:(shitstorm OR boykott)", "text:(shitstorm OR boykott)"),
    ],
    # Google Alerts: side by side is AND, OR binds tighter, small letters are words.
    "google-alerts": [
        ('"acme foods" recall OR scandal', '"acme foods" AND (recall OR scandal)'),
        ("acme -jobs -hiring", "acme AND NOT jobs AND NOT hiring"),
        ("acme | beta", "acme OR beta"),
        ("intitle:acme inurl:news", "title:(acme) AND url:(news)"),
        ("acme AROUND(6) apology", "acme NEAR/7 apology"),
        ("acme and beta", "acme AND and AND beta"),
    ],
}


@pytest.mark.parametrize(
    ("tool", "query", "ours"), [(tool, *pair) for tool, pairs in EXACT.items() for pair in pairs]
)
def test_what_has_a_counterpart_is_carried_over_without_a_word(
    tool: str, query: str, ours: str
) -> None:
    found = carry(query, DIALECTS[tool])
    assert found.tree == parse(ours)
    assert not found.notes


SAID = [
    ("meltwater", "acme AND ingress:recall", "acme AND text:(recall)",
     [("ingress:recall", "approximated")]),
    ("meltwater", "(acme OR beta)^9 AND recall", "(acme OR beta) AND recall", [("^9", "dropped")]),
    ("meltwater", "acme AND apologi?e*", "acme AND (apologise* OR apologize*)",
     [("apologi?e*", "approximated")]),
    ("meltwater", "acme AND hon?r", r"acme AND /\bhon[\pL\pN]r\b/", [("hon?r", "approximated")]),
    ("meltwater", "acme AND ab*", r"acme AND /\bab[\pL\pN]*/", [("ab*", "approximated")]),
    ("meltwater", "acme beta", "acme AND beta", [("beta", "read")]),
    ("meltwater", "acme OR beta AND gamma", "acme OR beta AND gamma",
     [("beta AND gamma", "read")]),
    ("meltwater", "acme OR NOT beta", "acme", [("NOT", "dropped")]),
    ("meltwater", "acme NEAR/5 beta NEAR/2 gamma", "acme NEAR/6 beta AND beta NEAR/3 gamma",
     [("NEAR/2", "approximated")]),
    ("meltwater", "(acme AND beta) NEAR/3 gamma", "acme NEAR/4 gamma AND beta NEAR/4 gamma",
     [("NEAR/3", "approximated")]),
    ("meltwater", "(acme NOT beta) NEAR/3 gamma", "acme NEAR/4 gamma AND NOT (beta NEAR/4 gamma)",
     [("NEAR/3", "approximated")]),
    ("meltwater", "acme NEAR/3 (NOT gamma)", "acme", [("NEAR/3 NOT", "dropped")]),
    ("meltwater", "acme NEAR/2000 gamma", "acme AND gamma", [("NEAR/2000", "approximated")]),
    ("meltwater", "acme AND source:Guardian", "acme AND feed:(Guardian)",
     [("source:Guardian", "approximated")]),
    ("meltwater", "acme AND 😀 AND colour:red", "acme",
     [("😀", "dropped"), ("colour:red", "dropped")]),
    ("brandwatch", "acme NOT (site:acme.com OR country:usa)", 'acme AND NOT url:("acme com")',
     [("acme.com", "approximated"), ("country:usa", "dropped")]),
    ("brandwatch", "acme AND engagementType:RETWEET AND rating:[1 TO 2]", "acme",
     [("engagementType:RETWEET", "dropped"), ("rating:[1 TO 2]", "dropped")]),
    ("brandwatch", "acme AND @acmehelp", "acme AND acmehelp", [("@acmehelp", "approximated")]),
    ("brandwatch", '"one two three"~4', "one NEAR/6 two AND two NEAR/6 three",
     [("~4", "approximated")]),
    ("talkwalker", "matchall AND acme sourcetype:BLOG sourcecountry:de", "acme",
     [("matchall", "dropped"), ("sourcetype:BLOG", "dropped"), ("sourcecountry:de", "dropped")]),
    ("talkwalker", "acme PARAGRAPH beta", "acme NEAR/60 beta", [("PARAGRAPH", "approximated")]),
    ("google-alerts", '"sorry * mistake" acme', "sorry ONEAR/6 mistake AND acme",
     [("sorry * mistake", "approximated")]),
    ("google-alerts", "~cheap acme", "cheap AND acme", [("~cheap", "approximated")]),
    ("google-alerts", "acme -site:acme.com", 'acme AND NOT url:("acme com")',
     [("acme.com", "approximated")]),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "query", "ours", "said"), SAID)
def test_what_has_none_is_said_term_by_term(
    tool: str, query: str, ours: str, said: list[tuple[str, str]]
) -> None:
    assert carry(query, DIALECTS[tool]).tree == parse(ours)
    assert notes(query, tool) == said


def test_a_note_points_at_its_term() -> None:
    query = "acme AND\n  country:usa"
    (note,) = carry(query, DIALECTS["brandwatch"]).notes
    assert query[note.place :].startswith("country:usa")


@pytest.mark.parametrize(
    ("query", "tool"),
    [
        ("title:acme AND ingress:recall", "meltwater"),
        ("acme and (recall or boycott) not jobs", "meltwater"),
        ("acme AND beta", "meltwater"),
        ("<<<x>>> (acme NEAR/3f beta) AND {BP}", "brandwatch"),
        ("acme AND country:gbr AND engagementType:QUOTE", "brandwatch"),
        ("acme AND lang:de AND sourcecountry:lu", "talkwalker"),
        ("acme SENTENCE sorry", "talkwalker"),
        ('"acme foods" -jobs intitle:recall', "google-alerts"),
    ],
)
def test_the_tool_is_told_by_its_marks(query: str, tool: str) -> None:
    assert carry(query).dialect.name == tool


MANY = [f"word{n}" for n in range(70)]


@pytest.mark.parametrize(
    ("query", "says", "place"),
    [
        ("", "empty", 0),
        ("acme AND (beta", "closing bracket", 14),
        ("acme AND beta)", "closes nothing", 13),
        ("acme AND", "missing at the end", 8),
        ("acme AND OR beta", "missing before OR", 9),
        ("()", "closes nothing, or closes too early", 1),
        ('acme AND "beta', "never closed", 9),
        ("acme {beta", "never closed", 5),
        ("acme <<< beta", "comment is never closed", 5),
        ("NOT acme", "only says what must be absent", 0),
        ("NOT acme AND NOT beta", "only says what must be absent", 0),
        ("country:usa", "nothing is left", 0),
        ("(" * 41 + "a" + ")" * 41, "nested more than 40", 40),
        ("acme " * 11_000, "longer than 50,000", 0),
        (" OR ".join(f"word{n}" for n in range(3_000)), "would be refused", 0),
        (" NEAR/2 ".join(["(" + " AND ".join(MANY) + ")"] * 2), "too large", 0),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(query: str, says: str, place: int) -> None:
    with pytest.raises(QueryError, match=says.replace("(", r"\(")) as caught:
        carry(query, DIALECTS["brandwatch"])
    assert caught.value.offset == place


PIECES = st.sampled_from(
    [*"()\"{}[]~^*?+-|#@:/&'<>.,$", " ", " ", "\n", "AND", "OR", "NOT", "NEAR/3", "ONEAR", "NEAR/2f", "SENTENCE",
     "PARAGRAPH", "AROUND(3)", "title:", "site:", "raw:", "lang:", "country:", "hashtags:", "acme", "b*", "été", "中文",
     "“x y”", "~5", "^9", "<<<", ">>>", "matchall", "😀", "1", "x-y", "and", "not"]
)  # fmt: skip


@settings(max_examples=1_000)
@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from([None, *DIALECTS.values()]))
def test_any_text_becomes_a_query_that_parses_or_an_error_with_a_place(
    query: str, tool: Dialect | None
) -> None:
    place = 0
    try:
        found: Carried | None = carry(query, tool)
    except QueryError as error:
        place = error.offset
        found = None
    assert 0 <= place <= len(query)
    if found is None:
        return
    assert parse(found.query) == found.tree
    assert all(0 <= note.place < len(query) for note in found.notes)


# A query over the words a to e, as nested tuples; what it says of a set of words, worked out plainly.
Plain = str | tuple[object, ...]
PLAIN = st.recursive(
    st.sampled_from("abcde"),
    lambda inner: st.one_of(
        st.tuples(st.just("NOT"), inner),
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner),
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner, inner),
    ),
    max_leaves=10,
)


def written(plain: object) -> str:
    if isinstance(plain, str):
        return f"word{plain}"
    assert isinstance(plain, tuple)
    kind, *inner = plain
    if kind == "NOT":
        return f"NOT {written(inner[0])}"
    return "(" + f" {kind} ".join(map(written, inner)) + ")"


def holds(plain: object, words: frozenset[str]) -> bool:
    if isinstance(plain, str):
        return plain in words
    assert isinstance(plain, tuple)
    kind, *inner = plain
    if kind == "NOT":
        return not holds(inner[0], words)
    return (all if kind == "AND" else any)(holds(part, words) for part in inner)


def finds(node: Node, words: frozenset[str]) -> bool:
    match node:
        case Word(text):
            return text[-1] in words
        case Not(inner):
            return not finds(inner, words)
        case And(nodes):
            return all(finds(n, words) for n in nodes)
        case Or(nodes):
            return any(finds(n, words) for n in nodes)
    raise AssertionError(node)


@settings(max_examples=500)
@given(PLAIN, st.frozensets(st.sampled_from("abcde")))
def test_not_anywhere_keeps_its_meaning(plain: Plain, words: frozenset[str]) -> None:
    try:
        found: Carried | None = carry(written(plain), DIALECTS["meltwater"])
    except QueryError:
        found = None
    if found is None:  # it only says what must be absent: an empty post is among what it finds
        assert holds(plain, frozenset())
    elif found.notes:  # an alternative with NOT at the top was left out: fewer posts, never more
        assert holds(plain, frozenset())
        assert holds(plain, words) or not finds(found.tree, words)
    else:
        assert finds(found.tree, words) == holds(plain, words)


def hit(query: str, **said: str) -> bool:
    fields: Mapping[str, str] = {"url": "", "author": "", "text": "", **said}
    post = example_post(said.get("title", ""))
    post = Post(
        guid="g", url=fields["url"], canonical_url="", title=post.title, author=fields["author"],
        summary="", text=fields["text"], language="en", published_at=None,
    )  # fmt: skip
    source = RuleSource("a", "A", Severity.MISSTEP, 0.5, carry(query).query, (), ())
    rules = pack.build([source], [], proven=False)
    return bool(match.judge(rules, post).matches)


def test_a_site_is_found_in_addresses_as_they_come() -> None:
    query = "acme AND site:acme-foods.example"
    for url in ("https://www.acme-foods.example/a", "http://acme-foods.example", "https://news.acme-foods.example/1?a=b"):  # fmt: skip
        assert hit(query, title="Acme", url=url), url
    assert not hit(query, title="Acme", url="https://www.acme.example/foods")


def test_distances_count_the_words_between() -> None:
    assert hit("acme NEAR/2f sorry", title="Acme is very sorry")
    assert not hit("acme NEAR/2f sorry", title="Acme is very very sorry")
    assert not hit("acme NEAR/2f sorry", title="Sorry, Acme")
    assert hit("acme NEAR/0 sorry", title="Sorry Acme")


def test_wildcards_find_what_they_found() -> None:
    assert hit("customi?e AND hon?r", title="Customize the honor")
    assert not hit("customi?e AND hon?r", title="Customize the honour")
    assert hit("acme AND *gate", title="Acme, the dieselgate")
