"""Who may do what: every path of ours, for every role."""

import json
from typing import Any

import pytest

from monitor.flow import acts
from monitor.model import Role
from monitor.store import overrule
from monitor.store.db import transaction
from tests.web.conftest import NOW, House

GETS = {
    "/-/incidents/3": "viewer",
    "/-/duties": "viewer",
    "/-/tags": "viewer",
    "/-/organisations": "viewer",
    "/-/api/organisations": "viewer",
    "/-/api/incidents": "viewer",
    "/-/api/incidents/3": "viewer",
    "/-/api/tags": "viewer",
    "/-/api/duties": "viewer",
}


POSTS: dict[str, tuple[str, dict[str, object]]] = {
    "/-/incidents/3/do/{act}": ("triager", {}),
    "/-/incidents/3/note": ("triager", {"text": "x"}),
    "/-/incidents/3/untag": ("triager", {"tag": "x"}),
    "/-/incidents/3/organisation": ("triager", {"organisation": "x"}),
    "/-/lessons/start": ("editor", {"incident": "3"}),
    "/-/api/incidents/3/{act}": ("triager", {}),
    "/-/api/posts/1/incident": ("triager", {}),
    "/-/api/undo": ("triager", {}),
    "/-/api/changes/1/undo": ("triager", {}),
    "/-/api/tags/merge": ("editor", {"tag": "backlash", "into": "x"}),
    "/-/api/tags/synonyms": ("editor", {"tag": "backlash", "synonyms": ["x"]}),
    "/-/tags/merge": ("editor", {"tag": "backlash", "into": "x"}),
    "/-/tags/synonyms": ("editor", {"tag": "backlash", "synonyms": "x"}),
    "/-/tags/undo": ("editor", {"change": "1"}),
    "/-/organisations/add": ("editor", {"organisation": "Acme"}),
    "/-/organisations/name": (
        "editor",
        {"organisation": "Acme", "name": "Acme", "aliases": "a; b"},
    ),
    "/-/organisations/merge": ("editor", {"organisation": "Acme", "into": "Acme"}),
    "/-/organisations/forget": ("editor", {"organisation": "Acme"}),
    "/-/organisations/undo": ("editor", {"change": "1"}),
    "/-/api/organisations/add": ("editor", {"organisation": "Bolt"}),
    "/-/api/organisations/name": (
        "editor",
        {"organisation": "Bolt", "name": "Bolt", "aliases": []},
    ),
    "/-/api/organisations/merge": ("editor", {"organisation": "Bolt", "into": "Bolt"}),
    "/-/api/organisations/forget": ("editor", {"organisation": "Bolt"}),
    "/-/failwatch/keys": ("viewer", {"name": "x"}),
    "/-/failwatch/keys/1/revoke": ("viewer", {}),
}


ACTS: dict[str, dict[str, object]] = {
    "decide": {"status": "watching", "version": 1},
    "title": {"title": "T", "version": 1},
    "severity": {"severity": 4, "version": 1},
    "organisation": {"organisation": "Acme", "version": 1},
    "merge": {"into": 4, "version": 1},
    "split": {"posts": [4], "version": 1},
    "move": {"post": 4, "to": 4, "version": 1},
    "link": {"post": 6},
    "unlink": {"post": 4, "version": 1},
    "same": {"post": 6, "of": 3, "answer": "no"},
    "part": {"organisation": "Acme", "role": "hurt"},
    "unpart": {"organisation": "Acme"},
    "assign": {"owner": "viewer", "version": 1},
    "snooze": {"until": "+2", "version": 1},
    "tag": {"tag": "x"},
    "untag": {"tag": "x"},
    "note": {"text": "x"},
    "response": {"type": "silence"},
    "unresponse": {"response": 1},
    "revisit": {"days": 1, "outcome": "over"},
    "second": {"answer": "relevant"},
    "undo": {},
}


ROLES = ["", *map(str, Role)]


def expand() -> list[tuple[str, str, dict[str, object]]]:
    found = []
    for path, (least, form) in POSTS.items():
        if "{act}" in path:
            found += [(path.format(act=act), least, sent) for act, sent in ACTS.items()]
        else:
            found.append((path, least, form))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_who_may_read_what(busy: House, role: str) -> None:
    for path, least in GETS.items():
        answer = busy.ask(path, role=role)
        allowed = bool(role) and ROLES.index(role) >= ROLES.index(least)
        refusals = {403} if role or path.startswith("/-/api/") else {302}
        assert answer.status_code in ({200} if allowed else refusals), path
        if not allowed:
            assert "Corp Soap" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_who_may_change_what(busy: House, role: str) -> None:
    before = state(busy)
    allowed = []
    for path, least, sent in expand():
        if role and ROLES.index(role) >= ROLES.index(least):
            allowed.append((path, sent))
            continue
        answer = send(busy, path, role, sent)
        assert answer.status_code in ({403} if role or "/api/" in path else {302}), path
    assert state(busy) == before
    for path, sent in allowed:
        answer = send(busy, path, role, sent)
        assert answer.status_code in {200, 303, 409, 422}, path
    for path, _ in allowed[::7]:
        assert busy.ask(path, role=role).status_code == 405, "no link changes anything"


def send(house: House, path: str, role: str, sent: dict[str, object]) -> Any:
    if path.startswith("/-/api/"):
        return house.ask(path, role=role, method="POST", json=sent)
    return house.post(path, role, **sent)


def state(house: House) -> list[str]:
    conn = house.conn()
    found = [
        json.dumps([tuple(row) for row in conn.execute(f"SELECT * FROM {table}")])
        for table in ("incidents", "incident_posts", "changes", "audit", "tags", "notes")
    ]
    conn.close()
    return found


def test_every_act_has_a_row_in_the_table_of_roles() -> None:
    assert set(ACTS) == set(acts.ACTS)


def test_a_stranger_sees_none_of_the_tables_and_only_an_administrator_asks_in_sql(
    busy: House,
) -> None:
    conn = busy.conn()
    with transaction(conn):
        overrule.merge(conn, 4, 3, version=None, actor="hidden-name", now=NOW)
    conn.close()
    for table in TABLES:
        sql = f"/failwatch/-/query.json?sql=select+*+from+{table}"
        for path in (f"/failwatch/{table}", f"/failwatch/{table}.json", sql):
            assert busy.ask(path).status_code in {302, 403}
        assert busy.ask(sql, role="editor").status_code == 403
        where = f"/failwatch/{table}.json?_where=1=1"
        assert busy.ask(where, role="viewer").status_code == 403
        added = busy.ask(
            f"/failwatch/{table}/-/insert", role="editor", method="POST", json={"row": {}}
        )
        assert added.status_code == 403


TABLES = ("changes", "overrules", "mentions", "revisits", "second_readings", "tag_synonyms")
