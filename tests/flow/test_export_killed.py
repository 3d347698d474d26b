"""SIGKILL at 100 random moments of exports: no page is lost, doubled or half-written."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.feeds import guard
from monitor.flow import export
from monitor.flow.export_plan import Exported, Wanted
from monitor.model import Secret, WikiSettings
from monitor.store.db import Connection
from monitor.wikis import kinds
from monitor.wikis.pages import COMMENTS, FILES, Marks, cut
from tests import wikidesk
from tests.mediawiki import BOT, BOT_PASSWORD, mediawiki
from tests.wikis.test_export import git, repository

LESSONS = 8
Pages = Callable[[], dict[str, str]]
"""Every page of the wiki with its text."""


def killer(folder: Path, kind: str, where: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.flow.exporting_child", str(folder), kind, where],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def check(pages: dict[str, str], marks: Marks) -> list[str]:
    """Every page is whole, and no lesson has two; returns the keys of all."""
    keys = []
    for name, text in pages.items():
        parts = cut(text, marks)
        assert parts is not None, f"{name} is half-written"
        assert parts.claim == parts.ours.hash(marks), f"{name} is not what we wrote"
        keys.append(parts.key)
    assert len(keys) == len(set(keys)), "a page is there twice"
    return keys


@pytest.fixture(params=["folder", "git", "mediawiki"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, Pages]]:
    """Kind, address, and what is there."""
    if request.param == "folder":
        root = tmp_path / "pages"
        yield "folder", str(root), lambda: {p.name: p.read_text() for p in root.glob("*.md")}
    elif request.param == "git":
        origin = repository(tmp_path)
        yield "git", str(origin), lambda: in_repository(tmp_path / "ann")
    else:
        with mediawiki(tmp_path / "wiki") as wiki:
            yield (
                "mediawiki",
                wiki.api,
                lambda: {
                    t: wiki.text(t)
                    for t in (*wiki.titles("Lesson "), *wiki.titles("Failwatch lessons"))
                },
            )


def in_repository(ann: Path) -> dict[str, str]:
    git(ann, "pull", "-q", "--rebase", "origin", "main")
    return {p.name: p.read_text() for p in (ann / "lessons").glob("*.md")}


KILLS = {"folder": (34, 60), "git": (33, 400), "mediawiki": (33, 900)}
"""Kind -> how often, and within how many milliseconds."""


def test_kills_lose_double_and_break_no_page(
    main: Connection, tmp_path: Path, place: tuple[str, str, Pages]
) -> None:
    kind, where, pages = place
    marks = FILES if kind != "mediawiki" else COMMENTS
    for number in range(1, LESSONS + 1):
        wikidesk.told(main, number, f"Story {number}")
        wikidesk.learn(main, number, f"Lesson of story {number}", why="Haste.")
    chance, killed = random.Random(20260301), 0
    times, longest = KILLS[kind]
    child = killer(tmp_path, kind, where)
    assert child.stdin is not None
    assert child.stdout is not None
    for kill in range(times):
        main.execute("UPDATE lessons SET why = ?", (f"Haste, told for the {kill}th time.",))
        child.stdin.write(f"{int(chance.uniform(0, longest))}\n")
        child.stdin.flush()
        killed += child.stdout.readline() == "killed\n"
        if kill % 11 == 10:
            check(pages(), marks)
    child.stdin.close()
    assert child.wait(30) == 0
    child.stdout.close()
    assert killed > times / 8, "hardly any export was killed at work"
    check(pages(), marks)
    done = finished(main, tmp_path, kind, where)
    assert {d.outcome for d in done} <= {"created", "updated", "unchanged"}, done
    keys = check(pages(), marks)
    assert sorted(keys) == sorted(["index", *(f"lesson-{n}" for n in range(1, LESSONS + 1))])
    assert {d.outcome for d in finished(main, tmp_path, kind, where)} == {"unchanged"}


def finished(main: Connection, folder: Path, kind: str, where: str) -> tuple[Exported, ...]:
    """An export that nobody kills."""
    settings = WikiSettings("w", kind, path=where if kind == "folder" else "lessons", url=where, user=BOT, password=Secret(BOT_PASSWORD))  # fmt: skip
    wiki = kinds.opened(settings, client=lambda: guard.sync_client(["127.0.0.0/8"]), checkouts=folder / "checkouts")  # fmt: skip
    desk = export.Desk(main, "https://fw.example", lambda: wikidesk.NOW, time.sleep)
    return export.run(desk, {"w": wiki}, Wanted("ann"))
