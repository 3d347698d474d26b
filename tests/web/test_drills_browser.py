"""A drill in a real browser: by keyboard, without scripts, on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import House
from tests.web.test_drills import replayed
from tests.web.test_lessons_browser import chromium, context, post, press, url, watched

__all__ = ["chromium", "replayed", "url"]

PHONE = {"width": 390, "height": 800}
SHOTS = os.environ.get("FAILWATCH_SHOTS", "")
"""A folder, for whoever wants to look at the pages."""


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def narrow(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_drill_from_choosing_to_the_day_on_which_it_comes_back(
    chromium: Browser, replayed: House, url: str, scripts: bool
) -> None:
    post(replayed, "/-/lessons/start", "editor", incident="2")
    made = context(chromium, replayed, url, java_script_enabled=scripts)
    page, faults = watched(made)
    page.goto(f"{url}/-/lessons")
    page.get_by_role("link", name="Drill", exact=True).press("Enter")
    shot(page, f"list-{scripts}")
    press(page, "Drill it: A Bolt advert draws anger")
    expect(page.get_by_role("heading", level=1)).to_have_text("A Bolt advert draws anger")
    assert "Quokka" not in page.content()
    shot(page, f"known-{scripts}")
    page.get_by_role("radio", name="rebuild").focus()
    page.keyboard.press("Space")
    page.get_by_label("What you say, word for word").fill("We are sorry, and pay.")
    press(page, "Make the move, and see what followed")
    expect(page.get_by_role("heading", name="What followed")).to_contain_text("Quokka")
    page.get_by_role("checkbox", name="All of it would still have stood").press("Space")
    shot(page, f"reveal-{scripts}")
    press(page, "Keep the score")
    expect(page.get_by_role("heading", name="You: 1 of 5")).to_be_visible()
    expect(page.locator("#score")).to_contain_text("2026-03-02")
    expect(page.locator("#moves")).to_contain_text("We are sorry, and pay.")
    shot(page, f"scored-{scripts}")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    narrow(page)
    shot(page, f"phone-{scripts}")
    page.goto(f"{url}/-/drills")
    narrow(page)
    made.close()
    assert faults == []
