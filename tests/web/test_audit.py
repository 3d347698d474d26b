"""Audit: who did what when, in words, for editors."""

import re

from tests.web.conftest import House


def entries(page: str) -> list[str]:
    rows = re.findall(r'<tr id="a\d+">(.*?)</tr>', page, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in rows]


def decided(house: House) -> House:
    house.post("/-/triage/1/decide", "triager", status="dismissed", reason="too old", version="1")
    house.post("/-/incidents/2/note", "editor", text="Ask <b>legal</b>")
    return house


def test_every_change_is_told_in_words_with_before_and_after(house: House) -> None:
    page = decided(house).ask("/-/audit", role="editor").text
    told = entries(page)
    assert any("triager made it dismissed (too old) incident 1" in line and "status: new → dismissed" in line for line in told)  # fmt: skip
    assert "<b>legal" not in page


def test_the_log_is_narrowed_by_person_kind_thing_and_day(house: House) -> None:
    decided(house)

    def count(asked: str) -> int:
        return len(entries(house.ask(f"/-/audit?{asked}", role="editor").text))

    assert count("actor=triager") == 1
    assert count("kind=incident.note") == 1
    assert count("kind=incident") == 4
    assert count("kind=inciden") == 0
    assert count("item=incident:1") == 2
    assert count("since=2026-03-01&until=2026-03-01&kind=incident") == 4
    assert count("since=2026-03-02") == 0
    assert count("until=2026-02-28") == 0
    assert count("actor=nobody") == 0


def test_older_leads_through_the_whole_log(house: House) -> None:
    for number in range(130):
        house_conn = house.conn()
        house_conn.execute(
            "INSERT INTO audit (at, actor, action, item) VALUES ('2026-03-01T12:00:00Z', 'ann', 'x.y', ?)",
            (f"x:{number}",),
        )
        house_conn.close()
    path, seen = "/-/audit?actor=ann", []
    while path:
        page = house.ask(path, role="admin").text
        seen += entries(page)
        older = re.search(r'href="(/-/audit\?[^"]*)" rel="next"', page)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 130
