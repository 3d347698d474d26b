"""The recall audit: a few posts that no rule flagged, drawn by chance each week, shown to people.

    draw                                        once a week, by the worker
      gather    unflagged posts of the last whole week             store.recall
      choose    so many, each as likely as any other               chance, an argument
      settle    the week, its population and its sample, or nothing if the week has one
    answer      relevant: the post joins or starts an incident, linked by the person
                not, cannot tell: written down
    undo        the answer, and what it did to incidents

What stands in the database says whether a week is drawn; nobody need remember.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from monitor.flow.grouping import place
from monitor.model import Judged, Status, Verdict
from monitor.rules.recall import Week
from monitor.store import incidents, posts, queue, recall, rulebook, triage
from monitor.store.db import Connection, Row, moment, transaction

Pick = Callable[[int, int], list[int]]
"""(of how many, how many) -> so many different indexes, each as likely as any other."""


def last_week(now: datetime) -> recall.Span:
    """The last ISO week that is over: Monday to Monday, UTC.

    Whole weeks, so that no post is in two populations and none in none, whenever the worker runs.
    """
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    start = monday - timedelta(days=7)
    year, week, _ = start.isocalendar()
    return recall.Span(f"{year}-W{week:02d}", start, monday)


def draw(conn: Connection, wanted: int, *, pick: Pick, now: datetime) -> int:
    """Draw the sample of the last week unless it is drawn; returns how many posts wait for a look."""
    span = last_week(now)
    if not wanted or recall.is_drawn(conn, span.week):
        return 0
    population = recall.unflagged(conn, span)
    if not population:
        return 0
    chosen = [population[at] for at in sorted(pick(len(population), wanted))]
    with transaction(conn):
        drawn = recall.draw(conn, span, population=len(population), post_ids=chosen, now=now)
    return len(chosen) if drawn else 0


def answer(
    conn: Connection, number: int, said: str, *, version: int, actor: str, now: datetime
) -> int:
    """Write what a person says of a post; returns the new version. In the caller's transaction."""
    row = recall.asked(conn, number)
    recall.current(row, version)
    if row["answer"] == "relevant" and said != "relevant":
        _take_back(conn, row, actor=actor, now=now)
    incident = None
    if said == "relevant":
        incident = _miss(conn, row["post_id"], actor=actor, now=now)
    return recall.answer(
        conn, row, said, version=version, incident_id=incident, actor=actor, now=now
    )


def undo(conn: Connection, number: int, *, version: int, actor: str, now: datetime) -> int:
    """Take an answer back, so that the post waits again. In the caller's transaction."""
    return answer(conn, number, "", version=version, actor=actor, now=now)


def _miss(conn: Connection, post_id: int, *, actor: str, now: datetime) -> int:
    """The incident of a failure that the rules missed: one that tells of it already, or a new one.

    A new one is relevant, since a person just said so; nobody is asked twice.
    """
    known = incidents.of_post(conn, post_id)
    if known is not None:
        number, is_alone = known, _is_alone(conn, known)
    else:
        saved = _saved(conn, post_id)
        placed = place(conn, saved, now=now, by=actor)
        number, is_alone = placed.incident_id, placed.is_new
    row = queue.incident(conn, number)
    if is_alone and row is not None and row["status"] != Status.RELEVANT:
        triage.decide(
            conn, number, version=row["version"], status=Status.RELEVANT, reason="",
            actor=actor, now=now,
        )  # fmt: skip
    return number


def _is_alone(conn: Connection, incident_id: int) -> bool:
    """Whether an incident rests on one post that a person linked, whatever it drew since."""
    linked = [row for row in queue.posts(conn, incident_id) if not row["is_known"]]
    return len(linked) == 1 and linked[0]["linked_by"] != "failwatch"


def _saved(conn: Connection, post_id: int) -> posts.Saved:
    (row,) = rulebook.posts(conn, [post_id])
    matches = tuple(rulebook.matches(conn, [post_id])[post_id])
    judged = Judged(posts.as_post(row), Verdict(matches, row["score"], bool(row["flagged"])))
    return posts.Saved(
        post_id, judged, is_new=False, was_flagged=False, published_at=moment(row["published_at"])
    )


def _take_back(conn: Connection, row: Row, *, actor: str, now: datetime) -> None:
    """Undo what *relevant* did: unless somebody else has decided on the incident since."""
    number = row["incident_id"]
    incident = queue.incident(conn, number) if number else None
    if incident is None:
        return
    if not _is_alone(conn, number):
        incidents.leave(conn, number, row["post_id"], by=actor, now=now)
    elif incident["status"] == Status.RELEVANT and incident["decided_by"] == row["answered_by"]:
        # It stays, dismissed: what was once written in the log keeps its number.
        triage.decide(
            conn, number, version=incident["version"], status=Status.DISMISSED,
            reason="not a failure", actor=actor, now=now,
        )  # fmt: skip


def weeks(conn: Connection) -> list[Week]:
    """Every sampled week as the estimate takes it."""
    return [
        Week(
            t.week, t.population, t.missed, t.cleared, t.unclear, t.open, t.found, t.undecided
        )
        for t in recall.tallies(conn)
    ]  # fmt: skip
