"""Who may do what: every path of ours, every role, and the status that it answers."""

import json
import re
from typing import Any

import pytest

from monitor.flow import acts
from monitor.lessons.steps import BY_ID, seen
from monitor.model import Role
from monitor.store.db import transaction
from monitor.web import routes, stream
from tests.web.conftest import House
from tests.web.test_lessons import begin
from tests.web.test_workbench import FORM

ROLES = ("", *map(str, Role))
FORMS, API = "/-/incidents/3/do", "/-/api/incidents/3"

# A path, and what it answers a stranger, a viewer, a triager, an editor and an administrator.
# Whoever adds a page adds a line. `{v3}` in what is sent is the version of incident 3 at that moment.
TABLE = """
GET  /                                    302 200 200 200 200
GET  /-/triage                            302 200 200 200 200
GET  /-/triage/news                       302 200 200 200 200
GET  /-/triage/1/pane                     302 200 200 200 200
POST /-/triage/views                      302 403 303 303 303
POST /-/triage/views/1/remove             302 403 303 303 303
POST /-/triage/1/decide                   302 403 303 303 303
POST /-/triage/1/undo                     302 403 303 303 303
POST /-/triage/1/tag                      302 403 303 303 303
GET  /-/incidents/3                       302 200 200 200 200
POST /-/incidents/3/note                  302 403 303 303 303
POST /-/incidents/3/untag                 302 403 303 303 303
POST /-/incidents/3/organisation          302 403 303 303 303
GET  /-/lessons                           302 200 200 200 200
POST /-/lessons/start                     302 403 403 303 303
GET  /-/lessons/1                         302 200 200 200 200
GET  /-/lessons/1/write/why               302 403 403 200 200
POST /-/lessons/1/write/why               302 403 403 303 303
POST /-/lessons/1/do/agree                302 403 422 303 303
POST /-/lessons/1/do/fact                 302 403 422 303 303
POST /-/lessons/1/actions/1/file          302 403 400 400 400
POST /-/lessons/1/export                  302 403 403 303 303
GET  /-/actions                           302 200 200 200 200
GET  /-/actions/files/1                   302 422 422 422 422
GET  /-/principles                        302 200 200 200 200
GET  /-/principles/1                      302 422 422 422 422
POST /-/principles/1/edit                 302 403 403 422 422
POST /-/principles/1/merge                302 403 403 422 422
POST /-/principles/undo                   302 403 403 422 422
GET  /-/reflections                       302 403 200 200 200
POST /-/reflections/begin                 302 403 303 303 303
GET  /-/reflections/1                     302 403 200 200 200
POST /-/reflections/1/answer              302 403 303 303 303
GET  /-/reflections/1/meeting             302 403 200 200 200
POST /-/reflections/1/close               302 403 303 303 303
GET  /-/plans                             302 403 200 200 200
POST /-/plans/keep                        302 403 303 303 303
GET  /-/plans/1                           302 403 200 200 200
POST /-/plans/1/renew                     302 403 303 303 303
POST /-/plans/1/back                      302 403 303 303 303
GET  /-/drills                            302 403 200 200 200
POST /-/drills/begin                      302 403 303 303 303
GET  /-/drills/1                          302 403 200 200 200
POST /-/drills/1/move                     302 403 303 303 303
POST /-/drills/1/score                    302 403 303 303 303
GET  /-/api/drills                        403 403 200 200 200
POST /-/api/drills/begin                  403 403 200 200 200
GET  /-/api/drills/2                      403 403 200 200 200
POST /-/api/drills/2/move                 403 403 200 200 200
POST /-/api/drills/2/score                403 403 200 200 200
GET  /-/profile                           302 403 200 200 200
POST /-/profile                           302 403 403 409 409
GET  /-/stories                           302 403 403 200 200
POST /-/stories/links                     302 403 403 403 200
POST /-/stories/links/1/revoke            302 403 403 403 303
POST /-/stories/1/aside                   302 403 403 422 422
GET  /-/tell/nobody-ever-made-this-link   404 404 404 404 404
GET  /-/organisations                     302 200 200 200 200
POST /-/organisations/add                 302 403 403 303 303
POST /-/organisations/name                302 403 403 303 303
POST /-/organisations/merge               302 403 403 422 422
POST /-/organisations/undo                302 403 403 303 303
POST /-/organisations/forget              302 403 403 303 303
GET  /-/api/organisations                 403 200 200 200 200
POST /-/api/organisations/add             403 403 403 200 200
POST /-/api/organisations/name            403 403 403 200 200
POST /-/api/organisations/merge           403 403 403 422 422
POST /-/api/organisations/forget          403 403 403 200 200
GET  /-/wiki                              302 200 200 200 200
POST /-/wiki/resolve                      302 403 403 422 422
GET  /-/api/lessons                       403 200 200 200 200
POST /-/api/lessons/start                 403 403 403 200 200
GET  /-/api/lessons/1                     403 200 200 200 200
POST /-/api/lessons/1/agree               403 403 403 200 200
GET  /-/api/actions                       403 200 200 200 200
GET  /-/api/principles                    403 200 200 200 200
GET  /-/duties                            302 200 200 200 200
GET  /-/tags                              302 200 200 200 200
POST /-/tags/synonyms                     302 403 403 303 303
POST /-/tags/undo                         302 403 403 303 303
POST /-/tags/merge                        302 403 403 303 303
GET  /-/rules                             302 200 200 200 200
GET  /-/rules/outcry                      302 200 200 200 200
GET  /-/rules/workbench                   302 403 403 200 200
POST /-/rules/workbench                   302 403 403 200 200
POST /-/rules/workbench/check             403 403 403 200 200
POST /-/rules/workbench/save              302 403 403 303 303
POST /-/rules/our-outcry/on               302 403 403 303 303
POST /-/rules/our-outcry/off              302 403 403 303 303
GET  /-/posts                             302 200 200 200 200
POST /-/posts/7/incident                  302 403 303 303 303
POST /-/posts/6/add                       302 403 303 303 303
GET  /-/insights                          302 200 200 200 200
GET  /-/insights/months.svg              302 200 200 200 200
POST /-/insights/tag                      302 403 403 303 303
GET  /-/export/posts.csv                  302 200 200 200 200
GET  /-/export/incidents.json             302 200 200 200 200
GET  /-/export/audit.csv                  302 403 403 200 200
GET  /-/feed/nobody-ever-made-this.atom   404 404 404 404 404
GET  /-/audit                             302 403 403 200 200
GET  /-/preference                        302 403 403 200 200
POST /-/preference/word                   302 403 403 303 303
GET  /-/recall                            302 403 200 200 200
POST /-/recall/1/answer                   302 403 303 303 303
POST /-/recall/1/undo                     302 403 303 303 303
GET  /-/feeds                             302 200 200 200 200
GET  /-/subscribers                       302 403 403 403 200
POST /-/subscribers/add                   302 403 403 403 303
POST /-/subscribers/1/digest              302 403 403 403 303
POST /-/subscribers/1/remove              302 403 403 403 303
GET  /-/api/incidents                     403 200 200 200 200
GET  /-/api/incidents/3                   403 200 200 200 200
GET  /-/api/tags                          403 200 200 200 200
GET  /-/api/duties                        403 200 200 200 200
POST /-/api/posts/8/incident              403 403 200 200 200
POST /-/api/tags/synonyms                 403 403 403 200 200
POST /-/api/changes/1/undo                403 403 422 422 422
POST /-/api/undo                          403 403 200 200 200
POST /-/api/tags/merge                    403 403 403 200 200
GET  /-/failwatch/account                 302 200 200 200 200
GET  /-/failwatch/links                   302 200 200 200 200
POST /-/failwatch/links                   302 200 200 200 200
POST /-/failwatch/links/1/revoke          302 303 303 303 303
POST /-/failwatch/keys                    302 200 200 200 200
POST /-/failwatch/keys/1/revoke           302 303 303 303 303
POST /-/failwatch/password                302 303 303 303 303
GET  /-/failwatch/login                   200 200 200 200 200
POST /-/failwatch/login                   403 403 403 403 403
GET  /-/failwatch/link                    410 410 410 410 410
POST /-/failwatch/link                    410 410 410 410 410
POST /-/failwatch/logout                  302 303 303 303 303
"""

