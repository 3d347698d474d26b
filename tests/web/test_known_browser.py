"""A post that no rule flags, drawn to an open incident: the page says so, and why, in Chromium."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from monitor.flow.ingest import Newsroom, ingest
from monitor.model import Judged
from monitor.store import rules
from monitor.store.db import stamp, transaction
from tests.browser import browser
from tests.flow.test_known import FIRST, RULES, SONG, judge, post
from tests.office import free_port
from tests.web.conftest import NOW, House

HOSTILE = f"{SONG} <script>alert(1)</script>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def incident(house: House) -> int:
    """The number of an incident that has drawn a post, among a thousand others."""
    conn = house.conn()
    with transaction(conn):
        conn.executemany(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at,"
            " seen_at, content_hash) VALUES (1, ?, '', '', ?, '', ?, ?, '')",
            [(f"old{n}", f"Quiet story {n} of the town", *[stamp(NOW - timedelta(days=60))] * 2) for n in range(1_000)],
        )  # fmt: skip
        newsroom = Newsroom(
            rules.sync(conn, RULES, now=NOW), (), lambda i, s: f"<{i}.{s}@e.example>"
        )
        for number, title in ((71, FIRST), (72, HOSTILE)):
            at = NOW + timedelta(days=9, hours=number - 71)  # not what another Acme failed at
            found = post(number, title, at=at)
            ingest(
                conn, 1, [Judged(found, judge(found))], newsroom=newsroom, is_backlog=False,
                now=at, is_drawn=True,
            )  # fmt: skip
    row = conn.execute("SELECT incident_id FROM incident_posts WHERE is_known").fetchone()
    conn.close()
    return int(row["incident_id"])


@pytest.fixture
def url(house: House, incident: int) -> Iterator[str]:
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


@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_tells_why_a_post_was_drawn(
    chromium: Browser, house: House, url: str, incident: int, width: int
) -> None:
    made = chromium.new_context(viewport={"width": width, "height": 900})
    made.add_cookies([{"name": "failwatch", "value": house.tokens["triager"], "url": url}])
    page, faults = made.new_page(), []
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.goto(f"{url}/-/incidents/{incident}")
    posts = page.locator("#posts .post")
    expect(posts).to_have_count(2)
    drawn = posts.filter(has_text="A song about Acme Air")
    expect(drawn.locator("h3")).to_have_text(HOSTILE)
    expect(drawn).to_contain_text(
        f"No rule flags it. It tells of incident {incident}, which is open:"
        " names Acme Air, and ‘guitar’, ‘musician’."
    )
    expect(posts.filter(has_text=FIRST)).not_to_contain_text("No rule flags it")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    made.close()
    assert faults == []
