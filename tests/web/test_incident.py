"""The page of an incident: what its forms change, what comes back when one is refused, who may."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from monitor.flow import acts
from monitor.model import Role
from monitor.store import duties, incidents, overrule, triage
from monitor.store.db import Connection, stamp, transaction
from monitor.web import saga
from monitor.web.spread import spread
from tests.web.conftest import NOW, House


def fill(house: House) -> None:
    """A third and a fourth incident; the third has three posts."""
    conn = house.conn()
    with transaction(conn):
        for number in range(3, 7):
            at = stamp(NOW - timedelta(hours=8 * (7 - number)))
            conn.execute(
                "INSERT INTO posts (feed_id, guid, url, canonical_url, title, title_key, text, published_at,"
                " seen_at, content_hash, score, flagged) VALUES (1, :g, :u, :u, :t, '', 'Text.', :at, :at, '', 0.8, 1)",
                {"g": f"g{number}", "u": f"https://s{number}.example/{number}", "t": f"Corp Soap {number} angers buyers", "at": at},
            )  # fmt: skip
        for number, posts in ((3, (3, 4, 5)), (4, (6,))):
            conn.execute(
                "INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at, created_at)"
                " VALUES (?, ?, 2, 0.8, ?, ?, ?)",
                (number, f"Corp Soap {number} angers buyers", stamp(NOW), stamp(NOW), stamp(NOW)),
            )
            for post in posts:
                conn.execute(
                    "INSERT INTO incident_posts (incident_id, post_id, linked_by, why, linked_at)"
                    " VALUES (?, ?, 'failwatch', 'the same words', ?)",
                    (number, post, stamp(NOW)),
                )
            incidents.recount(conn, number)
    conn.close()


@pytest.fixture
def busy(house: House) -> House:
    fill(house)
    return house


def version(house: House, number: int) -> int:
    conn = house.conn()
    found: int = conn.execute("SELECT version FROM incidents WHERE id = ?", (number,)).fetchone()[0]
    conn.close()
    return found


def change(conn: Connection) -> int:
    found: int = conn.execute("SELECT max(id) FROM changes").fetchone()[0]
    return found


def test_merging_by_form_leads_to_the_other_and_can_be_taken_back_there(busy: House) -> None:
    done = busy.post("/-/incidents/4/do/merge", "triager", version="1", into="3")
    assert done.status_code == 303
    where = done.headers["location"]
    assert where.startswith("/-/incidents/3?did=")
    page = busy.ask(where.partition("#")[0], role="triager").text
    assert "triager merged incident 4 into 3" in page
    assert "also 4" in page
    moved = busy.ask("/-/incidents/4", role="viewer")
    assert (moved.status_code, moved.headers["location"]) == (302, "/-/incidents/3?from=4")
    number = re.search(r'name="change" value="(\d+)"', page)
    assert number
    assert busy.post("/-/incidents/4/do/undo", "triager", change=number[1]).status_code == 303
    assert busy.ask("/-/incidents/4", role="viewer").status_code == 200


def test_chosen_posts_become_an_incident_of_their_own(busy: House) -> None:
    done = busy.ask(
        "/-/incidents/3/do/split", role="triager", method="POST",
        content="version=1&posts=4&posts=5&title=Another+story",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert done.status_code == 303
    page = busy.ask("/-/incidents/5", role="viewer").text
    assert "<h1>Another story</h1>" in page
    assert "split off incident 3" in page
    assert "2 posts" in page


def test_what_was_typed_comes_back_when_somebody_was_faster(busy: House) -> None:
    assert (
        busy.post("/-/incidents/3/do/title", "editor", version="1", title="Soap").status_code == 303
    )
    late = busy.post(
        "/-/incidents/3/do/assign", "triager", version="1", owner="viewer", due="+3",
        handover="Ring <b>legal</b> first",
    )  # fmt: skip
    assert late.status_code == 409
    assert "changed meanwhile by editor" in late.text
    assert "Ring &lt;b&gt;legal&lt;/b&gt; first" in late.text
    assert 'name="due" value="+3"' in late.text
    assert "<option selected>viewer</option>" in late.text
    assert 'name="version" value="2"' in late.text


@pytest.mark.parametrize(
    ("act", "form", "said", "kept"),
    [
        ("merge", {"into": "77"}, "There is no incident 77", 'value="77"'),
        ("merge", {"into": "x"}, "into: must be a whole number", 'value="x"'),
        ("split", {"posts": ["3", "4", "5"]}, "Leave at least one post", 'value="3" form="split" aria-label="Choose post 3" checked'),
        ("note", {"text": "  "}, "The note is empty", "  </textarea>"),
        ("snooze", {"until": "soon"}, "is no day: write it as 2026-03-05", 'value="soon"'),
        ("assign", {"owner": "nobody-known"}, "Nobody called nobody-known may sign in", ""),
        ("response", {"type": "deny", "text": "", "said_on": "then"}, "Quote what they said", 'value="then"'),
        ("organisation", {"organisation": "Acme", "version": ""}, "Say which version", 'value="Acme"'),
    ],
)  # fmt: skip
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    busy: House, act: str, form: dict[str, str], said: str, kept: str
) -> None:
    answer = busy.post(f"/-/incidents/3/do/{act}", "triager", **{"version": "1", **form})
    assert answer.status_code == 422
    assert said in answer.text
    assert kept in answer.text


def test_a_lesson_that_somebody_saved_meanwhile_keeps_both_texts(busy: House) -> None:
    busy.post("/-/incidents/3/lesson", "editor", why="Theirs", version="")
    late = busy.post("/-/incidents/3/lesson", "admin", why="Ours", version="")
    assert late.status_code == 409
    assert "Theirs" in late.text
    assert ">Ours</textarea>" in late.text


def test_a_response_stands_in_the_timeline_and_can_be_put_right(busy: House) -> None:
    busy.post(
        "/-/incidents/3/do/response", "triager", type="deny", text="Not <i>us</i>",
        said_on="2026-02-28 14:30", url="https://corp.example/said",
    )  # fmt: skip
    page = busy.ask("/-/incidents/3", role="triager").text
    assert "Not &lt;i&gt;us&lt;/i&gt;" in page
    assert "28 February 2026, 14:30 UTC" in page
    busy.post("/-/incidents/3/do/response", "triager", response="1", type="rebuild", text="Sorry")
    assert "rebuild</strong>" in busy.ask("/-/incidents/3", role="viewer").text
    busy.post("/-/incidents/3/do/unresponse", "triager", response="1")
    assert (
        "Sorry" not in busy.ask("/-/incidents/3", role="viewer").text.partition('id="history"')[0]
    )


def test_an_address_that_is_none_is_no_link(busy: House) -> None:
    refused = busy.post(
        "/-/incidents/3/do/response", "triager", type="deny", text="x", url="javascript:alert(1)"
    )
    assert refused.status_code == 422
    assert 'href="javascript' not in refused.text


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


def test_a_snoozed_incident_comes_back_by_itself(busy: House) -> None:
    conn = busy.conn()
    with transaction(conn):
        duties.snooze(conn, 4, NOW.date(), version=None, actor="ann", now=NOW - timedelta(days=1))
    conn.close()
    assert "Corp Soap 4" in busy.ask("/-/triage", role="viewer").text


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
    number = next(n for n in range(5, 500) if duties.is_drawn(n))
    conn = busy.conn()
    with transaction(conn):
        conn.execute(
            "INSERT INTO incidents (id, title, severity, score, first_post_at, last_post_at, created_at)"
            " SELECT ?, 'A drawn story', severity, score, first_post_at, last_post_at, created_at FROM incidents WHERE id = 4",
            (number,),
        )
        conn.execute(
            "INSERT INTO incident_posts VALUES (?, 6, 'failwatch', 'x', ?, 0)", (number, stamp(NOW))
        )
        triage.decide(conn, number, version=1, status="dismissed", reason="off topic", actor="triager", now=NOW)  # fmt: skip
    conn.close()
    assert "A drawn story" not in busy.ask("/-/duties", role="triager").text
    page = busy.ask("/-/duties", role="editor").text
    assert "A drawn story" in page
    assert "off topic" not in page
    path = f"/-/incidents/{number}/do/second"
    assert busy.post(path, "triager", answer="relevant").status_code == 422
    done = busy.post(path, "editor", answer="relevant", reason="It is one", back="/-/duties")
    assert (done.status_code, done.headers["location"]) == (303, "/-/duties")
    assert "0 of 1 were read alike" in busy.ask("/-/duties", role="editor").text


def test_about_one_in_ten_is_drawn_for_a_second_reader() -> None:
    drawn = sum(duties.is_drawn(n) for n in range(20_000))
    assert 1_800 < drawn < 2_200


def test_tags_are_merged_given_synonyms_and_brought_back(busy: House) -> None:
    busy.post("/-/incidents/3/do/tag", "triager", tag="soapy")
    done = busy.post("/-/tags/merge", "editor", tag="soapy", into="backlash")
    page = busy.ask(done.headers["location"], role="editor").text
    assert "merged the tag soapy into backlash" in page
    assert 'value="soapy"' in page
    busy.post("/-/incidents/4/do/tag", "triager", tag="Soapy")
    assert "<li>backlash" in busy.ask("/-/incidents/4", role="viewer").text
    refused = busy.post("/-/tags/synonyms", "editor", tag="backlash", synonyms="a,b,backlash")
    assert refused.status_code == 422


def test_similar_past_incidents_are_shown_with_the_reason_and_the_lesson(busy: House) -> None:
    conn = busy.conn()
    with transaction(conn):
        triage.decide(conn, 4, version=1, status="relevant", reason="", actor="ann", now=NOW)
    conn.close()
    busy.post("/-/incidents/4/lesson", "editor", version="", title="Ask before you joke", avoid="Let a buyer read it.")  # fmt: skip
    page = busy.ask("/-/incidents/3", role="viewer").text
    similar = page.partition('id="similar"')[2].partition("</section>")[0]
    assert "Corp Soap 4 angers buyers" in similar
    assert "‘soap’" in similar
    assert "Ask before you joke" in similar
    assert "Let a buyer read it." in similar


def test_the_history_tells_every_change_in_words(busy: House) -> None:
    busy.post("/-/incidents/3/do/severity", "triager", version="1", severity="4")
    busy.post("/-/incidents/3/do/move", "triager", version="2", post="5", to="4")
    page = busy.ask("/-/incidents/3", role="viewer").text
    for words in ("made it a crisis", "moved post 5 to incident 4"):
        assert words in page.partition('id="history"')[2]
    assert "moved post 5 here from incident 3" in busy.ask("/-/incidents/4", role="viewer").text


def test_rows_of_the_log_without_words_become_sentences() -> None:
    row = {
        "item": "incident:3",
        "before": {},
        "after": {"post": 7, "why": "same words"},
        "words": "",
    }
    assert saga.sentence(row | {"action": "incident.join"}, 3) == "added post 7: same words"
    assert saga.sentence(row | {"action": "incident.merge", "after": {"merged": 4, "title": "T"}}, 3) == "merged incident 4, “T”, into this one"  # fmt: skip
    assert saga.sentence(row | {"action": "incident.tag.undo", "item": "incident:9"}, 3) == "took back: tag (incident 9)"  # fmt: skip


def test_the_spread_counts_a_source_as_new_once() -> None:
    hours = [("2026-03-01T10:05:00Z", "a"), ("2026-03-01T10:50:00Z", "a"), ("2026-03-01T12:00:00Z", "b")]  # fmt: skip
    found = spread(hours)
    assert found
    assert (found.unit, found.rows) == ("hour", (("2026-03-01 10:00", 2, 1), ("2026-03-01 12:00", 1, 1)))  # fmt: skip
    assert spread(hours[:2]) is None
    years = spread([("2009-07-07T00:00:00Z", "a"), ("2026-03-01T12:00:00Z", "b")])
    assert years
    assert years.unit == "year"


GETS = {
    "/-/incidents/3": "viewer",
    "/-/duties": "viewer",
    "/-/tags": "viewer",
    "/-/api/incidents": "viewer",
    "/-/api/incidents/3": "viewer",
    "/-/api/tags": "viewer",
    "/-/api/duties": "triager",
}
POSTS: dict[str, tuple[str, dict[str, object]]] = {
    "/-/incidents/3/do/{act}": ("triager", {}),
    "/-/incidents/3/note": ("triager", {"text": "x"}),
    "/-/incidents/3/untag": ("triager", {"tag": "x"}),
    "/-/incidents/3/organisation": ("triager", {"organisation": "x"}),
    "/-/incidents/3/lesson": ("editor", {"why": "x"}),
    "/-/api/incidents/3/{act}": ("triager", {}),
    "/-/api/undo": ("triager", {}),
    "/-/api/changes/1/undo": ("triager", {}),
    "/-/api/tags/merge": ("editor", {"tag": "backlash", "into": "x"}),
    "/-/api/tags/synonyms": ("editor", {"tag": "backlash", "synonyms": ["x"]}),
    "/-/tags/merge": ("editor", {"tag": "backlash", "into": "x"}),
    "/-/tags/synonyms": ("editor", {"tag": "backlash", "synonyms": "x"}),
    "/-/tags/undo": ("editor", {"change": "1"}),
    "/-/failwatch/keys": ("viewer", {"name": "x"}),
    "/-/failwatch/keys/1/revoke": ("viewer", {}),
}
ACTS: dict[str, dict[str, object]] = {
    "decide": {"status": "watching", "version": 1},
    "title": {"title": "T", "version": 1},
    "severity": {"severity": 4, "version": 1},
    "organisation": {"organisation": "Acme", "version": 1},
    "merge": {"into": 4, "version": 1},
    "split": {"posts": [4], "version": 1},
    "move": {"post": 4, "to": 4, "version": 1},
    "link": {"post": 6},
    "unlink": {"post": 4, "version": 1},
    "assign": {"owner": "viewer", "version": 1},
    "snooze": {"until": "+2", "version": 1},
    "tag": {"tag": "x"},
    "untag": {"tag": "x"},
    "note": {"text": "x"},
    "response": {"type": "silence"},
    "unresponse": {"response": 1},
    "revisit": {"days": 1, "outcome": "over"},
    "second": {"answer": "relevant"},
    "undo": {},
}
ROLES = ["", *map(str, Role)]


def expand() -> list[tuple[str, str, dict[str, object]]]:
    found = []
    for path, (least, form) in POSTS.items():
        if "{act}" in path:
            found += [(path.format(act=act), least, sent) for act, sent in ACTS.items()]
        else:
            found.append((path, least, form))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_who_may_read_what(busy: House, role: str) -> None:
    for path, least in GETS.items():
        answer = busy.ask(path, role=role)
        allowed = bool(role) and ROLES.index(role) >= ROLES.index(least)
        refusals = {403} if role or path.startswith("/-/api/") else {302}
        assert answer.status_code in ({200} if allowed else refusals), path
        if not allowed:
            assert "Corp Soap" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_who_may_change_what(busy: House, role: str) -> None:
    before = state(busy)
    allowed = []
    for path, least, sent in expand():
        if role and ROLES.index(role) >= ROLES.index(least):
            allowed.append((path, sent))
            continue
        answer = send(busy, path, role, sent)
        assert answer.status_code in ({403} if role or "/api/" in path else {302}), path
    assert state(busy) == before
    for path, sent in allowed:
        answer = send(busy, path, role, sent)
        assert answer.status_code in {200, 303, 409, 422}, path
    for path, _ in allowed[::7]:
        assert busy.ask(path, role=role).status_code == 405, "no link changes anything"


def send(house: House, path: str, role: str, sent: dict[str, object]) -> Any:
    if path.startswith("/-/api/"):
        return house.ask(path, role=role, method="POST", json=sent)
    return house.post(path, role, **sent)


def state(house: House) -> list[str]:
    conn = house.conn()
    found = [
        json.dumps([tuple(row) for row in conn.execute(f"SELECT * FROM {table}")])
        for table in ("incidents", "incident_posts", "changes", "audit", "tags", "notes")
    ]
    conn.close()
    return found


def test_every_act_has_a_row_in_the_table_of_roles() -> None:
    assert set(ACTS) == set(acts.ACTS)


def test_a_stranger_sees_none_of_the_tables_and_only_an_administrator_asks_in_sql(
    busy: House,
) -> None:
    conn = busy.conn()
    with transaction(conn):
        overrule.merge(conn, 4, 3, version=None, actor="hidden-name", now=NOW)
    conn.close()
    for table in TABLES:
        sql = f"/failwatch/-/query.json?sql=select+*+from+{table}"
        for path in (f"/failwatch/{table}", f"/failwatch/{table}.json", sql):
            assert busy.ask(path).status_code in {302, 403}
        assert busy.ask(sql, role="editor").status_code == 403
        where = f"/failwatch/{table}.json?_where=1=1"
        assert busy.ask(where, role="viewer").status_code == 403
        added = busy.ask(
            f"/failwatch/{table}/-/insert", role="editor", method="POST", json={"row": {}}
        )
        assert added.status_code == 403


TABLES = ("changes", "overrules", "mentions", "revisits", "second_readings", "tag_synonyms")
