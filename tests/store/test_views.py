"""Views of the queue: kept, replaced, shared and removed by those who may."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Refused
from monitor.store import views
from monitor.store.db import Connection, transaction
from tests.newsdesk import NOW


def keep(main: Connection, name: str, query: str = "", *, by: str = "ann", shared: bool = False) -> int:  # fmt: skip
    with transaction(main):
        return views.keep(main, name, query, is_shared=shared, actor=by, now=NOW)


def remove(main: Connection, number: int, *, by: str, is_editor: bool = False) -> str:
    with transaction(main):
        return views.remove(main, number, actor=by, is_editor=is_editor, now=NOW)


def names(main: Connection, person: str) -> list[str]:
    return [row["name"] for row in views.seen_by(main, person)]


def log(main: Connection) -> list[str]:
    return [row["action"] for row in main.execute("SELECT action FROM audit ORDER BY id")]


def test_a_person_sees_their_own_and_what_is_shared_by_name(main: Connection) -> None:
    keep(main, "Zulu")
    keep(main, "alpha", shared=True, by="ben")
    keep(main, "Bravo", by="ben")
    assert names(main, "ann") == ["alpha", "Zulu"]
    assert names(main, "ben") == ["alpha", "Bravo"]
    assert names(main, "eve") == ["alpha"]


def test_a_view_of_the_same_name_and_owner_is_replaced(main: Connection) -> None:
    first = keep(main, "Hot", "status=watching")
    assert keep(main, " hot ", "severity=4", shared=True) == first
    (row,) = views.seen_by(main, "eve")
    assert (row["name"], row["query"], row["is_shared"]) == ("hot", "severity=4", 1)
    assert keep(main, "Hot", by="ben") != first
    said = main.execute("SELECT before, after FROM audit WHERE id = 2").fetchone()
    assert '"status=watching"' in said["before"]
    assert '"severity=4"' in said["after"]


def test_only_filters_are_kept_in_one_order_and_nothing_else_of_an_address(main: Connection) -> None:  # fmt: skip
    keep(main, "v", "q=a%26b&status=new&after=1~2~3&sel=7&did=8&severity=2&javascript:=1&tag=")
    (row,) = views.seen_by(main, "ann")
    assert row["query"] == "status=new&severity=2&q=a%26b"


@given(st.dictionaries(st.sampled_from([*views.KEYS, "after", "x"]), st.text(max_size=250)))
def test_a_query_that_is_read_again_is_the_same(values: dict[str, str]) -> None:
    said = views.query(values)
    assert views.query(dict(parse_qsl(said))) == said
    assert all(len(value) <= 200 for _, value in parse_qsl(said))


@pytest.mark.parametrize("name", ["", "  \n\t "])
def test_a_view_needs_a_name(main: Connection, name: str) -> None:
    with pytest.raises(Refused, match="Give the view a name"):
        keep(main, name)
    assert log(main) == []


def test_a_long_name_is_cut_to_one_line(main: Connection) -> None:
    keep(main, "a\nb " + "x" * 99)
    (name,) = names(main, "ann")
    assert "\n" not in name
    assert len(name) <= views.NAME


def test_nobody_keeps_more_than_the_most_but_may_replace_and_so_may_others(main: Connection) -> None:  # fmt: skip
    for number in range(views.MOST):
        keep(main, f"v{number}")
    with pytest.raises(Refused, match="remove one first"):
        keep(main, "one more")
    keep(main, "v0", "severity=2")
    keep(main, "one more", by="ben")
    assert len(names(main, "ann")) == views.MOST


def test_whose_view_it_is_says_who_removes_it(main: Connection) -> None:
    own, shared = keep(main, "own"), keep(main, "shared", shared=True)
    for is_editor in (False, True):
        with pytest.raises(Refused, match="There is no such view"):
            remove(main, own, by="ben", is_editor=is_editor)
    with pytest.raises(Refused, match="“shared” is a view of ann"):
        remove(main, shared, by="ben")
    assert remove(main, shared, by="ben", is_editor=True) == "shared"
    assert remove(main, own, by="ann") == "own"
    with pytest.raises(Refused, match="There is no such view"):
        remove(main, own, by="ann")
    assert log(main) == ["view.keep", "view.keep", "view.remove", "view.remove"]


def test_time_of_keeping_is_when_it_was_first_kept(main: Connection) -> None:
    keep(main, "v")
    with transaction(main):
        views.keep(main, "v", "q=x", is_shared=False, actor="ann", now=NOW + timedelta(days=1))
    (row,) = views.seen_by(main, "ann")
    assert row["created_at"].startswith("2026-03-01")
