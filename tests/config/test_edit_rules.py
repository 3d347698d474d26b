"""The pages change one rule of rules/local.yaml and leave the rest as people wrote it."""

import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.edit_rules import LOCAL, local_rules, mark, save_rule, set_enabled
from monitor.config.load import load
from monitor.errors import ConfigError, Fault, StaleVersion
from monitor.text import digest

OURS = """\
# Ours, by hand.
pack: local   # the name
rules:

  # about the first
  - id: one
    title: "The first"
    severity: backlash   # as a word
    weight: 0.6
    # why so high: seen in March
    query: >-
      outcry
      OR uproar
    # examples of March
    examples:
      match: [an outcry, an uproar]   # two
      no_match: [a cry, a roar]

  # ── about the second ──
  - title: The second
    id: two
    severity: 2
    weight: 0.5
    query: |-
      fuss
      OR #ado
    examples:
      match:
        - a fuss
        - "#ado"
      no_match:
        - calm   # very
        - quiet
# the end
"""
ENTRY: dict[str, Any] = {
    "id": "three", "title": "Third: a rule", "severity": 3, "weight": 0.4, "tags": ["a", "b: c"],
    "enabled": False, "query": "fuss\nOR ado", "examples": {"match": ["fuss", "ado"], "no_match": ["# x", "- y"]},
}  # fmt: skip


def tried(root: Path) -> Any:
    """Prove a change by loading the folder with it, as the pages do."""

    def prove(instead: Mapping[str, bytes]) -> None:
        load(root, {}, instead)

    return prove


def text(root: Path) -> str:
    return (root / LOCAL).read_text()


def save(root: Path, entry: dict[str, Any], replaces: str = "") -> str:
    seen = mark(local_rules(root)[replaces]) if replaces else ""
    return save_rule(root, entry, replaces=replaces, seen=seen, prove=tried(root))


def test_the_file_is_made_with_a_word_on_what_it_is(root: Path) -> None:
    hashed = save(root, ENTRY)
    assert text(root).startswith("# Rules that the team wrote in the browser")
    assert text(root).endswith(
        """\
pack: local
rules:
  - id: three
    title: 'Third: a rule'
    severity: 3
    weight: 0.4
    tags: [a, 'b: c']
    enabled: false
    query: |-
      fuss
      OR ado
    examples:
      match:
        - fuss
        - ado
      no_match:
        - '# x'
        - '- y'
"""
    )
    assert hashed == digest(text(root))
    (rule,) = load(root, {}).rules
    assert (rule.id, rule.enabled, rule.query) == ("three", False, "fuss\nOR ado")


def test_a_rule_is_added_below_the_last_and_nothing_else_changes(root: Path) -> None:
    (root / LOCAL).write_text(OURS)
    save(root, ENTRY)
    above, below = text(root).split("\n\n  - id: three\n")
    assert f"{above}\n# the end\n" == OURS
    assert below.endswith("        - '- y'\n# the end\n")


@pytest.mark.parametrize("rules", ["rules:\n", "rules: []   # none yet\n", "", "rules: ~\n"])
def test_an_empty_pack_gets_its_first_rule(root: Path, rules: str) -> None:
    (root / LOCAL).write_text("pack: local\n" + rules)
    save(root, ENTRY)
    assert [rule.id for rule in load(root, {}).rules] == ["three"]
    assert ("# none yet" in text(root)) == ("none" in rules)


def test_a_switch_changes_one_line_and_back(root: Path) -> None:
    (root / LOCAL).write_text(OURS)
    set_enabled(root, "one", is_on=False, prove=tried(root))
    assert text(root) == OURS.replace(
        "    weight: 0.6\n    # why so high: seen in March\n    query: >-",
        "    weight: 0.6\n    # why so high: seen in March\n    enabled: false\n    query: >-",
    )
    assert [rule.enabled for rule in load(root, {}).rules] == [False, True]
    set_enabled(root, "one", is_on=True, prove=tried(root))
    assert text(root) == OURS


def test_a_changed_rule_keeps_its_comments_its_order_and_its_neighbours(root: Path) -> None:
    (root / LOCAL).write_text(OURS)
    entry = dict(local_rules(root)["two"]) | {"weight": 0.7, "query": "fuss OR ado"}
    save(root, entry, replaces="two")
    assert text(root) == OURS.replace("weight: 0.5", "weight: 0.7").replace(
        "      fuss\n      OR #ado\n", "      fuss OR ado\n"
    )


