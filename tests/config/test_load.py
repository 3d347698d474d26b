"""The files and the environment become one frozen configuration."""

import json
import os
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import load
from monitor.config import settings as config_settings
from monitor.errors import ConfigError
from monitor.model import FeedSettings, FetchLimits, MailSettings, Severity, TermList, WikiSettings
from monitor.settings import DigestSettings, Thresholds
from tests.config.folder import ROOT, RULE, faults, write

ANY_FILE = pytest.mark.parametrize("name", ["feeds", "failwatch", "terms", "a"])


def test_a_feed_is_as_the_file_says(root: Path) -> None:
    write(
        root,
        feeds="feeds:\n  - url: https://a.example/feed\n    title: ' A: feed '\n    language: no\n"
        "    category: trade\n    tags: [pr, '#fail']\n    every: 2h\n    full_text: yes\n"
        "    enabled: false\n  - url: https://b.example/feed\n    every: 1d\n",
    )
    assert load.load(root, {}).feeds == (
        FeedSettings(
            "https://a.example/feed", "A: feed", "no", "trade", ("pr", "#fail"),
            timedelta(hours=2), full_text=True, enabled=False,
        ),
        FeedSettings("https://b.example/feed", every=timedelta(days=1)),
    )  # fmt: skip


def test_a_rule_knows_the_lines_of_its_query_and_examples(root: Path) -> None:
    write(root, a=RULE)
    (rule,) = load.load(root, {}).rules
    assert (rule.file, rule.line, rule.query_line) == ("rules/a.yaml", 3, 8)
    assert rule.example_lines == (11, 11, 12, 12)
    assert rule.query == "outcry OR uproar"
    assert (rule.severity, rule.weight, rule.family) == (Severity.BACKLASH, 0.6, "")
    assert rule.match_examples == ("an outcry", "an uproar")


def test_severity_is_a_number_or_a_name(root: Path) -> None:
    write(root, a=RULE.replace("backlash", "4"), b=RULE.replace("backlash", "Crisis"))
    assert {rule.severity for rule in load.load(root, {}).rules} == {Severity.CRISIS}


def test_term_lists_come_from_their_own_file(root: Path) -> None:
    write(root, terms="# ours\nterms:\n  brand:\n    - Acme\n    - '\"Big Shop\"'\n")
    assert load.load(root, {}).terms == (
        TermList("brand", ("Acme", '"Big Shop"'), "rules/terms.yaml", 3),
    )


def test_without_a_settings_file_the_defaults_hold(root: Path) -> None:
    found = load.load(root, {}).settings
    assert found == config_settings.Settings(
        organisation="", public_url="http://127.0.0.1:8001", profile=(), listen_host="127.0.0.1",
        listen_port=8001, mail=MailSettings(), wikis=(),
        polling=config_settings.Polling(FetchLimits(), 16, "", "matched"), retention=config_settings.Retention(90),
        digest=DigestSettings(), grouping=Thresholds(), recall_posts=10,
    )  # fmt: skip


def test_settings_are_as_the_file_says(root: Path) -> None:
    write(
        root,
        failwatch="public_url: https://fw.example/\nlisten: {host: '::1', port: 80}\n"
        "mail: {host: m.example, port: 465, security: tls, from_address: a@b.example, ca_file: ca.pem}\n"
        "wikis:\n  - {name: files, kind: folder, path: lessons}\n"
        "  - {name: our-team, kind: mediawiki, url: https://w.example/api.php, user: Bot@x}\n"
        "polling: {allow_networks: [10.1.2.3/16], contact: us@b.example, timeout: 60}\n"
        "retention: {polls: 30d}\nrecall_audit: {posts: 0}\n",
    )
    found = load.load(root, {"FAILWATCH_WIKI_OUR_TEAM_PASSWORD": "s3cret"}).settings
    assert found.public_url == "https://fw.example"
    assert (found.listen_host, found.listen_port) == ("::1", 80)
    assert found.mail.ca_file == str(root / "ca.pem")
    assert found.wikis[0] == WikiSettings("files", "folder", path=str(root / "lessons"))
    assert str(found.wikis[1].password) == "s3cret"
    assert "s3cret" not in repr(found)
    assert found.polling.limits.allow_networks == ("10.1.0.0/16",)
    assert found.polling.limits.total_seconds == 60.0
    assert found.polling.user_agent_contact == "us@b.example"
    assert found.retention.polls_days == 30
    assert found.recall_posts == 0


def test_a_path_that_begins_with_a_slash_stays(root: Path) -> None:
    write(root, failwatch="wikis: [{name: a, kind: folder, path: /srv/wiki}]")
    assert load.load(root, {}).settings.wikis[0].path == "/srv/wiki"


def test_a_missing_feeds_file_says_how_to_make_one(tmp_path: Path) -> None:
    assert faults(tmp_path) == [
        (
            "feeds.yaml: the file is missing. Make it with the line `feeds: []`, or name the folder it is"
            " in with --config."
        )
    ]


