"""The workbench by its forms: reading back, trying, picking, saving, putting in force."""

import html
import json
import re
from typing import Any

import pytest

from monitor.flow import files
from monitor.rules import pack
from monitor.store.db import transaction
from monitor.web import reading
from monitor.web.draft import Draft, source
from tests.web.conftest import HOSTILE, NOW, House

FORM = {
    "query": "outcry AND NOT calm", "id": "our-outcry", "title": "Our outcry", "severity": "3",
    "weight": "0.4", "tags": "backlash, ours", "match": "An outcry\\nThe outcry grows",
    "no_match": "A cry\\nAn outcry of calm",
}  # fmt: skip
FORM = {key: value.replace("\\n", "\n") for key, value in FORM.items()}
LOCAL = "config/rules/local.yaml"


def shown(answer: Any) -> str:
    return html.unescape(answer.text)


def save(house: House, **change: str) -> Any:
    return house.post("/-/rules/workbench/save", "editor", **(FORM | change))


def local(house: House) -> str:
    return (house.folder / LOCAL).read_text()


def in_force(house: House) -> list[str]:
    loaded = files.load_files(house.folder / "config", {})
    return [rule.source.id for rule in loaded.rule_set.rules]


def check(house: House, **form: str) -> Any:
    return house.ask(
        "/-/rules/workbench/check", role="editor", method="POST",
        content=json.dumps(form), headers={"Content-Type": "application/json"},
    ).json()  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "triager"])
def test_only_editors_may_use_it(house: House, role: str) -> None:
    assert house.ask("/-/rules/workbench", role=role).status_code == 403
    for path in ("", "/check", "/save"):
        assert house.post(f"/-/rules/workbench{path}", role, **FORM).status_code == 403
    for way in ("on", "off"):
        assert house.post(f"/-/rules/outcry/{way}", role).status_code == 403
    assert not (house.folder / LOCAL).exists()
    assert house.ask("/-/rules/workbench").status_code == 302


def test_its_policy_is_strict(house: House) -> None:
    answer = house.ask("/-/rules/workbench", role="editor")
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert "style=" not in answer.text


def test_a_query_is_read_back_in_words_as_it_is_typed(house: House) -> None:
    found = check(
        house, query="$fuss AND NOT title:calm", match="A fuss\nfoe", no_match="calm fuss"
    )
    assert found["ok"]
    said = html.unescape(found["said"])
    assert "a term of the list $fuss" in said
    assert "but not: in the title: “calm”" in said
    proof = re.sub(r"<[^>]+>|\s+", " ", html.unescape(found["proof"]))
    assert "not found: foe" in " ".join(proof.split())
    assert "1 more to leave alone is needed" in proof


@pytest.mark.parametrize(
    ("query", "says", "offset"),
    [
        ("outcry uproar", "Write AND, OR or NEAR/8", 7),
        ("outcry AND\n(fuss OR <b>", "closing bracket", 23),
        ("$fus", "did you mean $fuss?", 0),
        ("NOT outcry", "begin with NOT", 0),
    ],
)
def test_a_mistake_is_told_with_its_place(house: House, query: str, says: str, offset: int) -> None:
    found = check(house, query=query)
    assert not found["ok"]
    assert says in found["message"]
    assert found["offset"] == offset
    assert "<b>" not in found["said"]
    page = house.post("/-/rules/workbench", "editor", query=query, do="check").text
    assert f'data-offset="{offset}"' in page
    assert 'aria-invalid="true"' in page


def test_a_mistake_that_has_no_place_is_told_all_the_same(house: House) -> None:
    found = check(house, query="NOT outcry OR calm")
    assert not found["ok"]
    assert check(house, query="  ") == {
        "ok": True,
        "message": "",
        "offset": None,
        "said": "",
        "proof": "",
    }


def test_the_place_shows_its_line_only() -> None:
    found = reading.place("one\ntwo three\nfour", 8)
    assert (found.line, found.column, found.before, found.at, found.after) == (
        2,
        5,
        "two ",
        "t",
        "hree",
    )
    end = reading.place("a" * 100, 999)
    assert (end.column, end.at, end.after) == (101, "", "")
    assert end.before == "…" + "a" * reading.AROUND


