"""`failwatch incidents eval` and `tune`: what they print, propose and refuse."""

import json
from pathlib import Path

import pytest

from monitor.store import db
from tests.office import Office, free_port

AT = "2026-03-01T12:00:00Z"
ROWS = [
    ("Acme apologises for winter parka advert", "2026-03-01", "parka"),
    ("Acme pulls its parka advert after criticism", "2026-03-02T09:00:00Z", "parka"),
    ("Bolt loses customers' passwords in a breach", "2026-03", "breach"),
    ("Bolt breach: passwords were stored in the clear", "", "breach"),
    ("The weather on Monday", "2026-03-02", ""),
]


@pytest.fixture
def team(tmp_path: Path) -> Office:
    made = Office(tmp_path, free_port())
    made.write("feeds: []\n")
    lines = [
        json.dumps(
            {"title": title, "text": "", "published": at, "incident": incident, "spare": [1]}
        )
        for title, at, incident in ROWS
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    return made


def test_a_good_grouping_is_measured_and_said(team: Office) -> None:
    found = json.loads(team.run("incidents", "eval", str(team.root / "rows.jsonl"), "--json"))
    assert (found["posts"], found["incidents"], found["groups"]) == (4, 2, 2)
    assert (found["left_out"], found["without_a_time"]) == (1, 1)
    assert found["f1"] == found["v_measure"] == 1.0
    assert found["reaches_goal"]
    said = team.run("incidents", "eval", str(team.root / "rows.jsonl"))
    assert "B-cubed F1         1.000  (goal 0.94)" in said
    assert "False merges" not in said


def test_another_threshold_can_be_tried_and_a_low_f1_fails(team: Office) -> None:
    rows = str(team.root / "rows.jsonl")
    said = team.run("incidents", "eval", rows, "--join", "1", "--min-f1", "0.9", fails=True)
    assert "is below 0.9." in said
    assert "Missed merges (stand apart from their story): 2" in said
    assert "beside: Acme apologises for winter parka advert" in said


def test_rows_that_cannot_be_used_are_named(team: Office) -> None:
    (team.root / "bad.jsonl").write_text('{"title": "A", "published": "soon", "incident": "a"}\n')
    said = team.run("incidents", "eval", str(team.root / "bad.jsonl"), fails=True)
    assert "bad.jsonl:1: published is no time; write 2026-03-01" in said
    (team.root / "none.jsonl").write_text('{"title": "A"}\n')
    said = team.run("incidents", "eval", str(team.root / "none.jsonl"), fails=True)
    assert "give each an incident" in said


def test_tuning_says_what_is_missing(team: Office) -> None:
    said = team.run("incidents", "tune")
    assert "Proposals need 10 of each." in said


def test_tuning_proposes_what_people_taught_and_what_it_would_change(team: Office) -> None:
    team.run("incidents", "list")
    teach(team)
    found = json.loads(team.run("incidents", "tune", "--json"))
    assert found["labels"] == {"same": 12, "apart": 12}
    assert found["proposed"]["join"] > found["now"]["join"]
    assert (found["before"]["false"], found["after"]["false"]) == (12, 0)
    change = found["changed"][0]
    assert (change["people"], change["now"]) == ("apart", "join")
    said = team.run("incidents", "tune")
    assert f"    join: {found['proposed']['join']:g}" in said
    assert "people said apart; join now," in said


def teach(team: Office) -> None:
    """Twelve parkas that people told of twice, and twelve late parcels that they kept apart from them."""
    conn = db.connect(team.data / db.MAIN)
    with db.transaction(conn):
        conn.execute(
            "INSERT INTO feeds (id, url, fetch_url, title, created_at)"
            " VALUES (1, 'https://a.example', '', 'News', '')"
        )
        for number in range(1, 13):
            brand = f"Acme{'bcdfghjklmnp'[number - 1]}o"
            put(conn, 3 * number, number, f"{brand} apologises for winter parka advert", "")
            for offset, title, kind in (
                (1, f"{brand} parka advert for winter is withdrawn", "join"),
                (2, f"{brand} apologises for late parcels to winter parka buyers", "apart"),
            ):
                put(conn, 3 * number + offset, 0, title, "")
                conn.execute(
                    "INSERT INTO overrules (kind, post_id, incident_id, by, at) VALUES (?, ?, ?, 'ann', ?)",
                    (kind, 3 * number + offset, number, AT),
                )
    conn.close()


def put(conn: db.Connection, post: int, incident: int, title: str, text: str) -> None:
    conn.execute(
        "INSERT INTO posts (id, feed_id, guid, url, canonical_url, title, title_key, text, published_at,"
        " seen_at, content_hash, flagged) VALUES (?, 1, ?, '', '', ?, '', ?, ?, ?, '', 1)",
        (post, str(post), title, text, AT, AT),
    )
    if incident:
        conn.execute(
            "INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at, created_at)"
            " VALUES (?, ?, 3, 0.8, ?, ?, ?)",
            (incident, title, AT, AT, AT),
        )
        conn.execute(
            "INSERT INTO incident_posts (incident_id, post_id, why, linked_by, linked_at)"
            " VALUES (?, ?, '', 'failwatch', ?)",
            (incident, post, AT),
        )
