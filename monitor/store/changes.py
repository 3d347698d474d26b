"""Every change that a person makes to incidents: written down in one place, undone for a day.

    with recorded(conn, "incident.tag", 17, reach, actor=…, now=…) as change:
        … any SQL on rows in reach …
        change.words = "tagged it backlash"

On leaving, the rows in reach are compared with what they were; if any differ, the audit row and the
change with its images are written. `undo` puts the rows back exactly, unless somebody has changed
the same thing since: then it says who and what, and nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.errors import Refused, StaleVersion
from monitor.store import audit, images, incidents, labels
from monitor.store.db import Connection, IntegrityError, Row, moment, stamp

LIFE = timedelta(hours=24)
"""How long a change can be undone."""


@dataclass(slots=True)
class Change:
    """A change under way."""

    words: str = ""
    """What was done, as a sentence without its subject: `tagged it backlash`."""
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)
    """Both for the audit row."""
    also: dict[int, dict[str, object]] = field(default_factory=dict)
    """Other incidents whose history tells of it, with what is said there."""
    id: int = 0
    """Its number, once it is written; 0 if nothing changed."""


@contextmanager
def recorded(
    conn: Connection,
    what: str,
    incident_id: int | None,
    reach: images.Reach,
    *,
    actor: str,
    now: datetime,
    item: str = "",
) -> Iterator[Change]:
    """Watch the rows in reach while they are changed; write down what became of them."""
    was = images.read(conn, reach)
    change = Change()
    yield change
    differing = images.compare(was, images.read(conn, reach))
    if not differing:
        return
    touched = sorted({n for image in differing for n in _incidents(image)})
    refresh_words(conn, touched)
    number = audit.record(
        conn, actor, what, item or f"incident:{incident_id}", now=now,
        before=change.before, after=change.after,
    )  # fmt: skip
    for other, said in change.also.items():
        audit.record(conn, actor, what, f"incident:{other}", now=now, after=said)
    before, after = images.pack(differing)
    added = conn.execute(
        "INSERT INTO changes (what, incident_id, audit_id, words, before, after, actor, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (what, incident_id, number, change.words, before, after, actor, stamp(now)),
    )
    change.id = int(added.lastrowid or 0)


def _incidents(image: images.Image) -> Iterator[int]:
    """The incidents that a row is of, or points at."""
    for row in (image.before, image.after):
        number = row.get("id" if image.table == "incidents" else "incident_id") if row else None
        if isinstance(number, int):
            yield number


def refresh_words(conn: Connection, incident_ids: Collection[int]) -> None:
    """Let incidents be found by the words that they have now."""
    conn.execute(
        "INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)"
        " SELECT id, title, summary, lessons FROM incident_words"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(incident_ids)),),
    )


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back."""

    id: int
    what: str
    words: str
    incident_id: int | None


def found(conn: Connection, number: int) -> Row | None:
    """A change by its number, if there is one."""
    row: Row | None = conn.execute("SELECT * FROM changes WHERE id = ?", (number,)).fetchone()
    return row


def find(conn: Connection, number: int) -> Row:
    """A change by its number. Raises `Refused`."""
    row = found(conn, number)
    if row is None:
        raise Refused(f"There is no change {number}.")
    return row


def last_by(
    conn: Connection, actor: str, *, now: datetime, incident_id: int | None = None
) -> Row | None:
    """The newest change of a person that can still be undone; of one incident if it is named."""
    row: Row | None = conn.execute(
        "SELECT * FROM changes WHERE actor = ? AND undone_at IS NULL AND at >= ?"
        " AND (? IS NULL OR incident_id = ?) ORDER BY id DESC LIMIT 1",
        (actor, stamp(now - LIFE), incident_id, incident_id),
    ).fetchone()
    return row


def last_of(
    conn: Connection, incident_id: int, what: str, *, now: datetime, actor: str = ""
) -> Row | None:
    """The newest change of one kind to an incident that can still be undone."""
    row: Row | None = conn.execute(
        "SELECT * FROM changes WHERE incident_id = ? AND what = ? AND undone_at IS NULL AND at >= ?"
        " AND (? = '' OR actor = ?) ORDER BY id DESC LIMIT 1",
        (incident_id, what, stamp(now - LIFE), actor, actor),
    ).fetchone()
    return row


