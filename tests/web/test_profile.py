"""Our profile on its page, and its answer on a lesson, which people correct."""

import json

from tests.web.conftest import House


def seen(house: House) -> str:
    return str(house.ask("/-/profile", role="editor").text.partition('name="seen" value="')[2][:16])


def save(house: House, **parts: str) -> int:
    return int(house.post("/-/profile", "editor", seen=seen(house), **parts).status_code)


def test_the_answer_on_a_lesson_follows_the_profile_and_a_person_corrects_it(house: House) -> None:
    house.post("/-/lessons/start", "editor", incident="2")
    assert "It cannot be told yet" in house.ask("/-/lessons/1", role="triager").text
    assert save(house, product="Bolt Foods", control="Two people look") == 303
    page = house.ask("/-/lessons/1", role="editor").text
    assert "It speaks of Bolt Foods, a product of ours." in page
    sent = {"verdict": "unlikely", "text": "We sold it <b>last year</b>."}
    assert house.post("/-/lessons/1/do/verdict", "editor", **sent).status_code == 303
    page = house.ask("/-/lessons/1", role="editor").text
    assert "It could hardly happen here" in page
    assert "We sold it &lt;b&gt;last year&lt;/b&gt;." in page
    conn = house.conn()
    kept = conn.execute("SELECT * FROM lesson_verdicts").fetchone()
    conn.close()
    assert (kept["reckoned"], kept["verdict"]) == ("likely", "unlikely")
    assert (
        json.loads(kept["reasons"])["reasons"][0] == "It speaks of Bolt Foods, a product of ours."
    )
    assert house.post("/-/lessons/1/do/verdict", "editor", verdict="never").status_code == 422


def test_the_profile_is_not_for_viewers(house: House) -> None:
    house.post("/-/lessons/start", "editor", incident="2")
    save(house, product="Bolt Foods", control="Zebra crossing")
    house.post("/-/lessons/1/do/verdict", "editor", verdict="likely", text="Zebra stripes")
    assert house.ask("/-/profile", role="viewer").status_code == 403
    for path in ("/-/lessons/1", "/-/api/lessons/1"):
        page = house.ask(path, role="viewer").text
        assert "Zebra" not in page
        assert "a product of ours" not in page


def test_two_who_write_at_once_overwrite_nothing_and_a_change_is_taken_back(house: House) -> None:
    old = seen(house)
    answer = house.post("/-/profile", "editor", seen=old, channel="X")
    assert "did=" in answer.headers["location"]
    late = house.post("/-/profile", "admin", seen=old, channel="What I typed")
    assert (late.status_code, "What I typed" in late.text) == (409, True)
    change = answer.headers["location"].partition("did=")[2]
    assert 'name="change"' in house.ask(f"/-/profile?did={change}", role="editor").text
    assert house.post("/-/profile", "editor", change=change).status_code == 303
    assert ">X</textarea>" not in house.ask("/-/profile", role="editor").text
