"""Lessons by form and by key: roles, what was typed, what is kept from whom, and the whole way to verified."""

import json

import pytest

from monitor.lessons.steps import BY_ID, seen
from monitor.store.db import Row
from monitor.web import ds
from tests.web.conftest import House

LESSON = "/-/lessons/1"


def begin(house: House) -> None:
    answer = house.post("/-/lessons/start", "editor", incident="2")
    assert (answer.status_code, answer.headers["location"]) == (303, LESSON)


def row(house: House, number: int = 1) -> Row:
    conn = house.conn()
    found: Row = conn.execute("SELECT * FROM lessons WHERE id = ?", (number,)).fetchone()
    conn.close()
    return found


def mark(house: House, step: str) -> str:
    return seen(BY_ID[step], dict(row(house)))


def write(house: House, step: str, **values: str) -> int:
    answer = house.post(f"{LESSON}/write/{step}", "editor", seen=mark(house, step), **values)
    return int(answer.status_code)


def do(house: House, act: str, role: str = "editor", **values: str) -> int:
    return int(house.post(f"{LESSON}/do/{act}", role, **values).status_code)


@pytest.mark.parametrize(
    ("path", "form", "least"),
    [
        ("/-/lessons/start", {"incident": "1"}, "editor"),
        (f"{LESSON}/do/agree", {"who": "us"}, "editor"),
        (f"{LESSON}/do/action", {"text": "x"}, "editor"),
        (f"{LESSON}/do/fact", {"text": "x", "source": "y"}, "editor"),
    ],
)
def test_a_lesson_is_an_editors(house: House, path: str, form: dict[str, str], least: str) -> None:
    begin(house)
    assert house.post(path, "triager", **form).status_code in {403, 422}
    assert house.post(path, least, **form).status_code == 303
    assert house.ask(path, method="POST", data=form).status_code in {302, 303}


@pytest.mark.parametrize("step", list(BY_ID))
def test_every_step_has_a_page_and_saves_by_itself(house: House, step: str) -> None:
    begin(house)
    assert house.ask(f"{LESSON}/write/{step}", role="viewer").status_code == 403
    page = house.ask(f"{LESSON}/write/{step}", role="editor")
    assert page.status_code == 200
    field = BY_ID[step].fields[0]
    assert write(house, step, **{field.name: "<b>Words & more</b>"}) == 303
    assert "<b>Words" not in house.ask(LESSON, role="viewer").text
    assert "&lt;b&gt;Words &amp; more" in house.ask(LESSON, role="viewer").text


def test_save_and_go_on_leads_to_the_next_step(house: House) -> None:
    begin(house)
    answer = house.post(f"{LESSON}/write/why", "editor", seen=mark(house, "why"), why="x", go="on")
    assert answer.headers["location"].startswith(f"{LESSON}/write/said?did=")


def test_what_was_typed_stays_when_somebody_was_faster(house: House) -> None:
    begin(house)
    old = mark(house, "why")
    write(house, "why", why="Haste.")
    answer = house.post(f"{LESSON}/write/why", "editor", seen=old, why="Greed, and no plan.")
    assert answer.status_code == 409
    assert "Greed, and no plan." in answer.text
    assert "Haste." in answer.text


def test_boxes_are_kept_and_emptied(house: House) -> None:
    begin(house)
    write(house, "sort", title="T", kind="misstep", risks="money", impact_money="2 %")
    assert row(house)["kind"] == ""  # `money` is no risk: the whole step was refused
    write(house, "sort", title="T", kind="misstep", risks="financial", impact_money="2 %", who_law="Ms B", seen_by="viewer")  # fmt: skip
    found = row(house)
    assert (found["kind"], json.loads(found["risks"])) == ("misstep", ["financial"])
    assert json.loads(found["impact"]) == {"money": {"what": "2 %", "who": ""}, "law": {"what": "", "who": "Ms B"}}  # fmt: skip
    write(house, "sort", title="T", kind="", seen_by="viewer")
    assert (row(house)["kind"], row(house)["risks"]) == ("", "[]")


def test_the_whole_way_to_a_verified_lesson_by_form(house: House) -> None:
    begin(house)
    assert do(house, "fact", text="They laughed.", post="2", quote="pulls an advert") == 303
    assert write(house, "avoid", avoid="Two people look.") == 303
    assert do(house, "stage", stage="agreed") == 422
    assert do(house, "agree", who="Meeting of 1 March") == 303
    assert do(house, "stage", stage="agreed") == 303
    assert do(house, "action", text="Two pairs of eyes", owner="triager", due="+14") == 303
    assert do(house, "stage", stage="assigned") == 303
    assert do(house, "finish", "triager", action="1", version="1", note="Done") == 303
    assert do(house, "stage", stage="changed") == 422
    sent = house.ask(
        f"{LESSON}/actions/1/file", role="triager", method="POST", files={"file": ("a.txt", b"proof")}
    )  # fmt: skip
    assert sent.status_code == 303
    assert do(house, "stage", stage="changed") == 303
    assert do(house, "plancheck", on="+0") == 303
    assert do(house, "stage", stage="verified") == 422
    assert do(house, "check", how="Read ten posts.", holds="yes") == 303
    assert do(house, "stage", stage="verified") == 303
    page = house.ask(LESSON, role="viewer").text
    assert "Learned: checked 2026-03-01 by editor" in page
    assert "<mark>pulls an advert</mark>" in page