def test_no_rules_folder_means_no_rules(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").touch()
    assert load.load(tmp_path, {}).rules == ()


def test_what_is_not_utf_8_is_told_with_its_line(root: Path) -> None:
    write(root, feeds=b"feeds:\n  # caf\xe9\n")
    assert faults(root) == ["feeds.yaml:2: this is not UTF-8; save the file as UTF-8."]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(root: Path) -> None:
    write(root, feeds=b"\xef\xbb\xbffeeds:\r\n  - url: https://a.example/\r\n    title: A\r\n")
    assert load.load(root, {}).feeds == (FeedSettings("https://a.example/", "A"),)


def test_a_pack_with_another_ending_is_not_overlooked(root: Path) -> None:
    (root / "rules" / "b.yml").write_text(RULE)
    assert faults(root) == ["rules/b.yml: only files that end in .yaml are read; rename it."]


def test_an_editors_lock_and_draft_are_no_packs(root: Path) -> None:
    (root / "rules" / ".#a.yaml").symlink_to("ann@host.1234")
    (root / "rules" / "a.yaml~").write_text("[")
    assert load.load(root, {}).rules == ()


def test_what_cannot_be_read_is_a_fault(root: Path) -> None:
    (root / "failwatch.yaml").mkdir()
    (root / "rules").rmdir()
    (root / "rules").write_text("")
    found = faults(root)
    assert [fault.split(":")[0] for fault in found] == ["failwatch.yaml", "rules"]
    assert all("it cannot be read (" in fault for fault in found)


def test_a_secret_in_a_file_comes_without_its_line_end(root: Path) -> None:
    (root / "secret").write_text(" from file \n")
    found = load.load(root, {"FAILWATCH_MAIL_PASSWORD_FILE": str(root / "secret")}).settings.mail
    assert str(found.password) == " from file "
    assert "from file" not in repr(found)


def test_the_environment_is_asked_before_the_file(root: Path) -> None:
    environ = {"FAILWATCH_MAIL_PASSWORD": "a", "FAILWATCH_MAIL_PASSWORD_FILE": "/nowhere"}
    assert str(load.load(root, environ).settings.mail.password) == "a"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_is_a_fault(root: Path, content: bytes | None) -> None:
    path = root / "secret"
    if content is not None:
        path.write_bytes(content)
    (found,) = faults(root, {"FAILWATCH_MAIL_PASSWORD_FILE": str(path)})
    assert found.startswith(f"FAILWATCH_MAIL_PASSWORD_FILE: {path} cannot be read (")


@ANY_FILE
def test_the_fingerprint_changes_with_every_file(root: Path, name: str) -> None:
    seen = {load.fingerprint(root), load.load(root, {}).fingerprint}
    assert len(seen) == 1
    write(root, **{name: "# changed\n"})
    seen |= {load.fingerprint(root), load.load(root, {}).fingerprint}
    assert len(seen) == 2


def test_the_fingerprint_is_of_the_bytes_that_were_loaded(root: Path) -> None:
    write(root, a=RULE)
    config = load.load(root, {})
    os.utime(root / "rules" / "a.yaml", (0, 0))
    assert load.fingerprint(root) == config.fingerprint
    (root / "rules" / "a.yaml").rename(root / "rules" / "b.yaml")
    assert load.fingerprint(root) != config.fingerprint


def test_the_shipped_files_load_well_within_a_second() -> None:
    began = time.perf_counter()
    config = load.load(ROOT, {})
    assert time.perf_counter() - began < 3.0  # 0.2 s on two cores; in a crowd more
    assert len(config.feeds) >= 75
    assert len(config.rules) >= 50


@ANY_FILE
@given(content=st.one_of(st.binary(max_size=100), st.text(max_size=200).map(str.encode)))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_content_of_a_file_breaks_the_reader(root: Path, name: str, content: bytes) -> None:
    write(root, **{name: content})
    with suppress(ConfigError):
        load.load(root, {})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["https://a.example", "2h", "backlash", "folder", "10.0.0.0/8", "a@b.example"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["feeds", "url", "tags", "every", "rules", "id", "severity", "weight", "query", "examples",
             "match", "terms", "mail", "wikis", "name", "kind", "password", "polling", "retention",
             "polls", "allow_networks", "listen", "port", "title", "zz"]
        ),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@ANY_FILE
@given(value=st.dictionaries(
    st.sampled_from(["feeds", "rules", "terms", "pack", "mail", "wikis", "polling", "retention"]),
    VALUES, max_size=3,
))  # fmt: skip
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_value_in_any_place_breaks_the_forms(root: Path, name: str, value: object) -> None:
    # JSON is YAML, but for what only JSON can write: the reader may refuse that.
    write(root, **{name: json.dumps(value)})
    try:
        load.load(root, {})
    except ConfigError as error:
        assert all(fault.line == 1 or "stands here" in fault.message for fault in error.faults)  # noqa: PT017


def test_a_profile_is_read_and_its_mistakes_are_named_with_their_lines(root: Path) -> None:
    write(root, failwatch="profile:\n  sector: airline\n  brands: [Acme Air]\n  words: [refund]\n")
    assert load.load(root, {}).settings.profile == (
        ("brands", "Acme Air"), ("words", "refund"), ("sector", "airline"),
    )  # fmt: skip
    write(
        root,
        failwatch="profile:\n  brand: [Acme]\n  markets:\n    - '!?'\n    - Austria\n  words: x\n",
    )
    with pytest.raises(ConfigError) as refused:
        load.load(root, {})
    said = [str(fault) for fault in refused.value.faults]
    assert [fault.line for fault in refused.value.faults] == [2, 4, 6]
    assert "did you mean 'brands'?" in said[0]
    assert "profile.markets[0]: write a word or a name" in said[1]
    assert "must be a list" in said[2]
