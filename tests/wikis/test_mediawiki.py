"""What only MediaWiki can do, on the real one."""

import time
import unicodedata
from html import unescape

import httpx2
from hypothesis import HealthCheck, given, settings

from monitor.flow import book, export
from monitor.flow.export_plan import Wanted
from monitor.model import Secret, WikiSettings
from monitor.store.db import Connection
from monitor.wikis import wikitext
from monitor.wikis.document import Block, Run, Table, written
from monitor.wikis.mediawiki import MediaWiki
from monitor.wikis.pages import Found, Missing, Ours, Ref, WikiFailed
from monitor.wikis.template import escape
from tests import wikidesk
from tests.mediawiki import BOT, Wiki
from tests.wikidesk import NOW, TITLE
from tests.wikis.hostile import HOSTILE, visible


def test_a_page_that_people_renamed_is_found_and_keeps_their_name(
    main: Connection, media: MediaWiki, wiki_server: Wiki
) -> None:
    desk = wikidesk.desk(main, media)
    desk.run()
    wiki_server.move(TITLE, "Storms are no joke")
    desk.change("Two.", "Yet another title")
    done = desk.export()
    assert done["lesson-1"].outcome == "updated"
    assert "Two." in wiki_server.text("Storms are no joke")
    assert "Storms are no joke" in wiki_server.text("Failwatch lessons")
    assert {d.outcome for d in desk.export().values()} == {"unchanged"}


def test_our_rename_leaves_a_redirect_and_one_page(
    main: Connection, media: MediaWiki, wiki_server: Wiki
) -> None:
    desk = wikidesk.desk(main, media)
    desk.run()
    desk.change("One.", "Weather is no joke")
    assert desk.run().page == "Lesson 1: Weather is no joke"
    assert wiki_server.text(TITLE).startswith("#REDIRECT")
    assert "One." in wiki_server.text("Lesson 1: Weather is no joke")


def test_an_edit_between_our_reading_and_our_writing_is_a_conflict(
    main: Connection, media: MediaWiki, wiki_server: Wiki
) -> None:
    desk = wikidesk.desk(main, media)
    desk.run()
    found = media.read([Ref("lesson-1", TITLE)])["lesson-1"]
    assert isinstance(found, Found)
    wiki_server.edit(TITLE, found.text.replace("A joke went", "A person was here. It went"))
    (page,) = (p for p in book.gather(main, "https://fw.example").pages if p.key == "lesson-1")  # fmt: skip
    told = media.write(page, Ours("Ours."), found, TITLE)
    assert isinstance(told, WikiFailed)
    assert told.is_conflict
    assert "A person was here." in wiki_server.text(TITLE)
    now = media.read([Ref("lesson-1", TITLE)])["lesson-1"]
    assert isinstance(now, Found)
    wiki_server.edit(TITLE, now.text + "\nWords below.")
    media.write(page, Ours("Ours."), now, TITLE)
    assert "Words below." in wiki_server.text(TITLE), "merged by the wiki, or refused"
    told = media.write(page, Ours("Ours."), Missing(), TITLE)
    assert isinstance(told, WikiFailed)
    assert told.is_conflict, "a page that was made meanwhile is not written over"


def test_with_the_rate_limit_in_force_the_run_waits_and_ends_complete(
    main: Connection, media: MediaWiki, wiki_server: Wiki
) -> None:
    desk = wikidesk.desk(main, media)
    for number in range(2, 10):
        wikidesk.told(main, number, f"Story {number}")
        wikidesk.learn(main, number, f"Lesson of story {number}", why="Haste.")
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        time.sleep(2.1)

    with wiki_server.limited():
        done = export.run(
            export.Desk(main, "https://fw.example", lambda: NOW, pause), {"w": media}, Wanted("ann")
        )
    assert waited, "the limit was never met"
    assert {d.outcome for d in done} == {"created"}
    assert len(wiki_server.titles("Lesson ")) == 9
    assert {d.outcome for d in desk.export().values()} == {"unchanged"}


def test_a_second_run_makes_no_edit(main: Connection, media: MediaWiki, wiki_server: Wiki) -> None:
    desk = wikidesk.desk(main, media)
    desk.run()
    before = wiki_server.revisions()
    desk.run()
    assert wiki_server.revisions() == before


def test_tags_become_categories_and_lists_link_to_the_page(
    main: Connection, media: MediaWiki, wiki_server: Wiki
) -> None:
    desk = wikidesk.desk(main, media)
    main.execute("UPDATE tags SET kind = 'sector'")
    done = desk.export()
    assert done["sector-1"].outcome == "created"
    page = wiki_server.html(TITLE)
    assert 'title="Category:Storm' in page
    assert 'title="Category:Failwatch lessons' in page
    listed = wiki_server.html("Failwatch lessons: storm (sector)")
    assert "Never joke about storms</a>" in listed
    assert "<table" in listed
    assert "[[jokes]] {{about}} ~~~~ a storm" in unescape(page), "shown as it stands"


def test_a_refused_login_and_a_wiki_that_is_down_are_said_once(
    main: Connection, wiki_server: Wiki
) -> None:
    wikidesk.told(main)
    wikidesk.learn(main, why="Haste.")
    with httpx2.Client(timeout=5, trust_env=False) as client:
        for url, said in ((wiki_server.api, "refused the login"), ("http://127.0.0.1:9/api.php", "cannot be reached")):  # fmt: skip
            wiki = MediaWiki(WikiSettings("w", "mediawiki", url=url, user=BOT, password=Secret("no")), client)  # fmt: skip
            desk = export.Desk(main, "https://fw.example", lambda: NOW, time.sleep)
            (done,) = export.run(desk, {"w": wiki}, Wanted("ann"))
            assert done.outcome == "failed"
            assert said in done.reason


def test_many_pages_are_read_at_once_and_in_order(media: MediaWiki, wiki_server: Wiki) -> None:
    for number in range(3):
        wiki_server.edit(f"Page {number}", "x" * 10 + str(number))
    refs = [Ref(f"p{n}", f"Page {n}") for n in range(60)]
    found = media.read(refs)
    assert [k for k, f in found.items() if isinstance(f, Found)] == ["p0", "p1", "p2"]
    assert [f.text[-1] for f in found.values() if isinstance(f, Found)] == ["0", "1", "2"]


@given(HOSTILE)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_hostile_text_is_only_text_to_the_real_parser(wiki_server: Wiki, text: str) -> None:
    cells = written(
        f"| {escape(text)} | {escape(text)} |\n| --- | --- |\n| {escape(text)} | x |\n", []
    )
    (paragraph,) = written(f"x{escape(text)}x", [])
    assert isinstance(paragraph, Block)
    styled = tuple(Run(r.text, style) for r in paragraph.line for style in ("strong", "code"))
    made = wikitext.render(
        [paragraph, Block("heading", paragraph.line), Block("item", styled, 1), *cells],
        lambda _: "",
    )
    assert isinstance(cells[0], Table)
    found = wiki_server.rendered(made)
    for key in ("links", "templates", "categories", "externallinks", "images"):
        assert found[key] == [], (key, made)
    said = unicodedata.normalize("NFC", "".join(run.text for run in paragraph.line))
    assert " ".join(said.split()) in visible(str(found["text"]))
