"""One story once, as people see it: copies folded, questions answered, organisations confirmed."""

from monitor.store import suggestions
from monitor.store.db import transaction
from tests.web.conftest import NOW, House

HOSTILE = "<script>alert(1)</script> Acme"


def ask(house: House) -> None:
    """Post 6 of incident 4 may tell of incident 3."""
    conn = house.conn()
    with transaction(conn):
        suggestions.suggest(conn, 6, [(3, 0.09, "shares Soap and ‘angers’")], now=NOW)
    conn.close()


def row(house: House, sql: str) -> tuple[object, ...]:
    conn = house.conn()
    found = tuple(conn.execute(sql).fetchone() or ())
    conn.close()
    return found


def test_a_question_stands_on_both_pages_and_only_who_triages_may_answer(busy: House) -> None:
    ask(busy)
    for number, words in ((3, "A post of another incident"), (4, "Incident 3, beside")):
        page = busy.ask(f"/-/incidents/{number}", role="triager").text
        assert "Same incident?" in page
        assert words in page
        assert "shares Soap" in page
        assert "✓ The same" in page
    assert "✓ The same" not in busy.ask("/-/incidents/3", role="viewer").text


def test_yes_makes_one_of_two_and_can_be_taken_back_into_a_question(busy: House) -> None:
    ask(busy)
    done = busy.post("/-/incidents/4/do/same", "triager", post="6", of="3", answer="yes")
    assert done.status_code == 303
    page = busy.ask(done.headers["location"], role="triager").text
    assert "merged" in page
    assert "Same incident?" not in page
    assert row(busy, "SELECT merged_into FROM incidents WHERE id = 4") == (3,)
    change = page.partition('name="change" value="')[2].partition('"')[0]
    busy.post("/-/incidents/4/do/undo", "triager", change=change)
    assert row(busy, "SELECT merged_into FROM incidents WHERE id = 4") == (None,)
    assert "Same incident?" in busy.ask("/-/incidents/3", role="viewer").text


def test_no_is_kept_and_a_second_answer_is_refused_in_words(busy: House) -> None:
    ask(busy)
    busy.post("/-/incidents/3/do/same", "triager", post="6", of="3", answer="no")
    assert "Same incident?" not in busy.ask("/-/incidents/3", role="viewer").text
    again = busy.post("/-/incidents/3/do/same", "editor", post="6", of="3", answer="yes")
    assert again.status_code == 422
    assert "triager has answered no already." in again.text


def test_copies_are_folded_under_the_first_and_can_be_chosen_to_split(busy: House) -> None:
    conn = busy.conn()
    with transaction(conn):
        conn.execute("UPDATE posts SET copy_of = 3 WHERE id = 4")
    conn.close()
    page = busy.ask("/-/incidents/3", role="triager").text
    assert "1 copy of it" in page
    assert page.count('class="post"') == 2
    assert 'name="posts" value="4" form="split"' in page


def test_an_organisation_is_confirmed_by_a_click_and_rejected_by_another(busy: House) -> None:
    busy.post("/-/incidents/3/do/part", "triager", organisation=HOSTILE, role="failed")
    page = busy.ask("/-/incidents/3", role="triager").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Acme" in page
    assert "<script>alert" not in page
    assert row(busy, "SELECT organisation FROM incidents WHERE id = 3") == (HOSTILE,)
    busy.post("/-/incidents/3/do/unpart", "triager", organisation=HOSTILE)
    assert row(busy, "SELECT organisation FROM incidents WHERE id = 3") == ("",)
    refused = busy.post("/-/incidents/3/do/part", "triager", organisation="Bolt & Sons", role="")
    assert refused.status_code == 422
    assert "Choose what part it had" in refused.text
    assert 'value="Bolt &amp; Sons"' in refused.text


def test_the_list_is_kept_by_editors_and_read_by_all(busy: House) -> None:
    busy.post("/-/organisations/add", "editor", organisation=HOSTILE)
    busy.post("/-/organisations/add", "editor", organisation="Bolt")
    done = busy.post(
        "/-/organisations/name",
        "editor",
        organisation="Bolt",
        name="Bolt Foods",
        aliases="Bolt; BF",
    )
    page = busy.ask(done.headers["location"], role="editor").text
    assert "wrote Bolt Foods, also Bolt, BF" in page
    assert "<script>alert" not in page
    seen = busy.ask("/-/organisations?words=bolt", role="viewer").text.partition("<main")[2]
    assert "also Bolt; BF" in seen
    assert "Acme" not in seen
    assert 'method="post"' not in seen
    change = page.partition('name="change" value="')[2].partition('"')[0]
    busy.post("/-/organisations/undo", "editor", change=change)
    assert "Bolt Foods" not in busy.ask("/-/organisations", role="editor").text


def test_a_refused_change_of_the_list_keeps_what_was_typed(busy: House) -> None:
    for name in ("Acme", "Bolt"):
        busy.post("/-/organisations/add", "editor", organisation=name)
    refused = busy.post(
        "/-/organisations/name", "editor", organisation="Acme", name="Acme", aliases="bolt; x"
    )
    assert refused.status_code == 422
    assert "“bolt” is Bolt already" in refused.text
    assert 'value="bolt; x"' in refused.text


def test_scripts_read_and_change_the_list(busy: House) -> None:
    for name in ("Acme", "Acme Food"):
        made = busy.ask(
            "/-/api/organisations/add", role="editor", method="POST", json={"organisation": name}
        )
        assert made.json()["change"]
    merged = {"organisation": "Acme Food", "into": "Acme"}
    busy.ask("/-/api/organisations/merge", role="editor", method="POST", json=merged)
    (found,) = busy.ask("/-/api/organisations?words=acme", role="viewer").json()["organisations"]
    assert (found["name"], found["aliases"]) == ("Acme", ["Acme Food"])
    wrong = {"organisation": "Acme", "aliases": 7}
    refused = busy.ask("/-/api/organisations/name", role="editor", method="POST", json=wrong)
    assert (refused.status_code, refused.json()["error"]) == (
        422,
        "aliases: must be a list of names.",
    )
