"""The documents: every command in them runs, and nothing that can be set goes unnamed."""

import re
import shlex
from pathlib import Path

import click
import pytest

from monitor.cli.main import main
from monitor.config.forms import FeedForm, RuleForm, SettingsFile
from monitor.config.load import load
from monitor.model import RuleSource, Severity
from monitor.rules import pack
from monitor.rules import query as query_limits
from monitor.rules.index import MAX_REGEX_HITS
from monitor.rules.match import MAX_SPANS
from monitor.rules.regex import MAX_REGEX_BYTES
from tests.loopback import Answer, Loopback
from tests.office import Office, free_port
from tests.sink import Sink

ROOT = Path(__file__).parent.parent
RULES = ROOT / "docs/rules.md"
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


# docs/api.md needs incidents and a server: tests/test_docs_api.py. docs/exchange.md needs a lesson:
# tests/cli/test_lessons_exchange.py.
ELSEWHERE = {"api", "exchange"}


@pytest.mark.parametrize(
    "page", [p for p in PAGES[1:] if p.stem not in ELSEWHERE], ids=lambda p: p.stem
)
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


def yaml_blocks(page: Path) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)


def query_rows() -> list[tuple[str, str, str]]:
    """The tables of the query language: what to write, what it finds, what it leaves alone."""
    rows = re.findall(
        r"^\| `([^`]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", RULES.read_text(), re.MULTILINE
    )
    assert len(rows) >= 20
    return rows


@pytest.mark.parametrize(("query", "found", "left"), query_rows(), ids=lambda text: text)
def test_every_query_of_the_page_on_rules_does_what_it_says(
    query: str, found: str, left: str, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "rules/terms.yaml").write_text(yaml_blocks(RULES)[0])
    config = load(tmp_path, {})
    source = RuleSource("r", "R", Severity.MISSTEP, 0.5, query, (found, found), (left, left))
    pack.build([source], config.terms)


def test_the_rule_of_the_page_on_rules_is_taken_up_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "rules/shown.yaml").write_text(yaml_blocks(RULES)[1])
    config = load(tmp_path, {})
    assert [rule.source.id for rule in pack.build(config.rules, ()).rules] == ["tone-deaf"]


def test_the_limits_of_the_page_on_rules_are_those_in_force() -> None:
    text = RULES.read_text()
    assert f"{query_limits.MAX_LENGTH:,} characters, {query_limits.MAX_TERMS:,} terms" in text
    assert f"brackets {query_limits.MAX_DEPTH} deep" in text
    assert f"{query_limits.MAX_DISTANCE} words" in text
    assert f"first {MAX_REGEX_HITS} places" in text
    assert f"marked places of a match | {MAX_SPANS} |" in text
    assert f"{MAX_REGEX_BYTES >> 20} MB" in text


def test_links_between_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
