"""The documents: every command in them runs, and nothing that can be set goes unnamed."""

import re
import shlex
from pathlib import Path

import click
import pytest

from monitor.cli.main import main
from monitor.config.forms import FeedForm, RuleForm, SettingsFile
from tests.loopback import Answer, Loopback
from tests.office import Office, free_port
from tests.sink import Sink

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def shown(page: Path) -> list[list[str]]:
    """The commands of the console blocks of a page, in order."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)
    return [
        shlex.split(line[2:])
        for block in blocks
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def commands(group: click.Group, above: str = "") -> list[tuple[str, click.Command]]:
    """Every command with its full name."""
    found = []
    for name, command in group.commands.items():
        found.append((f"{above}{name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{above}{name} ")
    return found


def test_the_readme_shows_two_commands() -> None:
    assert shown(ROOT / "README.md") == [["make", "up"], ["make", "test"]]


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda p: p.stem)
def test_every_command_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    with Loopback() as server, Sink() as sink:
        server.answers["/feed"] = Answer(
            b"<rss version='2.0'><channel><title>T</title></channel></rss>"
        )
        team = Office(tmp_path, free_port())
        mail = f"mail:\n  host: 127.0.0.1\n  port: {sink.port}\n  security: none\n  from_address: fw@example.org\n"
        team.write(
            "feeds: []\n", f"{mail}wikis:\n  - name: notes\n    kind: folder\n    path: lessons\n"
        )
        for program, *arguments in shown(page):
            assert program == "failwatch", "the README alone shows make"
            here = [str(tmp_path / a) if a.startswith("backups/") else a for a in arguments]
            team.run(*[server.url("/feed") if a == "https://example.com/feed" else a for a in here])


@pytest.mark.parametrize(
    ("name", "command"), commands(main), ids=lambda x: x if isinstance(x, str) else ""
)
def test_every_command_has_an_example(name: str, command: click.Command) -> None:
    assert f"Example: failwatch {name}".split(" --")[0].split(" [")[0] in (
        command.help or ""
    ).replace("failwatch --data /var/lib/failwatch ", "failwatch ")


def test_every_key_of_the_files_is_written_down() -> None:
    settings = (ROOT / "failwatch.yaml").read_text()
    for key in SettingsFile.model_fields:
        assert f"{key}:" in settings
    feeds = (ROOT / "feeds.yaml").read_text()
    for key in FeedForm.model_fields:
        assert key in feeds, key
    rules = (
        "".join(p.read_text() for p in (ROOT / "rules").glob("*.yaml"))
        + (ROOT / "docs/rules.md").read_text()
    )
    for key in RuleForm.model_fields:
        assert key in rules, key


def test_links_between_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
