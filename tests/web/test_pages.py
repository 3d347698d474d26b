"""What the pages show, to whom, and what their forms do."""

import json
import re
from contextlib import closing
from typing import Any

import pytest

from monitor.store import accounts, cases, health, schema
from monitor.store.db import connect, stamp, transaction
from monitor.web import descriptions, ds, incident
from monitor.web.access import local
from monitor.web.headers import policy
from monitor.web.questions import QUERIES
from tests.web.conftest import NOW, House

PAGES = [
    "/",
    "/-/triage",
    "/-/incidents/1",
    "/-/rules",
    "/-/rules/outcry",
    "/-/rules/workbench",
    "/-/feeds",
    "/-/subscribers",
    "/-/failwatch/account",
]
CORE = ["/failwatch", "/failwatch/posts", "/failwatch/posts.json", "/failwatch/posts/1.json", "/-/databases", "/-/databases.json",
        "/-/plugins.json", "/failwatch/-/query?sql=select+1", "/failwatch.json?sql=select+1", "/-/metadata.json"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES + CORE)
def test_a_stranger_sees_nothing(house: House, path: str) -> None:
    answer = house.ask(path)
    assert answer.status_code in {302, 403, 404}, answer.status_code
    assert "outcry" not in answer.text
    if answer.status_code == 302:
        assert answer.headers["location"].startswith("/-/failwatch/login")


@pytest.mark.parametrize(
    "path", [p for p in PAGES if p not in {"/-/subscribers", "/-/rules/workbench"}]
)
def test_a_viewer_reads_every_page(house: House, path: str) -> None:
    answer = house.ask(path, role="viewer")
    assert answer.status_code == 200
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("table", sorted(descriptions.TABLES))
def test_every_table_can_be_browsed_and_is_described(house: House, table: str) -> None:
    answer = house.ask(
        f"/failwatch/{table}",
        role="admin" if table in ds.FOR_ADMINS else "editor" if table in ds.KEPT_BACK else "viewer",
    )
    assert answer.status_code == 200
    assert descriptions.TABLES[table][0].replace("'", "&#39;") in answer.text


@pytest.mark.parametrize("table", ds.KEPT_BACK)
def test_what_colleagues_did_is_kept_from_those_below_editors(house: House, table: str) -> None:
    house.post("/-/incidents/1/note", "triager", text="a remark")
    for path in (f"/failwatch/{table}", f"/failwatch/{table}.json", f"/failwatch/{table}.csv", f"/failwatch/{table}/1",
                 f"/failwatch/{table}/1.json", f"/failwatch/{table}?_search=a", f"/failwatch/-/query.json?sql=select+*+from+{table}",
                 f"/failwatch/incidents.json?_where=exists(select+1+from+{table})"):  # fmt: skip
        for role in ("", "viewer", "triager"):
            answer = house.ask(path, role=role)
            assert answer.status_code in {302, 403}, (path, role)
            assert "a remark" not in answer.text
    for role in ("viewer", "triager"):
        listed = house.ask("/failwatch.json", role=role).json()["tables"]
        assert table not in [t["name"] for t in listed]
    assert house.ask(f"/failwatch/{table}.json", role="editor").status_code == 200


def test_posts_can_be_searched(house: House) -> None:
    answer = house.ask("/failwatch/posts.json?_search=bolt&_shape=array", role="viewer")
    assert [row["title"] for row in answer.json()] == ["Bolt Foods pulls an advert after an outcry"]


def test_every_table_and_column_has_a_description(house: House) -> None:
    conn = house.conn()
    names = [
        r[0]
        for r in conn.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'"
        )
    ]
    assert sorted(names) == sorted(descriptions.TABLES)
    for name in names:
        columns = {r[1] for r in conn.execute(f"SELECT * FROM pragma_table_info('{name}')")} - {
            "id"
        }
        assert columns == set(descriptions.TABLES[name][1]), name
    conn.close()


def test_only_an_administrator_may_query_with_sql(house: House) -> None:
    path = "/failwatch/-/query.json?sql=select+1"
    assert house.ask(path, role="editor").status_code == 403
    assert house.ask(path, role="admin").status_code == 200
    assert house.ask("/failwatch/posts.json?_where=1=1", role="viewer").status_code == 403


