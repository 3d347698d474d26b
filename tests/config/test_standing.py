"""A broken pack stops only itself: its last good version stays in force, over a restart too."""

from pathlib import Path

import pytest

from monitor.config.settings import Config
from monitor.config.standing import Standing, keep, stand
from monitor.errors import ConfigError
from monitor.rules import pack

PACK = """rules:
  - id: {0}
    title: A rule
    severity: 2
    weight: 0.5
    query: {1}
    examples:
      match: [alpha beta, beta alpha]
      no_match: [x, y]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "rules/a.yaml").write_text(PACK.format("a", "alpha"))
    (tmp_path / "rules/b.yaml").write_text(PACK.format("b", "beta"))
    return tmp_path


def built(config: Config) -> pack.RuleSet:
    return pack.build(config.rules, config.terms)


def standing(root: Path) -> Standing[pack.RuleSet]:
    kept = root / "kept"
    found = stand(root, {}, kept, built)
    keep(root, kept, found)
    return found


def queries(found: Standing[pack.RuleSet]) -> dict[str, str]:
    return {rule.source.id: rule.source.query for rule in found.made.rules}


def test_a_broken_pack_keeps_its_last_good_version_and_the_others_their_new_one(root: Path) -> None:
    assert not standing(root).told
    (root / "rules/a.yaml").write_text(PACK.format("a", "alpha AND"))
    (root / "rules/b.yaml").write_text(PACK.format("b", "beta OR gamma"))
    for _ in range(2):  # as after a restart
        found = standing(root)
        assert queries(found) == {"a": "alpha", "b": "beta OR gamma"}
        assert "rules/a.yaml:6: rule a: a term is missing at the end" in found.told
        assert "In force instead: the last good version of rules/a.yaml." in found.told
    (root / "rules/a.yaml").write_text(PACK.format("a", "alpha OR omega"))
    assert queries(standing(root))["a"] == "alpha OR omega"


def test_a_pack_that_was_never_good_is_left_out_and_said_so(root: Path) -> None:
    (root / "rules/c.yaml").write_text("rules: [")
    (root / "rules/d.yml").write_text("rules: []")
    found = standing(root)
    assert set(queries(found)) == {"a", "b"}
    assert "Not in force, as no good version is known: rules/c.yaml, rules/d.yml." in found.told


def test_rules_whose_term_list_breaks_stay_as_they_were(root: Path) -> None:
    (root / "rules/terms.yaml").write_text("terms:\n  first: [alpha]\n")
    (root / "rules/a.yaml").write_text(PACK.format("a", "$first"))
    standing(root)
    (root / "rules/terms.yaml").write_text("terms:\n  other: [alpha]\n")
    found = standing(root)
    assert set(queries(found)) == {"b"} or queries(found)["a"] == "$first"
    assert "there is no term list $first" in found.told


def test_a_pack_that_is_removed_is_not_brought_back(root: Path) -> None:
    standing(root)
    (root / "rules/a.yaml").unlink()
    assert set(queries(standing(root))) == {"b"}
    (root / "rules/a.yaml").write_text("rules: [")
    assert set(queries(standing(root))) == {"b"}


def test_a_broken_feeds_file_has_nothing_that_could_replace_it(root: Path) -> None:
    (root / "feeds.yaml").write_text("feeds: [")
    with pytest.raises(ConfigError):
        standing(root)
