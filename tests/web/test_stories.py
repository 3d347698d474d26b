"""The public form: off by default, limited, moderated, and nothing of it is served unread."""

import re
from typing import Any

from monitor.store import db, stories
from tests.web.conftest import House

STORY = {
    "title": "We <b>posted</b> too early",
    "text": "Zebra: the clock was wrong.",
    "contact": "Kim",
}


def link(house: House) -> str:
    page = house.post("/-/stories/links", "admin", name="Customer service")
    found = re.search(r"http://127\.0\.0\.1:8001(/-/tell/[\w-]+)", page.text)
    assert found is not None
    return found[1]


def tell(house: House, path: str, **form: str) -> Any:
    return house.ask(path, method="POST", data=STORY | form)


def count(house: House) -> int:
    conn = db.connect(house.folder / db.PRIVATE)
    try:
        number: int = conn.execute("SELECT count(*) FROM stories").fetchone()[0]
        return number
    finally:
        conn.close()


def test_without_a_link_nobody_sends_anything(house: House) -> None:
    path = "/-/tell/" + "x" * 32
    assert house.ask(path).status_code == 404
    assert tell(house, path).status_code == 404
    assert count(house) == 0
    for role in ("viewer", "triager"):
        assert house.ask("/-/stories", role=role).status_code == 403
    assert house.post("/-/stories/links", "editor", name="x").status_code == 403


def test_a_stranger_sends_a_story_that_only_editors_read_and_one_makes_a_lesson_of(
    house: House,
) -> None:
    path = link(house)
    form = house.ask(path)
    assert (form.status_code, form.headers["content-security-policy"][:18]) == (200, "default-src 'none'")  # fmt: skip
    assert tell(house, path).headers["location"] == f"{path}?sent=1"
    assert "Thank you" in house.ask(f"{path}?sent=1").text
    page = house.ask("/-/stories", role="editor").text
    assert "We &lt;b&gt;posted&lt;/b&gt; too early" in page
    assert b"Zebra" not in (house.folder / db.MAIN).read_bytes()
    for _ in range(2):  # the second finds the lesson that the first has made
        taken = house.post("/-/stories/1/take", "editor")
        assert taken.headers["location"] == "/-/lessons/1"
    assert "Zebra" in house.ask("/-/lessons/1", role="editor").text
    assert house.ask("/-/lessons/1", role="triager").status_code == 404
    assert "Zebra" not in house.ask("/-/stories", role="editor").text
    assert house.post("/-/stories/1/aside", "editor").status_code == 422


def test_a_revoked_link_works_no_more(house: House) -> None:
    path = link(house)
    assert house.post("/-/stories/links/1/revoke", "admin").status_code == 303
    assert tell(house, path).status_code == 404


def test_too_many_stories_of_one_sender_are_refused_and_keep_what_was_typed(house: House) -> None:
    path = link(house)
    for _ in range(stories.A_SENDER):
        assert tell(house, path).status_code == 303
    late = tell(house, path, text="What I typed")
    assert (late.status_code, "What I typed" in late.text) == (422, True)
    assert count(house) == stories.A_SENDER


def test_programs_and_floods_leave_nothing_behind(house: House) -> None:
    path = link(house)
    assert tell(house, path, website="https://spam.example").status_code == 303
    assert tell(house, path, text="x" * 200_000).status_code == 422
    assert tell(house, path, text=" ").status_code == 422
    assert count(house) == 0


def test_a_story_is_put_aside_and_brought_back(house: House) -> None:
    tell(house, link(house))
    house.post("/-/stories/1/aside", "editor")
    assert "Zebra" not in house.ask("/-/stories", role="editor").text
    assert "Zebra" in house.ask("/-/stories?show=aside", role="editor").text
    house.post("/-/stories/1/back", "editor")
    assert "Zebra" in house.ask("/-/stories", role="editor").text
