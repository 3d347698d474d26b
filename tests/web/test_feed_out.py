"""Feeds of views: by secret address, until it is revoked; and results as whole files."""

import csv
import html
import io
import json
import re
from contextlib import closing
from datetime import datetime
from typing import Any

import feedparser
import pytest
from lxml import etree

from monitor.store import accounts, db, feed_links
from monitor.store.db import transaction
from monitor.web.feed_out import is_known
from tests.web.conftest import HOSTILE, NOW, House

ATOM = "{http://www.w3.org/2005/Atom}"


def address(house: House, view: str, role: str = "viewer") -> str:
    """A new feed's address, without its ending."""
    page = house.post("/-/failwatch/links", role, title="Mine", view=view)
    assert page.status_code == 200, page.text
    found = re.search(r'value="http://127.0.0.1:8001(/-/feed/[\w-]+)\.atom"', page.text)
    assert found
    return found.group(1)


def titles(answer: Any, form: str) -> list[str]:
    """What a reader shows as titles."""
    if form == "json":
        return sorted(item["title"] for item in answer.json()["items"])
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert read.version == "atom10"
    return sorted(_shown(entry) for entry in read.entries)


def _shown(entry: Any) -> str:
    """Of HTML, what is left when tags are dropped and escapes undone."""
    if entry.title_detail.type == "text/html":
        return html.unescape(re.sub("<[^>]*>", "", entry.title))
    return str(entry.title)


