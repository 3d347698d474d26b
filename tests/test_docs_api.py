"""The document on the API: every request and command in it is made, and no act goes unnamed."""

import json
import re
import shlex
import socket
import urllib.error
import urllib.request
from pathlib import Path

from monitor.cli.incidents import incidents as group
from monitor.flow.acts import ACTS
from monitor.store.db import MAIN, connect, transaction
from monitor.store.incidents import recount
from monitor.web import routes
from tests.office import Office, eventually, free_port, running

PAGE = Path(__file__).parent.parent / "docs/api.md"
TEXT = PAGE.read_text()
DOCUMENTS = "".join(page.read_text() for page in PAGE.parent.glob("*.md"))


def shown() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line) for line in lines]


def fill(team: Office) -> None:
    """Three incidents, of which the last has three posts, and a post that tells of none."""
    team.run("incidents", "list")
    conn = connect(team.data / MAIN)
    with transaction(conn):
        conn.execute(
            "INSERT INTO feeds (url, fetch_url, title, created_at) VALUES ('https://n.example/f', 'https://n.example/f', 'News', '2026-03-01T00:00:00Z')"
        )
        for number in range(1, 7):
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at,"
                " content_hash, score, flagged) VALUES (1, :g, :u, :u, :t, '', '2026-03-01T09:00:00Z',"
                " '2026-03-01T09:00:00Z', '', 0.8, 1)",
                {"g": f"g{number}", "u": f"https://n{number}.example/", "t": f"An outcry over Bolt {number}"},
            )  # fmt: skip
        for number, posts in ((1, (1,)), (2, (2,)), (3, (3, 4, 5))):
            conn.execute(
                "INSERT INTO incidents (title, severity, score, first_post_at, last_post_at, created_at) VALUES"
                " (?, 2, 0.8, '2026-03-01T09:00:00Z', '2026-03-01T09:00:00Z', '2026-03-01T09:00:00Z')",
                (f"An outcry over Bolt {number}",),
            )
            conn.executemany(
                "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at)"
                " VALUES (?, ?, 'failwatch', 'x', '2026-03-01T09:00:00Z')",
                [(number, post) for post in posts],
            )
            recount(conn, number)
    conn.close()


def curl(arguments: list[str], known: dict[str, str]) -> tuple[int, bytes]:
    """What `curl` would do with these arguments; of its options, those that the page shows."""
    headers, data, address = {}, None, ""
    given = iter(arguments)
    for word in given:
        for name, value in known.items():
            word = word.replace(f"${name}", value)  # noqa: PLW2901  # as a shell does
        if word == "-H":
            name, _, value = next(given).partition(": ")
            headers[name] = value.replace("$KEY", known["KEY"])
        elif word == "--json":
            data = next(given).encode()
            headers["Content-Type"] = "application/json"
        else:
            assert word.startswith("http"), f"an option that this test does not know: {word}"
            address = word
    request = urllib.request.Request(address, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_every_request_and_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    team = Office(tmp_path, free_port())
    team.write("feeds: []\n")
    fill(team)
    known = {"FAILWATCH": team.url, "KEY": ""}
    with running(team.start("web")):
        eventually(lambda: answers(team.port))
        for program, *arguments in shown():
            if program == "curl":
                status, body = curl(arguments, known)
                assert status == 200, (arguments, body)
                assert json.loads(body)["ok"] if "/-/api/" in arguments[-1] else b"," in body
                continue
            assert program == "failwatch"
            said = team.run(*arguments)
            known["KEY"] = (re.findall(r"fw_[\w-]+", said) or [known["KEY"]])[0]
        assert curl(["-H", "Authorization: Bearer fw_x", f"{team.url}/-/api/tags"], known)[0] == 403


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_every_act_and_each_of_its_fields_stands_on_the_page() -> None:
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| ([^|]+) \|", TEXT))
    for name, act in ACTS.items():
        if name in rows:
            needed = set(act.form.model_fields) - (set() if act.needs_version else {"version"})
            assert needed <= set(re.findall(r"`(\w+)`", rows[name])), name
    assert set(ACTS) <= set(rows)


def test_every_path_of_the_api_that_changes_something_stands_on_the_page() -> None:
    for pattern, _ in routes.ROUTES:
        path = re.sub(r"\(\?P<id>[^)]*\)", "NUMBER", pattern).strip("^$")
        path = re.sub(r"\(\?P<act>[^)]*\)", "ACT", path)
        if path.startswith("/-/api/") and "lesson" not in path:
            assert path in DOCUMENTS or path.replace("NUMBER", "1") in DOCUMENTS, path


def test_every_act_has_a_command() -> None:
    named = {"untag": "tag"}
    assert {named.get(act, act) for act in ACTS} <= set(group.commands)
