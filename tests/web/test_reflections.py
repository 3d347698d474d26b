"""Reflection: alone first, then side by side, and never the other way round."""

from tests.web.conftest import House

SHEET = "/-/reflections/1"


def begin(house: House, **form: str) -> None:
    sent = {"set": "week", "about": "The spring campaign"} | form
    answer = house.post("/-/reflections/begin", "triager", **sent)
    assert (answer.status_code, answer.headers["location"]) == (303, SHEET)


def test_nobody_sees_answers_before_handing_in_theirs(house: House) -> None:
    begin(house)
    house.post(f"{SHEET}/answer", "triager", q0="Zebra <b>first</b>", do="hand_in")
    for path in (SHEET, f"{SHEET}/meeting"):
        assert "Zebra" not in house.ask(path, role="editor").text
    house.post(f"{SHEET}/answer", "editor", q0="Mine", q1="Draft", do="save")
    assert ">Draft</textarea>" in house.ask(SHEET, role="editor").text
    assert "Draft" not in house.ask(SHEET, role="triager").text
    house.post(f"{SHEET}/answer", "editor", do="hand_in")
    page = house.ask(SHEET, role="editor").text
    assert "Zebra &lt;b&gt;first&lt;/b&gt;" in page
    assert "Draft" in page
    assert "Zebra" in house.ask(f"{SHEET}/meeting", role="editor").text


def test_what_was_handed_in_stays_as_it_is(house: House) -> None:
    begin(house)
    empty = house.post(f"{SHEET}/answer", "triager", do="hand_in")
    assert (empty.status_code, "at least one" in empty.text) == (422, True)
    house.post(f"{SHEET}/answer", "triager", q0="First", do="hand_in")
    late = house.post(f"{SHEET}/answer", "triager", q0="Second", do="save")
    assert late.status_code == 422
    assert "Second" not in house.ask(SHEET, role="triager").text


def test_closing_shows_what_was_handed_in_and_nothing_else(house: House) -> None:
    begin(house)
    house.post(f"{SHEET}/answer", "triager", q0="Handed", do="hand_in")
    house.post(f"{SHEET}/answer", "admin", q0="Half a thought", do="save")
    assert house.post(f"{SHEET}/close", "editor").status_code == 303
    page = house.ask(SHEET, role="editor").text
    assert "Handed" in page
    assert "Half a thought" not in page
    assert house.post(f"{SHEET}/answer", "editor", q0="Late").status_code == 422


def test_unfinished_answers_are_not_in_tables_that_colleagues_browse(house: House) -> None:
    begin(house)
    house.post(f"{SHEET}/answer", "triager", q0="Half a thought", do="save")
    for role in ("viewer", "triager", "editor"):
        assert house.ask("/failwatch/reflection_answers.json", role=role).status_code == 403
    assert house.ask(SHEET, role="viewer").status_code == 403


def test_a_reflection_on_a_lesson_is_for_those_who_read_the_lesson(house: House) -> None:
    house.post("/-/lessons/start", "editor", title="A secret of ours")
    refused = house.post("/-/reflections/begin", "triager", set="week", lesson="1")
    assert refused.status_code == 422
    made = house.post("/-/reflections/begin", "editor", set="deep", lesson="1")
    assert made.status_code == 303
    assert house.ask(SHEET, role="triager").status_code == 422
    assert "A secret of ours" not in house.ask("/-/reflections", role="triager").text
    assert "A secret of ours" in house.ask("/-/lessons/1", role="editor").text


def test_a_meeting_goes_through_the_questions(house: House) -> None:
    begin(house, set="worst-case")
    page = house.ask(f"{SHEET}/meeting?q=6", role="triager").text
    assert "question 6 of 6" in page
    assert 'data-minutes="10"' in page
    assert "question 1 of 6" in house.ask(f"{SHEET}/meeting?q=0", role="triager").text
    assert "question 6 of 6" in house.ask(f"{SHEET}/meeting?q=99", role="triager").text


def test_a_broken_set_of_the_team_is_said_and_the_shipped_ones_stay(house: House) -> None:
    folder = house.folder / "config" / "questions"
    folder.mkdir()
    (folder / "a.yaml").write_text("id: x\n")
    page = house.ask("/-/reflections", role="triager").text
    assert "questions/a.yaml" in page
    assert "After-action review" in page
    typed = house.post("/-/reflections/begin", "triager", set="none", about="What I typed")
    assert (typed.status_code, 'value="What I typed"' in typed.text) == (422, True)
