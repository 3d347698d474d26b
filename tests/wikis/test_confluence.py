"""Confluence, against a server that answers as it is documented to; not against the real one."""

import pytest
from hypothesis import given, settings
from lxml import etree

from monitor.model import Secret, WikiSettings
from monitor.store.db import Connection
from monitor.wikis import storage
from monitor.wikis.confluence import Confluence
from monitor.wikis.document import Block, Run, written
from monitor.wikis.pages import Found, Ours, Ref, WikiFailed
from monitor.wikis.template import escape
from tests import wikidesk
from tests.confluence import CENTER, CLOUD, TOKEN, USER
from tests.confluence import Confluence as Server
from tests.wikidesk import TITLE
from tests.wikis.hostile import HOSTILE


@pytest.fixture(params=[CLOUD, CENTER], ids=["cloud", "data-center"])
def server(request: pytest.FixtureRequest) -> Server:
    return Server(request.param)


def wiki(server: Server, password: str = TOKEN, user: str = USER) -> Confluence:
    settings = WikiSettings("w", "confluence", url=server.base, user=user, password=Secret(password), space="COMMS")  # fmt: skip
    return Confluence(settings, server.client())


def test_what_confluence_does_on_saving_is_no_change(main: Connection, server: Server) -> None:
    desk = wikidesk.desk(main, wiki(server))
    desk.change("They said “sorry” and didn’t mean it.")
    desk.export()
    stored = server.text(TITLE)
    assert "&ldquo;sorry&rdquo;" in stored
    assert "ac:macro-id" in stored
    server.asked.clear()
    assert {d.outcome for d in desk.export().values()} == {"unchanged"}
    assert not [call for call in server.asked if not call.startswith("GET")]
    assert len(server.asked) <= 2, "known pages are read together"


def test_pages_bear_labels_and_links_by_title(main: Connection, server: Server) -> None:
    desk = wikidesk.desk(main, wiki(server))
    desk.export()
    page = server.page(TITLE)
    assert page
    assert page["labels"] == ["failwatch-lessons", "storm"]
    assert f'ri:content-title="{TITLE}"' in server.text("Failwatch lessons")


def test_a_stale_version_is_a_conflict(main: Connection, server: Server) -> None:
    target = wiki(server)
    desk = wikidesk.desk(main, target)
    desk.run()
    found = target.read([Ref("lesson-1", TITLE)])["lesson-1"]
    assert isinstance(found, Found)
    server.edit(TITLE, found.text + "<p>A person was here.</p>")
    told = target.write(wikidesk.page(main), Ours("<p>Ours</p>"), found, TITLE)
    assert isinstance(told, WikiFailed)
    assert told.is_conflict
    assert "A person was here." in server.text(TITLE)


def test_inline_comments_on_our_part_are_not_cut_off(main: Connection, server: Server) -> None:
    desk = wikidesk.desk(main, wiki(server))
    desk.run()
    commented = server.text(TITLE).replace(
        "A joke", '<ac:inline-comment-marker ac:ref="c1">A joke</ac:inline-comment-marker>'
    )
    server.edit(TITLE, commented)
    assert desk.run().outcome == "unchanged", "a comment is no edit"
    desk.change("Something new.")
    done = desk.run()
    assert done.outcome == "conflict"
    assert "Inline comments" in done.reason
    assert server.text(TITLE) == commented


def test_it_waits_where_confluence_asks_and_says_what_is_wrong(main: Connection, server: Server) -> None:  # fmt: skip
    desk = wikidesk.desk(main, wiki(server))
    desk.run()
    desk.change("Two.")
    target = wiki(server)
    desk.wiki = target
    found = target.read([Ref("lesson-1", TITLE)])["lesson-1"]
    assert isinstance(found, Found)
    server.busy = 1
    told = target.write(wikidesk.page(main), Ours("<p>x</p>"), found, TITLE)
    assert isinstance(told, WikiFailed)
    assert told.wait == 8
    desk.wiki = wiki(server, "wrong")
    (failed,) = desk.export().values()
    assert "is the token right" in failed.reason
    desk.wiki = wiki(server, user="")
    assert desk.run().outcome == "updated", "a token alone will do"


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_hostile_text_is_only_text_in_the_xml(text: str) -> None:
    (paragraph,) = written(f"x{escape(text)}x", [])
    table = written(f"| a | b |\n| --- | --- |\n| {escape(text)} | x |\n", [])
    assert isinstance(paragraph, Block)
    said = "".join(run.text for run in paragraph.line)
    linked = (Run(said, url="https://ours.example/?a=1&b=2"), Run(said, page="lesson-1"))
    made = storage.render(
        [paragraph, Block("heading", paragraph.line), Block("item", linked, 1), *table], lambda _: said
    )  # fmt: skip
    tree = etree.fromstring('<x xmlns:ac="a" xmlns:ri="r">' + made + "</x>")
    names = {etree.QName(element).localname for element in tree.iter()}
    assert names <= {"x", "p", "h2", "ul", "li", "a", "link", "page", "link-body", "table", "tbody", "tr", "th", "td", "code", "em", "strong"}  # fmt: skip
    assert said in "".join(tree[0].itertext())
    assert storage.normal(made) == storage.normal(made.replace("<p>", '<p local-id="7">'))
