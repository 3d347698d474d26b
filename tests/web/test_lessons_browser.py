"""From an incident to a verified lesson in a real browser: by keyboard, by phone, without scripts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser import browser
from tests.serving import serving
from tests.web.conftest import House


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with serving(house.datasette) as address:
        yield address


def context(chromium: Browser, house: House, url: str, **options: object) -> BrowserContext:
    made = chromium.new_context(**options)  # type: ignore[arg-type]
    made.add_cookies([{"name": "failwatch", "value": house.tokens["admin"], "url": url}])
    return made


def is_fault(told: ConsoleMessage) -> bool:
    """Whether the console tells of something wrong; that a form was refused is told there too."""
    return told.type == "error" and "status of 422" not in told.text


def watched(made: BrowserContext) -> tuple[Page, list[str]]:
    opened, faults = made.new_page(), []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("console", lambda told: faults.append(told.text) if is_fault(told) else None)
    opened.on("dialog", lambda dialog: faults.append(dialog.message))
    return opened, faults


def post(house: House, path: str, role: str, **form: str) -> None:
    """Prepare something by a form; in a thread, since the browser's loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(house.post, path, role, **form).result().status_code == 303


def press(page: Page, name: str) -> None:
    """Reach a button as those without a mouse do, and press it."""
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_whole_way_to_a_verified_lesson(
    chromium: Browser, house: House, url: str, scripts: bool
) -> None:
    made = context(chromium, house, url, java_script_enabled=scripts)
    page, faults = watched(made)
    page.goto(f"{url}/-/incidents/2")
    press(page, "Write the lesson")
    page.get_by_role("link", name="Write What happened").click()
    page.get_by_label("Fact, as one sentence").last.fill("They pulled it.")
    page.get_by_label("Post that says so").last.select_option("2")
    page.get_by_label("Its words").last.fill("words that are not there")
    press(page, "Add the fact")
    expect(page.get_by_role("alert")).to_contain_text("does not say")
    expect(page.get_by_label("Its words").last).to_have_value("words that are not there")
    page.get_by_label("Its words").last.fill("pulls an advert")
    press(page, "Add the fact")
    expect(page.locator("#facts mark")).to_have_text("pulls an advert")
    page.get_by_role("link", name="How can we avoid it?").click()
    page.get_by_label("How can we avoid it?").fill("Two people look.")
    press(page, "Save")
    page.get_by_label("Who agreed").fill("The team")
    page.keyboard.press("Enter")
    press(page, "Call it agreed")
    page.get_by_label("What is to be done").last.fill("Write the list")
    page.get_by_label("Owner").last.select_option("admin")
    page.get_by_label("Due").last.fill("+7")
    press(page, "Add the action")
    press(page, "Call it assigned")
    page.locator("summary", has_text="Done").focus()
    page.keyboard.press("Enter")
    page.get_by_label("A link that shows it").fill("https://intra.example/list")
    press(page, "It is done")
    press(page, "Call it changed")
    page.get_by_label("Check whether it holds on").fill("+0")
    page.keyboard.press("Enter")
    page.get_by_label("What you looked at, and what you found").fill("Ten posts: all seen by two.")
    press(page, "The change holds")
    press(page, "Call it verified")
    expect(page.locator(".stages [aria-current]")).to_have_text("verified")
    made.close()
    assert faults == []


def test_words_that_are_marked_in_a_post_are_quoted(
    chromium: Browser, house: House, url: str
) -> None:
    post(house, "/-/lessons/start", "editor", incident="2")
    made = context(chromium, house, url)
    page, faults = watched(made)
    page.goto(f"{url}/-/lessons/1/write/happened")
    page.evaluate(
        "() => { const text = document.querySelector('[data-post=\"2\"] .source').firstChild;"
        " const at = text.data.indexOf('outcry'); const range = document.createRange();"
        " range.setStart(text, at); range.setEnd(text, at + 6);"
        " const marked = getSelection(); marked.removeAllRanges(); marked.addRange(range); }"
    )
    expect(page.get_by_label("Its words").last).to_have_value("outcry")
    expect(page.get_by_label("Post that says so").last).to_have_value("2")
    made.close()
    assert faults == []


def test_a_meeting_runs_its_timer_and_arrow_keys_lead_on(
    chromium: Browser, house: House, url: str
) -> None:
    post(house, "/-/reflections/begin", "triager", set="week", about="Soap")
    made = context(chromium, house, url)
    page, faults = watched(made)
    page.goto(f"{url}/-/reflections/1/meeting")
    expect(page.locator("#timer")).to_have_text("5:00")
    press(page, "Start")
    expect(page.locator("#timer")).to_have_text("4:59")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now that it is done, how do we recover?")  # fmt: skip
    made.close()
    assert faults == []


PAGES = (
    "/-/lessons", "/-/lessons/1", "/-/lessons/1/write/happened", "/-/lessons/1/write/sort", "/-/actions",
    "/-/principles", "/-/reflections", "/-/reflections/1", "/-/reflections/1/meeting", "/-/profile", "/-/plans",
    "/-/plans/1", "/-/stories",
)  # fmt: skip


def test_no_page_is_wider_than_a_phone(chromium: Browser, house: House, url: str) -> None:
    post(house, "/-/lessons/start", "editor", incident="1")
    post(house, "/-/lessons/1/do/action", "editor", text="A" * 200)
    post(house, "/-/lessons/1/do/teach", "editor", principle="B" * 180)
    post(house, "/-/reflections/begin", "triager", set="deep", about="C" * 150)
    post(house, "/-/plans/keep", "triager", kind="reply", title="D" * 150, text="An outcry and an answer to it")  # fmt: skip
    made = context(chromium, house, url, viewport={"width": 390, "height": 800}, is_mobile=True)
    page, faults = watched(made)
    for path in PAGES:
        page.goto(url + path)
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, path
    made.close()
    assert faults == []
