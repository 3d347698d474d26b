"""The precision ledger: in step with every decision, whatever happens in between."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import Refused
from monitor.store import db, ledger, rules, triage
from monitor.store.db import Connection, transaction
from tests.newsdesk import NOW, RULE, incident


def rows(conn: Connection) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for row in conn.execute(
            "SELECT incident_id, is_hit, weight FROM rule_decisions ORDER BY incident_id"
        )
    ]


def decide(conn: Connection, number: int, status: str, reason: str = "") -> None:
    version = conn.execute("SELECT version FROM incidents WHERE id = ?", (number,)).fetchone()[0]
    with transaction(conn):
        triage.decide(
            conn, number, version=version, status=status, reason=reason, actor="ann", now=NOW
        )


def undo(conn: Connection, number: int) -> None:
    version = conn.execute("SELECT version FROM incidents WHERE id = ?", (number,)).fetchone()[0]
    with transaction(conn):
        triage.undo(conn, number, version=version, actor="ann", now=NOW)


@pytest.mark.parametrize(
    ("status", "reason", "mark"),
    [
        ("relevant", "", [(1, 1, 0.8)]),
        ("watching", "", []),
        ("dismissed", "not a failure", [(1, 0, 0.8)]),
        ("dismissed", "no organisation", [(1, 0, 0.8)]),
        ("dismissed", "off topic", [(1, 0, 0.8)]),
        ("dismissed", "duplicate", []),
        ("dismissed", "too old", []),
        ("dismissed", "other", []),
    ],
)
def test_a_decision_scores_the_rule_unless_it_says_nothing_of_it(
    main: Connection, status: str, reason: str, mark: list[tuple[object, ...]]
) -> None:
    incident(main)
    decide(main, 1, status, reason)
    assert rows(main) == mark
    undo(main, 1)
    assert rows(main) == []


def test_every_reason_to_dismiss_is_known_to_the_ledger() -> None:
    assert set(ledger.MISSES) < set(triage.REASONS)


def test_undo_brings_the_decision_before_back(main: Connection) -> None:
    incident(main)
    decide(main, 1, "relevant")
    decide(main, 1, "dismissed", "off topic")
    assert rows(main) == [(1, 0, 0.8)]
    undo(main, 1)
    assert rows(main) == [(1, 1, 0.8)]


moves = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(
            ["new", "watching", "relevant", "undo", *(f"dismissed:{r}" for r in triage.REASONS)]
        ),
    ),
    max_size=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_the_ledger_is_in_step_after_any_decisions(
    main: Connection, steps: list[tuple[int, str]]
) -> None:
    for table in ("changes", "revisits", "rule_decisions", "incident_tags", "incident_posts", "matches", "incidents", "posts"):  # fmt: skip
        main.execute(f"DELETE FROM {table}")
    numbers = [incident(main, n, f"Story {n} of its own draws an outcry") for n in (1, 2, 3)]
    for at, step in steps:
        status, _, reason = step.partition(":")
        if status == "undo":
            try:
                undo(main, numbers[at - 1])
            except Refused:
                continue
        else:
            decide(main, numbers[at - 1], status, reason)
    meant = [
        (row["id"], int(row["status"] == "relevant"), 0.8)
        for row in main.execute("SELECT * FROM incidents ORDER BY id")
        if row["status"] == "relevant"
        or (row["status"] == "dismissed" and row["reason"] in ledger.MISSES)
    ]
    assert rows(main) == meant


def test_a_shipped_case_does_not_count(main: Connection) -> None:
    incident(main)
    main.execute("UPDATE incidents SET casebook_id = 'case'")
    decide(main, 1, "relevant")
    assert rows(main) == []


def test_a_post_that_no_rule_flagged_scores_none(main: Connection) -> None:
    incident(main)
    main.execute("UPDATE posts SET flagged = 0")
    decide(main, 1, "relevant")
    assert rows(main) == []


def test_a_new_weight_keeps_the_decisions_and_a_new_query_starts_anew(main: Connection) -> None:
    for number in (1, 2):
        incident(main, number)
    decide(main, 1, "relevant")
    decide(main, 2, "dismissed", "off topic")
    (first, second) = ledger.by_rule(main)["outcry"]
    assert (first.is_hit, second.is_hit) == (True, False)
    heavier = rules.LiveRule("outcry", "v2", "T", "outcry", 3, 0.9, (), "outcry", "p")
    with transaction(main):
        rules.sync(main, [heavier], now=NOW)
    assert len(ledger.by_rule(main, "outcry")["outcry"]) == 2
    other = rules.LiveRule("outcry", "v3", "T", "outcry", 3, 0.9, (), "outcry AND NOT film", "p")
    with transaction(main):
        rules.sync(main, [other], now=NOW)
    assert ledger.by_rule(main) == {}
    assert [(v.version, v.hits, v.total) for v in ledger.versions(main, "outcry")] == [
        ("v3", 0, 0), ("v2", 0, 0), ("v1", 1, 2),
    ]  # fmt: skip
    assert ledger.weekly(main, "outcry") == []
    with transaction(main):
        rules.sync(main, [RULE], now=NOW)
    assert ledger.weekly(main, "outcry") == [("2026-W09", 1, 2)]
    assert ledger.false_titles(main, "outcry") == ["Story 2 draws an outcry"]
    assert ledger.relevant_titles(main) == ["Story 1 draws an outcry"]


def test_earlier_decisions_are_taken_over_by_the_migration(main: Connection) -> None:
    for number in (1, 2, 3):
        incident(main, number)
    decide(main, 1, "relevant")
    decide(main, 2, "dismissed", "no organisation")
    decide(main, 3, "dismissed", "duplicate")
    kept = rows(main)
    main.execute("DELETE FROM rule_decisions")
    sql = (Path(db.__file__).parent / "migrations/0003_rule_quality.sql").read_text()
    start = sql.index("INSERT INTO rule_decisions")
    main.execute(sql[start : sql.index(";", start)])
    assert rows(main) == kept == [(1, 1, 0.8), (2, 0, 0.8)]


def test_a_kill_in_the_middle_leaves_neither_decision_nor_ledger(
    main: Connection, tmp_path: Path
) -> None:
    incident(main)
    code = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.store import audit, db, triage
audit.record = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
conn = db.connect(Path(sys.argv[1]))
with db.transaction(conn):
    triage.decide(conn, 1, version=1, status="relevant", reason="", actor="a", now=datetime.now(UTC))
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / db.MAIN)], env=os.environ, check=False
    )
    assert run.returncode == -signal.SIGKILL
    assert rows(main) == []
    assert main.execute("SELECT status FROM incidents").fetchone()[0] == "new"
    decide(main, 1, "relevant")
    assert rows(main) == [(1, 1, 0.8)]