def test_a_file_is_saved_and_never_shown_as_a_page(house: House) -> None:
    begin(house)
    do(house, "action", text="x")
    files = {"file": ("evil.html", b"<script>alert(1)</script>")}
    house.ask(f"{LESSON}/actions/1/file", role="editor", method="POST", files=files)
    answer = house.ask("/-/actions/files/1", role="viewer")
    assert answer.headers["content-disposition"] == 'attachment; filename="evil.html"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.content == b"<script>alert(1)</script>"
    none = house.ask(f"{LESSON}/actions/1/file", role="editor", method="POST", files={"other": ("a", b"b")})  # fmt: skip
    assert none.status_code == 422


def test_our_own_failures_are_kept_from_viewers_everywhere(house: House) -> None:
    answer = house.post("/-/lessons/start", "editor", title="We posted Zanzibar too early", kind="misstep")  # fmt: skip
    assert answer.status_code == 303
    do(house, "teach", principle="Zanzibar waits")
    for path in ("/-/lessons", LESSON, "/-/actions", "/-/principles", "/-/api/lessons", "/-/api/lessons/1", "/-/principles/1", "/-/api/principles"):  # fmt: skip
        for role in ("viewer", "triager"):
            assert "Zanzibar" not in house.ask(path, role=role).text, path
    for table in ds.KEPT_BACK:
        assert house.ask(f"/failwatch/{table}.json", role="triager").status_code == 403
    assert "Zanzibar" in house.ask("/-/lessons", role="editor").text
    assert do(house, "finish", "triager", action="1") == 404


def test_an_own_failure_without_a_title_comes_back_with_what_was_typed(house: House) -> None:
    answer = house.post("/-/lessons/start", "editor", title=" ", happened_on="2026-02-30")
    assert answer.status_code == 422
    assert 'value="2026-02-30"' in answer.text


def test_a_change_can_be_taken_back_from_the_page(house: House) -> None:
    begin(house)
    write(house, "why", why="Haste.")
    conn = house.conn()
    change = conn.execute("SELECT max(id) FROM changes").fetchone()[0]
    conn.close()
    assert 'name="change"' in house.ask(f"{LESSON}?did={change}", role="editor").text
    assert do(house, "undo", change=str(change)) == 303
    assert row(house)["why"] == ""
    assert house.ask("/-/api/undo", role="triager", method="POST", json={}).status_code == 422


def test_the_list_is_narrowed_and_overdue_actions_stand_on_top(house: House) -> None:
    begin(house)
    do(house, "action", text="Late one", owner="editor", due="2026-02-01")
    do(house, "action", text="Next one", owner="editor", due="2026-04-01")
    page = house.ask("/-/actions?show=mine", role="editor").text
    assert page.index("Overdue") < page.index("Late one") < page.index("To come") < page.index("Next one")  # fmt: skip
    assert "Nothing waits for you" in house.ask("/-/actions?show=mine", role="admin").text
    home = house.ask("/", role="editor").text
    assert "1 action is overdue" in home
    assert "2 are yours" in home
    assert "action is overdue" in house.ask("/", role="viewer").text
    assert "Bolt Foods" in house.ask("/-/lessons?stage=identified&q=Bolt", role="viewer").text
    assert "None fits" in house.ask("/-/lessons?stage=verified", role="viewer").text


def test_the_api_does_what_the_pages_do(house: House) -> None:
    made = house.ask("/-/api/lessons/start", role="editor", method="POST", json={"incident": 2})
    assert made.json() == {"ok": True, "lesson": 1}
    mark_of = house.ask("/-/api/lessons/1", role="viewer").json()["lesson"]["steps"]["why"]["seen"]
    sent = {"seen": mark_of, "why": "Haste."}
    saved = house.ask("/-/api/lessons/1/why", role="editor", method="POST", json=sent)
    assert saved.json()["stage"] == "identified"
    assert house.ask("/-/api/lessons/1/why", role="editor", method="POST", json=sent).status_code == 409  # fmt: skip
    assert house.ask("/-/api/lessons/1/why", role="triager", method="POST", json=sent).status_code == 403  # fmt: skip
    assert house.ask("/-/api/lessons/1/nonsense", role="editor", method="POST", json={}).status_code == 422  # fmt: skip
    assert house.ask("/-/api/lessons/9", role="viewer").status_code == 404
    impact = {"seen": mark(house, "sort"), "impact": {"money": {"what": "2 %"}}, "risks": ["financial"]}  # fmt: skip
    assert house.ask("/-/api/lessons/1/sort", role="editor", method="POST", json=impact).status_code == 200  # fmt: skip
    assert json.loads(row(house)["impact"])["money"]["what"] == "2 %"
