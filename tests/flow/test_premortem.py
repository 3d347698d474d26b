"""A plan as somebody would describe it meets the well-known failures that it repeats."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.flow import premortem
from monitor.lessons.profile import controls
from monitor.store import db, schema
from monitor.store.db import Connection
from monitor.text import fold
from tests.flow.test_casebook import WHOLE, bring

ROLES = ["viewer", "triager", "editor"]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder: Path = tmp_path_factory.mktemp("casebook")
    conn = db.connect(folder / db.MAIN)
    schema.migrate(conn, "main")
    bring(conn, WHOLE)
    yield conn
    conn.close()


@pytest.mark.parametrize(
    ("kind", "plan", "known"),
    [
        ("hashtag", "We start a hashtag and ask customers on Twitter to share their best stories with our restaurants", "#McDStories"),
        ("launch", "We raise prices of the subscription and split the service in two", "Qwikster"),
        ("campaign", "An advert with a model for our summer dress, photo of a black woman, joke about skin", "Dove"),
        ("reply", "We answer the passengers after the outage of our booking system with an apology by e-mail", "JetBlue"),
    ],
)  # fmt: skip
def test_the_failure_that_a_plan_repeats_is_found_with_its_lesson(
    history: Connection, kind: str, plan: str, known: str
) -> None:
    found = premortem.look(history, kind, plan, ROLES)
    assert known in found.precedents[0].title
    assert all(one.lesson and one.why for one in found.precedents)
    assert len(found.checks) == len(found.precedents)
    assert len(found.questions) >= 7
    assert found.missing


def test_most_shipped_cases_ask_for_a_control_that_is_known() -> None:
    known = {tag for control in controls() for tag in control.tags}
    met = sum(bool(known & set(map(fold, case.tags))) for case in WHOLE.cases)
    assert met >= 0.85 * len(WHOLE.cases)