def test_a_feed_is_read_without_a_session_and_ends_when_it_is_revoked(house: House) -> None:
    path = address(house, "/-/triage?status=new")
    for form, kind in (("atom", "application/atom+xml"), ("json", "application/feed+json")):
        answer = house.ask(f"{path}.{form}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert titles(answer, form) == sorted([HOSTILE, "Bolt Foods pulls an advert after an outcry"])  # fmt: skip
    assert house.post("/-/failwatch/links/1/revoke", "admin").status_code == 422
    assert house.post("/-/failwatch/links/1/revoke", "viewer").status_code == 303
    for form in ("atom", "json"):
        assert house.ask(f"{path}.{form}").status_code == 404
        assert "Bolt" not in house.ask(f"{path}.{form}", role="admin").text


def test_only_a_hash_of_the_secret_is_kept_and_it_is_shown_once(house: House) -> None:
    token = address(house, "/-/posts").rpartition("/")[2]
    assert token not in house.ask("/-/failwatch/links", role="viewer").text
    for name in (db.MAIN, db.PRIVATE):
        for part in ("", "-wal"):
            assert token.encode() not in (house.folder / f"{name}{part}").read_bytes()


def test_a_feed_ends_with_its_owners_account(house: House) -> None:
    path = address(house, "/-/triage", role="triager")
    private = db.connect(house.folder / db.PRIVATE)
    with transaction(private):
        accounts.disable(private, "triager")
    private.close()
    assert house.ask(f"{path}.atom").status_code == 404


def test_a_feed_shows_what_its_view_asks_for_and_nothing_else(house: House) -> None:
    def shown(view: str) -> list[str]:
        return titles(house.ask(f"{address(house, view)}.json"), "json")

    bolt = "Bolt Foods pulls an advert after an outcry"
    assert shown("/-/posts?q=bolt") == [bolt]
    assert shown("/-/posts?by=query&q=title%3Aadvert&after=x~1") == [bolt]
    assert shown("/-/posts?by=query&q=%28") == []
    assert shown("/-/triage?q=bolt") == [bolt]
    assert shown("/-/triage?status=relevant") == []
    assert shown("/-/incidents/2") == [bolt]
    with closing(house.conn()) as conn, transaction(conn):
        conn.execute("UPDATE incidents SET owner = 'viewer' WHERE id = 2")
    assert shown("/-/triage?owner=me") == [bolt]
    assert shown("/-/incidents/99") == []
    assert shown("/-/triage?tag=backlash&status=all&severity=4") == []


def test_every_entry_leads_to_its_incident_and_keeps_its_identity(house: House) -> None:
    path = address(house, "/-/triage")
    root = etree.fromstring(house.ask(f"{path}.atom").content)
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert sorted(map(str, ids)) == ["tag:127.0.0.1,2026:incident/1", "tag:127.0.0.1,2026:incident/2"]  # fmt: skip
    links = {link.get("href") for link in root.iter(f"{ATOM}link") if link.get("rel") == "alternate"}  # fmt: skip
    assert "http://127.0.0.1:8001/-/incidents/1" in links


def test_the_feed_of_an_incident_follows_it_when_it_is_merged(house: House) -> None:
    path = address(house, "/-/incidents/2")
    with closing(house.conn()) as conn, transaction(conn):
        conn.execute("UPDATE incident_posts SET incident_id = 1 WHERE incident_id = 2")
        conn.execute("UPDATE incidents SET merged_into = 1 WHERE id = 2")
    assert len(house.ask(f"{path}.json").json()["items"]) == 2


def test_the_json_feed_has_the_keys_of_version_1_1(house: House) -> None:
    for view in ("/-/triage", "/-/posts", "/-/incidents/1"):
        made = house.ask(f"{address(house, view)}.json").json()
        assert made["version"] == "https://jsonfeed.org/version/1.1"
        assert {"title", "home_page_url", "feed_url", "items"} <= made.keys()
        assert made["items"]
        for item in made["items"]:
            assert {"id", "url", "title", "content_text", "date_published", "date_modified"} <= item.keys()  # fmt: skip
            assert all(author["name"] for author in item.get("authors", []))
            datetime.fromisoformat(item["date_published"])


def test_who_has_it_already_is_told_so(house: House) -> None:
    path = address(house, "/-/triage") + ".atom"
    first = house.ask(path)
    for known in ({"If-None-Match": first.headers["etag"]}, {"If-Modified-Since": first.headers["last-modified"]}):  # fmt: skip
        again = house.ask(path, headers=known)
        assert again.status_code == 304
        assert again.content == b""
    house.post("/-/triage/1/decide", "triager", status="relevant", version="1")
    assert house.ask(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({}, False),
        ({"if-none-match": '"a", W/"b"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"c"', "if-modified-since": "Sun, 01 Mar 2026 12:00:00 GMT"}, False),
        ({"if-modified-since": "Sun, 01 Mar 2026 12:00:00 GMT"}, True),
        ({"if-modified-since": "Sun, 01 Mar 2026 11:59:59 GMT"}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-modified-since": "Sun, 01 Mar 2026 12:00:00"}, False),
    ],
)
def test_conditional_requests_are_those_of_http(headers: dict[str, str], *, known: bool) -> None:
    assert is_known(headers, '"b"', "2026-03-01T12:00:00Z") is known


@pytest.mark.parametrize("view", ["/-/audit", "https://evil.example/-/posts", "/failwatch/audit", "", "/-/posts/../audit", "/-/incidents/0", "/-/incidents", "/-/posts?q=" + "x" * 7000])  # fmt: skip
def test_only_a_view_becomes_a_feed(house: House, view: str) -> None:
    answer = house.post("/-/failwatch/links", "admin", title="T", view=view)
    if view.startswith("https:"):
        assert "evil" not in answer.text.replace(view, "")
    else:
        assert answer.status_code == 422


def test_a_feed_needs_a_title_and_keeps_what_was_typed(house: House) -> None:
    answer = house.post("/-/failwatch/links", "viewer", title=" ", view="/-/posts?q=x")
    assert answer.status_code == 422
    assert 'value="/-/posts?q=x"' in answer.text


def test_there_are_only_so_many_feeds_of_one_person(house: House) -> None:
    private = db.connect(house.folder / db.PRIVATE)
    with transaction(private):
        for _ in range(feed_links.MOST):
            feed_links.make(private, 1, "x", feed_links.View("posts", ""), now=NOW)
    private.close()
    assert house.post("/-/failwatch/links", "viewer", title="T", view="/-/posts").status_code == 422


def test_whole_results_are_files_safe_for_spreadsheets(house: House) -> None:
    conn = house.conn()
    with transaction(conn):
        for number in range(1, 1200):
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at,"
                " content_hash) VALUES (1, ?, '', '', ?, '', ?, '2026-03-01T00:00:00Z', '')",
                (f"x{number}", f'=HYPERLINK("x") number {number}', f"2026-02-{1 + number % 28:02d}T00:00:00Z"),
            )  # fmt: skip
        conn.execute("UPDATE incidents SET organisation = '@evil' WHERE id = 1")
    conn.close()
    for asked, count in (("", 1201), ("?q=hyperlink", 1199), ("?by=query&q=hyperlink", 1199), ("?q=hyperlink&since=2026-02-28", 42), ("?flagged=yes", 2)):  # fmt: skip
        answer = house.ask(f"/-/export/posts.csv{asked}", role="viewer")
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
        assert len({row["id"] for row in rows}) == len(rows) == count, asked
        assert not any(value.startswith(("=", "@")) for row in rows for value in row.values())
        found = house.ask(f"/-/export/posts.json{asked}", role="viewer").json()
        assert {str(row["id"]) for row in found} == {row["id"] for row in rows}
    made = house.ask("/-/export/incidents.csv?status=all", role="viewer")
    assert "attachment" in made.headers["content-disposition"]
    assert "'@evil" in made.text
    assert len(house.ask("/-/export/incidents.json?q=bolt", role="viewer").json()) == 1
    log = json.loads(house.ask("/-/export/audit.json?kind=incident", role="editor").text)
    assert {row["action"] for row in log} == {"incident.start"}


