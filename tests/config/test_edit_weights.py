"""New weights go into the packs, and nothing else changes."""

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.edit_weights import set_weights
from monitor.config.load import load
from monitor.errors import ConfigError, Fault

ONE = """\
# Ours, by hand.
pack: one   # the name
rules:

  # about the first
  - id: first
    title: "The first, weight: 0.6"
    severity: backlash   # as a word
    weight: 0.6   # weight: 0.6 since March
    query: >-
      outcry
      OR weight
    examples:
      match: [an outcry, a weight]   # two
      no_match: [a cry, a roar]

  - {id: flow, title: T, severity: 1, weight: 0.5, query: fuss, examples: {match: [a fuss, fuss], no_match: [calm, ado]}}
# the end"""
TWO = ONE.replace("first", "second").replace("flow", "other").replace("\n", "\r\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "rules/one.yaml").write_text(ONE)
    (tmp_path / "rules/two.yaml").write_bytes(b"\xef\xbb\xbf" + TWO.encode())
    (tmp_path / "rules/terms.yaml").write_text("terms:\n  first: [a, b]\n")
    return tmp_path


def accept(_files: Mapping[str, bytes]) -> None:
    """All is well."""


def weights(root: Path) -> dict[str, float]:
    return {rule.id: rule.weight for rule in load(root, {}).rules}


def test_only_the_numbers_change(root: Path) -> None:
    (root / "rules/one.yaml").chmod(0o640)
    new = {"first": (0.6, 0.83), "flow": (0.5, 0.05), "second": (0.6, 0.9)}
    assert set_weights(root, new, prove=accept) == ("rules/one.yaml", "rules/two.yaml")
    assert weights(root) == {"first": 0.83, "flow": 0.05, "second": 0.9, "other": 0.5}
    made = (root / "rules/one.yaml").read_text()
    assert made == ONE.replace("    weight: 0.6 ", "    weight: 0.83 ").replace(
        "weight: 0.5,", "weight: 0.05,"
    )
    assert stat.S_IMODE((root / "rules/one.yaml").stat().st_mode) == 0o640
    two = (root / "rules/two.yaml").read_bytes()
    assert two == b"\xef\xbb\xbf" + TWO.replace("    weight: 0.6 ", "    weight: 0.90 ").encode()
    assert sorted(p.name for p in (root / "rules").iterdir()) == [
        "one.yaml",
        "terms.yaml",
        "two.yaml",
    ]


@pytest.mark.parametrize(
    ("change", "new", "says"),
    [
        (("weight: 0.6   #", "weight: 0.7   #"), {"first": (0.6, 0.9)}, "is 0.7 by now, not 0.6"),
        (("", ""), {"first": (0.6, 0.9), "nobody": (0.6, 0.9)}, "there is no rule nobody"),
        (("weight: 0.6   #", "weight: &w 0.6   #"), {"first": (0.6, 0.9)}, "change it by hand"),
        (("weight: 0.6   #", "weight:\n      0.6   #"), {"first": (0.6, 0.9)}, "change it by hand"),
        (("pack: one", "pack: [one"), {"first": (0.6, 0.9)}, "rules/one.yaml"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    root: Path, change: tuple[str, str], new: dict[str, tuple[float, float]], says: str
) -> None:
    (root / "rules/one.yaml").write_text(ONE.replace(*change))
    before = {path: path.read_bytes() for path in (root / "rules").iterdir()}
    with pytest.raises(ConfigError) as refused:
        set_weights(root, new | {"second": (0.6, 0.7)}, prove=accept)
    assert says in str(refused.value)
    assert {path: path.read_bytes() for path in (root / "rules").iterdir()} == before


def test_a_folder_that_would_not_load_is_left_alone(root: Path) -> None:
    def refuse(files: Mapping[str, bytes]) -> None:
        assert b"0.83" in files["rules/one.yaml"]
        raise ConfigError([Fault("rules/one.yaml", 3, "no")])

    with pytest.raises(ConfigError):
        set_weights(root, {"first": (0.6, 0.83)}, prove=refuse)
    assert (root / "rules/one.yaml").read_text() == ONE


hundredths = st.integers(1, 99).map(lambda n: n / 100)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["first", "flow", "second", "other"]), hundredths))
def test_any_weights_are_written_and_can_be_taken_back(root: Path, new: dict[str, float]) -> None:
    (root / "rules/one.yaml").write_text(ONE)
    (root / "rules/two.yaml").write_bytes(b"\xef\xbb\xbf" + TWO.encode())
    old = weights(root)
    set_weights(root, {rule: (old[rule], weight) for rule, weight in new.items()}, prove=accept)
    assert weights(root) == old | new
    back = {rule: (weight, old[rule]) for rule, weight in new.items()}
    set_weights(root, back, prove=accept)
    assert weights(root) == old
    assert (root / "rules/one.yaml").read_text().replace("0.60", "0.6").replace(
        "0.50", "0.5"
    ) == ONE