def undo(conn: Connection, number: int, *, actor: str, now: datetime, named: str = "") -> Undone:
    """Take a change back; `named` is the audit row's action, if not that of the change with `.undo`.

    Raises `Refused` if it is too late or was done, `StaleVersion` if somebody changed the same since.
    """
    row = find(conn, number)
    if row["undone_at"]:
        raise Refused(f"{row['undone_by']} has taken it back already.")
    if now - moment(row["at"]) > LIFE:
        raise Refused(
            "It is more than 24 hours old. Change it by hand: the history says what it was before."
        )
    rows = images.unpack(row["before"], row["after"])
    for image in rows:
        if not images.is_as_left(conn, image):
            raise StaleVersion(_why_not(conn, row, image))
    _check_newcomers(conn, row, rows)
    labels.ask_again(conn, number)
    try:
        _put_back(conn, row, rows, now=now)
    except IntegrityError as error:
        raise StaleVersion(
            "It cannot be taken back: what it changed is in use by something newer. Nothing was changed."
        ) from error
    touched = sorted({n for image in rows for n in _incidents(image)})
    conn.execute(
        "UPDATE incidents SET version = version + 1 WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(touched),),
    )
    for number_of in touched:
        incidents.recount(conn, number_of)
    labels.reverse(conn, rows, actor=actor, now=now)
    refresh_words(conn, touched)
    conn.execute(
        "UPDATE changes SET undone_at = ?, undone_by = ? WHERE id = ?", (stamp(now), actor, number)
    )
    told = conn.execute("SELECT * FROM audit WHERE id = ?", (row["audit_id"],)).fetchone()
    audit.record(
        conn, actor, named or f"{row['what']}.undo", told["item"], now=now,
        before=json.loads(told["after"]), after=json.loads(told["before"]),
    )  # fmt: skip
    if row["incident_id"]:
        # Open pages hear of the other incidents too: their versions are new.
        for other in sorted({f"incident:{n}" for n in touched} - {told["item"]}):
            audit.record(conn, actor, f"{row['what']}.undo", other, now=now)
    return Undone(number, row["what"], row["words"], row["incident_id"])


def _check_newcomers(conn: Connection, row: Row, rows: tuple[images.Image, ...]) -> None:
    """Refuse to take an incident back that something else hangs on by now."""
    made = [
        i.after["id"]
        for i in rows
        if i.table == "incidents" and i.before is None and i.after is not None
    ]
    if not made:
        return
    reach = images.everything_of(conn, [int(str(n)) for n in made])
    known = {
        (i.table, tuple((i.after or {}).get(k) for k in images.key_columns(conn, i.table)))
        for i in rows
    }
    for table, key in images.read(conn, reach):
        if (table, key) not in known and table not in {*images.DERIVED, "incidents"}:
            what = {"incident_posts": "a post has joined", "notes": "a note was written on"}
            raise StaleVersion(
                f"It cannot be taken back: {what.get(table, 'something was added to')} incident"
                f" {made[0]} since. Merge the incidents instead: {row['incident_id']} keeps its number."
            )


def _why_not(conn: Connection, row: Row, image: images.Image) -> str:
    """Who changed the same thing since."""
    numbers = sorted(set(_incidents(image))) or [row["incident_id"]]
    later = conn.execute(
        "SELECT actor, words, incident_id FROM changes WHERE id > ? AND undone_at IS NULL"
        " AND incident_id IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 1",
        (row["id"], json.dumps(numbers)),
    ).fetchone()
    if later is not None:
        return (
            f"It cannot be taken back: {later['actor']} {later['words']} since"
            f" (incident {later['incident_id']}). Take that back first. Nothing was changed."
        )
    return "It cannot be taken back: it was changed again since. Nothing was changed."


def _put_back(conn: Connection, row: Row, rows: tuple[images.Image, ...], *, now: datetime) -> None:
    # Rows go and come in an order in which one may point at another that is not there yet.
    conn.execute("PRAGMA defer_foreign_keys = ON")
    for image in rows:
        if image.before is None and image.after is not None:
            _take_away(conn, row, image, now=now)
    for image in rows:
        if image.before is not None and image.after is not None:
            images.put_back(conn, image)
    for image in rows:
        if image.before is not None and image.after is None:
            images.insert(conn, image, image.before)


def _take_away(conn: Connection, row: Row, image: images.Image, *, now: datetime) -> None:
    after = image.after or {}
    if image.table == "incidents":
        # A number that people have seen never becomes another incident's: it leads back.
        conn.execute(
            "UPDATE incidents SET merged_into = ?, status = 'dismissed', reason = 'duplicate',"
            " decided_at = ?, posts = 0, sources = 0 WHERE id = ?",
            (row["incident_id"], stamp(now), after["id"]),
        )
    elif image.table == "tags":
        conn.execute(
            "DELETE FROM tags WHERE id = ? AND NOT EXISTS (SELECT 1 FROM incident_tags WHERE tag_id = tags.id)"
            " AND NOT EXISTS (SELECT 1 FROM tag_synonyms WHERE tag_id = tags.id)",
            (after["id"],),
        )
    else:
        images.remove(conn, image, after)


def of_audit(conn: Connection, audit_ids: Collection[int]) -> dict[int, Row]:
    """The changes behind audit rows, by the number of the row."""
    rows = conn.execute(
        "SELECT id, audit_id, words, actor, at, undone_at, undone_by, what FROM changes"
        " WHERE audit_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(audit_ids)),),
    )
    return {row["audit_id"]: row for row in rows}


def can_undo(row: Row, now: datetime) -> bool:
    """Whether a change is young enough and was not taken back."""
    return not row["undone_at"] and now - moment(row["at"]) <= LIFE
