"""Lessons on real wikis: made once, kept up to date, and never over what people wrote."""

import re
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from monitor.model import Secret, WikiSettings
from monitor.store import exports
from monitor.store.db import Connection, transaction
from monitor.wikis.confluence import Confluence
from monitor.wikis.dokuwiki import DokuWiki
from monitor.wikis.folder import Folder
from monitor.wikis.git import Git
from tests import wikidesk
from tests.confluence import CENTER, CLOUD, TOKEN, USER
from tests.confluence import Confluence as Server
from tests.dokuwiki import Doku
from tests.mediawiki import Wiki
from tests.wikidesk import HOSTILE, TITLE, Desk

FILE = "0001-never-joke-about-storms"
BEGIN = "(<!-- failwatch:begin|<sub>Failwatch writes|<p><ac:structured-macro)"
MARKER = "<!--.*?-->|<sub>.*?</sub>|<p><ac:structured-macro.*?</p>"
Make = Callable[[pytest.FixtureRequest, Connection, Path], Desk]


def in_folder(kind: str, end: str) -> Make:
    def make(_request: pytest.FixtureRequest, main: Connection, folder: Path) -> Desk:
        path = folder / "pages" / f"{FILE}{end}"

        def write(text: str) -> None:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

        wiki = Folder(WikiSettings("w", kind, path=str(path.parent)))
        text = lambda: path.read_text() if path.exists() else ""  # noqa: E731
        return wikidesk.desk(main, wiki, text=text, write=write, delete=path.unlink)

    return make


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def repository(folder: Path) -> Path:
    """A repository with one commit, and Ann's own clone of it."""
    origin = folder / "origin.git"
    git(folder, "init", "-q", "-b", "main", "--bare", str(origin))
    ann = folder / "ann"
    git(folder, "clone", "-q", str(origin), str(ann))
    (ann / "README.md").write_text("Ours\n")
    pushed(ann)
    return origin


def pushed(ann: Path) -> None:
    git(ann, "add", "-A")
    git(ann, "commit", "-qm", "By hand")
    git(ann, "push", "-q", "origin", "HEAD:main")


def in_git(_request: pytest.FixtureRequest, main: Connection, folder: Path) -> Desk:
    origin = repository(folder)
    ann = folder / "ann"
    path = ann / "lessons" / f"{FILE}.md"

    def text() -> str:
        git(ann, "pull", "-q", "--rebase", "origin", "main")
        return path.read_text() if path.exists() else ""

    def write(text: str) -> None:
        git(ann, "pull", "-q", "--rebase", "origin", "main")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        pushed(ann)

    def delete() -> None:
        git(ann, "pull", "-q", "--rebase", "origin", "main")
        path.unlink()
        pushed(ann)

    wiki = Git(WikiSettings("w", "git", path="lessons", url=str(origin)), folder / "checkout")
    return wikidesk.desk(main, wiki, text=text, write=write, delete=delete)


def on_mediawiki(request: pytest.FixtureRequest, main: Connection, _folder: Path) -> Desk:
    server: Wiki = request.getfixturevalue("wiki_server")
    return wikidesk.desk(
        main,
        request.getfixturevalue("media"),
        text=lambda: server.text(TITLE),
        write=lambda text: server.edit(TITLE, text),
        delete=lambda: server.delete(TITLE),
    )


def on_dokuwiki(request: pytest.FixtureRequest, main: Connection, _folder: Path) -> Desk:
    server: Doku = request.getfixturevalue("doku_server")
    page = "lessons:lesson-1"
    return wikidesk.desk(
        main,
        request.getfixturevalue("doku"),
        text=lambda: server.text(page),
        write=lambda text: server.edit(page, text),
        delete=lambda: server.edit(page, ""),
    )


def on_confluence(base: str) -> Make:
    def make(_request: pytest.FixtureRequest, main: Connection, _folder: Path) -> Desk:
        server = Server(base)
        settings = WikiSettings("w", "confluence", url=base, user=USER, password=Secret(TOKEN), space="COMMS")  # fmt: skip
        return wikidesk.desk(
            main,
            Confluence(settings, server.client()),
            text=lambda: server.text(TITLE),
            write=lambda text: server.edit(TITLE, text),
            delete=lambda: server.delete(TITLE),
        )

    return make