def test_the_private_database_is_not_served(house: House) -> None:
    assert house.ask("/private", role="admin").status_code == 404
    names = [d["name"] for d in house.ask("/-/databases.json", role="admin").json()["databases"]]
    assert "private" not in names


def test_an_incident_says_which_text_came_from_a_page(house: House) -> None:
    said = "text from its page"
    assert said not in house.ask("/-/incidents/1", role="viewer").text
    conn = house.conn()
    conn.execute("UPDATE posts SET text_from = 'page' WHERE id = 1")
    conn.close()
    assert said in house.ask("/-/incidents/1", role="viewer").text


def test_hostile_titles_and_texts_are_shown_as_text_with_the_words_marked(house: House) -> None:
    for path in ("/-/triage", "/-/incidents/1"):
        page = house.ask(path, role="viewer").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<mark>outcry</mark>" in page


def test_a_post_that_no_rule_flags_says_why_it_is_here(house: House) -> None:
    main = connect(house.folder / "failwatch.db")
    with transaction(main):
        main.execute(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at,"
            " seen_at, content_hash) VALUES (1, 'x', '', '', 'A song', '', ?, ?, '')",
            (stamp(NOW), stamp(NOW)),
        )
        main.execute(
            "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at, is_known)"
            " SELECT 1, max(id), 'failwatch', 'tells of <b>incident 1</b>', '', 1 FROM posts"
        )
    main.close()
    queue = house.ask("/-/triage", role="viewer").text
    assert "And 1 post that no rule flags: it tells of &lt;b&gt;incident 1&lt;/b&gt;." in queue
    page = house.ask("/-/incidents/1", role="viewer").text
    assert "<strong>No rule flags it.</strong> It tells of &lt;b&gt;incident 1&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("path", "form", "least"),
    [
        ("/-/triage/1/decide", {"status": "relevant", "version": "1"}, "triager"),
        ("/-/triage/1/tag", {"tag": "x"}, "triager"),
        ("/-/incidents/1/note", {"text": "x"}, "triager"),
        ("/-/incidents/1/organisation", {"organisation": "Acme"}, "triager"),
        ("/-/lessons/start", {"incident": "1"}, "editor"),
        ("/-/subscribers/add", {"email": "a@example.org"}, "admin"),
    ],
)
def test_a_change_needs_its_role(house: House, path: str, form: dict[str, str], least: str) -> None:
    roles = ["viewer", "triager", "editor", "admin"]
    below = roles[roles.index(least) - 1]
    assert house.post(path, below, **form).status_code == 403
    assert house.post(path, least, **form).status_code == 303


def test_a_post_from_another_site_is_refused(house: House) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    answer = house.ask(
        "/-/triage/1/decide",
        role="admin",
        method="POST",
        data={"status": "relevant", "version": "1"},
        headers=headers,
    )
    assert answer.status_code == 403


def test_a_decision_by_form_goes_back_to_its_place_and_can_be_undone(house: House) -> None:
    answer = house.post(
        "/-/triage/1/decide",
        "triager",
        status="dismissed",
        reason="too old",
        version="1",
        back="/-/triage?severity=2",
    )
    assert answer.headers["location"] == "/-/triage?severity=2&did=1"
    assert "is dismissed (too old)" in house.ask(answer.headers["location"], role="triager").text
    assert house.post("/-/triage/1/undo", "triager", version="2").status_code == 303
    conn = house.conn()
    assert conn.execute("SELECT status, version FROM incidents WHERE id = 1").fetchone()[:] == (
        "new",
        3,
    )
    actions = [
        r[0]
        for r in conn.execute(
            "SELECT action FROM audit WHERE item = 'incident:1' ORDER BY id DESC LIMIT 2"
        )
    ]
    assert actions == ["incident.undo", "incident.status"]
    conn.close()


