"""Every kind of mistake is told with its line, what is allowed and the nearest right spelling."""

from pathlib import Path

import pytest

from monitor.config.load import load
from monitor.model import FeedSettings
from tests.config.folder import RULE, faults, write

FEED = "feeds:\n  - url: https://a.example/\n    "


def test_a_typo_is_named_with_its_line_and_the_nearest_key(root: Path) -> None:
    write(root, feeds=FEED + "langauge: en\n")
    assert faults(root) == [
        (
            "feeds.yaml:3: unknown key 'langauge'; did you mean 'language'?"
            " Allowed here: url, title, language, category, tags, every, full_text, enabled."
        )
    ]


def test_all_mistakes_of_all_files_are_told_at_once(root: Path) -> None:
    write(
        root,
        feeds="feeds:\n  - url: ftp://a\n  - title: no address\n",
        failwatch="mail:\n  security: ssl\nlisten:\n  port: 99999\n",
        a=RULE.replace("0.6", "6"),
        b="rules: [\n",
    )
    assert [fault.split(": ")[0] for fault in faults(root)] == [
        "failwatch.yaml:2",
        "failwatch.yaml:4",
        "feeds.yaml:2",
        "feeds.yaml:3",
        "rules/a.yaml:6",
        "rules/b.yaml:2",
    ]