SENT: dict[str, dict[str, object]] = {
    "/-/triage/views": {"name": "Mine", "query": "severity=3"},
    "/-/triage/1/decide": {"status": "watching", "version": "{v1}"},
    "/-/triage/1/undo": {"version": "{v1}"},
    "/-/triage/1/tag": {"tag": "soapy"},
    "/-/incidents/3/note": {"text": "x"},
    "/-/incidents/3/untag": {"tag": "backlash"},
    "/-/incidents/3/organisation": {"organisation": "Acme"},
    "/-/lessons/start": {"incident": "3"},
    "/-/lessons/1/write/why": {"why": "Haste.", "seen": "{seen}"},
    "/-/lessons/1/do/agree": {"who": "us"},
    "/-/lessons/1/do/fact": {"text": "x", "source": "y"},
    "/-/organisations/add": {"organisation": "Zorg"},
    "/-/organisations/name": {"organisation": "Zorg", "name": "Zorg", "aliases": "a; b"},
    "/-/organisations/merge": {"organisation": "Zorg", "into": "Zorg"},
    "/-/organisations/undo": {"change": "{last}"},
    "/-/organisations/forget": {"organisation": "Zorg"},
    "/-/api/organisations/add": {"organisation": "Bolt"},
    "/-/api/organisations/name": {"organisation": "Bolt", "name": "Bolt", "aliases": ["b"]},
    "/-/api/organisations/merge": {"organisation": "Bolt", "into": "Bolt"},
    "/-/api/organisations/forget": {"organisation": "Bolt"},
    "/-/reflections/begin": {"set": "week", "about": "Soap"},
    "/-/reflections/1/answer": {"q0": "First", "do": "hand_in"},
    "/-/plans/keep": {"kind": "other", "title": "Soap", "text": "We wash with soap and water"},
    "/-/plans/1/back": {"happened": "no"},
    "/-/drills/begin": {"incident": "3"},
    "/-/drills/1/move": {"type": "rebuild", "text": "We are sorry."},
    "/-/drills/1/score": {"true": "1"},
    "/-/api/drills/begin": {"incident": 3},
    "/-/api/drills/2/move": {"type": "silence", "text": "We look into it until noon."},
    "/-/api/drills/2/score": {"checks": ["true"]},
    "/-/stories/links": {"name": "Customer service"},
    "/-/principles/undo": {"change": "0"},
    "/-/wiki/resolve": {"wiki": "notes", "key": "no", "wish": "overwrite"},
    "/-/api/lessons/start": {"incident": 4},
    "/-/api/lessons/1/agree": {"who": "us"},
    "/-/tags/synonyms": {"tag": "backlash", "synonyms": "uproar"},
    "/-/tags/undo": {"change": "{last}"},
    "/-/tags/merge": {"tag": "soapy", "into": "backlash"},
    "/-/rules/workbench": {**FORM},
    "/-/rules/workbench/check": {**FORM},
    "/-/rules/workbench/save": {**FORM},
    "/-/posts/6/add": {"incident": "3"},
    "/-/insights/tag": {"tag": "backlash", "kind": "sector"},
    "/-/preference/word": {"word": "soap", "said": "more"},
    "/-/recall/1/answer": {"answer": "not", "version": "1"},
    "/-/recall/1/undo": {"version": "2"},
    "/-/subscribers/add": {"email": "a@example.org", "min_severity": "1"},
    "/-/api/tags/synonyms": {"tag": "backlash", "synonyms": ["furore"]},
    "/-/api/tags/merge": {"tag": "backlash", "into": "anger"},
    "/-/failwatch/links": {"title": "Mine", "view": "/-/triage"},
    "/-/failwatch/keys": {"name": "x"},
    "/-/failwatch/password": {"password": "a long passphrase", "again": "a long passphrase"},
    "/-/failwatch/login": {"name": "editor", "password": "wrong"},
}

