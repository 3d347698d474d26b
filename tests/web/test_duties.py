"""Duties: what waits for whom, and the second reader."""

from datetime import timedelta

from monitor.store import duties, triage
from monitor.store.db import stamp, transaction
from tests.web.conftest import NOW, House


def sample(house: House, *, by: str = "triager") -> int:
    """An incident in the sample for a second reader, decided on by somebody; its number."""
    number = next(n for n in range(5, 500) if duties.is_drawn(n))
    conn = house.conn()
    with transaction(conn):
        conn.execute(
            "INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at, created_at)"
            " SELECT ?, 'A <b>drawn</b> story', severity, score, first_post_at, last_post_at, created_at"
            " FROM incidents WHERE id = 4",
            (number,),
        )
        conn.execute(
            "INSERT INTO incident_posts VALUES (?, 6, 'failwatch', 'x', ?, 0)", (number, stamp(NOW))
        )
        triage.decide(conn, number, version=1, status="dismissed", reason="off topic", actor=by, now=NOW)  # fmt: skip
    conn.close()
    return number


def test_who_is_named_in_a_note_is_told_until_they_look(busy: House) -> None:
    busy.post("/-/incidents/3/do/note", "triager", text="Ask @editor and <b>@nobody</b>.")
    duties_page = busy.ask("/-/duties", role="editor").text
    assert "You were named" in duties_page
    assert "<strong>New</strong>" in duties_page
    assert "1 note names you" in busy.ask("/", role="editor").text
    page = busy.ask("/-/incidents/3", role="editor").text
    assert '<strong class="mention">@editor</strong> and &lt;b&gt;@nobody' in page
    assert "<strong>New</strong>" not in busy.ask("/-/duties", role="editor").text
    assert "You were named" not in busy.ask("/-/duties", role="triager").text


def test_duties_show_what_is_mine_overdue_and_snoozed(busy: House) -> None:
    busy.post("/-/incidents/3/do/assign", "triager", version="1", owner="editor", due="2026-02-20", handover="Ring them")  # fmt: skip
    busy.post("/-/incidents/4/do/snooze", "triager", version="1", until="+2")
    page = busy.ask("/-/duties", role="editor").text
    assert "Ring them" in page
    assert "overdue since 2026-02-20" in page
    assert "back on 2026-03-03" in page
    assert "Corp Soap 4" not in busy.ask("/-/triage", role="viewer").text


def test_a_relevant_incident_is_looked_at_again(busy: House) -> None:
    conn = busy.conn()
    with transaction(conn):
        triage.decide(
            conn,
            3,
            version=1,
            status="relevant",
            reason="",
            actor="ann",
            now=NOW - timedelta(days=8),
        )
    conn.close()
    assert "7 days after it was found relevant" in busy.ask("/-/duties", role="viewer").text
    assert busy.post("/-/incidents/3/do/revisit", "triager", days="7", outcome="worse", text="A boycott").status_code == 303  # fmt: skip
    page = busy.ask("/-/incidents/3", role="viewer").text
    assert "it has grown worse" in page
    again = busy.post("/-/incidents/3/do/revisit", "editor", days="7", outcome="over")
    assert again.status_code == 409
    assert "triager has looked already" in again.text


def test_a_second_reader_is_somebody_else_and_reads_blind(busy: House) -> None:
    number = sample(busy)
    assert "A &lt;b&gt;drawn&lt;/b&gt; story" not in busy.ask("/-/duties", role="triager").text
    page = busy.ask("/-/duties", role="editor").text
    assert "A &lt;b&gt;drawn&lt;/b&gt; story" in page
    assert "off topic" not in page
    path = f"/-/incidents/{number}/do/second"
    assert busy.post(path, "triager", answer="relevant").status_code == 422
    done = busy.post(path, "editor", answer="relevant", reason="It is one", back="/-/duties")
    assert done.status_code == 303
    assert done.headers["location"].startswith("/-/duties?did=")
    assert "0 of 1 were read alike" in busy.ask("/-/duties", role="editor").text


def test_about_one_in_ten_is_drawn_for_a_second_reader() -> None:
    drawn = sum(duties.is_drawn(n) for n in range(20_000))
    assert 1_800 < drawn < 2_200


def test_a_second_reading_that_is_refused_stays_on_duties_with_its_reason(busy: House) -> None:
    number = sample(busy)
    form = {"reason": "Nobody <i>was</i> hurt", "back": "/-/duties"}
    refused = busy.post(f"/-/incidents/{number}/do/second", "editor", answer="perhaps", **form)
    assert refused.status_code == 422
    assert "<title>Duties" in refused.text
    assert "Answer relevant or dismissed." in refused.text
    assert 'value="Nobody &lt;i&gt;was&lt;/i&gt; hurt"' in refused.text
    assert "off topic" not in refused.text


def test_a_second_reader_who_was_too_slow_is_told_and_keeps_the_words(busy: House) -> None:
    path = f"/-/incidents/{sample(busy)}/do/second"
    busy.post(path, "editor", answer="relevant")
    late = busy.post(path, "admin", answer="dismissed", reason="Old", back="/-/duties")
    assert late.status_code == 409
    assert "editor has read it already" in late.text


def test_a_second_reading_can_be_taken_back_from_duties(busy: House) -> None:
    number = sample(busy)
    path = f"/-/incidents/{number}/do/second"
    done = busy.post(path, "editor", answer="relevant", back="/-/duties").headers["location"]
    page = busy.ask(done, role="editor").text
    assert f"incident {number}</a> as second reader" in page
    assert "A &lt;b&gt;drawn" not in page
    change = page.partition('name="change" value="')[2].partition('"')[0]
    back = busy.post(f"/-/incidents/{number}/do/undo", "editor", change=change, back="/-/duties")
    assert back.status_code == 303
    assert "A &lt;b&gt;drawn" in busy.ask("/-/duties", role="editor").text


def test_duties_of_another_change_offer_nothing_to_take_back(busy: House) -> None:
    busy.post("/-/incidents/3/do/note", "triager", text="x")
    for did in ("1", "0", "999999", "x", "9" * 30):
        page = busy.ask(f"/-/duties?did={did}", role="triager")
        assert page.status_code == 200
        assert "Take back" not in page.text


def test_a_viewer_sees_who_sees_to_what_but_no_reading(busy: House) -> None:
    sample(busy)
    busy.post("/-/incidents/3/do/assign", "triager", version="1", owner="editor", handover="<b>Ring</b>")  # fmt: skip
    page = busy.ask("/-/duties", role="viewer").text
    assert "Who sees to what" in page
    assert "Second reader" not in page
    assert "<form" not in page.partition("<main")[2]
    mine = busy.ask("/-/duties", role="editor").text
    assert "&lt;b&gt;Ring&lt;/b&gt;" in mine


def test_an_incident_due_today_is_not_overdue_yet(busy: House) -> None:
    today = NOW.date().isoformat()
    busy.post("/-/incidents/3/do/assign", "triager", version="1", owner="editor", due=today)
    assert "Overdue, of everybody" not in busy.ask("/-/duties", role="editor").text
    busy.post("/-/incidents/3/do/decide", "triager", version="2", status="watching")
    busy.post("/-/incidents/3/do/assign", "triager", version="3", owner="editor", due="2026-02-28")
    assert "Overdue, of everybody" in busy.ask("/-/duties", role="viewer").text
    busy.post("/-/incidents/3/do/decide", "triager", version="4", status="dismissed", reason="too old")  # fmt: skip
    assert "Overdue, of everybody" not in busy.ask("/-/duties", role="viewer").text