def test_two_people_never_overwrite_each_other(house: House) -> None:
    assert (
        house.post("/-/triage/1/decide", "triager", status="relevant", version="1").status_code
        == 303
    )
    late = house.ask(
        "/-/triage/1/decide", role="editor", method="POST",
        content=json.dumps({"status": "dismissed", "reason": "too old", "version": 1}), headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert late.status_code == 409
    assert "by triager" in late.json()["error"]


def test_a_dismissal_needs_a_reason(house: House) -> None:
    assert (
        house.post("/-/triage/1/decide", "triager", status="dismissed", version="1").status_code
        == 422
    )


def test_filters_narrow_the_queue_and_stay_in_the_address(house: House) -> None:
    assert "Bolt" in house.ask("/-/triage?q=bolt", role="viewer").text
    assert "Bolt" not in house.ask("/-/triage?q=acme", role="viewer").text
    assert "Nothing here" in house.ask("/-/triage?status=watching", role="viewer").text
    assert (
        house.ask("/-/triage?severity=x&after=1~2&did=abc&tag=%00", role="viewer").status_code
        == 200
    )


def test_subscribers_are_added_and_their_addresses_stay_out_of_the_served_database(
    house: House,
) -> None:
    assert (
        house.post(
            "/-/subscribers/add",
            "admin",
            email="ann@example.org",
            min_severity="3",
            words="airline, bank",
        ).status_code
        == 303
    )
    assert "ann@example.org" in house.ask("/-/subscribers", role="admin").text
    assert b"ann@example.org" not in (house.folder / "failwatch.db").read_bytes()
    assert house.post("/-/subscribers/add", "admin", email="no address").status_code == 422


def test_a_link_signs_in_once(house: House) -> None:
    private = connect(house.folder / "private.db")
    with transaction(private):
        token = accounts.new_link(private, 1, now=NOW)
    private.close()
    assert "Welcome" in house.ask(f"/-/failwatch/link?token={token}").text
    first = house.ask("/-/failwatch/link", method="POST", data={"token": token})
    cookie = first.headers["set-cookie"]
    assert (first.status_code, "HttpOnly" in cookie, "SameSite=lax" in cookie) == (303, True, True)
    assert house.ask("/-/failwatch/link", method="POST", data={"token": token}).status_code == 410


def test_a_password_signs_in_and_five_wrong_ones_shut_the_door(house: House) -> None:
    good = {"password": "four plain words here", "again": "four plain words here"}
    assert house.post("/-/failwatch/password", "viewer", **good).status_code == 303
    sign_in = {"name": "viewer", "password": good["password"], "next": "//evil.example"}
    answer = house.ask("/-/failwatch/login", method="POST", data=sign_in)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    for _ in range(5):
        assert (
            house.ask(
                "/-/failwatch/login", method="POST", data=sign_in | {"password": "x"}
            ).status_code
            == 403
        )
    assert house.ask("/-/failwatch/login", method="POST", data=sign_in).status_code == 403
    assert (
        house.post("/-/failwatch/password", "viewer", password="short", again="short").status_code
        == 422
    )


def test_signing_out_ends_the_session(house: House) -> None:
    assert house.post("/-/failwatch/logout", "viewer").status_code == 303
    assert house.ask("/", role="viewer").status_code == 302


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nb"]
)
def test_only_paths_of_this_site_are_gone_back_to(path: str) -> None:
    assert local(path) == "/"


def test_our_pages_run_no_script_inside_the_page() -> None:
    assert b"unsafe-inline" not in policy("/-/triage")
    assert b"unsafe-inline" in policy("/failwatch/posts")


def test_a_fault_is_shown_where_people_look(house: House) -> None:
    conn = house.conn()
    schema.migrate(conn, "main")
    health.report(conn, "config", fault="feeds.yaml:3: unknown key 'langauge'", now=NOW)
    conn.close()
    for path in ("/", "/-/feeds"):
        page = house.ask(path, role="viewer").text
        assert "feeds.yaml:3: unknown key" in page
        assert "The worker has not run yet" in page