KINDS: dict[str, Make] = {
    "folder": in_folder("folder", ".md"),
    "html": in_folder("html", ".html"),
    "git": in_git,
    "mediawiki": on_mediawiki,
    "dokuwiki": on_dokuwiki,
    "confluence-cloud": on_confluence(CLOUD),
    "confluence-dc": on_confluence(CENTER),
}


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, main: Connection, tmp_path: Path) -> Desk:
    return KINDS[request.param](request, main, tmp_path)


def plain(text: str) -> str:
    """What a reader sees of a text, roughly."""
    return unescape(text).replace("\\", "").replace("%%", "")


def test_the_first_run_makes_every_page(desk: Desk) -> None:
    done = desk.export()
    assert {key: d.outcome for key, d in done.items()} == {"lesson-1": "created", "index": "created"}  # fmt: skip
    assert "A joke went wrong." in plain(desk.text())
    assert HOSTILE in plain(desk.text())


def test_running_again_changes_nothing(desk: Desk) -> None:
    desk.export()
    before = desk.text()
    assert {d.outcome for d in desk.export().values()} == {"unchanged"}
    assert desk.text() == before
    runs = exports.runs(desk.conn)
    assert [(run["written"], run["unchanged"], run["failed"]) for run in runs] == [(0, 2, 0), (2, 0, 0)]  # fmt: skip


def test_what_people_wrote_is_kept_to_the_letter_and_comes_back_as_a_note(desk: Desk) -> None:
    desk.run()
    above = "Our own words: {{not}} ours <b>to</b> touch.  \nEnd\n\n"
    below = "\n\nMore of our own."
    head, mark, rest = re.split(BEGIN, desk.text(), maxsplit=1)
    desk.write(head + above + mark + rest.rstrip() + below)
    desk.change("It was worse than we thought.")
    assert desk.run().outcome == "updated"
    assert above.rstrip() in desk.text()
    assert desk.text().rstrip().endswith(below.strip())
    assert "worse than we thought" in plain(desk.text())
    (note,) = desk.conn.execute("SELECT author, text FROM notes").fetchall()
    assert note["author"] == "wiki:w"
    assert "More of our own." in note["text"]
    assert "{{not}} ours" in note["text"]
    desk.run()
    assert desk.conn.execute("SELECT count(*) FROM notes").fetchone()[0] == 1


def test_a_kill_between_writing_and_recording_is_healed(desk: Desk) -> None:
    desk.run()
    desk.conn.execute("DELETE FROM exports")
    assert desk.run().outcome == "unchanged"
    desk.conn.execute("DELETE FROM exports")
    desk.change("Changed meanwhile.")
    assert desk.run().outcome == "updated"


def test_after_a_restored_backup_people_s_changes_are_still_seen(desk: Desk) -> None:
    desk.run()
    desk.write(desk.text().replace("joke", "remark"))
    desk.conn.execute("DELETE FROM exports")
    assert desk.run().outcome == "drift"


def test_a_page_of_that_name_that_is_not_ours_is_left_alone(desk: Desk) -> None:
    desk.write("Somebody else's page")
    assert desk.run().outcome == "blocked"
    assert desk.text() == "Somebody else's page"
    with transaction(desk.conn):
        exports.resolve(desk.conn, "w", "lesson-1", "overwrite", actor="ann", now=wikidesk.NOW)
    assert desk.run().outcome == "updated"
    assert desk.text().rstrip().endswith("Somebody else's page"), "ours goes on top"


