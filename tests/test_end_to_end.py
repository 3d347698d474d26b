"""The main job on real parts: feeds over HTTP, mail over SMTP, a browser, a wiki, and kills."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browser
from tests.loopback import Answer, Loopback
from tests.mediawiki import BOT, BOT_PASSWORD, mediawiki
from tests.office import Office, eventually, free_port, read_until, running
from tests.sink import Sink

REAL = Path(__file__).parents[1].parent / "shared" / "feeds"
OWN = b"<rss version='2.0'><channel><title>Own</title><item><guid>o</guid><title>A quiet day</title></item></channel></rss>"
HEADLINE = "Acme apologises after its tone-deaf tweet about the storm sparks a backlash on Twitter"


def news(*titles: str) -> Answer:
    """A feed of posts published now."""
    date = format_datetime(datetime.now(UTC))
    items = "".join(
        f"<item><guid>n{n}</guid><title>{title}</title><link>https://news.example/{n}</link>"
        f"<pubDate>{date}</pubDate><description>The brand deleted the tweet.</description></item>"
        for n, title in enumerate(titles)
    )
    return Answer(
        f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()
    )


def serve_feeds(server: Loopback) -> list[str]:
    """Real feeds if they are at hand, else one of our own; returns their addresses."""
    files = sorted(f for f in REAL.iterdir() if f.suffix == ".xml") if REAL.is_dir() else []
    bodies = {f"/real/{f.name}": f.read_bytes() for f in files} or {"/real/own.xml": OWN}
    for path, body in bodies.items():
        server.answers[path] = Answer(body)
    return [server.url(path) for path in bodies]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as made:
        yield made


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as made:
        yield made


def office(folder: Path, urls: list[str], sink: Sink, extra: str = "") -> Office:
    made = Office(folder, free_port())
    feeds = "".join(f"  - url: {url}\n    category: test\n    language: en\n" for url in urls)
    mail = f"mail:\n  host: 127.0.0.1\n  port: {sink.port}\n  security: none\n  from_address: fw@example.org\n"
    made.write(f"feeds:\n{feeds}", mail + extra)
    return made


def test_a_failure_in_the_news_becomes_a_lesson_on_the_wiki(
    tmp_path: Path, server: Loopback, sink: Sink
) -> None:
    with mediawiki(tmp_path / "wiki") as wiki, browser() as chromium:
        server.answers["/news"] = news("Nothing much happened in the trade today")
        urls = [*serve_feeds(server), server.url("/news")]
        folder = tmp_path / "office"
        folder.mkdir()
        wikis = (
            f"wikis:\n  - name: team\n    kind: mediawiki\n    url: {wiki.api}\n    user: {BOT}\n"
        )
        team = office(folder, urls, sink, wikis)
        team.environ["FAILWATCH_WIKI_TEAM_PASSWORD"] = BOT_PASSWORD
        team.run("subscribers", "add", "ann@example.org", "--min-severity", "misstep")
        with running(team.start("up")) as up:
            link = read_until(up, r"(http\S+token=\S+)")[1]
            read_until(up, "Failwatch serves")
            assert "in use by another Failwatch" in team.run("up", fails=True)
            assert sink.received == [], "a first reading sends no mail"
            server.answers["/news"] = news("Nothing much happened in the trade today", HEADLINE)
            team.run("poll", server.url("/news"))
            team.run("poll", server.url("/news"))
            eventually(lambda: sink.received)
            page = chromium.new_page()
            eventually(lambda: team.ask("SELECT 1 FROM health WHERE topic = 'worker'"))
            number = int(
                str(team.ask("SELECT id FROM incidents WHERE title LIKE 'Acme apolog%'")[0][0])
            )
            sign_in(page, link)
            triage(page, team.url, number)
            write_lesson(page, team.url, number)
            to_the_wiki(page, team)
            up.terminate()
            assert up.wait(12) == 0
        assert len(sink.received) == 1
        mail = sink.received[0].mail
        assert mail["To"] == "ann@example.org"
        assert f"{team.url}/-/incidents/{number}" in str(mail.get_body(("plain",)))
        title = str(team.ask("SELECT page FROM exports JOIN lesson_incidents USING (lesson_id)"
                             f" WHERE incident_id = {number}")[0][0])  # fmt: skip
        assert "Nobody looked at the weather." in unescape(wiki.html(title))
        guids = team.ask("SELECT feed_id, guid FROM posts")
        assert max(Counter(guids).values()) == 1
        assert team.ask("SELECT count(*) FROM posts WHERE title LIKE 'Acme apolog%'") == [(1,)]


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Other people")


def triage(page: Page, url: str, number: int) -> None:
    """Find the incident by the keyboard, tag it, undo a dismissal, call it relevant."""
    page.goto(f"{url}/-/triage?q=acme")
    item = page.locator(f"#i{number}")
    expect(item).to_have_attribute("aria-current", "true")
    expect(item.locator("mark").first).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.type("weather")
    page.keyboard.press("Enter")
    expect(item.locator(".tags")).to_contain_text("weather")
    page.keyboard.press("d")
    page.keyboard.press("1")
    expect(item).to_be_hidden()
    expect(page.locator("#live")).to_contain_text("z undoes")
    page.keyboard.press("z")
    expect(item).to_be_visible()
    page.keyboard.press("r")
    expect(item).to_be_hidden()
    expect(page.locator("#live")).to_contain_text("relevant: “Acme")
    page.goto(f"{url}/-/triage?status=relevant")
    expect(page.locator(f"#i{number}")).to_be_visible()


def write_lesson(page: Page, url: str, number: int) -> None:
    page.goto(f"{url}/-/incidents/{number}")
    page.get_by_role("button", name="Write the lesson").click()
    page.get_by_role("link", name="Write What happened").click()
    page.locator("textarea[name=what_happened]").fill("A tweet joked about a **storm**.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Write Why it happened").click()
    page.locator("textarea[name=why]").fill("Nobody looked at the weather.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#why")).to_contain_text("Nobody looked at the weather.")
    expect(page.locator("#history")).to_contain_text("History")


def to_the_wiki(page: Page, team: Office) -> None:
    """Press the button, and follow the link to the page that the worker wrote."""
    page.get_by_role("button", name="Write to the wiki now").click()
    expect(page.locator("#wiki")).to_contain_text("On its way")
    eventually(lambda: team.ask("SELECT 1 FROM exports WHERE state = 'written'"), 90)
    page.reload()
    page.locator("#wiki").get_by_role("link", name="team").click()
    expect(page.locator("#mw-content-text")).to_contain_text("Nobody looked at the weather.")


def test_ten_kills_lose_no_post_and_repeat_no_mail_that_is_not_in_doubt(
    tmp_path: Path, server: Loopback, sink: Sink
) -> None:
    sink.pause = lambda: 0.02
    chance = random.Random(20261120)
    organisations = ["Acme", "Bolt Foods", "Cargo Air", "Delta Bank", "Echo Cola", "Fjord Shoes", "Gamma Telecom",
                     "Hotel Iris", "Jolly Toys", "Kilo Motors", "Lima Pizza", "Mango Phones"]  # fmt: skip
    titles = ["Nothing much happened in the trade today"]
    server.answers["/news"] = news(*titles)
    folder = tmp_path / "office"
    folder.mkdir()
    team = office(folder, [*serve_feeds(server), server.url("/news")], sink)
    team.run("subscribers", "add", "ann@example.org")
    team.run("subscribers", "add", "bob@example.org")
    team.run("poll", "--all")
    assert team.ask("SELECT count(*) FROM alerts") == [(0,)]
    for organisation in organisations[:10]:
        titles.append(
            f"{organisation} deleted an offensive tweet and apologised after a backlash from customers"
        )
        server.answers["/news"] = news(*titles)
        team.change("UPDATE feeds SET next_poll_at = '2026-01-01T00:00:00Z' WHERE state = 'active'")
        with running(team.start("worker")) as worker:
            time.sleep(chance.uniform(0.5, 3.0))
            worker.kill()
            worker.wait()
    titles.extend(
        f"{name} deleted an offensive tweet and apologised after a backlash"
        for name in organisations[10:]
    )
    server.answers["/news"] = news(*titles)
    team.change(
        "UPDATE feeds SET next_poll_at = '2026-01-01T00:00:00Z', lease_until = NULL WHERE state = 'active'"
    )
    with running(team.start("worker")):
        eventually(
            lambda: (
                team.ask("SELECT count(*) FROM posts WHERE url LIKE 'https://news.example/%'")[0][0]
                == len(titles)
            ),
            60,
        )
        team.change(
            "UPDATE alerts SET next_attempt_at = '2026-01-01T00:00:00Z' WHERE state IN ('retry', 'in_doubt')"
        )
        eventually(lambda: not team.ask("SELECT 1 FROM alerts WHERE state <> 'sent'"), 60)
    assert max(Counter(team.ask("SELECT feed_id, guid FROM posts")).values()) == 1
    alerts = team.ask("SELECT message_id, was_in_doubt FROM alerts")
    assert len(alerts) == 2 * len(organisations), "one mail an incident and subscriber"
    received = Counter(mail.message_id for mail in sink.received)
    assert set(received) == {str(message) for message, _ in alerts}, (
        "every alert was delivered, and nothing else"
    )
    doubtful = {str(message) for message, doubt in alerts if doubt}
    assert {message for message, count in received.items() if count > 1} <= doubtful
    assert "sound" in team.run("db", "check") or "well" in team.run("db", "check")
