"""The list of rules and the page of each: what is in force, what it caught, what only it caught."""

import re
from datetime import timedelta

import pytest

from monitor.model import Judged, Match, Post, Severity, Span, Verdict
from monitor.rules.figures import Share
from monitor.store import posts, rulebook, rules, triage
from monitor.store.db import transaction
from monitor.web.chart import HEIGHT, WIDTH, chart, points, weekly
from tests.web.conftest import NOW, House

OTHER = rules.LiveRule("upset", "w", "Upset", "upset", 2, 0.7, (), "upset", "rules/b.yaml")
OURS = rules.LiveRule(
    "outcry", "v", "Outcry", "outcry", 3, 0.8, ("backlash",), "outcry", "rules/outcry.yaml"
)


def judged(guid: str, *found: rules.LiveRule) -> Judged:
    title = "An outcry and an upset"
    post = Post(guid, "https://n.example/" + guid, "", title, "", "", "", "en", NOW)
    said = tuple(
        Match(
            r.rule, r.version, r.title, r.family, Severity(r.severity), r.weight, (),
            (Span("title", title.index(r.rule), title.index(r.rule) + len(r.rule)),),
        )
        for r in found
    )  # fmt: skip
    return Judged(post, Verdict(said, 0.9, flagged=True))


def save(house: House, *several: Judged) -> None:
    conn = house.conn()
    with transaction(conn):
        ids = rules.sync(conn, [OURS, OTHER], now=NOW)
        posts.save(conn, 1, several, rule_ids=ids, now=NOW)
    conn.close()


def test_the_list_tells_what_each_rule_found(house: House) -> None:
    page = house.ask("/-/rules", role="viewer").text
    assert "1 in force, 1 off" in page
    row = page[page.rindex('href="/-/rules/outcry"') :]
    assert re.search(r'data-label="Posts in 90 days">2<', row)
    assert 'data-label="Last match">0 min<' in row
    assert "outcry.yaml:3" in row
    assert "Workbench" not in page
    assert "New rule" not in page
    assert "New rule" in house.ask("/-/rules", role="editor").text


@pytest.mark.parametrize(
    "query", ["q=sleep", "q=SLEEPS+rule&sort=weight", "q=slé&sort=last", "sort=x&q=ado"]
)
def test_the_list_can_be_searched_and_sorted(house: House, query: str) -> None:
    page = house.ask(f"/-/rules?{query}", role="viewer").text
    assert 'href="/-/rules/outcry"' not in page
    assert ('href="/-/rules/sleeping"' in page) == ("ado" not in query)


def test_a_rule_without_a_recent_match_still_tells_its_last(house: House) -> None:
    conn = house.conn()
    found = rulebook.use(conn, "2026-03-02T00:00:00Z")
    conn.close()
    assert found == {"outcry": rulebook.Use(0, "2026-03-01T12:00:00Z")}


def test_faults_of_the_files_stand_on_top_and_the_last_good_rules_stay(house: House) -> None:
    house.ask("/-/rules", role="viewer")
    pack = house.folder / "config" / "rules" / "outcry.yaml"
    pack.write_text(pack.read_text().replace("query: outcry", "query: outcry outcry"))
    for path in ("/-/rules", "/-/rules/outcry"):
        page = house.ask(path, role="viewer").text
        assert "rules/outcry.yaml:8" in page
        assert "write AND, OR or NEAR/8" in page
        assert "Outcry" in page


def test_a_folder_that_was_never_good_shows_its_faults(house: House) -> None:
    (house.folder / "config" / "feeds.yaml").write_text("feeds: 3\n")
    page = house.ask("/-/rules", role="viewer")
    assert page.status_code == 200
    assert "feeds.yaml:1" in page.text


def test_a_rule_says_itself_in_words_and_shows_its_examples(house: House) -> None:
    page = house.ask("/-/rules/sleeping", role="viewer").text
    assert "a term of the list $fuss" in page
    assert "but not: in the title: “calm”" in page
    assert "Much ado" in page
    assert "Switched off" in page
    assert "It was never in force" in page


def test_a_rule_shows_what_it_caught_with_the_words_marked(house: House) -> None:
    conn = house.conn()
    with transaction(conn):
        triage.decide(conn, 2, version=1, status="relevant", reason="", actor="ann", now=NOW)
    conn.close()
    page = house.ask("/-/rules/outcry", role="viewer").text
    assert page.count("<mark>outcry</mark>") == 2
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert 'href="/-/incidents/2">incident 2</a>: relevant' in page
    assert "1 of 1" in page


