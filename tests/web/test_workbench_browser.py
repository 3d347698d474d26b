"""The workbench in a real browser, by keyboard: a rule from the first word to being in force."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from monitor import app
from monitor.flow import files
from monitor.store.db import transaction
from monitor.worker import Worker
from tests.browser import browser
from tests.office import free_port
from tests.web.conftest import House


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def url(house: House) -> Iterator[str]:
    conn = house.conn()
    with transaction(conn):
        for number, title in enumerate(("A calm uproar at Acme", "Bolt hears an uproar"), 10):
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at, content_hash)"
                " VALUES (1, ?, '', '', ?, '', '2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z', '')",
                (f"u{number}", title),
            )
    conn.close()
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
    made.add_cookies([{"name": "failwatch", "value": house.tokens["editor"], "url": url}])
    return made


@pytest.fixture
def page(chromium: Browser, house: House, url: str) -> Iterator[Page]:
    made = context(chromium, house, url)
    opened = made.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
    )
    opened.goto(f"{url}/-/rules/workbench")
    expect(opened.locator("#bench")).to_have_attribute("data-ready", "yes")
    yield opened
    made.close()
    assert faults == []


def take_up(worker: Worker) -> None:
    """What the worker does every two seconds; in a thread, since Playwright has a loop in ours."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(worker.reload())).result()


def type_query(page: Page, text: str) -> None:
    page.locator("#query").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def test_a_mistake_is_shown_at_its_character_while_typing(page: Page) -> None:
    expect(page.locator("#query")).to_be_focused()
    page.keyboard.type("outcry uproar")
    expect(page.locator("#said-live")).to_contain_text("Write AND, OR or NEAR/8 between outcry")
    expect(page.locator(".place mark")).to_have_text("u")
    assert page.locator(".place").inner_text() == "outcry uproar"
    expect(page.locator("#query")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Go to the place").press("Enter")
    expect(page.locator("#query")).to_be_focused()
    assert page.evaluate("document.getElementById('query').selectionStart") == 7
    page.keyboard.type("OR u")
    expect(page.locator("#said-live")).to_have_text("The query reads well.")
    expect(page.locator("#query")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#said")).to_contain_text("any of: “outcry”, “uproar”")


def test_the_place_is_counted_in_characters_not_in_halves_of_them(page: Page) -> None:
    type_query(page, "“outcry🙂” uproar")
    expect(page.locator(".place mark")).to_have_text("u")
    page.get_by_role("button", name="Go to the place").click()
    found = page.evaluate(
        "(q => q.value.slice(q.selectionStart, q.selectionEnd))(document.getElementById('query'))"
    )
    assert found == "u"


def test_a_rule_from_the_first_word_to_being_in_force_by_keyboard(page: Page, house: House) -> None:
    worker = Worker(
        house.folder / "config", {}, app.Data(house.folder), house.conn(), house.conn(),
        files.load_files(house.folder / "config", {}), parser=None, page_parser=None, fetcher=None, fetcher_exit=None,  # type: ignore[arg-type]
    )  # fmt: skip
    type_query(page, "uproar AND NOT calm")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#found-title")).to_have_text("1 post in 90 days")
    expect(page.locator("#found-title")).to_be_focused()
    expect(page.locator("#found .post mark")).to_have_text("uproar")
    type_query(page, "uproar")
    expect(page.locator("#busy")).to_contain_text("before your last change")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#found-title")).to_have_text("2 posts in 90 days")
    page.get_by_role("button", name="Example to find: Bolt hears an uproar").press("Enter")
    expect(page.locator("#match")).to_have_value("Bolt hears an uproar")
    page.get_by_role("button", name="Example to leave alone: A calm uproar at Acme").press("Space")
    expect(page.locator("#no_match")).to_have_value("A calm uproar at Acme")
    expect(page.locator("#proof")).to_contain_text(
        "found, but should not be: A calm uproar at Acme"
    )
    type_query(page, "uproar AND NOT calm")
    expect(page.locator("#proof")).to_contain_text("left alone: A calm uproar at Acme")
    page.locator("#match").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nUproar over a poster")
    page.locator("#no_match").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nNothing happened")
    expect(page.locator("#proof .bad")).to_have_count(0)
    page.get_by_label("Title: what it finds").fill("An uproar")
    page.get_by_label("Id: small letters").fill("uproar")
    page.get_by_label("Weight").fill("0.6")
    page.get_by_label("Tags").fill("backlash")
    page.get_by_role("button", name="Save as draft").press("Enter")
    expect(page.get_by_role("heading", name="An uproar")).to_be_visible()
    expect(page.locator("article")).to_contain_text("Switched off")
    take_up(worker)
    assert "uproar" not in [rule.source.id for rule in worker.loaded.rule_set.rules]
    page.get_by_role("button", name="Put in force").press("Enter")
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()
    take_up(worker)
    assert "uproar" in [rule.source.id for rule in worker.loaded.rule_set.rules]
    assert (
        worker.main.execute(
            "SELECT weight FROM rules WHERE rule = 'uproar' AND is_live"
        ).fetchone()[0]
        == 0.6
    )
    worker.main.close()
    worker.private.close()


def test_a_second_click_takes_an_example_back_and_a_title_stands_on_one_side(page: Page) -> None:
    type_query(page, "outcry")
    page.keyboard.press("Control+Enter")
    finds = page.locator("[name=pick][value='match:1']")
    leaves = page.locator("[name=pick][value='no_match:1']")
    finds.click()
    expect(finds).to_have_attribute("aria-pressed", "true")
    leaves.click()
    expect(finds).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#match")).to_have_value("")
    expect(page.locator("#no_match")).to_have_value(
        'Acme <script>alert(1)</script> draws an outcry & regrets "it"'
    )
    leaves.click()
    expect(page.locator("#no_match")).to_have_value("")


def test_results_are_narrowed_and_the_chart_has_its_table(page: Page) -> None:
    type_query(page, "outcry OR uproar")
    page.get_by_role("button", name="Try it on stored posts").press("Enter")
    expect(page.locator("#found-title")).to_have_text("4 posts in 90 days")
    page.get_by_role("button", name="Not flagged now (2)").press("Enter")
    expect(page.locator("#found .post")).to_have_count(2)
    chart = page.get_by_role("img", name="Posts a week, for 13 weeks")
    expect(chart).to_be_visible()
    page.locator("#found summary").press("Enter")
    expect(page.locator("#found tbody tr").last).to_contain_text("2026-02-23")


def test_a_refused_save_says_why_and_keeps_what_was_typed(page: Page) -> None:
    type_query(page, "outcry")
    page.get_by_label("Id: small letters").fill("x")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("alert")).to_contain_text("The rule was not saved")
    expect(page.locator("#query")).to_have_value("outcry")
    page.on("dialog", lambda dialog: dialog.accept())


def test_leaving_with_unsaved_words_is_asked_about(page: Page) -> None:
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", answer)
    type_query(page, "outcry")
    page.get_by_role("link", name="Triage").click()
    expect(page).to_have_title("Triage · Failwatch")
    assert asked == ["beforeunload"]


def test_a_lost_connection_is_said(page: Page) -> None:
    page.context.set_offline(offline=True)
    type_query(page, "outcry")
    expect(page.locator("#said-live")).to_have_text("No connection: try again.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#busy")).to_have_text("No connection: try again.")
    page.on("dialog", lambda dialog: dialog.accept())


