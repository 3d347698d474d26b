"""What the worker exports by itself."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.flow import export, export_due
from monitor.model import WikiSettings
from monitor.store import exports, health
from monitor.store.db import Connection, transaction
from monitor.wikis.folder import Folder
from tests import wikidesk
from tests.wikidesk import NOW


@pytest.fixture
def settings(tmp_path: Path) -> WikiSettings:
    return WikiSettings("notes", "folder", path=str(tmp_path / "notes"), every_seconds=86_400)


def due(main: Connection, settings: WikiSettings, days: float = 0) -> int:
    desk = export.Desk(main, "https://fw.example", lambda: NOW + timedelta(days=days), lambda _: None)  # fmt: skip
    return export_due.run(desk, {"notes": Folder(settings)}, [settings])


def seeded(main: Connection) -> None:
    for number in (1, 2):
        wikidesk.told(main, number, f"Story {number}")
        wikidesk.learn(main, number, f"Lesson {number}", why="Haste.")


def test_a_wiki_is_written_when_its_time_has_come(main: Connection, settings: WikiSettings) -> None:
    seeded(main)
    assert due(main, settings) == 3
    assert due(main, settings, 0.9) == 0
    assert due(main, settings, 1) == 3
    assert [run["asked_by"] for run in exports.runs(main)] == ["schedule", "schedule"]


def test_a_lesson_that_somebody_asked_for_is_written_alone_with_the_lists(
    main: Connection, settings: WikiSettings
) -> None:
    seeded(main)
    by_hand = WikiSettings("notes", "folder", path=settings.path)
    with transaction(main):
        exports.ask(main, 2, actor="ann", now=NOW)
    assert due(main, by_hand) == 2
    assert sorted(exports.known(main, "notes")) == ["index", "lesson-2"]
    assert exports.asked(main) == {}
    assert exports.runs(main)[0]["asked_by"] == "ann"
    assert due(main, by_hand) == 0


def test_what_needs_somebody_is_told_on_home(main: Connection, settings: WikiSettings) -> None:
    seeded(main)
    notes = Path(settings.path)
    notes.mkdir()
    (notes / "0001-lesson-1.md").write_text("Somebody's own")
    due(main, settings)
    assert "1 wiki pages were left" in health.topics(main)["wikis"].fault
    notes.joinpath("0001-lesson-1.md").unlink()
    due(main, settings, 1)
    assert health.topics(main)["wikis"].fault == ""


def test_a_wish_without_a_wiki_says_what_to_do(main: Connection) -> None:
    seeded(main)
    with transaction(main):
        exports.ask(main, 1, actor="ann", now=NOW)
    desk = export.Desk(main, "https://fw.example", lambda: NOW, lambda _: None)
    export_due.run(desk, {}, [])
    assert "names no wiki" in health.topics(main)["wikis"].fault