def test_a_case_shows_what_the_casebook_knows_of_it(house: House) -> None:
    assert "From the casebook" not in house.ask("/-/incidents/2", role="viewer").text
    with house.conn() as conn:
        conn.execute("UPDATE incidents SET casebook_id = 'bolt' WHERE id = 2")
        facts = cases.Facts(
            "bolt", "near_miss", "food", "X", "NO", "2026-02-01", "day", "Calm <b>sales</b>.", "",
            "p", (("A & Co", "A <i>title</i>", "https://paper.example/b?c=1&d=2", "2026-02-02"),
                  ("B", "Odd", "javascript:alert(1)", "")), ("look",),
        )  # fmt: skip
        cases.keep(conn, [facts], [("look", "Look before you <em>leap</em>.")])
    page = house.ask("/-/incidents/2", role="viewer").text
    card = page.split('id="case"')[1].split("</section>")[0]
    for said in (
        "Near miss · food · X · NO", "Calm &lt;b&gt;sales&lt;/b&gt;.", "A &amp; Co, 2026-02-02",
        "Look before you &lt;em&gt;leap&lt;/em&gt;.", 'href="https://paper.example/b?c=1&amp;d=2"',
    ):  # fmt: skip
        assert said in card
    assert "javascript:" not in card
    assert "Alleged" not in card


def test_a_case_is_told_before_what_was_said_on_the_same_day() -> None:
    told = {"response": None, "at": "2017-03-05T00:00:00Z"}
    later = {"response": None, "at": "2017-03-05T09:00:00Z"}
    said = {"said_on": "2017-03-05", "url": ""}
    found = incident.timeline([later, told], [said, {"said_on": "", "url": ""}])  # type: ignore[list-item]
    assert [(e["at"], bool(e["response"])) for e in found] == [
        ("2017-03-05T00:00:00Z", False), ("2017-03-05", True), ("2017-03-05T09:00:00Z", False), ("", True)
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_stored_query_answers_everybody_with_columns_that_speak(house: House, name: str) -> None:
    asked = "?tag=backlash&month=2026-03&post=1&_shape=objects"
    answer = house.ask(f"/failwatch/{name}.json{asked}", role="viewer")
    assert answer.status_code == 200, answer.text
    assert QUERIES[name]["title"] in house.ask(f"/failwatch/{name}", role="viewer").text
    assert house.ask(f"/failwatch/{name}.json{asked}").status_code in {302, 403}
    asked_of = set(re.findall(r"(?:from|join)\s+(\w+)", QUERIES[name]["sql"]))
    assert asked_of & set(ds.KEPT_BACK + ds.FOR_ADMINS) == set()


def test_stored_queries_find_what_they_ask_for(house: House) -> None:
    def found(name: str, asked: str = "") -> Any:
        return house.ask(f"/failwatch/{name}.json?_shape=objects&{asked}", role="viewer").json()["rows"]  # fmt: skip

    house.post("/-/incidents/1/organisation", "triager", organisation="Acme", version="1")
    assert [row["id"] for row in found("incidents_with_tag", "tag=backlash")] == [1, 2]
    assert [(r["organisation"], r["incidents"]) for r in found("who_failed_most")] == [("Acme", 1)]
    assert found("incidents_with_tag", "tag=nothing") == []
    assert [row["id"] for row in found("copies_of_a_post", "post=2")] == [2]


def test_what_points_to_another_row_shows_its_name(house: House) -> None:
    with closing(house.conn()) as conn:
        tables = [r["name"] for r in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
        pointed = {
            row["table"]
            for table in tables
            for row in conn.execute("SELECT * FROM pragma_foreign_key_list(?)", (table,))
        }
    # A week and a case of the casebook are called by their keys; the others have no name.
    nameless = {"recall_weeks", "cases", "reminders", "reflections", "drills"}
    assert pointed - set(descriptions.LABELS) <= nameless
    told = house.ask("/failwatch/incident_posts", role="viewer").text
    assert "Bolt Foods pulls an advert after an outcry" in told
    assert "<script>alert(1)" not in told


def test_every_facet_is_a_column(house: House) -> None:
    for table, columns in descriptions.FACETS.items():
        assert set(columns) <= set(descriptions.TABLES[table][1])
    for table, column in descriptions.LABELS.items():
        assert column in descriptions.TABLES[table][1]
