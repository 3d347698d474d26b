"""One's own account: the password, and keys for scripts."""

import json
import re
from typing import Any

from monitor.store import accounts, db
from tests.web.conftest import House


def make(house: House, role: str = "triager", name: str = "nightly report") -> str:
    page = house.post("/-/failwatch/keys", role, name=name)
    assert page.status_code == 200
    found = re.search(r">(fw_[\w-]+)<", page.text)
    assert found
    return found[1]


def ask(house: House, key: str, path: str = "/-/api/incidents", **options: Any) -> int:
    answer = house.ask(path, headers={"Authorization": f"Bearer {key}"}, **options)
    return int(answer.status_code)


def test_a_key_is_shown_once_works_and_is_revoked_in_the_browser(house: House) -> None:
    key = make(house, name="<b>nightly</b>")
    assert ask(house, key) == 200
    page = house.ask("/-/failwatch/account", role="triager").text
    assert key not in page
    assert "&lt;b&gt;nightly&lt;/b&gt;" in page
    assert "last used 2026-03-01" in page
    number = re.search(r"/keys/(\d+)/revoke", page)
    assert number
    path = f"/-/failwatch/keys/{number[1]}/revoke"
    assert house.post(path, "triager").status_code == 303
    assert ask(house, key) == 403
    again = house.post(path, "triager")
    assert again.status_code == 422
    assert "that works" in again.text


def test_nobody_sees_or_revokes_the_key_of_another(house: House) -> None:
    key = make(house, "triager", "the triager's")
    assert "the triager" not in house.ask("/-/failwatch/account", role="admin").text
    assert house.post("/-/failwatch/keys/1/revoke", "admin").status_code == 422
    assert ask(house, key) == 200


def test_a_key_without_a_purpose_is_refused_on_the_page(house: House) -> None:
    refused = house.post("/-/failwatch/keys", "viewer", name="   ")
    assert refused.status_code == 422
    assert "Say what the key is for" in refused.text
    assert "Make a key" in refused.text
    assert "fw_" not in refused.text


def test_who_has_many_keys_revokes_one_first(house: House) -> None:
    for number in range(20):
        make(house, "viewer", f"script {number}")
    page = house.ask("/-/failwatch/account", role="viewer").text
    assert "revoke one that is not used any more" in page
    refused = house.post("/-/failwatch/keys", "viewer", name="one more")
    assert refused.status_code == 422
    assert "You have 20 keys" in refused.text


def test_a_key_has_the_role_of_its_owner_and_opens_the_api_only(house: House) -> None:
    key, sent = make(house, "viewer"), {"text": "x"}
    assert ask(house, key, "/-/api/incidents/1/note", method="POST", json=sent) == 403
    for path in ("/-/triage", "/-/failwatch/account", "/-/duties", "/"):
        assert ask(house, key, path) == 403
    assert ask(house, key, "/-/failwatch/keys", method="POST", data={"name": "more"}) == 403
    private = db.connect(house.folder / db.PRIVATE)
    accounts.disable(private, "viewer")
    private.close()
    assert ask(house, key) == 403


def test_keys_lie_in_no_table_and_in_no_log(house: House) -> None:
    key = make(house)
    conn = house.conn()
    log = json.dumps([tuple(row) for row in conn.execute("SELECT * FROM audit")])
    conn.close()
    assert "account.key" in log
    assert key not in log
    for file in house.folder.glob("*.db*"):
        assert key.encode() not in file.read_bytes(), file


def test_a_refused_password_is_said_in_place(house: House) -> None:
    differ = house.post("/-/failwatch/password", "viewer", password="a" * 12, again="b" * 12)
    assert differ.status_code == 422
    assert "The two passwords differ." in differ.text
    assert "Set password" in differ.text
    short = house.post("/-/failwatch/password", "viewer", password="short", again="short")
    assert short.status_code == 422
    assert "needs at least 12 characters" in short.text
    assert "aaaa" not in differ.text