def test_it_finds_the_stored_posts_with_the_words_marked_and_says_what_it_adds(
    house: House,
) -> None:
    page = shown(
        house.post("/-/rules/workbench", "editor", **(FORM | {"query": "outcry OR words"}))
    )
    assert "2 posts in 90 days" in page
    assert "all 2 posts of 90 days" in page
    assert "0 are not flagged now" in re.sub(r"<[^>]+>", "", page)
    assert "<mark>Words</mark>" in page
    assert "not measured yet" in page
    raw = house.post("/-/rules/workbench", "editor", **FORM).text
    assert "<script>alert" not in raw
    assert "<img src=x" not in raw


def test_results_are_paged_and_narrowed(house: House) -> None:
    conn = house.conn()
    with transaction(conn):
        for number in range(3, 15):
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at, content_hash)"
                " VALUES (1, ?, 'https://n.example', '', ?, '', '2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z', '')",
                (f"n{number}", f"A quiet uproar {number}"),
            )
    conn.close()
    form = FORM | {"query": "outcry OR uproar", "weight": "0.6"}
    first = shown(house.post("/-/rules/workbench", "editor", **form))
    assert "14 posts in 90 days" in first
    assert "12 are not flagged now; with this weight 12 of them would be" in re.sub(
        r"<[^>]+>", "", first
    )
    assert first.count('class="post"') == 10
    second = shown(house.post("/-/rules/workbench", "editor", **(form | {"goto": "all:2"})))
    assert "Page 2 of 2" in second
    assert second.count('class="post"') == 4
    new = shown(house.post("/-/rules/workbench", "editor", **(form | {"goto": "new:2"})))
    assert new.count('class="post"') == 2
    for odd in ("new:99999999999", "x", "all:-1"):
        assert (
            house.post("/-/rules/workbench", "editor", **(form | {"goto": odd})).status_code == 200
        )


def test_a_new_post_is_found_though_the_results_are_remembered(house: House) -> None:
    assert "2 posts in" in shown(house.post("/-/rules/workbench", "editor", **FORM))
    conn = house.conn()
    with transaction(conn):
        conn.execute(
            "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, published_at, seen_at, content_hash)"
            " VALUES (1, 'x', '', '', 'Another outcry', '', '2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z', '')"
        )
    conn.close()
    assert "3 posts in" in shown(house.post("/-/rules/workbench", "editor", **FORM))


def test_a_post_is_picked_as_an_example_by_form_alone(house: House) -> None:
    form = FORM | {"no_match": ""}
    page = shown(house.post("/-/rules/workbench", "editor", **(form | {"pick": "no_match:1"})))
    left = page[page.index('id="no_match"') :]
    assert left[left.index(">") + 1 : left.index("</textarea>")].strip() == HOSTILE
    assert "found, but should not be" in page
    for odd in ("match:999", "other:1", "match:x"):
        assert (
            house.post("/-/rules/workbench", "editor", **(form | {"pick": odd})).status_code == 422
        )


def test_an_example_takes_the_passage_with_it_where_the_title_does_not_match() -> None:
    tried = pack.build([source(Draft(query="outcry AND title:acme"))], [], proven=False)
    text = "Well, " + "so it went on and on. " * 9 + "Then came an outcry of customers, they said."
    at = text.index("outcry")
    made = reading.example(tried, "Acme regrets", text, [("title", 0, 4), ("text", at, at + 6)])
    assert made.startswith("Acme regrets … ")
    assert "outcry" in made
    assert len(made) < 120
    assert (
        reading.example(tried, "Acme sees an outcry", text, [("text", at, at + 6)])
        == "Acme sees an outcry"
    )


def test_a_draft_is_saved_switched_off_and_put_in_force_on_its_page(house: House) -> None:
    answer = save(house)
    assert (answer.status_code, answer.headers["location"]) == (303, "/-/rules/our-outcry")
    assert "enabled: false" in local(house)
    assert in_force(house) == ["outcry"]
    page = house.ask("/-/rules/our-outcry", role="editor").text
    assert "Switched off" in page
    assert "Put in force" in page
    assert house.post("/-/rules/our-outcry/on", "editor").status_code == 303
    assert in_force(house) == ["our-outcry", "outcry"]
    assert "Switch off" in house.ask("/-/rules/our-outcry", role="editor").text
    assert house.post("/-/rules/our-outcry/off", "editor").status_code == 303
    assert in_force(house) == ["outcry"]


