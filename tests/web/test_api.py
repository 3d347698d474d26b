"""The JSON API where it differs from the pages: keys, versions, bodies, what a reader may see."""

from typing import Any

from monitor.store.db import stamp, transaction
from tests.web.conftest import NOW, House
from tests.web.test_account import make
from tests.web.test_duties import sample


def send(house: House, path: str, role: str = "triager", **body: Any) -> Any:
    return house.ask(f"/-/api/{path}", role=role, method="POST", json=body)


def test_a_stale_version_is_refused_and_says_who_was_faster(busy: House) -> None:
    assert send(busy, "incidents/3/title", title="Mine", version=1).json()["version"] == 2
    late = send(busy, "incidents/3/title", "editor", title="Theirs", version=1)
    assert late.status_code == 409
    assert "changed meanwhile by triager" in late.json()["error"]
    unsaid = send(busy, "incidents/3/title", "editor", title="Theirs")
    assert unsaid.status_code == 422
    assert busy.ask("/-/api/incidents/3", role="viewer").json()["incident"]["title"] == "Mine"


def test_a_body_that_is_no_json_object_is_refused(busy: House) -> None:
    path, kind = "/-/api/incidents/3/note", {"Content-Type": "application/json"}
    for body in (b"[1]", b"{", b'"x"', b"null"):
        answer = busy.ask(path, role="triager", method="POST", content=body, headers=kind)
        assert answer.status_code == 422, body
    form = busy.post(path, "triager", text="x")
    assert form.status_code == 422
    assert "Content-Type: application/json" in form.json()["error"]
    for wrong in ({"text": 7}, {"texts": "x"}, {"text": "x", "extra": 1}):
        assert send(busy, "incidents/3/note", **wrong).status_code == 422


def test_a_post_becomes_an_incident_once(busy: House) -> None:
    conn = busy.conn()
    with transaction(conn):
        conn.execute(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at,"
            " content_hash) VALUES (1, 'n', '', '', 'Zorg mocks a buyer', '', ?, ?, '')",
            (stamp(NOW), stamp(NOW)),
        )
        post = conn.execute("SELECT max(id) FROM posts").fetchone()[0]
    conn.close()
    made = send(busy, f"posts/{post}/incident").json()
    assert made["ok"]
    told = busy.ask(f"/-/api/incidents/{made['incident']}", role="viewer").json()["incident"]
    assert (told["title"], told["told_by"][0]["linked_by"]) == ("Zorg mocks a buyer", "triager")
    again = send(busy, f"posts/{post}/incident")
    assert again.status_code == 422
    assert f"incident {made['incident']} already" in again.json()["error"]


def test_duties_keep_the_second_reading_from_those_who_do_not_read(busy: House) -> None:
    number = sample(busy)
    seen = {
        role: [row["incident_id"] for row in busy.ask("/-/api/duties", role=role).json()["to_read"]]
        for role in ("viewer", "triager", "editor")
    }
    assert seen == {"viewer": [], "triager": [], "editor": [number]}
    told = busy.ask("/-/api/duties", role="editor").json()["to_read"][0]
    assert not {"first_status", "status", "reason", "first_by"} & set(told)


def test_ones_own_incidents_are_listed_as_me(busy: House) -> None:
    send(busy, "incidents/3/assign", owner="editor", version=1)
    found = busy.ask("/-/api/incidents?owner=me", role="editor").json()["incidents"]
    assert [row["id"] for row in found] == [3]
    assert busy.ask("/-/api/incidents?owner=me", role="viewer").json()["total"] == 0


def test_a_merged_number_leads_on(busy: House) -> None:
    send(busy, "incidents/4/merge", into=3, version=1)
    answer = busy.ask("/-/api/incidents/4", role="viewer")
    assert (answer.status_code, answer.json()["merged_into"]) == (307, 3)
    assert answer.headers["location"] == "/-/api/incidents/3"
    assert busy.ask("/-/api/incidents/77", role="viewer").status_code == 404


def test_a_key_takes_whole_results_out_but_opens_no_page(busy: House) -> None:
    headers = {"Authorization": f"Bearer {make(busy)}"}
    assert "Corp Soap" in busy.ask("/-/export/incidents.csv?status=all", headers=headers).text
    assert busy.ask("/-/export/audit.csv", headers=headers).status_code == 403
    assert busy.ask("/-/posts", headers=headers).status_code == 403
    wrong = busy.ask("/-/export/incidents.csv", headers={"Authorization": "Bearer fw_wrong"})
    assert wrong.status_code == 403
    assert "This key does not work" in wrong.json()["error"]


def test_only_an_editor_takes_back_a_change_of_the_vocabulary(busy: House) -> None:
    send(busy, "incidents/3/tag", tag="soapy")
    change = send(busy, "tags/merge", "editor", tag="soapy", into="backlash").json()["change"]
    assert send(busy, f"changes/{change}/undo").status_code == 422
    assert send(busy, f"changes/{change}/undo", "editor").json()["undone"] == change
