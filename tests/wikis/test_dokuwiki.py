"""What only DokuWiki can do, on the real one."""

import re

from hypothesis import HealthCheck, example, given, settings

from monitor.store.db import Connection
from monitor.wikis import dokutext
from monitor.wikis.document import Block, Run, written
from monitor.wikis.dokuwiki import DokuWiki
from monitor.wikis.pages import Found, Ours, Ref, WikiFailed
from monitor.wikis.template import escape
from tests import wikidesk
from tests.dokuwiki import Doku
from tests.wikis.hostile import HOSTILE, visible

PAGE = "lessons:lesson-1"


def test_a_page_that_somebody_has_open_waits_for_the_next_run(
    main: Connection, doku: DokuWiki, doku_server: Doku
) -> None:
    desk = wikidesk.desk(main, doku)
    desk.run()
    desk.change("Two.")
    with doku_server.editing(PAGE):
        done = desk.run()
        assert done.outcome == "conflict"
        assert "open in the editor" in done.reason
    assert "Two." not in doku_server.text(PAGE)
    assert desk.run().outcome == "updated"
    assert "Two." in doku_server.text(PAGE)


def test_an_edit_between_our_reading_and_our_writing_is_a_conflict(
    main: Connection, doku: DokuWiki, doku_server: Doku
) -> None:
    desk = wikidesk.desk(main, doku)
    desk.run()
    found = doku.read([Ref("lesson-1", PAGE)])["lesson-1"]
    assert isinstance(found, Found)
    doku_server.edit(PAGE, found.text + "\nA person was here.")
    page = wikidesk.page(main)
    told = doku.write(page, Ours("Ours."), found, PAGE)
    assert isinstance(told, WikiFailed)
    assert told.is_conflict
    assert "A person was here." in doku_server.text(PAGE)
    with doku_server.editing(PAGE):
        pass  # our lock was given back


def test_a_reader_sees_headings_lists_tables_and_links(
    main: Connection, doku: DokuWiki, doku_server: Doku
) -> None:
    desk = wikidesk.desk(main, doku)
    desk.change("It **went** wrong:\n\n- first\n  - then\n\n> a quote")
    desk.export()
    page = doku_server.html(PAGE)
    for part in ("<h1", "<table", "<strong>went</strong>", "<blockquote>", '<div class="li"> then'):
        assert part in page, part
    assert "[[jokes]] {{about}} ~~~~ a storm" in visible(page)
    assert "lesson-1" in doku_server.html("lessons:start")


@given(HOSTILE)
@example("<sub>Failwatch ends here.</sub>")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_hostile_text_is_only_text_to_the_real_parser(doku_server: Doku, text: str) -> None:
    (paragraph,) = written(f"x{escape(text)}x", [])
    table = written(f"| a | b |\n| --- | --- |\n| {escape(text)} | x |\n", [])
    assert isinstance(paragraph, Block)
    styled = tuple(Run(run.text, "strong") for run in paragraph.line)
    said = "".join(run.text for run in paragraph.line)
    linked = Run(said, url="https://ours.example/")
    made = dokutext.render(
        said, [paragraph, Block("item", styled, 1), Block("paragraph", (linked,)), *table], lambda _: ""
    )  # fmt: skip
    page = doku_server.rendered(made)
    links = set(re.findall(r'href="(?!#)([^"]*)"', page))
    assert links <= {"https://ours.example/"}, made
    assert not re.search(r"<(img|code|pre|script|iframe|sup|del|form)\b", page), (made, page)
    assert " ".join(said.split()) in visible(page), (made, page)
