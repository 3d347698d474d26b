"""Many incidents at once through the API, as the queue's script does it: one by one, each by its version."""

from typing import Any

import pytest

from monitor.store import changes, triage
from monitor.store.db import transaction
from tests import newsdesk
from tests.web.conftest import NOW, House

STALE = 6
"""The place, among ten, of the one that a colleague was faster with."""


@pytest.fixture
def ten(house: House) -> list[int]:
    """Ten incidents, of which a colleague has decided one meanwhile."""
    conn = house.conn()
    numbers = [newsdesk.incident(conn, number) for number in range(10, 20)]
    with transaction(conn):
        triage.decide(
            conn, numbers[STALE], version=1, status="dismissed", reason="too old", actor="ben", now=NOW,
        )  # fmt: skip
    conn.close()
    return numbers


def act(house: House, number: int, name: str, **values: Any) -> Any:
    return house.ask(
        f"/-/api/incidents/{number}/{name}", role="triager", method="POST", json=values
    )


def states(house: House, numbers: list[int]) -> list[tuple[str, int]]:
    conn = house.conn()
    rows = {r["id"]: (r["status"], r["version"]) for r in conn.execute("SELECT * FROM incidents")}
    conn.close()
    return [rows[number] for number in numbers]


def test_of_ten_the_stale_one_is_refused_by_name_and_nine_go_through(
    house: House, ten: list[int]
) -> None:
    answers = [act(house, n, "decide", status="relevant", version=1) for n in ten]
    codes = [answer.status_code for answer in answers]
    assert codes == [200] * STALE + [409] + [200] * (9 - STALE)
    said = answers[STALE].json()
    assert said["ok"] is False
    assert "ben" in said["error"]
    assert states(house, ten) == [("dismissed" if i == STALE else "relevant", 2) for i in range(10)]
    assert all(a.json()["version"] == 2 for a in answers if a.status_code == 200)


def test_the_nine_are_taken_back_and_the_colleagues_stays(house: House, ten: list[int]) -> None:
    answers = [act(house, n, "decide", status="watching", version=1).json() for n in ten]
    done = [a["change"] for a in answers if a["ok"]]
    assert len(set(done)) == 9
    for change in reversed(done):
        answer = house.ask(f"/-/api/changes/{change}/undo", role="triager", method="POST", json={})
        assert answer.status_code == 200
    found = states(house, ten)
    assert [status for status, _ in found] == ["dismissed" if i == STALE else "new" for i in range(10)]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("assign", {"owner": "editor", "due": "+3"}),
        ("snooze", {"until": "+7"}),
        ("merge", {"into": 1}),
        ("decide", {"status": "relevant"}),
    ],
)
def test_whatever_is_done_to_many_a_stale_version_is_refused(
    house: House, ten: list[int], name: str, values: dict[str, Any]
) -> None:
    codes = [act(house, n, name, **values, version=1).status_code for n in ten]
    assert codes.count(409) == 1
    assert codes[STALE] == 409
    assert codes.count(200) == 9


def test_a_version_that_was_never_seen_is_refused_and_leaves_no_trace(
    house: House, ten: list[int]
) -> None:
    conn = house.conn()
    before = conn.execute("SELECT count(*) AS n FROM audit").fetchone()["n"]
    for version in (0, 3, 10**12):
        assert act(house, ten[0], "decide", status="relevant", version=version).status_code == 409
    assert act(house, ten[0], "decide", status="relevant").status_code == 422
    assert act(house, ten[0], "decide", status="odd", version=1).status_code == 422
    assert conn.execute("SELECT count(*) AS n FROM audit").fetchone()["n"] == before
    assert changes.last_by(conn, "triager", now=NOW) is None
    conn.close()
    assert states(house, ten[:1]) == [("new", 1)]


def test_tags_need_no_version_and_are_put_on_all(house: House, ten: list[int]) -> None:
    assert {act(house, n, "tag", tag="Hoax").status_code for n in ten} == {200}
    conn = house.conn()
    count = conn.execute("SELECT count(*) AS n FROM incident_tags JOIN tags ON tags.id = tag_id WHERE name = 'hoax'").fetchone()["n"]  # fmt: skip
    conn.close()
    assert count == 10
