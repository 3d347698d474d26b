"""The pages in a real browser: roll-back, no JavaScript, phones, and the look of things."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from monitor.store import triage
from monitor.store.db import transaction
from tests.browser import browser
from tests.office import free_port
from tests.web.conftest import NOW, House


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def url(house: House) -> Iterator[str]:
    port = free_port()
    config = uvicorn.Config(house.datasette.app(), port=port, lifespan="on", log_level="error")
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
    made.add_cookies([{"name": "failwatch", "value": house.tokens["admin"], "url": url}])
    return made


@pytest.fixture
def page(chromium: Browser, house: House, url: str) -> Iterator[Page]:
    made = context(chromium, house, url)
    opened = made.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("dialog", lambda dialog: faults.append(dialog.message))
    opened.goto(f"{url}/-/triage")
    expect(opened.locator("#queue")).to_have_attribute("data-ready", "yes")
    yield opened
    made.close()
    assert faults == []


def test_j_and_k_move_and_the_address_keeps_the_place(page: Page) -> None:
    expect(page.locator("#i2")).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(page.locator("#i1")).to_have_attribute("aria-current", "true")
    assert "sel=1" in page.url
    page.reload()
    expect(page.locator("#i1")).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    expect(page.locator("#i2")).to_have_attribute("aria-current", "true")


def test_a_decision_that_somebody_else_made_first_is_rolled_back_and_said(
    page: Page, house: House
) -> None:
    conn = house.conn()
    with transaction(conn):
        triage.decide(conn, 2, version=1, status="relevant", reason="", actor="triager", now=NOW)
    conn.close()
    page.keyboard.press("w")
    expect(page.locator("#live")).to_contain_text("changed meanwhile by triager")
    expect(page.locator("#i2")).to_be_visible()


def test_a_lost_connection_is_rolled_back_and_said(page: Page) -> None:
    page.context.set_offline(offline=True)
    page.keyboard.press("r")
    expect(page.locator("#live")).to_contain_text("nothing was saved")
    expect(page.locator("#i2")).to_be_visible()


def test_help_opens_and_shortcuts_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("r")
    expect(page.locator("#i2")).to_be_visible()


def test_typing_into_a_field_is_no_shortcut(page: Page) -> None:
    page.locator("input[name=q]").fill("wrd")
    expect(page.locator("#i2")).to_be_visible()


def test_the_queue_works_without_javascript(chromium: Browser, house: House, url: str) -> None:
    made = context(chromium, house, url, java_script_enabled=False)
    page = made.new_page()
    page.goto(f"{url}/-/triage")
    page.locator("#i2 select[name=reason]").select_option("too old")
    page.locator("#i2 button[value=dismissed]").click()
    expect(page.locator(".done")).to_contain_text("is dismissed (too old)")
    page.locator(".done button").click()
    expect(page.locator("#i2")).to_be_visible()
    made.close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/-/triage",
        "/-/incidents/1",
        "/-/feeds",
        "/-/subscribers",
        "/-/rules",
        "/-/rules/outcry",
        "/-/rules/workbench?rule=sleeping",
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(
    chromium: Browser, house: House, url: str, path: str, scheme: str
) -> None:
    made = context(
        chromium, house, url, viewport={"width": 360, "height": 740}, color_scheme=scheme
    )
    page = made.new_page()
    page.goto(url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    made.close()
