"""Posts: found by words and by our query language, page by page, and made incidents of."""

import re

import pytest

from monitor.store.db import transaction
from tests.web.conftest import House

WANTED = "Zürich airline recalls its “tone-deaf” advert"


@pytest.fixture
def many(house: House) -> House:
    """Seventy posts that tell of nothing, one of them an hour older than the next, and a wanted one."""
    conn = house.conn()
    with transaction(conn):
        for number in range(70):
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, text, language,"
                " published_at, seen_at, content_hash) VALUES (1, ?, ?, '', ?, '', ?, ?, ?, '2026-03-01T00:00:00Z', '')",
                (f"m{number}", f"https://n.example/m{number}",
                 WANTED if number == 33 else f"Quiet day number {number}", "Nothing <b>happened</b>.",
                 "de" if number == 33 else "en", f"2026-02-{1 + number // 24:02d}T{number % 24:02d}:00:00Z"),
            )  # fmt: skip
    conn.close()
    return house


def numbers(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'id="p(\d+)"', page)]


def titles(page: str) -> list[str]:
    return [re.sub("<.*?>", "", h) for h in re.findall(r"<h2>(.*?)</h2>", page)]


@pytest.mark.parametrize("asked", ["", "by=query&q=title%3Aquiet", "q=quiet"])
def test_older_leads_through_all_posts_once_each(many: House, asked: str) -> None:
    path, seen = f"/-/posts?{asked}", []
    while path:
        page = many.ask(path, role="viewer").text
        seen += numbers(page)
        older = re.search(r'href="(/-/posts\?[^"]*)" rel="next"', page)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == (69 if asked else 72)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("q=zurich+recall*", 1),
        ("q=%22tone+deaf%22", 1),
        ("q=%22deaf+tone%22", 0),
        ("q=advert+-zurich", 1),
        ("q=quiet&language=de", 0),
        ("language=de", 1),
        ("flagged=yes", 2),
        ("incident=yes", 2),
        ("incident=1", 1),
        ("since=2026-02-03&until=2026-02-03", 22),
        ("by=query&q=airline+NEAR/3+recall*&language=de", 1),
        ("q=quiet&incident=no&until=2026-02-01&flagged=no&feed=1", 24),
        ("feed=2", 0),
        ("since=nonsense&feed=x&after=~~&flagged=maybe", 30),
    ],
)
def test_words_queries_and_filters_find_what_they_say(many: House, asked: str, count: int) -> None:
    answer = many.ask(f"/-/posts?{asked}", role="viewer")
    assert answer.status_code == 200
    assert len(numbers(answer.text)) == count


def test_the_words_that_were_found_are_marked_and_nothing_is_live(many: House) -> None:
    page = many.ask("/-/posts?q=zurich+deaf", role="viewer").text
    assert "<mark>Zürich</mark>" in page
    assert "<mark>deaf</mark>" in page
    page = many.ask("/-/posts?q=outcry", role="viewer").text
    assert "<script>alert" not in page
    assert "<mark>outcry</mark>" in page


def test_a_wrong_query_is_shown_at_its_character_and_stays_in_the_field(many: House) -> None:
    answer = many.ask("/-/posts?by=query&q=advert+AND+(outcry", role="viewer")
    assert answer.status_code == 422
    assert 'value="advert AND (outcry"' in answer.text
    assert "Character 19." in answer.text
    assert 'class="here"' in answer.text


@pytest.mark.parametrize("words", ['"', "-advert", "!!!", "AND", 'x" OR title:y NEAR(', "*", "''"])
def test_no_words_break_the_search(many: House, words: str) -> None:
    answer = many.ask("/-/posts", role="viewer", params={"q": words})
    assert answer.status_code in {200, 422}
    assert "Traceback" not in answer.text


def test_a_triager_makes_an_incident_of_a_post_once(many: House) -> None:
    (wanted,) = numbers(many.ask("/-/posts?q=zurich", role="viewer").text)
    answer = many.post(f"/-/posts/{wanted}/incident", "triager", back="/-/posts?q=zurich")
    assert answer.headers["location"] == "/-/posts?q=zurich&did=3"
    page = many.ask(answer.headers["location"], role="triager").text
    assert 'href="/-/incidents/3">incident 3' in page
    again = many.post(f"/-/posts/{wanted}/incident", "triager")
    assert again.status_code == 422
    assert "incident 3 already" in again.text
    assert WANTED in many.ask("/-/incidents/3", role="viewer").text


def test_a_post_is_added_to_an_incident_and_that_is_undoable(many: House) -> None:
    (wanted,) = numbers(many.ask("/-/posts?q=zurich", role="viewer").text)
    assert many.post(f"/-/posts/{wanted}/add", "triager", incident="2").status_code == 303
    assert WANTED in many.ask("/-/incidents/2", role="viewer").text
    assert many.post(f"/-/posts/{wanted}/add", "triager", incident="two").status_code == 422
    assert many.post(f"/-/posts/{wanted}/add", "triager", incident="99").status_code == 422
    conn = many.conn()
    assert conn.execute("SELECT what FROM changes").fetchone()["what"] == "incident.link"
    conn.close()


def test_an_answer_never_leads_to_another_site(many: House) -> None:
    answer = many.post("/-/posts/3/incident", "triager", back="https://evil.example/")
    assert answer.headers["location"] == "/-/posts?did=3"
