"""What differs between two versions of rules."""

from dataclasses import replace

from monitor.model import RuleSource, Severity, TermList
from monitor.rules import pack
from monitor.rules.compare import Change, changes, difference, meanings, printed

RULE = RuleSource("r", "R", Severity.MISSTEP, 0.5, "alpha OR $a", (), (), file="a.yaml")
TERMS = [TermList("a", ("$b", "beta")), TermList("b", ("gamma",))]


def meaning(rule: RuleSource = RULE, terms: list[TermList] = TERMS) -> dict[str, object]:
    return meanings(pack.build([rule], terms, proven=False))  # type: ignore[return-value]


def test_each_change_is_named_with_both_values() -> None:
    old = meanings(pack.build([RULE], TERMS, proven=False))["r"]
    moved = [TERMS[0], TermList("b", ("delta",))]
    rule = replace(
        RULE,
        query="alpha AND $a",
        weight=0.6,
        severity=Severity.CRISIS,
        languages=("de",),
        family="f",
    )
    new = meanings(pack.build([rule], moved, proven=False))["r"]
    assert changes(old, new) == (
        Change("query", "alpha OR $a", "alpha AND $a"),
        Change("weight", "0.5", "0.6"),
        Change("severity", "2", "4"),
        Change("family", "r", "f"),
        Change("languages", "", "de"),
        Change("$b", "gamma", "delta"),
    )


def test_spaces_titles_and_examples_are_no_change() -> None:
    same = replace(RULE, query="alpha   OR\n$a", title="Other", match_examples=("x",))
    assert not difference(meaning(), meaning(same)).changed  # type: ignore[arg-type]


def test_rules_come_and_go() -> None:
    found = difference(meaning(), meaning(replace(RULE, id="s")))  # type: ignore[arg-type]
    assert (found.added, found.removed) == (("s",), ("r",))


def test_a_query_that_this_release_cannot_read_is_shown_as_it_stands() -> None:
    assert (
        printed("alpha  AND\n NEARLY/3") == "alpha AND NEARLY/3" or printed("a AND (") == "a AND ("
    )