def test_the_workbench_works_without_javascript(chromium: Browser, house: House, url: str) -> None:
    made = context(chromium, house, url, java_script_enabled=False)
    page = made.new_page()
    page.goto(f"{url}/-/rules/workbench")
    page.locator("#query").fill("outcry uproar")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#said-live")).to_contain_text("Write AND, OR or NEAR/8")
    expect(page.locator(".place mark")).to_have_text("u")
    expect(page.get_by_role("button", name="Go to the place")).to_have_count(0)
    page.locator("#query").fill("uproar")
    page.get_by_role("button", name="Try it on stored posts").click()
    expect(page.locator("#found-title")).to_have_text("2 posts in 90 days")
    page.get_by_role("button", name="Example to find: Bolt hears an uproar").click()
    expect(page.locator("#match")).to_have_value("Bolt hears an uproar")
    page.locator("#match").fill("Bolt hears an uproar\nUproar over a poster")
    page.locator("#no_match").fill("Calm\nQuiet")
    page.get_by_label("Title: what it finds").fill("An uproar")
    page.get_by_label("Id: small letters").fill("uproar")
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator("article")).to_contain_text("In force")
    made.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_results_fit_the_screen(
    chromium: Browser, house: House, url: str, width: int, scheme: str
) -> None:
    made = context(
        chromium, house, url, viewport={"width": width, "height": 740}, color_scheme=scheme
    )
    page = made.new_page()
    page.goto(f"{url}/-/rules/workbench")
    type_query(page, "outcry OR /" + "x" * 200 + "/")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#found-title")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rule = page.locator("#rule")
    assert rule.evaluate("e => e.scrollWidth <= e.clientWidth")
    made.close()
