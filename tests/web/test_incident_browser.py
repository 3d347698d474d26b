"""The page of an incident in a real browser: keys, a phone, the reader's own time."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from monitor.store import remarks, responses
from monitor.store.db import transaction
from tests.web.conftest import NOW, House
from tests.web.test_browser import chromium, context, url

__all__ = ["chromium", "url"]


@pytest.fixture
def told(busy: House) -> House:
    """An incident with a note and a response."""
    conn = busy.conn()
    with transaction(conn):
        who: dict[str, Any] = {"actor": "triager", "now": NOW}
        remarks.note(conn, 3, "Ask @editor.", people=["editor"], **who)
        responses.add(conn, 3, responses.Said("deny", "Not us", "2026-02-28 14:30"), **who)
    conn.close()
    return busy


@pytest.fixture
def paths(url: str) -> str:
    return f"{url}/-/incidents/3"


def test_times_are_the_readers_and_the_title_says_utc(
    chromium: Browser, told: House, paths: str, url: str
) -> None:
    made = context(chromium, told, url, timezone_id="America/New_York", locale="en-GB")
    page = made.new_page()
    page.goto(paths)
    first = page.locator(".timeline .post time").first
    expect(first).to_have_text("27 Feb 2026, 23:00")
    assert first.get_attribute("title") == "2026-02-28 04:00:00 UTC"
    made.close()


def test_without_javascript_times_say_that_they_are_utc(
    chromium: Browser, told: House, paths: str, url: str
) -> None:
    made = context(chromium, told, url, java_script_enabled=False)
    page = made.new_page()
    page.goto(paths)
    assert "2026-03-01 12:00 UTC" in page.locator("#notes").inner_text()
    page.fill("#notes textarea", "Without a script")
    page.click("#notes button")
    assert "Without a script" in page.locator("#notes .note").last.inner_text()
    made.close()


def test_posts_are_chosen_split_off_and_brought_back_by_keyboard(
    chromium: Browser, told: House, paths: str, url: str
) -> None:
    made = context(chromium, told, url)
    page = made.new_page()
    page.goto(paths)
    expect(page.locator(".incident")).to_have_attribute("data-ready", "yes")
    for key in "jjx":
        page.keyboard.press(key)
    expect(page.locator("#live")).to_contain_text("1 of 3 posts chosen")
    page.keyboard.press("s")
    expect(page.locator("#done")).to_contain_text("split")
    expect(page.locator(".timeline .post")).to_have_count(2)
    expect(page.locator(".incident")).to_have_attribute("data-ready", "yes")
    page.keyboard.press("z")
    expect(page.locator(".timeline .post")).to_have_count(3)
    made.close()


@pytest.mark.parametrize("path", ["/-/incidents/3", "/-/duties", "/-/tags", "/-/failwatch/account"])
def test_a_phone_needs_no_scrolling_sideways(
    chromium: Browser, told: House, url: str, path: str
) -> None:
    made = context(chromium, told, url, viewport={"width": 390, "height": 844})
    page = made.new_page()
    page.goto(url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    made.close()
