"""Every table, by every way to it, for every role: in pages, in JSON and in SQL."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from monitor.model import Role
from monitor.store.db import transaction
from monitor.web import ds, stream
from tests.web.conftest import House
from tests.web.test_lessons import begin, write
from tests.web.test_routes import ROLES, rows

WRITES = ("-/insert", "-/upsert", "-/drop", "1/-/update", "1/-/delete", "-/set-column-type")
SECRET = "Zanzibar"
"""Stands in all that is kept from viewers, and nowhere else."""


def tables(house: House) -> list[str]:
    """All that SQLite holds, what belongs to the full-text indexes too."""
    conn = house.conn()
    found = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]  # fmt: skip
    conn.close()
    return found


def least(table: str) -> str:
    if table in ds.FOR_ADMINS:
        return "admin"
    return "editor" if table in ds.KEPT_BACK else "viewer"


@pytest.mark.parametrize("role", ROLES)
def test_a_table_opens_to_those_who_may_see_it_by_no_way_to_others(busy: House, role: str) -> None:
    for table in tables(busy):
        may = bool(role) and ROLES.index(role) >= ROLES.index(least(table))
        sql = quote(f"select * from {table}")
        # Every way in is tried by those who may not; that the others may is seen by one.
        ways = {f"/failwatch/{table}.json": may}
        if role != "admin":
            ways |= {
                f"/failwatch/-/query.json?sql={sql}": False,
                f"/failwatch/{table}.json?_where=1": False,
            }
        if not may:
            ways |= {f"/failwatch/{table}": False, f"/failwatch/{table}.csv": False}
            ways |= {f"/failwatch/{table}/1": False, f"/failwatch/{table}/1.json": False,
                     f"/failwatch/{table}/-/schema.json": False}  # fmt: skip
        for path, is_open in ways.items():
            answer = busy.ask(path, role=role)
            if may and "_fts_" in table:  # what lies under an index: Datasette opens some of it
                assert answer.status_code in {200, 403}, (path, role)
                continue
            assert answer.status_code in ({200} if is_open else {302, 403}), (path, role)
            if not role:
                assert "Corp Soap" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_nobody_writes_to_a_table_but_by_our_pages(busy: House, role: str) -> None:
    before = state(busy)
    for table in ("incidents", "audit", "notes", "posts"):
        for way in WRITES:
            body = {
                "row": {"id": 900},
                "rows": [{"id": 900}],
                "update": {"id": 901},
                "confirm": True,
            }
            answer = busy.ask(f"/failwatch/{table}/{way}", role=role, method="POST", json=body)
            assert answer.status_code in {302, 403, 404}, (table, way)
    for sql in ("delete from incidents", "update incidents set title = 'x'", "attach 'x' as y"):
        answer = busy.ask(f"/failwatch/-/query.json?sql={quote(sql)}", role=role)
        assert answer.status_code in {302, 400, 403}, sql
        written = busy.ask(
            "/failwatch/-/execute-write", role=role, method="POST", data={"sql": sql}
        )
        assert written.status_code in {302, 403, 404, 405}, sql
    made = busy.ask("/failwatch/-/create", role=role, method="POST", json={"table": "t", "row": {"a": 1}})  # fmt: skip
    assert made.status_code in {302, 403}
    assert state(busy) == before


def state(house: House) -> list[Any]:
    conn = house.conn()
    found = [tuple(r) for t in ("sqlite_master", "incidents", "audit", "notes", "posts") for r in conn.execute(f"SELECT * FROM {t}")]  # fmt: skip
    conn.close()
    return found


@pytest.fixture
def secretive(busy: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Something that a viewer may not read in every table that is kept from them."""
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.0)
    busy.post("/-/triage/views", "editor", name=f"Mine {SECRET}", query=f"q={SECRET}")
    begin(busy)
    assert write(busy, "sort", title=f"A lesson {SECRET}", seen_by="editor") == 303
    assert write(busy, "why", why=f"Because of {SECRET}.") == 303
    busy.post("/-/reflections/begin", "triager", set="week", about="Soap")
    busy.post("/-/reflections/1/answer", "editor", q0=f"I say {SECRET}", do="save")
    conn = busy.conn()
    with transaction(conn):
        conn.execute(
            "INSERT INTO second_readings (incident_id, first_status, first_by, asked_at, answer, reason)"
            " VALUES (3, 'relevant', 'editor', '', 'dismissed', ?)",
            (SECRET,),
        )
    held = {
        table for table in (*ds.KEPT_BACK, *ds.FOR_ADMINS)
        if any(SECRET in str(tuple(row)) for row in conn.execute(f"SELECT * FROM {table}"))
    }  # fmt: skip
    conn.close()
    assert {"audit", "queue_views", "lessons", "reflection_answers", "second_readings"} <= held
    return busy


@pytest.mark.parametrize("role", ["viewer", "triager"])
def test_what_is_kept_from_a_role_stands_in_nothing_that_it_can_read(
    secretive: House, role: str
) -> None:
    paths = [path for method, path, expected in rows() if method == "GET" and expected[role] == 200]
    paths += [f"/failwatch/{t}.json?_size=max" for t in tables(secretive) if least(t) == "viewer"]
    paths += ["/failwatch", "/failwatch.json", "/-/jump.json?q="]
    for path in paths:
        assert SECRET not in secretive.ask(path, role=role).text, path


@pytest.mark.parametrize("role", ["viewer", "triager"])
def test_no_detour_through_another_table_tells_what_a_kept_one_holds(
    secretive: House, role: str
) -> None:
    for table, column in (
        ("changes", "actor"),
        ("second_readings", "first_status"),
        ("audit", "actor"),
    ):
        through = quote(json.dumps({"table": table, "column": column, "value": "editor"}))
        answer = secretive.ask(f"/failwatch/incidents.json?_through={through}", role=role)
        assert answer.status_code in {400, 403}, table
        assert "rows" not in answer.json()
    linked = secretive.ask(
        "/failwatch/incidents/3.json?_extra=foreign_key_tables", role=role
    ).json()
    named = {found["other_table"] for found in linked["foreign_key_tables"]}
    assert "notes" in named
    assert not named & {*ds.KEPT_BACK, *ds.FOR_ADMINS}


def test_the_home_page_names_only_tables_that_open(busy: House) -> None:
    for role in ROLES[1:]:
        page = busy.ask("/", role=role).text
        for table in (*ds.KEPT_BACK, *ds.FOR_ADMINS):
            may = ROLES.index(role) >= ROLES.index(least(table))
            assert may or f'href="/failwatch/{table}"' not in page, (role, table)
    assert 'href="/failwatch/audit"' in busy.ask("/", role="editor").text


def test_roles_are_those_that_the_table_speaks_of() -> None:
    assert ("", *map(str, Role)) == ROLES
