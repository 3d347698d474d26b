"""What the pages say: all of a lesson that is for everybody, and nothing of one that is not."""

from datetime import UTC, datetime

from monitor.flow import book
from monitor.store import actions, facts, principles
from monitor.store.db import Connection, transaction
from monitor.wikis import markdown
from tests.wikidesk import NOW, learn, page, told


def text(conn: Connection, key: str = "lesson-1") -> str:
    return markdown.render(page(conn, key).blocks, lambda key: key)


def test_a_lesson_shows_facts_alleged_actions_and_principles(main: Connection) -> None:
    told(main)
    learn(main, 1, why="Haste.")
    with transaction(main):
        main.execute(
            "UPDATE lessons SET kind = 'shortfall', expected = 'A full hall', missed_by = '900 seats', stop_if = 'Nobody asks'"
        )
        for what, is_alleged in (("They invited 1,000 people.", 0), ("They were warned.", 1)):
            main.execute(
                "INSERT INTO lesson_facts (lesson_id, text, is_alleged, post_id, quote, added_by, added_at)"
                " VALUES (1, ?, ?, 1, 'a storm', 'ann', '')",
                (what, is_alleged),
            )
        main.execute(
            "INSERT INTO actions (lesson_id, text, owner, due_on, state, evidence, done_on, created_by, created_at)"
            " VALUES (1, 'Read the forecast', 'bob', '2026-04-01', 'done', 'https://proof.example/1', '2026-03-20', 'ann', '')"
        )
        principles.link(main, 1, "Look at the sky first", said_by="Grandmother", actor="ann", now=NOW)  # fmt: skip
    said = text(main)
    for part in (
        "shortfall", "A full hall", "900 seats", "**We shelve it if**", "- They invited 1,000 people. “a storm” (",
        "## Alleged, not established\n\n- They were warned.", "[Read the forecast](<https://proof.example/1>) | bob | 2026-04-01 | 2026-03-20",
        "[Look at the sky first](<principle-1>)", "[Shortfalls](<kind-shortfall>)", "`news2026acme`",
    ):  # fmt: skip
        assert part in said, part
    principle = text(main, "principle-1")
    assert "1 lesson stands behind it. First said by Grandmother." in principle
    assert "(<lesson-1>)" in principle
    index = text(main, "index")
    assert "[Look at the sky first](<principle-1>) (1)" in index
    assert actions.find(main, 1)["owner"] == "bob"


def test_a_counter_example_is_told_apart(main: Connection) -> None:
    told(main)
    learn(main, 1, why="Haste.")
    with transaction(main):
        principles.link(main, 1, "Haste is good", is_counter=True, actor="ann", now=NOW)
    assert "Speaks against: [Haste is good]" in text(main)
    assert "## Counter-examples" in text(main, "principle-1")


def test_a_page_whose_sources_were_changed_says_so_until_somebody_held_it_against_them(
    main: Connection,
) -> None:
    told(main)
    learn(main, 1, why="Haste.")
    assert "was changed" not in text(main)
    with transaction(main):
        main.execute(
            "INSERT INTO lesson_facts (lesson_id, text, post_id, quote, added_by, added_at)"
            " VALUES (1, 'A fact', 1, 'words that are gone', 'ann', '')"
        )
        main.execute(
            "INSERT INTO post_versions (post_id, title, text, replaced_at, content_hash)"
            " VALUES (1, 'Before', 'words that are gone', '2099-01-02T00:00:00Z', '')"
        )
    assert "was changed on 2099-01-02; what is quoted from it is gone." in text(main)
    with transaction(main):
        facts.hold(main, 1, actor="ann", now=datetime(2100, 1, 1, tzinfo=UTC))
    assert "was changed" not in text(main)


def test_a_lesson_that_is_not_for_everybody_stands_on_no_page(main: Connection) -> None:
    told(main)
    learn(main, 1, "Our own secret", why="Haste.")
    told(main, 2, "Another story")
    learn(main, 2, "For all", why="Haste.")
    main.execute("UPDATE lessons SET seen_by = 'editor' WHERE id = 1")
    made = book.gather(main, "https://fw.example")
    assert "lesson-1" not in {one.key for one in made.pages}
    assert "secret" not in text(main, "index")


def test_an_unclosed_fence_swallows_nothing_that_follows(main: Connection) -> None:
    told(main)
    learn(main, 1, what_happened="```\nan open fence", why="## Not a heading of ours")
    said = text(main)
    assert "\n## Why it happened\n" in said
    assert "### Not a heading of ours" in said
