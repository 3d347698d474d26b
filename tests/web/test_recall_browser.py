"""The recall page in a real browser: by keyboard, and without JavaScript."""

import re
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from monitor.flow import recall as flow
from monitor.store import ledger
from monitor.store.db import transaction
from tests.browser import browser
from tests.office import free_port
from tests.web.conftest import MISSED, NOW, House, answers


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def url(drawn: House) -> Iterator[str]:
    port = free_port()
    config = uvicorn.Config(drawn.datasette.app(), port=port, lifespan="on", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def context(chromium: Browser, house: House, url: str, **options: object) -> BrowserContext:
    made = chromium.new_context(**options)  # type: ignore[arg-type]
    made.add_cookies([{"name": "failwatch", "value": house.tokens["triager"], "url": url}])
    return made


@pytest.fixture
def page(chromium: Browser, drawn: House, url: str) -> Iterator[Page]:
    made = context(chromium, drawn, url)
    opened = made.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("dialog", lambda dialog: faults.append(dialog.message))
    opened.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
    )
    opened.goto(f"{url}/-/recall")
    expect(opened.locator("#queue")).to_have_attribute("data-ready", "yes")
    yield opened
    made.close()
    assert faults == []


def test_a_sample_is_answered_by_keyboard(page: Page, drawn: House) -> None:
    expect(page.locator("#p1")).to_be_focused()
    page.keyboard.press("y")
    expect(page.locator("#live")).to_contain_text("relevant: Zorg <script>")
    expect(page.locator("#p2")).to_have_attribute("aria-current", "true")
    page.keyboard.press("n")
    expect(page.locator("#said")).to_contain_text("1 of 2 posts looked at were failures")
    page.keyboard.press("u")
    expect(page.locator("#live")).to_contain_text("cannot tell: A long story")
    expect(page.locator("#total")).to_have_text("0 posts wait")
    assert answers(drawn) == ["relevant", "not", "cannot tell"]
    conn = drawn.conn()
    (row,) = conn.execute("SELECT * FROM incidents WHERE id > 2").fetchall()
    assert (row["title"], row["status"], row["decided_by"]) == (MISSED, "relevant", "triager")
    assert ledger.by_rule(conn) == {}
    conn.close()
    for left in (1, 2, 3):
        page.keyboard.press("z")
        expect(page.locator("#total")).to_have_text(re.compile(f"^{left} post"))
    assert answers(drawn) == ["", "", ""]
    page.keyboard.press("z")
    expect(page.locator("#live")).to_have_text("Nothing to undo on this page.")


def test_an_answer_that_somebody_else_gave_first_is_rolled_back_and_said(
    page: Page, drawn: House
) -> None:
    conn = drawn.conn()
    with transaction(conn):
        flow.answer(conn, 1, "not", version=1, actor="bob", now=NOW)
    conn.close()
    page.keyboard.press("y")
    expect(page.locator("#live")).to_contain_text("answered meanwhile by bob")
    expect(page.locator("#p1")).to_be_visible()
    assert answers(drawn)[0] == "not"


def test_a_lost_connection_is_rolled_back_and_said(page: Page, drawn: House) -> None:
    page.context.set_offline(offline=True)
    page.keyboard.press("n")
    expect(page.locator("#live")).to_contain_text("nothing was saved")
    expect(page.locator("#p1")).to_be_visible()
    assert answers(drawn) == ["", "", ""]


def test_shortcuts_can_be_switched_off_and_a_long_text_unfolds(page: Page, drawn: House) -> None:
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("y")
    expect(page.locator("#p1")).to_be_visible()
    page.locator("#p3 summary").click()
    assert page.locator("#p3 .text").all_inner_texts()[1].endswith("Words and words.")
    assert answers(drawn) == ["", "", ""]


def test_the_page_works_without_javascript(chromium: Browser, drawn: House, url: str) -> None:
    made = context(chromium, drawn, url, java_script_enabled=False)
    page = made.new_page()
    page.goto(f"{url}/")
    expect(page.locator("main")).to_contain_text("3 posts that no rule flagged wait for a look.")
    page.get_by_role("link", name="Look at them").click()
    page.locator("#p1 button[value=relevant]").click()
    expect(page.locator(".done")).to_contain_text("relevant.")
    page.locator(".done a").click()
    expect(page.locator("h1")).to_have_text(MISSED)
    page.goto(f"{url}/-/recall?did=1")
    page.locator(".done button").click()
    expect(page.locator("#p1")).to_be_visible()
    expect(page.locator(".done")).to_have_count(0)
    assert answers(drawn)[0] == ""
    made.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(chromium: Browser, drawn: House, url: str, scheme: str) -> None:
    made = context(
        chromium, drawn, url, viewport={"width": 360, "height": 740}, color_scheme=scheme
    )
    page = made.new_page()
    page.goto(f"{url}/-/recall")
    page.get_by_text("Week by week").click()
    expect(page.get_by_role("columnheader", name="Unflagged")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    made.close()