def test_no_comment_is_ever_lost(root: Path) -> None:
    (root / LOCAL).write_text(OURS)
    save(root, ENTRY | {"id": "one"}, replaces="one")
    for comment in ("# as a word", "# why so high: seen in March", "# examples of March", "# two",
                    "# about the first", "# ── about the second ──", "# very", "# the name"):  # fmt: skip
        assert comment in text(root), comment
    assert local_rules(root)["one"] == ENTRY | {"id": "one"}


def test_a_rule_that_a_colleague_changed_meanwhile_is_not_overwritten(root: Path) -> None:
    (root / LOCAL).write_text(OURS)
    seen = mark(local_rules(root)["one"])
    set_enabled(root, "one", is_on=False, prove=tried(root))
    before = text(root)
    for rule in ("one", "gone"):
        with pytest.raises(StaleVersion):
            save_rule(root, ENTRY, replaces=rule, seen=seen, prove=tried(root))
    assert text(root) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight": 1.5}, "weight: must be less than 1"),
        ({"id": "Not An Id"}, "id: must be"),
        ({"title": ""}, "title"),
        ({"severity": 9}, "severity: must be one of"),
        ({"examples": {"match": [], "no_match": ["x"]}}, "examples"),
    ],
)
def test_what_cannot_stand_is_refused_with_the_reason(
    root: Path, change: dict[str, Any], said: str
) -> None:
    (root / LOCAL).write_text(OURS)
    with pytest.raises(ConfigError, match=said):
        save(root, ENTRY | change)
    assert text(root) == OURS


def test_nothing_is_written_if_the_folder_would_not_load(root: Path) -> None:
    def refuse(instead: Mapping[str, bytes]) -> None:
        assert b"id: three" in instead[LOCAL]
        raise ConfigError([Fault(LOCAL, 3, "no")])

    with pytest.raises(ConfigError, match="no"):
        save_rule(root, ENTRY, replaces="", seen="", prove=refuse)
    assert not (root / LOCAL).exists()
    assert list((root / "rules").iterdir()) == []


@pytest.mark.parametrize(
    "pack",
    [
        "pack: local\nrules: [{id: one, title: T}]\n",
        "pack: local\nrules:\n  -\n    id: one\n",
        "pack: local\nrules: three\n",
        "rules: *nobody\n",
    ],
)
def test_a_pack_in_another_shape_is_told_of_and_left_alone(root: Path, pack: str) -> None:
    (root / LOCAL).write_text(pack)
    with pytest.raises(ConfigError, match=r"rules/local\.yaml"):
        save(root, ENTRY)
    assert text(root) == pack


def test_line_ends_mode_and_link_stay(root: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.yaml"
    real.write_bytes(OURS.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    (root / LOCAL).symlink_to(real)
    set_enabled(root, "two", is_on=False, prove=tried(root))
    assert (root / LOCAL).is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_bytes().count(b"\n") == real.read_bytes().count(b"\r\n") > 20


def test_a_place_that_cannot_be_written_is_told_of(root: Path) -> None:
    (root / LOCAL).symlink_to(root / "nowhere" / "local.yaml")
    with pytest.raises(ConfigError, match=r"cannot be written .*right to write in rules/"):
        save(root, ENTRY)


def test_many_at_once_lose_nothing(root: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: save(root, ENTRY | {"id": f"r{n}"}), range(8)))
    assert sorted(local_rules(root)) == [f"r{n}" for n in range(8)]


LINE = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1).filter(
    lambda t: t == t.strip()
)
WORDS = st.sampled_from(["no", "on", "1e3", "007", "0x1", "~", "null", "true", "- a", "? b", "a: b",
                         "# c", "{BP}", "[x]", "*a", "&b", "!c", "%d", "@e", "`f", "'", '"', "2026-01-01"])  # fmt: skip
QUERY = st.lists(LINE | WORDS, min_size=1, max_size=4).map("\n".join)


@settings(
    max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    title=LINE | WORDS,
    query=QUERY,
    tags=st.lists(WORDS, max_size=2),
    found=st.lists(LINE | WORDS, min_size=1, max_size=3),
)
def test_any_text_is_read_back_as_it_was_written(
    root: Path, title: str, query: str, tags: list[str], found: list[str]
) -> None:
    (root / LOCAL).unlink(missing_ok=True)
    entry = {
        "id": "any", "title": title[:300], "severity": 1, "weight": 0.5, "tags": tags, "query": query[:20_000],
        "examples": {"match": found, "no_match": found},
    }  # fmt: skip
    save(root, entry)
    assert local_rules(root)["any"] == entry
    save(root, entry | {"tags": []}, replaces="any")
    assert local_rules(root)["any"] == entry | {"tags": []}