def test_every_change_is_in_the_audit_log_with_the_hash_of_the_file(house: House) -> None:
    save(house)
    house.post("/-/rules/our-outcry/on", "editor")
    conn = house.conn()
    rows = conn.execute(
        "SELECT * FROM audit WHERE item = 'local-rule:our-outcry' ORDER BY id"
    ).fetchall()
    conn.close()
    assert [(r["actor"], r["action"]) for r in rows] == [
        ("editor", "rule.save"),
        ("editor", "rule.on"),
    ]
    assert len({json.loads(r["after"])["file"] for r in rows}) == 2
    page = house.ask("/-/rules/our-outcry", role="viewer").text
    assert "rule on" in page
    assert "Put in force" not in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"query": "outcry uproar"}, "write AND, OR or NEAR/8"),
        ({"match": "An outcry\nA whisper"}, 'the example "A whisper" does not match'),
        ({"no_match": "An outcry\nA whisper"}, 'the example "An outcry" matches'),
        ({"match": "An outcry"}, "1 match example"),
        ({"id": "outcry"}, "the id outcry is taken by"),
        ({"id": "Our Outcry"}, "id: must be"),
        ({"weight": "often"}, "weight: must be a number"),
        ({"weight": "1,5"}, "weight: must be less than 1"),
        ({"severity": "9"}, "severity: must be one of"),
        ({"languages": "english"}, "languages"),
        ({"title": ""}, "title"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused_whole_and_the_typed_text_stays(
    house: House, change: dict[str, str], says: str
) -> None:
    answer = save(house, **change)
    assert answer.status_code == 422
    page = shown(answer)
    assert "The rule was not saved" in page
    assert says in page
    assert (change | FORM)["tags"] in page
    assert not (house.folder / LOCAL).exists()


def test_a_fault_elsewhere_in_the_files_keeps_a_draft_from_being_saved(house: House) -> None:
    (house.folder / "config" / "rules" / "b.yaml").write_text("rules: 3\n")
    answer = save(house)
    assert answer.status_code == 422
    assert "rules/b.yaml:1" in answer.text
    assert not (house.folder / LOCAL).exists()


def test_a_rule_of_ours_is_opened_changed_and_renamed(house: House) -> None:
    save(house)
    with (house.folder / LOCAL).open("a") as file:
        file.write("# a last word\n")
    page = shown(house.ask("/-/rules/workbench?rule=our-outcry", role="editor"))
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    form = {"replaces": "our-outcry", "seen": seen[1], "id": "renamed"}
    assert save(house, **form).headers["location"] == "/-/rules/renamed"
    assert "our-outcry" not in local(house)
    assert local(house).endswith("# a last word\n")
    late = save(house, **form)
    assert late.status_code == 409
    assert "Nothing was overwritten" in late.text


def test_a_rule_in_force_is_switched_off_by_a_draft_or_kept_in_force(house: House) -> None:
    save(house)
    house.post("/-/rules/our-outcry/on", "editor")
    for do, rules in (("keep", ["our-outcry", "outcry"]), ("draft", ["outcry"])):
        page = shown(house.ask("/-/rules/workbench?rule=our-outcry", role="editor"))
        assert "Save and keep in force" in page
        seen = re.search(r'name="seen" value="(\w+)"', page)
        assert seen
        answer = save(house, replaces="our-outcry", seen=seen[1], do=do, weight=f"0.{len(rules)}")
        assert answer.status_code == 303, answer.text
        assert in_force(house) == rules


def test_a_rule_of_another_pack_is_copied(house: House) -> None:
    page = shown(house.ask("/-/rules/workbench?rule=outcry", role="editor"))
    assert "A copy of outcry" in page
    assert 'value="outcry-2"' in page
    assert 'name="replaces" value=""' in page
    assert house.post("/-/rules/outcry/off", "editor").status_code == 422
    assert house.ask("/-/rules/workbench?rule=nothing", role="editor").status_code == 422


def test_hostile_text_in_any_field_stays_text(house: House) -> None:
    hostile = {key: f'</textarea><script>alert("{key}")</script>' for key in FORM}
    for path in ("", "/save"):
        page = house.post(f"/-/rules/workbench{path}", "editor", **hostile).text
        assert "<script>alert" not in page


def test_the_clock_of_the_house_bounds_the_search(house: House) -> None:
    assert NOW.isoformat().startswith("2026-03-01")
    conn = house.conn()
    with transaction(conn):
        conn.execute("UPDATE posts SET published_at = '2025-11-30T23:59:59Z' WHERE id = 1")
    conn.close()
    assert "1 post in 90 days" in shown(house.post("/-/rules/workbench", "editor", **FORM))
