"""People's merges, splits and answers as labels that the thresholds of grouping are fitted to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.flow.grouping import longest
from monitor.incidents import group
from monitor.incidents.group import Centre
from monitor.incidents.names import LEAD
from monitor.incidents.traits import traits
from monitor.incidents.tune import Label
from monitor.store import grouping as store
from monitor.store import posts
from monitor.store.db import Connection, Row, moment


@dataclass(frozen=True, slots=True)
class Said:
    """A label, and what it is about."""

    label: Label
    post: str
    incident: str
    """Titles."""


def said(conn: Connection, rows: Iterable[Row]) -> list[Said]:
    """The labels of `store.grouping.labels` with their likeness; a post alone is like nothing.

    A post that is all its incident tells of, with its copies, says nothing about grouping: left out.
    """
    found = []
    for row in rows:
        likeness = _likeness(conn, row["post_id"], row["incident_id"])
        if likeness is not None:
            label = Label(row["post_id"], row["incident_id"], bool(row["is_same"]), likeness)
            found.append(Said(label, row["post_title"], row["incident_title"]))
    return found


def _likeness(conn: Connection, post_id: int, incident_id: int) -> float | None:
    found = posts.by_id(conn, post_id)
    rows = store.others(conn, incident_id, post_id, limit=group.MOST_POSTS, lead=LEAD)
    if found is None or not rows:
        return None
    own, _ = found
    post = traits(own.title, longest(own)[:LEAD])
    terms, keys = group.centre(traits(row["title"], row["text"]) for row in rows)
    times = [moment(row["published_at"]) for row in rows]
    counts, incidents = store.counts(conn, {*post.terms, *terms}), store.incidents(conn)
    size = group.extent(terms, counts, incidents)
    centre = Centre(incident_id, terms, keys, min(times), max(times), size)
    compared = group.compare(
        post, own.published_at or centre.last_at, [centre],
        counts=counts, incidents=incidents,
    )  # fmt: skip
    return compared[0].likeness if compared else 0.0