# What is sent to do each act, to incident 3 or another, and what a form and the API answer a triager.
ACTS: dict[str, tuple[dict[str, object], int, int]] = {
    "decide": ({"status": "watching", "version": "{v3}"}, 303, 200),
    "title": ({"title": "T", "version": "{v3}"}, 303, 200),
    "severity": ({"severity": 4, "version": "{v3}"}, 303, 200),
    "organisation": ({"organisation": "Acme", "version": "{v3}"}, 303, 200),
    "same": ({"post": 3, "of": 4, "answer": "yes"}, 303, 200),
    "part": ({"organisation": "Corp", "role": "hurt", "version": "{v3}"}, 303, 200),
    "unpart": ({"organisation": "Corp", "version": "{v3}"}, 303, 200),
    "assign": ({"owner": "viewer", "version": "{v3}"}, 303, 200),
    "snooze": ({"until": "+2", "version": "{v3}"}, 303, 200),
    "tag": ({"tag": "x"}, 303, 200),
    "untag": ({"tag": "x"}, 303, 200),
    "note": ({"text": "x"}, 303, 200),
    "response": ({"type": "silence"}, 303, 200),
    "unresponse": ({"response": 1}, 303, 200),
    "link": ({"post": 6}, 303, 200),
    "unlink": ({"post": 6, "version": "{v3}"}, 303, 200),
    "move": ({"post": 5, "to": 4, "version": "{v3}"}, 303, 200),
    "split": ({"posts": [4], "version": "{v3}"}, 303, 200),
    "revisit": ({"days": 1, "outcome": "over"}, 422, 422),
    "second": ({"answer": "relevant"}, 422, 422),
    "undo": ({}, 303, 200),
    "merge": ({"into": 4, "version": "{v3}"}, 303, 200),
}


Rows = list[tuple[str, str, dict[str, int]]]
"""Method, path, and the status for each role."""


