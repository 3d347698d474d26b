"""The queue in a real browser: read beside it, many at once, what colleagues do, views."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from monitor.model import Judged, Match, Post, Severity, Span, Verdict
from monitor.store import duties, incidents, posts, triage
from monitor.store.db import Connection, transaction
from tests.browser import browser
from tests.serving import serving
from tests.web.conftest import NOW, House

FAILED = ("Corvid Air", "Delta Soap", "Echo Bank", "Fjord Toys")
LATER = timedelta(minutes=1)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


def story(conn: Connection, number: int, name: str) -> int:
    """One more incident; returns its number."""
    title = f"{name} regrets its advert after an outcry"
    start = title.index("outcry")
    match = Match("outcry", "v", "Outcry", "outcry", Severity.BACKLASH, 0.5 - number / 100,
                  ("backlash",), (Span("title", start, start + 6), Span("text", 3, 9)))  # fmt: skip
    text = f"An outcry & <b>more</b> about {name}. " + "It goes on and on. " * 300
    post = Post(f"s{number}", f"https://n.example/s{number}", f"https://n.example/s{number}",
                title, "", text, text, "en", NOW)  # fmt: skip
    judged = Judged(post, Verdict((match,), match.weight, flagged=True))
    ids = {"v": conn.execute("SELECT id FROM rules WHERE rule = 'outcry'").fetchone()["id"]}
    with transaction(conn):
        (saved,) = posts.save(conn, 1, [judged], rule_ids=ids, now=NOW)
        return incidents.start(
            conn, saved.id, judged, published_at=NOW, why="the first post on this", now=NOW
        )


@pytest.fixture
def queue(house: House) -> list[int]:
    """Four more incidents, below the two of the house: 2, 1, then these."""
    conn = house.conn()
    numbers = [story(conn, n, name) for n, name in enumerate(FAILED)]
    conn.close()
    return numbers


@pytest.fixture
def url(house: House, queue: list[int]) -> Iterator[str]:
    with serving(house.datasette) as address:
        yield address


def context(chromium: Browser, house: House, url: str, role: str) -> BrowserContext:
    made = chromium.new_context(viewport={"width": 1400, "height": 900})
    made.add_cookies([{"name": "failwatch", "value": house.tokens[role], "url": url}])
    return made


def opened(made: BrowserContext, url: str, path: str = "/-/triage") -> Page:
    page = made.new_page()
    page.goto(url + path)
    expect(page.locator("#queue")).to_have_attribute("data-ready", "yes")
    return page


@pytest.fixture
def page(chromium: Browser, house: House, url: str) -> Iterator[Page]:
    made = context(chromium, house, url, "triager")
    page = opened(made, url)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    expect(page.locator("#queue")).to_have_attribute("data-listening", "yes")
    yield page
    made.close()
    assert faults == []


def states(house: House) -> dict[int, str]:
    conn = house.conn()
    found = {row["id"]: row["status"] for row in conn.execute("SELECT id, status FROM incidents")}
    conn.close()
    return found


def test_the_text_is_read_beside_the_queue_with_marked_words(page: Page) -> None:
    pane = page.locator("#pane")
    expect(pane).to_contain_text("Bolt Foods pulls an advert")
    expect(pane.locator("mark").first).to_have_text("outcry")
    assert "<img src=x" in pane.inner_text()
    assert pane.locator("img").count() == 0


def test_the_next_one_is_there_before_it_is_asked_for(page: Page) -> None:
    expect(page.locator("#pane")).to_contain_text("Bolt Foods")
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(e => e.name.endsWith('/-/triage/1/pane') && e.responseEnd)"
    )
    page.context.set_offline(offline=True)
    page.keyboard.press("j")
    expect(page.locator("#pane")).to_contain_text("Acme <script>")


def test_space_reads_on_and_slash_searches(page: Page) -> None:
    for _ in range(2):
        page.keyboard.press("j")
    expect(page.locator("#pane")).to_contain_text("Corvid Air")
    page.keyboard.press("Space")
    assert page.evaluate("document.getElementById('pane').scrollTop") > 100
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()


def test_several_are_chosen_decided_at_once_and_taken_back_together(
    page: Page, house: House, queue: list[int]
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    page.keyboard.press("Shift+J")
    expect(page.locator("#chosen")).to_contain_text("3 chosen")
    page.keyboard.press("w")
    expect(page.locator("#live")).to_contain_text("watching: 3 incidents")
    expect(page.locator("#total")).to_have_text("3 incidents")
    assert [states(house)[n] for n in queue] == ["watching"] * 3 + ["new"]
    page.keyboard.press("z")
    expect(page.locator("#live")).to_contain_text("Taken back: 3 changes")
    expect(page.locator("#total")).to_have_text("6 incidents")
    assert set(states(house).values()) == {"new"}


def test_shift_and_a_click_choose_a_row_of_them_and_escape_none(
    page: Page, queue: list[int]
) -> None:
    page.locator(f"#i{queue[3]} .line .quiet").first.click(modifiers=["Shift"])
    expect(page.locator("#chosen")).to_contain_text("6 chosen")
    page.keyboard.press("Escape")
    expect(page.locator("#chosen")).to_be_hidden()


def test_of_many_the_one_that_a_colleague_changed_stays_and_the_rest_goes_through(
    page: Page, house: House, queue: list[int]
) -> None:
    page.evaluate(
        "document.getElementById('queue').querySelectorAll('.item')[3].dataset.version = '77'"
    )
    for _ in range(2):
        page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    page.keyboard.press("r")
    expect(page.locator("#live")).to_contain_text("The other 1 went through")
    expect(page.locator(f"#i{queue[1]}")).to_be_visible()
    assert states(house)[queue[0]] == "relevant"
    assert states(house)[queue[1]] == "new"


def test_m_merges_the_chosen_ones_and_z_parts_them(
    page: Page, house: House, queue: list[int]
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    page.keyboard.press("m")
    expect(page.locator("#live")).to_contain_text("merged into “Corvid Air")
    conn = house.conn()
    row = conn.execute("SELECT merged_into FROM incidents WHERE id = ?", (queue[1],)).fetchone()
    assert row["merged_into"] == queue[0]
    page.keyboard.press("z")
    expect(page.locator("#live")).to_contain_text("Taken back")
    expect(page.locator(f"#i{queue[1]}")).to_be_visible()
    row = conn.execute("SELECT merged_into FROM incidents WHERE id = ?", (queue[1],)).fetchone()
    conn.close()
    assert row["merged_into"] is None
    page.keyboard.press("r")
    expect(page.locator("#live")).to_contain_text("relevant: “Delta Soap")


def test_m_alone_asks_into_which_one(page: Page, house: House, queue: list[int]) -> None:
    page.keyboard.press("m")
    page.locator("#merge input[name=into]").fill("no number")
    page.locator("#merge button[value=yes]").click()
    expect(page.locator("#live")).to_contain_text("no number of an incident")
    page.keyboard.press("m")
    page.locator("#merge input[name=into]").fill(str(queue[2]))
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("merged into “Echo Bank")


def test_a_gives_it_to_somebody_with_a_day(page: Page, house: House) -> None:
    page.keyboard.press("a")
    page.locator("#assign select").select_option("editor")
    page.locator("#assign input[name=due]").fill("+3")
    page.locator("#assign button[value=yes]").click()
    expect(page.locator("#i2 .owner")).to_have_text(" · editor, due 2026-03-04")
    page.goto(page.url.split("/-/")[0] + "/-/triage?owner=editor")
    expect(page.locator(".item")).to_have_count(1)


def test_h_takes_it_out_of_sight_and_z_brings_it_back(page: Page, house: House) -> None:
    page.keyboard.press("h")
    page.locator("#snooze button[value='+30']").click()
    expect(page.locator("#live")).to_contain_text("snoozed: “Bolt Foods")
    expect(page.locator("#i2")).to_be_hidden()
    conn = house.conn()
    row = conn.execute("SELECT snoozed_until FROM incidents WHERE id = 2").fetchone()
    conn.close()
    assert row["snoozed_until"].startswith("2026-03-31")
    page.keyboard.press("z")
    expect(page.locator("#i2")).to_be_visible()


def test_a_bad_day_is_refused_and_nothing_changes(page: Page) -> None:
    page.keyboard.press("h")
    page.locator("#snooze input").fill("soonish")
    page.locator("#snooze button[value=yes]").click()
    expect(page.locator("#live")).to_contain_text("“soonish” is no day")
    expect(page.locator("#i2")).to_be_visible()


def test_undo_reaches_back_over_a_reload(page: Page, house: House) -> None:
    page.keyboard.press("r")
    expect(page.locator("#live")).to_contain_text("relevant")
    page.goto(page.url.split("/-/")[0] + "/-/triage")
    expect(page.locator("#queue")).to_have_attribute("data-ready", "yes")
    expect(page.locator("#i2")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("#i2")).to_have_attribute("aria-current", "true")
    expect(page.locator("#live")).to_contain_text("Taken back")


def test_what_a_colleague_decides_is_seen_within_seconds(
    chromium: Browser, house: House, url: str, page: Page, queue: list[int]
) -> None:
    made = context(chromium, house, url, "editor")
    other = opened(made, url)
    other.keyboard.press("j")
    other.keyboard.press("r")
    expect(page.locator("#live")).to_contain_text("editor: “Acme", timeout=5000)
    expect(page.locator("#i1")).to_be_hidden()
    expect(page.locator("#total")).to_have_text("5 incidents")
    other.keyboard.press("z")
    expect(page.locator("#i1")).to_be_visible(timeout=5000)
    made.close()


def test_what_is_being_read_is_not_taken_away(page: Page, house: House) -> None:
    conn = house.conn()
    with transaction(conn):
        triage.decide(conn, 2, version=1, status="relevant", reason="", actor="admin", now=NOW)
    conn.close()
    expect(page.locator("#live")).to_contain_text("admin was faster", timeout=5000)
    expect(page.locator("#i2")).to_be_visible()
    expect(page.locator("#i2 .state")).to_contain_text("relevant by admin")
    page.keyboard.press("j")
    expect(page.locator("#i2")).to_be_hidden()


def test_what_a_feed_brings_is_offered(page: Page, house: House) -> None:
    conn = house.conn()
    number = story(conn, 9, "Grove Tea")
    conn.close()
    expect(page.locator("#fresh")).to_contain_text("Show 1 more incident", timeout=5000)
    page.locator("#fresh a").click()
    expect(page.locator(f"#i{number}")).to_be_visible()


def test_an_owner_that_a_colleague_sets_is_seen(page: Page, house: House) -> None:
    conn = house.conn()
    with transaction(conn):
        duties.assign(conn, 1, "editor", version=1, people=("editor",), actor="admin", now=NOW)
    conn.close()
    expect(page.locator("#i1 .owner")).to_contain_text("editor", timeout=5000)
    expect(page.locator("#i1")).to_be_visible()


def test_a_view_is_kept_shared_and_removed(
    chromium: Browser, house: House, url: str, page: Page
) -> None:
    page.goto(f"{url}/-/triage?status=watching&severity=2")
    page.locator(".views summary").click()
    page.locator(".views input[name=name]").fill("Watched <b>")
    page.locator(".views input[name=shared]").check()
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator(".views a[aria-current]")).to_have_text("Watched <b>")
    made = context(chromium, house, url, "viewer")
    other = opened(made, url)
    other.get_by_role("link", name="Watched <b>").click()
    expect(other.locator("select[name=status]")).to_have_value("watching")
    assert other.locator("form[action$=remove]").count() == 0
    made.close()
    page.get_by_role("button", name="Remove the view Watched <b>").click()
    expect(page.locator(".views ul")).to_have_count(0)


def test_a_viewer_reads_and_is_offered_nothing_else(
    chromium: Browser, house: House, url: str, page: Page
) -> None:
    made = context(chromium, house, url, "viewer")
    other = opened(made, url)
    other.keyboard.press("j")
    expect(other.locator("#pane")).to_contain_text("Acme")
    other.keyboard.press("r")
    assert other.locator(".acts, .choose, dialog").count() == 0
    assert set(states(house).values()) == {"new"}
    made.close()
