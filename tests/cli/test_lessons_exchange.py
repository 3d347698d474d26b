"""Two houses: one tells a lesson without names and signs it, the other takes it in."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import app
from monitor.cli.main import main as main_command
from monitor.lessons.steps import BY_ID, seen
from monitor.store import db, facts, learning, organisations, steps
from monitor.store.db import transaction
from tests import newsdesk
from tests.newsdesk import NOW
from tests.office import Office, free_port
from tests.test_docs import ROOT, shown

WHAT = (
    "On 1 March 2026 Acme Foods joked at Kim Zorn. “Sorry”, wrote @acme. It lost 1,234 customers."
)


def house(folder: Path) -> Office:
    folder.mkdir()
    made = Office(folder, free_port())
    (folder / "rules").mkdir()
    (folder / "feeds.yaml").write_text("feeds: []\n")
    (folder / "failwatch.yaml").write_text(f"public_url: {made.url}\n")
    return made


@pytest.fixture
def team(tmp_path: Path) -> Office:
    """A house with a lesson on Acme Foods."""
    made = house(tmp_path / "ours")
    with app.stores(app.Data(made.data)) as (main, _):
        number = newsdesk.incident(main, 1, "Acme Foods draws an outcry over a joke")
        with transaction(main):
            organisations.say(main, number, "Acme Foods", "failed", actor="ann", now=NOW)
            lesson = steps.start(main, steps.New(""), incident_id=number, actor="ann", now=NOW)
            row = dict(learning.current(main, lesson))
            form = {"seen": seen(BY_ID["happened"], row), "what_happened": WHAT}
            steps.save(main, lesson, BY_ID["happened"], form, actor="ann", now=NOW)
            facts.add(main, lesson, facts.Fact("It was said at Acme.", is_alleged=True, source="x"), actor="ann", now=NOW)  # fmt: skip
    return made


def run(team: Office, *arguments: str, fails: bool = False) -> str:
    """A command in this process; what it said."""
    done = CliRunner().invoke(
        main_command, ["--data", str(team.data), "--config", str(team.root), *arguments]
    )
    assert (done.exit_code != 0) == fails, done.output
    return done.output


def put_right(team: Office) -> Path:
    """The text without names, put right by an editor and kept."""
    file = team.root / "case.json"
    run(team, "lessons", "disguise", "1", "--out", str(file), fails=True)
    value = json.loads(file.read_text())
    value["texts"]["title"] = "A joke that angered buyers"
    value["no_names"] = [one["what"] for one in value["left"] if one["kind"] == "opens"]
    file.write_text(json.dumps(value))
    run(team, "lessons", "disguise", "1", "--from", str(file))
    return file


def signed(team: Office, name: str = "cases.json") -> tuple[Path, str]:
    file = team.root / name
    run(team, "lessons", "share", "1", "--out", str(file))
    own: str = json.loads(run(team, "lessons", "keys", "--json"))["own"]
    return file, own


def test_a_lesson_that_names_somebody_does_not_go_out_and_what_is_left_is_listed(
    team: Office,
) -> None:
    file = team.root / "cases.json"
    told = run(team, "lessons", "share", "1", "--out", str(file), fails=True)
    assert "Title: “draws an outcry over a joke” (five words or more in a row" in told
    assert "failwatch lessons disguise 1 --out" in told
    assert not file.exists()
    assert team.ask("SELECT count(*) FROM audit WHERE action = 'lesson.share'") == [(0,)]


def test_from_a_lesson_to_another_house_and_never_twice(team: Office, tmp_path: Path) -> None:
    put_right(team)
    file, own = signed(team)
    text = json.dumps(json.loads(file.read_text())["cases"]).casefold()
    for word in ("acme", "kim", "zorn", "sorry", "1,234", "2026", "1 march", '"ann', "example"):
        assert word not in text, word
    assert team.ask("SELECT count(*) FROM audit WHERE action = 'lesson.share'") == [(1,)]

    other = house(tmp_path / "theirs")
    refused = run(other, "lessons", "receive", str(file), fails=True)
    assert own in refused
    assert "Nothing was taken in" in refused
    assert other.ask("SELECT count(*) FROM received_cases") == [(0,)]
    run(other, "lessons", "trust", own, "--name", "Harbour charity")
    assert "1 new case, 0 that were here" in run(other, "lessons", "receive", str(file))
    before = other.ask("SELECT * FROM received_cases"), other.ask("SELECT count(*) FROM audit")
    assert "0 new cases, 1 that was here" in run(other, "lessons", "receive", str(file))
    assert (
        other.ask("SELECT * FROM received_cases"),
        other.ask("SELECT count(*) FROM audit"),
    ) == before
    assert other.ask("SELECT count(*) FROM lessons") == [(0,)]
    told = run(other, "lessons", "received", "--case", "1")
    assert "A joke that angered buyers\nFrom Harbour charity" in told
    assert "What happened: On" in told
    assert "Alleged: It was said at Organisation A." in told

    file.write_text(file.read_text().replace("angered", "pleased"))
    assert "altered" in run(other, "lessons", "receive", str(file), fails=True)
    run(other, "lessons", "trust", own, "--end")
    later, _ = signed(team, "later.json")
    assert "Nobody has said" in run(other, "lessons", "receive", str(later), fails=True)
    assert len(json.loads(run(other, "lessons", "received", "--json"))) == 1


def test_another_wording_stands_beside_the_first_and_the_newest_is_shown(team: Office) -> None:
    file = put_right(team)
    first, own = signed(team)
    value = json.loads(file.read_text()) | {"version": 1}
    value["texts"]["title"] = "A joke about buyers"
    file.write_text(json.dumps(value))
    run(team, "lessons", "disguise", "1", "--from", str(file))
    with app.stores(app.Data(team.data)) as (main, _):  # as if it were signed later
        assert main.execute("SELECT version FROM disguises").fetchone()["version"] == 2
    second, _ = signed(team, "second.json")
    run(team, "lessons", "trust", own, "--name", "ourselves")
    for bundle in (second, first, second):
        run(team, "lessons", "receive", str(bundle))
    rows = json.loads(run(team, "lessons", "received", "--json"))
    assert [row["wordings"] for row in rows] == [2]
    assert team.ask("SELECT count(DISTINCT original), count(*) FROM received_cases") == [(1, 2)]


def test_a_text_that_somebody_else_saved_meanwhile_is_not_overwritten(team: Office) -> None:
    file = put_right(team)
    assert "nothing was overwritten" in run(team, "lessons", "disguise", "1", "--from", str(file), fails=True)  # fmt: skip


def test_a_lesson_changed_since_is_looked_at_again(team: Office) -> None:
    put_right(team)
    with app.stores(app.Data(team.data)) as (main, _), transaction(main):
        facts.add(main, 1, facts.Fact("It met Zoe.", source="x"), actor="ann", now=NOW)
    assert "was changed since" in run(team, "lessons", "share", "1", "--out", str(team.root / "x"), fails=True)  # fmt: skip
    assert "Zoe" not in run(team, "lessons", "disguise", "1", "--anew", fails=True).partition("does not go out")[0]  # fmt: skip


def test_what_not_everybody_may_read_never_leaves_the_house(team: Office) -> None:
    put_right(team)
    team.change("UPDATE lessons SET seen_by = 'editor'")
    told = run(team, "lessons", "share", "1", "--out", str(team.root / "x"), fails=True)
    assert "not for everybody" in told
    team.change("UPDATE lessons SET seen_by = 'viewer', casebook_id = 'c', updated_by = 'casebook'")
    told = run(team, "lessons", "share", "1", "--out", str(team.root / "x"), fails=True)
    assert "every Failwatch has it" in told


def test_the_key_is_made_once_and_nobody_else_may_read_it(team: Office) -> None:
    first = json.loads(run(team, "lessons", "keys", "--json"))["own"]
    assert json.loads(run(team, "lessons", "keys", "--json"))["own"] == first
    assert (team.data / db.PRIVATE).stat().st_mode & 0o777 == 0o600
    conn = db.connect(team.data / db.PRIVATE)
    secret = bytes(conn.execute("SELECT secret FROM signing_key").fetchone()["secret"])
    conn.close()
    assert secret not in (team.data / db.MAIN).read_bytes()


def test_every_command_of_the_page_on_exchange_runs(team: Office) -> None:
    put_right(team)
    run(team, "lessons", "disguise", "1", "--out", str(team.root / "case.json"))
    own = json.loads(run(team, "lessons", "keys", "--json"))["own"]
    names = {"FINGERPRINT": own, "case.json": str(team.root / "case.json"), "cases.json": str(team.root / "cases.json")}  # fmt: skip
    commands = shown(ROOT / "docs/exchange.md")
    assert len(commands) == 8
    for program, *arguments in commands:
        assert program == "failwatch"
        run(team, *[names.get(argument, argument) for argument in arguments])
