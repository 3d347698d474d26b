"""Wiki: a lesson is asked for by a button, and pages that people changed are decided on."""

from pathlib import Path

from monitor.flow import export
from monitor.flow.export_plan import Wanted
from monitor.model import WikiSettings
from monitor.store import exports
from monitor.wikis.folder import Folder
from tests.web.conftest import NOW, House
from tests.wikidesk import learn


def exported(house: House) -> None:
    conn = house.conn()
    desk = export.Desk(conn, "https://fw.example", lambda: NOW, lambda _: None)
    wiki = Folder(WikiSettings("notes", "folder", path=str(house.folder / "notes")))
    export.run(desk, {"notes": wiki}, Wanted("ann"))
    conn.close()


def taught(house: House) -> Path:
    conn = house.conn()
    learn(conn, 1, "Never <b>joke</b>", why="Haste.")
    conn.close()
    return house.folder / "notes" / "0001-never-b-joke-b.md"


def test_the_button_on_a_lesson_asks_the_worker(house: House) -> None:
    taught(house)
    page = house.ask("/-/incidents/1", role="editor").text
    assert "Write to the wiki now" in page
    assert "Write to the wiki now" not in house.ask("/-/incidents/1", role="viewer").text
    done = house.post("/-/lessons/1/export", "editor", back="/-/incidents/1#lesson")
    assert done.status_code == 303
    assert house.post("/-/lessons/1/export", "triager").status_code == 403
    assert house.post("/-/lessons/99/export", "editor").status_code == 422
    assert "On its way" in house.ask("/-/incidents/1", role="editor").text
    conn = house.conn()
    assert exports.asked(conn) == {1: "editor"}
    conn.close()


def test_drift_is_shown_with_its_diff_and_decided_on(house: House) -> None:
    assert "No page was written yet" in house.ask("/-/wiki", role="viewer").text
    path = taught(house)
    exported(house)
    path.write_text(path.read_text().replace("Haste.", "Haste <script>alert(1)</script>."))
    exported(house)
    page = house.ask("/-/wiki", role="editor").text
    assert "1 need somebody" in page
    assert "+Haste &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Our words win" not in house.ask("/-/wiki", role="viewer").text
    form = {"wiki": "notes", "key": "lesson-1", "wish": "overwrite"}
    assert house.post("/-/wiki/resolve", "triager", **form).status_code == 403
    assert house.post("/-/wiki/resolve", "editor", **form | {"key": "no"}).status_code == 422
    assert house.post("/-/wiki/resolve", "editor", **form).status_code == 303
    assert "Decided: our words win" in house.ask("/-/wiki", role="editor").text
    exported(house)
    assert "<script" not in path.read_text()
    assert "need somebody" not in house.ask("/-/wiki", role="editor").text
