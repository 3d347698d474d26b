"""Every page for everybody: axe-core, phones, 200 % zoom, dark, without JavaScript."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from monitor.flow import acts
from monitor.store import views
from monitor.store.db import stamp, transaction
from monitor.web.routes import ROUTES
from tests.browser import browser
from tests.serving import serving
from tests.web.conftest import NOW, House

AXE = Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js"
PAGES = (
    "/",
    "/-/triage",
    "/-/incidents/1",
    "/-/posts",
    "/-/audit",
    "/-/insights",
    "/-/preference",
    "/-/duties",
    "/-/tags",
    "/-/organisations",
    "/-/lessons",
    "/-/lessons/1",
    "/-/actions",
    "/-/principles",
    "/-/reflections",
    "/-/drills",
    "/-/stories",
    "/-/wiki",
    "/-/rules",
    "/-/rules/outcry",
    "/-/rules/workbench",
    "/-/recall",
    "/-/feeds",
    "/-/subscribers",
    "/-/failwatch/account",
    "/-/failwatch/links",
    "/-/failwatch/login",
)
MORE = (
    "/-/triage?status=relevant",
    "/-/triage?q=nothing",
    "/-/posts?q=outcry",
    "/-/posts?by=query&q=%28",
    "/-/insights?since=&status=all&cases=1",
    "/-/audit?actor=nobody",
    "/-/rules/workbench?rule=sleeping",
    "/-/incidents/99",
)
"""Other states of pages: refused, empty, full."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def full(drawn: House) -> House:
    """A house in which every section of a page has something to show."""
    did: list[tuple[str, dict[str, Any]]] = [
        ("note", {"text": "Ask @admin about <b>it</b>"}),
        ("tag", {"tag": "airline"}),
        ("organisation", {"organisation": "Acme"}),
        ("response", {"text": "We are sorry.", "type": "rebuild", "said_on": "2026-03-01"}),
        ("assign", {"owner": "admin", "due": "2026-02-01", "handover": "See the note"}),
        ("decide", {"status": "relevant"}),
    ]
    with closing(drawn.conn()) as conn:
        for name, values in did:
            version = conn.execute("SELECT version FROM incidents WHERE id = 1").fetchone()[0]
            values |= {"version": version}
            with transaction(conn):
                acts.perform(acts.Desk(conn, 1, "triager", NOW, ("admin", "triager")), name, values)
        with transaction(conn):
            conn.execute(
                "INSERT INTO lessons (title, what_happened, why, created_at, updated_at, updated_by)"
                " VALUES ('Ask first', 'They posted.', 'Nobody asked.', ?, ?, 'editor')",
                (stamp(NOW), stamp(NOW)),
            )
            conn.execute("INSERT INTO lesson_incidents (lesson_id, incident_id) VALUES (1, 1)")
            views.keep(conn, "Mine", "status=watching", actor="admin", is_shared=True, now=NOW)
    return drawn


@pytest.fixture
def url(full: House) -> Iterator[str]:
    with serving(full.datasette) as address:
        yield address


def context(chromium: Browser, house: House, url: str, **options: Any) -> BrowserContext:
    made = chromium.new_context(**options)
    made.add_cookies([{"name": "failwatch", "value": house.tokens["admin"], "url": url}])
    return made


def opened(page: Page, url: str, path: str) -> Page:
    if path == "/-/failwatch/login":
        page.context.clear_cookies()
    page.goto(url + path)
    return page


def test_no_page_is_left_out(chromium: Browser, full: House, url: str) -> None:
    with context(chromium, full, url) as made:
        for pattern, _ in ROUTES:
            path = re.sub(r"\(\?P<id>[^)]*\)", "1", pattern.strip("^$"))
            path = re.sub(r"\(\?P<rule>[^)]*\)", "outcry", path)
            if "(" in path or "\\" in path or path == "/-/triage/news":
                continue
            answer = made.request.get(url + path, max_redirects=0)
            if answer.status == 200 and "<html" in answer.text():
                assert path in PAGES


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"color_scheme": "dark"},
        {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    ],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing(
    chromium: Browser, full: House, url: str, options: dict[str, Any]
) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core: npm ci --prefix tests")
    with context(chromium, full, url, bypass_csp=True, reduced_motion="reduce", **options) as made:
        page = made.new_page()
        found: dict[str, list[str]] = {}
        for path in (*MORE, *PAGES):
            opened(page, url, path)
            page.add_script_tag(path=AXE)
            said = page.evaluate("axe.run()")
            found[path] = [
                f"{fault['id']}: {node['html'][:150]} {node['failureSummary'][:200]}"
                for fault in said["violations"]
                for node in fault["nodes"]
            ]
        assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 640], ids=["small", "phone", "zoom"])
def test_nothing_scrolls_sideways_on_a_phone_or_at_200_percent(
    chromium: Browser, full: House, url: str, width: int, scheme: str
) -> None:
    # A screen of 1280 at 200 % has 640 wide pixels, each of them four.
    options = {"viewport": {"width": width, "height": 740}, "device_scale_factor": 2}
    with context(chromium, full, url, color_scheme=scheme, **options) as made:
        page = made.new_page()
        wide = {
            path: found
            for path in (*MORE, *PAGES)
            if (found := opened(page, url, path).evaluate("document.documentElement.scrollWidth"))
            > width
        }
    assert wide == {}


def test_every_page_says_all_it_has_to_say_without_javascript(
    chromium: Browser, full: House, url: str
) -> None:
    with context(chromium, full, url, java_script_enabled=False) as made:
        page = made.new_page()
        for path in PAGES:
            opened(page, url, path)
            assert page.locator("h1").count() == 1, path
            assert page.locator("main").inner_text().strip(), path
            # A button that only a script answers to is not offered without one.
            idle = page.locator("main button[type=button]:visible")
            assert idle.all_inner_texts() == [], path