def test_a_wrong_question_is_refused_before_a_file_begins(house: House) -> None:
    assert house.ask("/-/export/posts.csv?by=query&q=%28", role="viewer").status_code == 422
    assert house.ask("/-/export/posts.csv?q=-x", role="viewer").status_code == 422


ROUTES: list[tuple[str, str, str]] = [
    ("GET", "/-/posts", "viewer"),
    ("POST", "/-/posts/1/incident", "triager"),
    ("POST", "/-/posts/1/add", "triager"),
    ("GET", "/-/audit", "editor"),
    ("GET", "/-/insights", "viewer"),
    ("GET", "/-/insights/months.csv", "viewer"),
    ("GET", "/-/insights/months.svg", "viewer"),
    ("POST", "/-/insights/tag", "editor"),
    ("GET", "/-/export/posts.csv", "viewer"),
    ("GET", "/-/export/posts.json", "viewer"),
    ("GET", "/-/export/incidents.csv", "viewer"),
    ("GET", "/-/export/incidents.json", "viewer"),
    ("GET", "/-/export/audit.csv", "editor"),
    ("GET", "/-/export/audit.json", "editor"),
    ("GET", "/-/failwatch/links", "viewer"),
    ("POST", "/-/failwatch/links", "viewer"),
    ("POST", "/-/failwatch/links/1/revoke", "viewer"),
]


@pytest.mark.parametrize(("method", "path", "least"), ROUTES)
def test_a_route_lets_in_whom_it_should(house: House, method: str, path: str, least: str) -> None:
    stranger = house.ask(path, method=method)
    assert stranger.status_code == 302
    assert stranger.headers["location"].startswith("/-/failwatch/login")
    roles = ["viewer", "triager", "editor", "admin"]
    for role in roles:
        status = house.ask(path, role=role, method=method).status_code
        is_let_in = roles.index(role) >= roles.index(least)
        assert (status in {200, 303, 422}) == is_let_in, (role, status)
        assert is_let_in or status == 403
    other = "POST" if method == "GET" else "PUT"
    if path != "/-/failwatch/links":
        assert house.ask(path, role="admin", method=other).status_code == 405


def test_a_feed_answers_to_reading_alone(house: House) -> None:
    path = address(house, "/-/posts") + ".atom"
    assert house.ask(path, method="POST").status_code == 405
    assert house.ask(path, method="HEAD").status_code == 200
    assert house.ask("/-/feed/" + "a" * 32 + ".atom").status_code == 404
