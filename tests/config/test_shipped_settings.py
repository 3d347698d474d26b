"""The shipped failwatch.yaml shows every key with its default, and each can be switched on."""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from monitor.config.forms import SettingsFile, WikiForm
from monitor.config.load import load
from monitor.config.source import Source, read
from tests.config.folder import ROOT, write

SHIPPED = (ROOT / "failwatch.yaml").read_text(encoding="utf-8")

# `# ` and then, indented or not, a key, an item, or the explanation of a key below a heading.
KEY = re.compile(r"^# (\s*(- )?[a-z_]+:( |$)|\s+# )")


def switched_on() -> str:
    lines = SHIPPED.splitlines()
    return "\n".join(line.removeprefix("# ") if KEY.match(line) else line for line in lines)


def value() -> dict[str, Any]:
    found = read("failwatch.yaml", switched_on())
    assert isinstance(found, Source)
    assert isinstance(found.value, dict)
    return found.value


def test_as_shipped_nothing_is_switched_on(root: Path) -> None:
    write(root, failwatch=SHIPPED)
    assert load(root, {}).settings == load(ROOT, {}).settings
    (root / "failwatch.yaml").unlink()
    assert load(root, {}).settings == load(ROOT, {}).settings


def test_everything_switched_on_loads_with_the_defaults(root: Path) -> None:
    before = load(root, {}).settings
    write(root, failwatch=switched_on())
    after = load(root, {}).settings
    assert {wiki.kind for wiki in after.wikis} == {"folder", "mediawiki", "confluence", "git"}
    assert (after.mail, after.polling, after.retention, after.recall_posts) == (
        before.mail, before.polling, before.retention, before.recall_posts,
    )  # fmt: skip
    assert (after.public_url, after.listen_port) == (before.public_url, before.listen_port)


def test_each_heading_can_be_switched_on_alone(root: Path) -> None:
    for name in SettingsFile.model_fields:
        lines = switched_on().splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}:"))
        rest = lines[start + 1 :]
        end = next((i for i, line in enumerate(rest) if not line.startswith(" ")), len(rest))
        write(root, failwatch="\n".join([lines[start], *rest[:end]]))
        load(root, {})


def test_every_key_of_the_forms_stands_in_it() -> None:
    shown = value()
    for name, field in SettingsFile.model_fields.items():
        assert name in shown
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            assert list(shown[name]) == list(field.annotation.model_fields), name
    wikis = [set(wiki) for wiki in shown["wikis"]]
    assert set.union(*wikis) == set(WikiForm.model_fields)


def test_every_key_is_explained_above_it() -> None:
    lines = SHIPPED.splitlines()
    for at, line in enumerate(lines):
        if KEY.match(line) and re.match(r"^#\s+(- )?[a-z_]+:", line):
            above = lines[at - 1]
            explained = re.match(r"^#\s+#? ?[A-Z0-9a-z]", above) is not None
            repeated = re.search(r"(kind|url|user):", line) is not None
            assert explained or repeated, line


def test_it_names_its_schema_for_editors() -> None:
    assert SHIPPED.startswith("# yaml-language-server: $schema=docs/schema/failwatch.schema.json\n")
    assert (ROOT / "docs/schema/failwatch.schema.json").is_file()


def test_it_names_the_variables_for_passwords_and_holds_no_key_for_them() -> None:
    assert "FAILWATCH_MAIL_PASSWORD_FILE" in SHIPPED
    assert "FAILWATCH_WIKI_TEAM_PASSWORD_FILE" in SHIPPED
    assert "password:" not in SHIPPED