def test_a_mistake_does_not_hide_another_of_the_same_file(root: Path) -> None:
    write(root, feeds=FEED + "url: b\n    every: 1m\n  - url: https://a.example/\n  - {}\n")
    assert [fault.split(": ")[0] for fault in faults(root)] == [
        "feeds.yaml:3",  # url stands twice
        "feeds.yaml:4",  # too often
        "feeds.yaml:5",  # the same address again
        "feeds.yaml:6",  # no address
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("feeds: x", "feeds.yaml:1: feeds: must be a list: each item on a line of its own after"),
        ("- a\n- b", "feeds.yaml:1: the file must begin with a key and a colon, such as `feeds:`."),
        ("feeds:\n  - a", "feeds.yaml:2: feeds[0]: must be keys with values"),
        ("feeds:\n  -", "feeds.yaml:2: feeds[0]: there is no value."),
        ("feeds:\n  - title: a", "feeds.yaml:2: feeds[0] lacks the key 'url' (Address of the feed)"),
        (FEED + "title: 2024", "feeds.yaml:3: feeds[0].title: must be text; put it in quotes (here: '2024')."),
        (FEED + "title: " + "a" * 301, "must be at most 300 characters long"),
        (FEED + "title: |\n      a\n      b", "feeds.yaml:3: feeds[0].title: must be on one line"),
        (FEED + "every: 5m", "feeds.yaml:3: feeds[0].every: write 15m or longer"),
        (FEED + "every: 30", "write a span of minutes, hours or days, such as 30m, 2h or 1d (here: '30')."),
        (FEED + "every: often", "such as 30m, 2h or 1d"),
        (FEED + "every: 99999d", "write 31d or shorter"),
        (FEED + "enabled: maybe", "must be true or false (here: 'maybe')."),
        (FEED + "language: English", "must be two or three small letters, such as en"),
        (FEED + "tags: pr", "feeds.yaml:3: feeds[0].tags: must be a list"),
        (FEED + "tags:\n      - pr\n      - #pr", "feeds.yaml:5: feeds[0].tags[1]: there is no value. Write one; a text that begins with # must stand in quotes."),
        ("feeds:\n  - url: a.example", "write a whole web address that begins with https://"),
        ("feeds:\n  - url: https://a.example:x/", "write a whole web address"),
        ("feeds:\n  - url: 'https://a.example/ b'", "write a whole web address"),
        (FEED + "Full-Text: true", "did you mean 'full_text'?"),
        (FEED + "1: a", "feeds.yaml:3: unknown key '1'. Allowed here"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_in_feeds_says_what_to_do(root: Path, text: str, says: str) -> None:
    write(root, feeds=text)
    (found,) = faults(root)
    assert says in found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("polling: {allow_networks: [10.0.0.0/99]}", "write a network such as 10.1.0.0/16"),
        ("polling:\n  at_once: 0", "failwatch.yaml:2: polling.at_once: must be at least 1 (here: '0')."),
        ("polling: {max_bytes: 9999999999}", "must be at most 200,000,000"),
        ("polling: {timeout: 1.5}", "must be a whole number"),
        ("polling: {timeout: soon}", "must be a whole number (here: 'soon')."),
        ("retention: {polls: 12h}", "write 1d or longer"),
        ("recall_audit: {posts: -1}", "recall_audit.posts"),
        ("mail: [a]", "mail: must be keys with values"),
        ("mail: {host: h}", "the key 'from_address' is missing: who do mails come from?"),
        ("mail: {from_address: Failwatch <a@b.example>}", "must be one e-mail address alone"),
        ("mail: {host: h, from_address: a@b.example, port: 465}", "add security: tls"),
        ("mail: {security: startls}", "must be one of 'starttls', 'tls' or 'none'; did you mean 'starttls'? (here: 'startls')."),
        ("wikis: [{name: a, kind: folder}]", "a wiki of kind folder needs 'path'"),
        ("wikis: [{name: a, kind: mediawiki}]", "a wiki of kind mediawiki needs 'url' and 'user'"),
        ("wikis: [{name: a, kind: wiki}]", "must be one of 'folder', 'html', 'git', 'mediawiki', 'dokuwiki' or 'confluence'"),
        ("wikis: [{name: A B, kind: folder, path: a}]", "must be a name of small letters"),
        ("wikis:\n  - {name: a, kind: folder, path: a}\n  - {name: a, kind: folder, path: b}", "failwatch.yaml:3: a stands here and on line 2"),
        ("organization: Us", "did you mean 'organisation'?"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_in_settings_says_what_to_do(root: Path, text: str, says: str) -> None:
    write(root, failwatch=text)
    (found,) = faults(root)
    assert says in found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("severity: backlash", "severity: bad", "a.yaml:5: rules[0].severity: must be one of 1 (shortfall), 2 (misstep), 3 (backlash), 4 (crisis), as a number or by name (here: 'bad')."),
        ("severity: backlash", "severity: true", "rules[0].severity: must be one of"),
        ("severity: backlash", "severity: [1]", "rules[0].severity: must be one of"),
        ("weight: 0.6", "weight: 1", "weight: must be less than 1 (here: '1')."),
        ("weight: 0.6", "weight: .nan", "weight: must be"),
        ("weight: 0.6", "weight: high", "weight: must be a number (here: 'high')."),
        ("id: outcry", "id: Outcry!", "id: must be a name of small letters"),
        ("title: Outcry", "title: ''", "title: must not be empty"),
        ("    title: Outcry\n", "", "a.yaml:3: rules[0] lacks the key 'title'"),
        ("match: [an outcry, an uproar]", "match: []", "a.yaml:11: rules[0].examples.match: must not be empty; give at least 1."),
        ("match: [an outcry, an uproar]", "match:", "a.yaml:11: rules[0].examples.match: there is no value."),
        ("no_match", "not_match", "did you mean 'no_match'?"),
        ("title: Outcry", "title: Outcry\n    languages: [EN]", "a.yaml:5: rules[0].languages[0]: must be two or three small letters"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_in_a_rule_says_what_to_do(
    root: Path, old: str, new: str, says: str
) -> None:
    write(root, a=RULE.replace(old, new, 1) if old != "no_match" else RULE.replace(old, new))
    assert any(says in found for found in faults(root))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("terms: {Bad Name: [a]}", "terms.Bad Name: must be a name of small letters"),
        ("terms: {a: b}", "terms.a: must be a list"),
        ("terms:\n  a:\n    - b\n    - 7", "rules/terms.yaml:4: terms.a[1]: must be text; put it in quotes (here: '7')."),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_in_term_lists_says_what_to_do(
    root: Path, text: str, says: str
) -> None:
    write(root, terms=text)
    (found,) = faults(root)
    assert says in found


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("mail:\n  password: hunter2", "FAILWATCH_MAIL_PASSWORD "),
        ("wikis:\n  - {name: our-team, password: hunter2, kind: folder, path: a}", "FAILWATCH_WIKI_OUR_TEAM_PASSWORD "),
        ("wikis:\n  - {password: hunter2, name: 7, kind: folder, path: a}", "FAILWATCH_WIKI_<NAME>_PASSWORD "),
        ("mail:\n  pasword: hunter2", "FAILWATCH_MAIL_PASSWORD "),
        ("polling:\n  token: hunter2", "FAILWATCH_MAIL_PASSWORD "),
    ],
)  # fmt: skip
def test_a_password_in_a_file_is_refused_unseen_with_the_variable_to_set(
    root: Path, text: str, variable: str
) -> None:
    write(root, failwatch=text)
    found = "\n".join(faults(root))
    assert "failwatch.yaml:2: '" in found
    assert f"set {variable}in the environment" in found
    assert f"{variable.strip()}_FILE" in found
    assert "hunter2" not in found


def test_a_password_in_an_address_is_not_repeated(root: Path) -> None:
    write(root, feeds="feeds:\n  - url: https://ann:hunter2@a.example/\n")
    (found,) = faults(root)
    assert "leave user name and password out of the address" in found
    assert "hunter2" not in found


def test_what_a_file_holds_cannot_forge_lines_of_a_log(root: Path) -> None:
    write(root, feeds='feeds:\n  - "a\\nfeeds.yaml:9\\u202e": b\n')
    found = "\n".join(faults(root))
    assert "\n" not in found.replace("\nfeeds.yaml:2: ", "")
    assert "\u202e" not in found


def test_a_key_without_a_value_counts_as_left_out(root: Path) -> None:
    write(root, failwatch="mail:\nwikis:\norganisation: ''\n")
    write(root, feeds=FEED + "title:\n    every:\n    tags:\n")
    write(root, a="", terms="")
    assert load(root, {}).feeds == (FeedSettings("https://a.example/"),)
