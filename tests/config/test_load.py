"""Every mistake in the files, at its line, all at once."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import edit, load, schema
from monitor.config.forms import SettingsFile
from monitor.errors import ConfigError, Refused
from monitor.model import FeedSettings

ROOT = Path(__file__).parent.parent.parent

RULE = """
pack: a
rules:
  - id: outcry
    title: Outcry
    severity: backlash
    weight: 0.6
    query: >-
      outcry
      OR uproar
    examples:
      match: [an outcry, an uproar]
      no_match: [a cry, a roar]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    return tmp_path


def faults(root: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.load(root, environ or {})
    return [str(fault) for fault in caught.value.faults]


def test_the_shipped_files_load() -> None:
    config = load.load(ROOT, {})
    assert len(config.feeds) >= 75
    assert len(config.rules) >= 30
    assert config.settings.mail.host == ""


def test_every_key_of_the_shipped_settings_can_be_switched_on(root: Path) -> None:
    text = (ROOT / "failwatch.yaml").read_text()
    body = text.split("# the last good version stays in force.", 1)[-1]
    opened = "\n".join(
        re.sub("^# ?", "", line)
        for line in body.splitlines()
        if re.match(r"# ?( *- | *\w+:)", line)
    )
    (root / "failwatch.yaml").write_text(opened)
    found = load.load(root, {}).settings
    assert found.mail.host == "smtp.example.org"
    assert {wiki.kind for wiki in found.wikis} == {"folder", "mediawiki"}
    for name in SettingsFile.model_fields:
        assert re.search(rf"^# {name}:", text, re.MULTILINE), name


def test_a_typo_is_named_with_its_line_and_the_nearest_key(root: Path) -> None:
    (root / "feeds.yaml").write_text("feeds:\n  - url: https://a.example/\n    langauge: en\n")
    (found,) = faults(root)
    assert found.startswith("feeds.yaml:3: unknown key 'langauge'; did you mean 'language'?")
    assert "category" in found


def test_all_mistakes_of_all_files_are_told_at_once(root: Path) -> None:
    (root / "feeds.yaml").write_text("feeds:\n  - url: ftp://a\n  - title: no address\n")
    (root / "failwatch.yaml").write_text("mail:\n  security: ssl\nlisten:\n  port: 99999\n")
    (root / "rules" / "a.yaml").write_text(RULE.replace("0.6", "6"))
    assert {f.split(":")[0] for f in faults(root)} == {
        "feeds.yaml",
        "failwatch.yaml",
        "rules/a.yaml",
    }
    assert len(faults(root)) == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("feeds: x", "must be a list"),
        ("feeds:\n  - url: https://a.example/\n    every: 5m", "15m or longer"),
        ("feeds:\n  - url: https://a.example/\n    every: often", "30m, 2h or 1d"),
        ("feeds:\n  - url: https://u:p@a.example/", "leave user name and password out"),
        (
            "feeds:\n  - url: https://a.example/\n  - url: https://a.example/",
            "stands here and on line 2",
        ),
        ("feeds:\n\t- url: x", "not YAML"),
        ("feeds: [\n", "not YAML"),
        ("feeds: []\nfeeds: []", "remove one of the two"),
        ("- a\n- b", "mapping with the keys feeds"),
    ],
)
def test_each_kind_of_mistake_in_feeds_says_what_to_do(root: Path, text: str, says: str) -> None:
    (root / "feeds.yaml").write_text(text)
    assert says in "\n".join(faults(root))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("polling: {allow_networks: [10.0.0.0/99]}", "write a network such as"),
        ("mail: {password: x}", "FAILWATCH_MAIL_PASSWORD"),
        ("mail: {host: h}", "from_address is missing"),
        ("wikis: [{name: a, kind: folder}]", "lacks the key 'path'"),
        ("wikis: [{name: a, kind: wiki}]", "'folder' or 'mediawiki'"),
        (
            "mail: {security: startls, host: a, from_address: a@b.example}",
            "did you mean 'starttls'?",
        ),
    ],
)
def test_each_kind_of_mistake_in_settings_says_what_to_do(root: Path, text: str, says: str) -> None:
    (root / "failwatch.yaml").write_text(text)
    assert says in "\n".join(faults(root))


def test_a_missing_feeds_file_says_how_to_make_one(tmp_path: Path) -> None:
    assert "Make it with the line" in faults(tmp_path)[0]


def test_a_rule_knows_the_lines_of_its_query_and_examples(root: Path) -> None:
    (root / "rules" / "a.yaml").write_text(RULE)
    (rule,) = load.load(root, {}).rules
    assert (rule.line, rule.query_line) == (4, 9)
    assert rule.example_lines == (12, 12, 13, 13)


def test_secrets_come_from_the_environment_or_a_file_and_never_show_themselves(root: Path) -> None:
    (root / "secret").write_text("from-file\n")
    found = load.load(root, {"FAILWATCH_MAIL_PASSWORD_FILE": str(root / "secret")}).settings.mail
    assert str(found.password) == "from-file"
    assert "from-file" not in repr(found)
    assert "cannot be read" in faults(root, {"FAILWATCH_MAIL_PASSWORD_FILE": "/nowhere"})[0]


def test_a_changed_file_changes_the_fingerprint(root: Path) -> None:
    before = load.fingerprint(root)
    (root / "rules" / "b.yaml").write_text("rules: []\n")
    assert load.fingerprint(root) != before


def test_adding_and_removing_a_feed_keeps_comments(root: Path) -> None:
    (root / "feeds.yaml").write_text(
        "# ours\nfeeds:\n  # the best one\n  - url: https://a.example/feed\n"
    )
    edit.add_feed(root, FeedSettings("https://b.example/feed", title="B: the feed", tags=("x",)))
    text = (root / "feeds.yaml").read_text()
    assert "# the best one" in text
    assert [f.title for f in load.load(root, {}).feeds] == ["", "B: the feed"]
    assert edit.remove_feed(root, "https://b.example/feed")
    assert not edit.remove_feed(root, "https://b.example/feed")
    assert "# ours" in (root / "feeds.yaml").read_text()


def test_a_feed_that_is_there_or_wrong_is_not_added(root: Path) -> None:
    edit.add_feed(root, FeedSettings("https://b.example/feed"))
    with pytest.raises(Refused, match="already"):
        edit.add_feed(root, FeedSettings("https://b.example/feed"))
    with pytest.raises(Refused, match="https://"):
        edit.add_feed(root, FeedSettings("b.example"))


def test_the_json_schemas_are_up_to_date() -> None:
    for name, text in schema.schemas().items():
        stored = (ROOT / "docs" / "schema" / name).read_text()
        assert stored == text, "run: python -m monitor.config.schema docs/schema"


@given(st.text(max_size=300))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_breaks_the_reader(root: Path, text: str) -> None:
    (root / "feeds.yaml").write_text(text, encoding="utf-8", errors="replace")
    with suppress(ConfigError):
        load.load(root, {})
