"""What is learnt, and an incident's place: who sees it, who may change it, and what is shown."""

from datetime import timedelta

import pytest

from monitor.flow import ranking
from monitor.store.db import stamp
from tests.web.conftest import HOSTILE, NOW, House


def rank(house: House, *, level: int = 0) -> None:
    conn = house.conn()
    if level:
        at = stamp(NOW - timedelta(hours=2))
        conn.execute("UPDATE incidents SET developing = ?, developing_at = ?", (level, at))
    ranking.run(conn, ranking.Desk(), now=NOW)
    conn.close()


def words(house: House) -> list[tuple[str, str]]:
    conn = house.conn()
    found = [(row["word"], row["said"]) for row in conn.execute("SELECT * FROM preference_words")]
    conn.close()
    return found


def test_only_editors_see_and_set_words(house: House) -> None:
    for role in ("viewer", "triager"):
        assert house.ask("/-/preference", role=role).status_code == 403
        assert house.post("/-/preference/word", role, word="refund", said="more").status_code == 403
    assert words(house) == []
    shown = house.ask("/-/preference", role="editor")
    assert shown.status_code == 200
    assert (
        "it takes 20 relevant and 20 dismissed incidents to learn from; there are 0 and 0"
        in shown.text
    )
    assert "'unsafe-inline'" not in shown.headers["content-security-policy"]


def test_a_word_is_set_changed_and_left_to_the_decisions(house: House) -> None:
    for said, stands in (
        ("more", [("refund", "more")]),
        ("less", [("refund", "less")]),
        ("learn", []),
    ):
        assert (
            house.post("/-/preference/word", "editor", word="Refund", said=said).status_code == 303
        )
        assert words(house) == stands
    house.post("/-/preference/word", "editor", word='feed:<b>"x', said="less")
    shown = house.ask("/-/preference", role="editor").text
    assert "feed:&lt;b&gt;" in shown
    assert "feed:<b>" not in shown


@pytest.mark.parametrize(
    ("word", "said", "says"),
    [("refund", "always", "always is no answer"), ("two words", "more", "Write one word"), ("", "more", "Write one word")],
)  # fmt: skip
def test_what_is_no_word_or_no_answer_is_refused(
    house: House, word: str, said: str, says: str
) -> None:
    answer = house.post("/-/preference/word", "editor", word=word, said=said)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert words(house) == []


@pytest.mark.parametrize("path", ["/-/triage", "/-/incidents/1"])
def test_a_place_tells_its_arithmetic_and_whether_the_story_spreads(
    house: House, path: str
) -> None:
    assert "Why it stands here" not in house.ask(path, role="viewer").text
    rank(house, level=1)
    shown = house.ask(path, role="viewer").text
    assert "Why it stands here" in shown
    assert "rules × 0.82" in shown
    assert "no profile is set" in shown
    assert "Developing: 3 independent sources within 6 hours, 2 h ago." in shown
    assert HOSTILE not in shown


def test_the_queue_is_read_from_an_index_in_its_order(house: House) -> None:
    conn = house.conn()
    plan = " ".join(
        row["detail"]
        for row in conn.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM incidents WHERE severity >= 1 AND merged_into IS NULL"
            " AND (snoozed_until IS NULL OR snoozed_until <= 'x') AND status = 'new'"
            " ORDER BY rank DESC, last_post_at DESC, id DESC LIMIT 31"
        )
    )
    conn.close()
    assert "incidents_rank" in plan
    assert "TEMP B-TREE" not in plan
