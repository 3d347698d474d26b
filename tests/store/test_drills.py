"""Drills in a real database: a move and a score stay, and each leaves a row in the log."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import Refused
from monitor.store import db, drills
from monitor.store.db import Connection, transaction
from tests import newsdesk
from tests.newsdesk import NOW

WHO: dict[str, Any] = {"actor": "ann", "now": NOW}


@pytest.fixture
def drill(main: Connection) -> int:
    number = newsdesk.incident(main, 1, "Acme draws an outcry over a joke")
    with transaction(main):
        return drills.begin(main, number, NOW - timedelta(days=1), **WHO)


def logged(conn: Connection) -> list[str]:
    rows = conn.execute("SELECT action FROM audit WHERE item LIKE 'drill:%' ORDER BY id")
    return [row["action"] for row in rows]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (lambda c, n: drills.move(c, n + 9, "deny", "x", **WHO), "There is no drill"),
        (lambda c, n: drills.move(c, n, "war", "x", **WHO), "what kind of move"),
        (lambda c, n: drills.move(c, n, "silence", " ", **WHO), "of silence, why"),
        (lambda c, n: drills.move(c, n, "deny", "x" * 4_001, **WHO), "at most 4,000"),
        (lambda c, n: drills.score(c, n, ["true"], **WHO), "Make your move first"),
        (lambda c, n: drills.score(c, n, ["speed"], **WHO), "no check “speed”"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_no_trace(
    main: Connection, drill: int, what: Callable[[Connection, int], object], says: str
) -> None:
    with pytest.raises(Refused, match=says), transaction(main):
        what(main, drill)
    assert drills.moves(main, drill) == []
    assert logged(main) == ["drill.begin"]


def test_a_move_and_its_row_in_the_log_come_and_go_together(main: Connection, drill: int) -> None:
    main.execute(
        "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'disk full'); END"
    )
    with pytest.raises(db.IntegrityError, match="disk full"), transaction(main):
        drills.move(main, drill, "rebuild", "Sorry.", **WHO)
    assert drills.moves(main, drill) == []


def test_a_second_move_or_score_changes_nothing(main: Connection, drill: int) -> None:
    with transaction(main):
        drills.move(main, drill, "rebuild", "Sorry.", **WHO)
        assert drills.score(main, drill, ["true", "fit", "true"], **WHO) == 2
    with pytest.raises(Refused, match="stays as it is"), transaction(main):
        drills.move(main, drill, "deny", "Never.", **WHO)
    with pytest.raises(Refused, match="a score stays"), transaction(main):
        drills.score(main, drill, [], **WHO)
    (row,) = drills.moves(main, drill)
    assert (row["text"], row["score"]) == ("Sorry.", 2)
    assert logged(main) == ["drill.begin", "drill.move", "drill.score"]


def test_cards_lie_back_by_person_and_by_score(main: Connection, drill: int) -> None:
    incident, day, due = drills.find(main, drill)["incident_id"], NOW, []
    for checks in (["true"] * 1, ["true", "fit", "next", "people"], ["true", "fit", "next", "people"]):  # fmt: skip
        with transaction(main):
            number = drills.begin(main, incident, NOW, actor="ann", now=day)
            drills.move(main, number, "rebuild", "Sorry.", actor="ann", now=day)
            drills.score(main, number, checks, actor="ann", now=day)
        card = drills.card(main, "ann", incident)
        assert card is not None
        due.append(card["days"])
        day += timedelta(days=card["days"])
    assert due == [1, 1, 6]
    assert drills.card(main, "bob", incident) is None
    assert drills.times_begun(main, "ann", incident) == 3