def test_people_s_change_within_our_part_is_drift_shown_and_left_alone(desk: Desk) -> None:
    desk.run()
    desk.write(desk.text().replace("A joke went", "A remark went"))
    before = desk.text()
    desk.change("Something new.")
    done = desk.run()
    assert done.outcome == "drift"
    assert "people changed our part" in done.reason
    assert "-A joke went wrong" in done.diff.replace("<p>", "")
    assert "+A remark went wrong" in done.diff.replace("<p>", "")
    assert desk.text() == before
    (row,) = desk.conn.execute("SELECT diff FROM exports WHERE state = 'drift'")
    assert "A remark went wrong" in row["diff"]
    with transaction(desk.conn):
        exports.resolve(desk.conn, "w", "lesson-1", "overwrite", actor="ann", now=wikidesk.NOW)
    assert desk.run().outcome == "updated"
    assert "Something new." in plain(desk.text())
    assert desk.run().outcome == "unchanged", "the decision holds once"


def test_a_page_whose_markers_were_removed_belongs_to_the_team(desk: Desk) -> None:
    desk.run()
    desk.write(re.sub(MARKER, "", desk.text()))
    before = desk.text()
    assert desk.run().outcome == "detached"
    assert desk.text() == before


def test_a_deleted_page_is_not_made_again_unless_asked(desk: Desk) -> None:
    desk.run()
    desk.delete()
    assert desk.run().outcome == "gone"
    assert desk.text() == ""
    with transaction(desk.conn):
        exports.resolve(desk.conn, "w", "lesson-1", "overwrite", actor="ann", now=wikidesk.NOW)
    assert desk.run().outcome == "created"


def test_a_page_that_somebody_decided_to_leave_is_left(desk: Desk) -> None:
    desk.run()
    with transaction(desk.conn):
        exports.resolve(desk.conn, "w", "lesson-1", "leave", actor="ann", now=wikidesk.NOW)
    desk.change("Something new.")
    assert desk.run().outcome == "left"
    assert "Something new" not in desk.text()


def test_a_dry_run_writes_nothing_and_shows_the_diff(desk: Desk) -> None:
    done = desk.export(dry_run=True)["lesson-1"]
    assert done.outcome == "created"
    assert desk.text() == ""
    desk.run()
    desk.change("A pun went wrong.")
    done = desk.export(dry_run=True)["lesson-1"]
    assert done.outcome == "updated"
    assert "joke went wrong" in done.diff
    assert "pun went wrong" in done.diff
    assert "pun" not in desk.text()
    assert len(exports.runs(desk.conn)) == 1


def test_a_lesson_that_says_nothing_any_more_is_withdrawn_and_comes_back(desk: Desk) -> None:
    desk.run()
    desk.change("")
    assert desk.run().outcome == "withdrawn"
    assert "This page is withdrawn" in plain(desk.text()).replace("*", "")
    assert desk.run().outcome == "unchanged"
    desk.change("It has words again.")
    assert desk.run().outcome == "updated"


def test_only_what_changed_since_is_looked_at(desk: Desk) -> None:
    assert set(desk.export(since="2026-03-01T12:00:01Z")) == {"index"}
    assert set(desk.export(since="2026-03-01T12:00:00Z")) == {"lesson-1", "index"}


def test_every_export_stands_in_the_ledger_and_the_audit_log(desk: Desk) -> None:
    desk.run()
    rows = desk.conn.execute("SELECT key, state, stored_hash, page FROM exports ORDER BY key")
    assert [(r["key"], r["state"]) for r in rows if r["stored_hash"] and r["page"]] == [
        ("index", "written"), ("lesson-1", "written")]  # fmt: skip
    written = "SELECT count(*) FROM audit WHERE action = 'export.written'"
    assert desk.conn.execute(written).fetchone()[0] == 2


def test_another_title_renames_the_page_and_the_links_to_it(desk: Desk) -> None:
    desk.run()
    desk.change("A joke went wrong.", "Storms are no joke")
    done = desk.export()
    assert {key: d.outcome for key, d in done.items()} == {"lesson-1": "updated", "index": "updated"}  # fmt: skip
    if not isinstance(desk.wiki, DokuWiki):  # its ids never hold a title
        assert "torms" in done["lesson-1"].page
    assert {d.outcome for d in desk.export().values()} == {"unchanged"}
    index = dict(desk.conn.execute("SELECT key, stored FROM exports").fetchall())["index"]
    assert done["lesson-1"].page in index