def test_only_posts_that_no_other_rule_would_have_flagged_count_as_its_own(house: House) -> None:
    save(house, judged("both", OURS, OTHER), judged("other", OTHER))
    page = house.ask("/-/rules/outcry?show=only", role="viewer").text
    assert "All it caught (3)" in page
    assert "Only it caught (2)" in page
    assert "n.example/1" in page
    assert "n.example/both" not in page
    assert "Only it caught (1)" in house.ask("/-/rules/upset", role="viewer").text


def test_what_a_rule_caught_is_paged(house: House) -> None:
    save(house, *(judged(f"n{number}", OURS) for number in range(rulebook.PAGE)))
    first = house.ask("/-/rules/outcry", role="viewer").text
    assert first.count('class="post"') == rulebook.PAGE
    assert "page=2#posts" in first
    second = house.ask("/-/rules/outcry?page=2", role="viewer").text
    assert second.count('class="post"') == 2
    assert "page=3" not in second
    assert house.ask("/-/rules/outcry?page=999999999", role="viewer").status_code == 200
    only = house.ask("/-/rules/outcry?show=only&page=2", role="viewer").text
    assert only.count('class="post"') == 2


def test_precision_is_told_with_its_interval_and_by_month(house: House) -> None:
    conn = house.conn()
    with transaction(conn):
        triage.decide(
            conn, 1, version=1, status="dismissed", reason="off topic", actor="ann", now=NOW
        )
        before = NOW - timedelta(days=40)
        triage.decide(conn, 2, version=1, status="relevant", reason="", actor="ann", now=before)
    conn.close()
    listed = house.ask("/-/rules?sort=precision", role="viewer").text
    assert "0.09 to 0.91, 1 of 2" in listed
    page = house.ask("/-/rules/outcry", role="viewer").text
    assert "0.50 (0.09 to 0.91, 1 of 2)" in page
    months = page[page.index('id="precision-title"') :]
    assert re.search(r'<th scope="row">2026-01</th><td>1.00 .*1 of 1', months)
    assert re.search(r'<th scope="row">2026-03</th><td>0.00 .*0 of 1', months)


def test_what_nobody_decided_has_no_precision(house: House) -> None:
    conn = house.conn()
    with transaction(conn):  # as the casebook's incidents stand, which come with Failwatch
        conn.execute("UPDATE incidents SET status = 'relevant', decided_by = ''")
    conn.close()
    assert "no decisions" in house.ask("/-/rules", role="viewer").text
    page = house.ask("/-/rules/outcry", role="viewer").text
    assert "not measured yet" in page
    assert "Too few decisions yet (0 of 8)." in page
    assert "precision-title" not in page


def test_points_keep_within_the_chart() -> None:
    months = [(f"2025-{n:02d}", Share(n, 20)) for n in range(1, 13)] + [("2026-01", Share(0, 1))]
    drawn = points(months)
    assert drawn[0].label == "2025-02"
    assert all(0 < p.high <= p.y <= p.low < HEIGHT for p in drawn)
    assert all(p.x < WIDTH for p in drawn)


def test_a_rule_that_left_the_files_keeps_its_page(house: House) -> None:
    (house.folder / "config" / "rules" / "outcry.yaml").unlink()
    page = house.ask("/-/rules/outcry", role="editor").text
    assert "No longer in the files" in page
    assert "workbench?rule" not in page
    assert house.ask("/-/rules/nothing", role="viewer").status_code == 404


def test_the_incident_page_leads_to_its_rules(house: House) -> None:
    assert 'href="/-/rules/outcry"' in house.ask("/-/incidents/1", role="viewer").text


def test_weeks_end_today_and_count_every_post_once() -> None:
    found = [
        ("2026-03-01T00:00:00Z", True),
        ("2026-02-23T09:00:00Z", False),
        ("2026-02-22T09:00:00Z", False),
        ("2025-01-01T09:00:00Z", True),
        ("2026-03-02T09:00:00Z", True),
    ]
    weeks = weekly(found, NOW)
    assert len(weeks) == 13
    assert [(w.total, w.part) for w in weeks[-2:]] == [(1, 0), (2, 1)]
    assert sum(w.total for w in weeks) == 3
    drawn = chart(weeks)
    assert (drawn.total, drawn.part) == (3, 1)
    assert drawn.bars[-1].height > drawn.bars[-1].part_height > 0
    assert all(bar.y >= 0 and bar.x + bar.width <= drawn.width for bar in drawn.bars)


def test_the_chart_has_a_name_a_description_and_a_table(house: House) -> None:
    page = house.ask("/-/rules/outcry", role="viewer").text
    assert 'role="img" aria-labelledby="volume-title volume-desc"' in page
    assert "2 posts matched, 2 of them flagged" in page
    assert page.count('<th scope="row">') == 13
    assert "style=" not in page
