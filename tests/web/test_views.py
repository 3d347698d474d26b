"""Views of the queue over HTTP: who keeps, sees and removes them, and what an address may ask for."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Status
from monitor.store import queue
from monitor.web.triage import filters_of
from tests.web.conftest import House

KEPT = "/-/triage/views"


def keep(house: House, role: str, name: str, query: str = "severity=3", *, shared: bool = False) -> int:  # fmt: skip
    form = {"name": name, "query": query, "back": "/-/triage?severity=3"} | (
        {"shared": "on"} if shared else {}
    )
    answer = house.post(KEPT, role, **form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/-/triage?severity=3")
    conn = house.conn()
    number: int = conn.execute("SELECT max(id) AS id FROM queue_views").fetchone()["id"]
    conn.close()
    return number


def test_ones_own_views_are_seen_by_nobody_else(house: House) -> None:
    keep(house, "triager", "Mine alone")
    keep(house, "triager", "For all", shared=True)
    own = house.ask("/-/triage?severity=3", role="triager").text
    assert "Mine alone" in own
    assert "For all" in own
    for role in ("viewer", "editor", "admin"):
        page = house.ask("/-/triage", role=role).text
        assert "Mine alone" not in page
        assert "For all" in page


def test_ones_own_views_are_kept_from_colleagues_in_the_tables_too(house: House) -> None:
    keep(house, "editor", "Mine alone")
    for path in ("/failwatch/queue_views", "/failwatch/queue_views.json", "/failwatch/queue_views/1", "/failwatch.json"):  # fmt: skip
        for role in ("viewer", "triager"):
            assert "Mine alone" not in house.ask(path, role=role).text
    assert house.ask("/failwatch/queue_views.json", role="viewer").status_code == 403


def test_a_view_leads_back_to_its_filters_and_is_marked_there(house: House) -> None:
    keep(house, "triager", "Ours <b>", "owner=me&q=a%26b&status=all")
    page = house.ask("/-/triage?q=a%26b&status=all&owner=me", role="triager").text
    href = "/-/triage?status=all&amp;owner=me&amp;q=a%26b"
    assert f'<a href="{href}" aria-current="page">Ours &lt;b&gt;</a>' in page
    assert 'aria-current="page">Ours' not in house.ask("/-/triage", role="triager").text


def test_viewers_keep_none_and_are_offered_none(house: House) -> None:
    number = keep(house, "triager", "For all", shared=True)
    assert house.post(KEPT, "viewer", name="x", query="").status_code == 403
    assert house.post(f"{KEPT}/{number}/remove", "viewer").status_code == 403
    page = house.ask("/-/triage", role="viewer").text
    assert "Keep this view" not in page
    assert f"{KEPT}/{number}/remove" not in page


def test_a_shared_view_is_removed_by_its_owner_and_by_editors(house: House) -> None:
    of_editor = keep(house, "editor", "For all", shared=True)
    path = f"{KEPT}/{of_editor}/remove"
    assert path not in house.ask("/-/triage", role="triager").text
    refused = house.post(path, "triager")
    assert refused.status_code == 422
    assert "only they and editors remove it" in refused.text
    assert house.post(path, "admin").status_code == 303
    assert house.post(path, "admin").status_code == 422
    own = keep(house, "admin", "Mine alone")
    answer = house.post(f"{KEPT}/{own}/remove", "editor")
    assert answer.status_code == 422
    assert "Mine alone" not in answer.text


def test_a_script_is_told_the_number_or_what_is_wrong(house: House) -> None:
    answer = house.ask(KEPT, role="triager", method="POST", json={"name": "v", "query": "q=x", "shared": True})  # fmt: skip
    assert answer.json() == {"ok": True, "id": 1}
    refused = house.ask(KEPT, role="triager", method="POST", json={"name": " "})
    assert (refused.status_code, refused.json()["error"]) == (422, "Give the view a name.")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:1"])  # fmt: skip
def test_the_way_back_stays_on_this_site(house: House, back: str) -> None:
    answer = house.post(KEPT, "triager", name="v", query="", back=back)
    assert answer.headers["location"] == "/-/triage"


def test_a_view_from_another_site_is_refused(house: House) -> None:
    answer = house.ask(
        KEPT, role="triager", method="POST", data={"name": "v"},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert answer.status_code == 403


def test_an_empty_address_is_the_whole_new_queue() -> None:
    assert filters_of({}, "ann") == queue.Filters()


def test_every_filter_of_an_address_is_read() -> None:
    asked = {"status": "watching", "severity": "3", "tag": "hoax", "owner": "me", "q": "acme air", "after": "0.5~2026-03-01T00:00:00Z~7"}  # fmt: skip
    assert filters_of(asked, "ann") == queue.Filters(
        status="watching", severity=3, tag="hoax", owner="ann", words="acme air",
        after=(0.5, "2026-03-01T00:00:00Z", 7),
    )  # fmt: skip
    assert filters_of({"status": "all", "owner": "-"}) == queue.Filters(status="", owner="-")


odd = st.one_of(st.text(max_size=300), st.sampled_from(["all", "me", "-", "nan~x~1", "inf~~2", "1~2~3", "~~", "٣", "4"]))  # fmt: skip


@given(st.dictionaries(st.sampled_from(["status", "severity", "tag", "owner", "q", "after"]), odd))
def test_whatever_an_address_says_the_filters_are_sound(args: dict[str, str]) -> None:
    found = filters_of(args, "ann")
    assert found.status in {"", *Status}
    assert found.severity in {1, 2, 3, 4}
    assert max(len(found.tag), len(found.owner), len(found.words)) <= 200
    if found.after:
        rank, last, number = found.after
        assert isinstance(rank, float)
        assert len(last) <= 20
        assert abs(number) < 10**18


@pytest.mark.parametrize("after", ["nan~~1", "inf~2026~1", "-inf~~0", "1e999~~1", "0~\x00~1", "1~2", "a~b~c"])  # fmt: skip
def test_an_odd_place_in_the_queue_is_no_fault(house: House, after: str) -> None:
    answer = house.ask("/-/triage?" + urlencode({"after": after}), role="viewer")
    assert answer.status_code == 200
