"""Insights: figures of the incidents that are asked for, as drawings, tables and files."""

import csv
import io
import re
from datetime import timedelta

import pytest
from lxml import etree

from monitor.flow import figures
from monitor.store.db import stamp, transaction
from tests.web.conftest import NOW, House


@pytest.fixture
def told(house: House) -> House:
    """Six relevant incidents of last month in a hostile sector, one dismissed; each told by four posts."""
    conn = house.conn()
    with transaction(conn):
        conn.execute("INSERT INTO tags (id, name, kind) VALUES (50, '<b>air</b>', 'sector')")
        conn.execute("INSERT INTO feeds (id, url, fetch_url, title, created_at) VALUES (7, 'x', 'x', 'Early <i>Bird</i>', '')")  # fmt: skip
        for n in range(100, 107):
            began = NOW - timedelta(days=20)
            conn.execute(
                "INSERT INTO incidents (id, title, status, reason, severity, score, posts, sources, first_post_at,"
                " last_post_at, created_at, decided_at, decided_by) VALUES (?, 'T', ?, ?, 4, 0.9, 4, 4, ?, ?, ?, ?, 'ann')",
                (n, "dismissed" if n == 106 else "relevant", "not a failure" if n == 106 else "", stamp(began),
                 stamp(NOW), stamp(began), stamp(began + timedelta(hours=2))),
            )  # fmt: skip
            conn.execute("INSERT INTO incident_tags VALUES (?, 50, 'ann')", (n,))
            conn.execute("INSERT INTO rule_decisions VALUES (1, ?, ?, 0.8, ?)", (n, n != 106, stamp(NOW)))  # fmt: skip
            conn.execute("INSERT INTO responses (incident_id, text, type) VALUES (?, 'x', 'deny')", (n,))  # fmt: skip
            for k, hours in enumerate((0, 100, 101, 102)):
                at = stamp(began + timedelta(hours=hours))
                conn.execute(
                    "INSERT INTO posts (id, feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at,"
                    " content_hash) VALUES (?, ?, ?, '', '', 'T', '', ?, ?, '')",
                    (n * 10 + k, 7 if k == 0 else 1, f"{n}-{k}", at, at),
                )  # fmt: skip
                conn.execute("INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at) VALUES (?, ?, 'ann', '', '')", (n, n * 10 + k))  # fmt: skip
    conn.close()
    return house


def table(house: House, key: str, asked: str = "") -> dict[str, list[str]]:
    """A figure's CSV by the labels of its rows."""
    answer = house.ask(f"/-/insights/{key}.csv{asked}", role="viewer")
    assert answer.status_code == 200
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text[1:])))
    return {row[0]: row[1:] for row in rows}


def test_the_page_shows_every_figure_with_its_table_and_files(told: House) -> None:
    page = told.ask("/-/insights", role="viewer").text
    assert re.findall(r'<section class="card figure" id="(\w+)"', page) == list(figures.KEYS)
    assert "<b>air</b>" not in page
    assert "<i>Bird</i>" not in page
    assert "&lt;b&gt;air&lt;/b&gt;" in page
    assert "style=" not in page
    filled = set(re.findall(r"/-/insights/(\w+)\.csv\?", page))
    assert filled == set(figures.KEYS) - {"channels", "readers"}


def test_the_figures_count_what_is_asked_for(told: House) -> None:
    assert table(told, "sectors")["<b>air</b>"] == ["6", "6", ""]
    assert table(told, "sectors", "?status=all")["<b>air</b>"] == ["7", "6", ""]
    assert table(told, "sectors", "?since=2026-02-20") == {"sector": ["incidents", "relevant", "few (under 5)"]}  # fmt: skip
    assert table(told, "months")["2026-02"] == ["0", "0", "0", "6", "6", ""]
    assert table(told, "months")["2026-03"][-2:] == ["2", "yes"]
    assert table(told, "months", "?tag=backlash").keys() == {"month", "2026-03"}
    assert table(told, "courses")["smouldering"] == ["6", "101.0", ""]
    assert table(told, "leads")["Early <i>Bird</i>"] == ["101.0", "6", "6", "6", ""]
    assert table(told, "delays")["1 to 4 hours"] == ["7", "100.0", ""]
    assert table(told, "precision")["outcry"][3:5] == ["6", "7"]
    assert table(told, "responses")["deny"][-2] == "6"


def test_what_happened_decides_which_tags_count_as_sectors(told: House) -> None:
    form = {"tag": "backlash", "kind": "channel", "back": "/-/insights?status=all"}
    assert told.post("/-/insights/tag", "triager", **form).status_code == 403
    answer = told.post("/-/insights/tag", "editor", **form)
    assert answer.headers["location"] == "/-/insights?status=all#tags"
    assert table(told, "channels")["backlash"] == ["2", "0", "yes"]
    assert told.post("/-/insights/tag", "editor", tag="backlash", kind="x").status_code == 422
    assert told.post("/-/insights/tag", "editor", tag="unheard", kind="").status_code == 422
    log = told.ask("/-/audit?kind=tag.kind", role="editor").text
    assert "<ins>a channel</ins>" in log


@pytest.mark.parametrize("key", figures.KEYS)
def test_every_drawing_is_a_file_of_its_own_without_anything_live(told: House, key: str) -> None:
    answer = told.ask(f"/-/insights/{key}.svg", role="viewer")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-disposition"].startswith("attachment")
    drawing = etree.fromstring(answer.content)
    names = {etree.QName(e).localname for e in drawing.iter()}
    assert names <= {"svg", "title", "g", "rect", "text", "line", "circle"}
    assert "nan" not in answer.text


def test_an_unknown_figure_is_refused(house: House) -> None:
    assert house.ask("/-/insights/nothing.svg", role="viewer").status_code == 422


def test_without_incidents_the_page_says_what_to_do(house: House) -> None:
    page = house.ask("/-/insights?since=2030-01-01", role="viewer").text
    assert "Nothing is decided yet: see Triage." in page