def rows() -> Rows:
    found = []
    for line in TABLE.strip().splitlines():
        method, path, *statuses = line.split()
        found.append((method, path, dict(zip(ROLES, map(int, statuses), strict=True))))
    return found


def act_rows(prefix: str) -> Rows:
    is_form = prefix == FORMS
    found: Rows = []
    for act, (_, by_form, by_api) in ACTS.items():
        expected = {"": 302 if is_form else 403, "viewer": 403}
        expected |= dict.fromkeys(ROLES[2:], by_form if is_form else by_api)
        found.append(("POST", f"{prefix}/{act}", expected))
    return found


def state(house: House) -> list[str]:
    conn = house.conn()
    names = [
        row[0]
        for row in conn.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_fts\\_%' ESCAPE '\\'"
        )
    ]
    found = [
        json.dumps([tuple(row) for row in conn.execute(f"SELECT * FROM {name}")], default=repr)
        for name in names
    ]
    conn.close()
    return found


def filled(house: House, values: dict[str, object]) -> dict[str, object]:
    """What is sent, with the numbers that stand in the database by now."""
    conn = house.conn()
    known = {"{last}": conn.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]}
    lesson = conn.execute("SELECT * FROM lessons WHERE id = 1").fetchone()
    known["{seen}"] = seen(BY_ID["why"], dict(lesson))
    for row in conn.execute("SELECT id, version FROM incidents"):
        known[f"{{v{row['id']}}}"] = row["version"]
    conn.close()
    return {key: known.get(value, value) if isinstance(value, str) else value for key, value in values.items()}  # fmt: skip


def ask(house: House, role: str, method: str, path: str) -> Any:
    if method == "GET":
        return house.ask(path, role=role)
    is_act = path.startswith((f"{FORMS}/", f"{API}/"))
    act = ACTS.get(path.rpartition("/")[2]) if is_act else None
    values = filled(house, act[0] if act else SENT.get(path, {}))
    if path.startswith("/-/api/") or path.endswith("/check"):
        return house.ask(path, role=role, method="POST", json=values)
    return house.ask(path, role=role, method="POST", data=values)


@pytest.fixture
def every(busy: House, drawn: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Four incidents and three drawn posts, which the table speaks of."""
    assert busy is drawn
    begin(busy)
    conn = busy.conn()
    with transaction(conn):
        conn.execute(
            "INSERT INTO suggestions (post_id, incident_id, likeness, why, made_at) VALUES (3, 4, 0.4, 'x', '')"
        )
    conn.close()
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.0)
    return busy


def check(house: House, role: str, table: Rows) -> None:
    """First what is refused: all of it together changes nothing. Then what is allowed."""
    denied = {302, 403, 404, 410}
    refused = [row for row in table if row[2][role] in denied]
    allowed = [row for row in table if row[2][role] not in denied]
    found, before = [], state(house)
    for method, path, expected in refused:
        answer = ask(house, role, method, path)
        if answer.status_code != expected[role]:
            found.append(f"{method} {path}: {answer.status_code}, the table says {expected[role]}")
        assert "Corp Soap" not in answer.text, path
        assert "outcry" not in answer.text, path
    assert state(house) == before
    for method, path, expected in allowed:
        answer = ask(house, role, method, path)
        if answer.status_code != expected[role]:
            found.append(f"{method} {path}: {answer.status_code}, the table says {expected[role]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ROLES)
def test_every_path_answers_every_role_as_the_table_says(every: House, role: str) -> None:
    check(every, role, rows())


@pytest.mark.parametrize("prefix", [FORMS, API])
@pytest.mark.parametrize("role", ROLES)
def test_every_act_answers_every_role_as_the_table_says(
    every: House, role: str, prefix: str
) -> None:
    check(every, role, act_rows(prefix))


def test_every_route_stands_in_the_table() -> None:
    compiled = [re.compile(pattern) for pattern, _ in routes.ROUTES]
    named = {
        next(p.pattern for p in compiled if p.match(path))
        for _, path, _ in [*rows(), *act_rows(FORMS), *act_rows(API)]
    }
    missing = {p.pattern for p in compiled} - named
    assert not missing, f"add a line to TABLE in {__file__}"


def test_every_act_stands_in_the_table() -> None:
    assert set(ACTS) == set(acts.ACTS)


def test_no_link_changes_anything_and_no_page_takes_a_form(every: House) -> None:
    both = {path for _, path, _ in rows() if {"GET", "POST"} <= {m for m, p, _ in rows() if p == path}}  # fmt: skip
    for method, path, expected in rows():
        if path in both or expected[""] in {404, 410} or path.endswith("logout"):
            continue
        other = "POST" if method == "GET" else "GET"
        assert every.ask(path, role="admin", method=other).status_code == 405, path
