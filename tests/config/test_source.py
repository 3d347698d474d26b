"""YAML that cannot be read says what to do about it; what can be read cannot do harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.source import MAX_BYTES, Source, read
from monitor.errors import Fault


def fault(text: str) -> str:
    found = read("a.yaml", text)
    assert isinstance(found, Fault), found
    return str(found)


def source(text: str) -> Source:
    found = read("a.yaml", text)
    assert isinstance(found, Source), found
    return found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a:\n\t- b", "a.yaml:2: this line cannot be read: a tab stands where spaces must"),
        ("a: b\n\tc: d", "a.yaml:2: this line cannot be read: a tab stands where spaces must"),
        ("a: *b", "a.yaml:1: this line cannot be read: a text that begins with * must stand in quotes"),
        ("a:\n  - @b", "a.yaml:2: this line cannot be read: a text that begins with @ must stand in quotes"),
        ("a:\n  b: c: d", "a.yaml:2: this line cannot be read: if the text has a colon in it, put the whole"),
        ('a:\n  b: "c" OR "d"', "a.yaml:2: this line cannot be read: the line is indented differently from those it belongs to, or a text goes on after a closing quotation mark"),
        ("a:\n  - b: 1\n   c: 2", "a.yaml:3: this line cannot be read: the line is indented differently"),
        ("a:\n  - 'b\n  - c\n", "a.yaml:2: this line cannot be read: a quotation mark is opened here and not closed"),
        ("a:\n  - [b\n  - c\n", "a.yaml:2: this line cannot be read: the list that begins here with [ lacks"),
        ("a:\n  b: [", "a [ or { above is not closed"),
        ("a: {b: c\nd: e", "a.yaml:1: this line cannot be read: the mapping that begins here with { lacks"),
        ("a: 1\nb\nc: 2", "a.yaml:2: this line cannot be read: a key needs a colon"),
        ("a: 1\n---\nb: 2", "a.yaml:2: this line cannot be read: the file goes on after a line ---"),
        ("a:\n- b\x07", "a.yaml:2: the character U+0007 cannot stand in YAML; remove it."),
        ("%YAML 3.0\n---\na: 1", "a.yaml:1: this line cannot be read: remove the line that begins with %YAML"),
        ("a: " + "[" * 200, "nested too deep"),
        ("#" * (MAX_BYTES + 1), "a.yaml: the file is larger than 5 MB."),
    ],
)  # fmt: skip
def test_each_kind_of_broken_yaml_says_what_to_do(text: str, says: str) -> None:
    assert says in fault(text)


def test_every_key_that_stands_twice_is_told_with_both_lines() -> None:
    found = source("a: 1\nb:\n  c: 1\n  c: 2\na: 3\na: 4\n")
    assert [str(f) for f in found.faults] == [
        "a.yaml:4: the key 'c' stands here and on line 3; remove one of the two.",
        "a.yaml:5: the key 'a' stands here and on line 1; remove one of the two.",
        "a.yaml:6: the key 'a' stands here and on line 1; remove one of the two.",
    ]


def test_every_key_and_item_has_its_line() -> None:
    found = source("# note\na:\n  - b: 1\n    c: [x,\n      y]\n\n  - d: 2\n")
    assert {path: line for path, line in found.lines.items() if line} == {
        ("a",): 2,
        ("a", 0): 3,
        ("a", 0, "b"): 3,
        ("a", 0, "c"): 4,
        ("a", 0, "c", 0): 4,
        ("a", 0, "c", 1): 5,
        ("a", 1): 7,
        ("a", 1, "d"): 7,
    }
    assert found.line(("a", 1, "not there")) == 7
    assert found.line(("not there",)) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b", 1),
        ("a: >-\n  b\n  c", 2),
        ("a: |\n  b", 2),
        ("a:\n  b\n  c", 2),
        ('a:\n\n  "b"', 3),
    ],
)
def test_a_text_begins_where_its_first_word_stands(text: str, line: int) -> None:
    assert source(text).text_line(("a",)) == line


def test_scalars_are_plain_values_and_dates_stay_text() -> None:
    text = "a: [1, 0x10, 1_000, 2.5, true, ~, no, 2024-01-31, '7', 007x, 1e3, !!str 9]"
    assert source(text).value == {
        "a": [1, 16, 1000, 2.5, True, None, "no", "2024-01-31", "7", "007x", 1000.0, "9"]
    }


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!mine", "!<tag:a.example,1:b>"]
)
def test_a_tag_makes_nothing_and_is_told_of(tag: str) -> None:
    found = source(f"a: {tag} echo")
    assert found.value == {"a": "echo"}
    assert "is not used here" in str(found.faults[0])


def test_an_alias_may_save_typing() -> None:
    assert source("a: &x [1, 2]\nb: *x\n").value == {"a": [1, 2], "b": [1, 2]}


def test_a_billion_laughs_are_not_laughed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "more than 200,000 parts" in fault("\n".join(lines))


@pytest.mark.parametrize("text", ["a: &x [*x]", "&x a: {b: &y {c: *y}}", "&x {a: *x}"])
def test_what_holds_itself_is_refused(text: str) -> None:
    assert "refers to itself" in fault(text)


SCRAPS = st.sampled_from(
    ["feeds:", "- ", "url: ", "  ", "\n", "\t", "&a ", "*a", "[", "]", "{", "}", "? ", ": ", "!!set ",
     "!!omap ", "!x ", "|\n", ">-\n", "'", '"', "#", "%YAML 1.1\n", "---\n", "...\n", "<<: ", ",", "~",
     "\\x", "\x00", "\ufeff", "\x85", "\u2028", "https://a.example", "1", "0o9", "-", "\r", "é", "😀"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(SCRAPS, max_size=30).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_is_a_fault(text: str) -> None:
    found = read("a.yaml", text)
    if isinstance(found, Fault):
        assert (
            found.line
            <= text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + 2
        )
        assert found.message.endswith(".")
