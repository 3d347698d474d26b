"""Rows as they were and as they became: what a change is undone from.

An image is a row before and after, by table and key. Whatever a change does is seen by comparing
the rows in its reach before it and after it, so undoing needs no code of its own for any of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from monitor.store.db import Connection

Values = dict[str, object]
Reach = Sequence[tuple[str, str, tuple[object, ...]]]
"""Rows that a change may touch: (table, condition, its values)."""

OWN = frozenset(
    {"changes", "evidence", "incident_keys", "incident_stale", "incident_traits", "ranks"}
)
"""Tables that point at incidents and never change with one: the log, and what is reckoned."""

PEOPLES = frozenset(
    {
        "title", "organisation", "status", "reason", "decided_at", "decided_by", "severity",
        "severity_by", "merged_into", "owner", "due_on", "handover", "snoozed_until",
    }
)  # fmt: skip
"""Columns of an incident that people write; the others Failwatch reckons, and reckons anew."""

DERIVED = frozenset(
    {"rule_decisions", "recall_posts", "overrules", "tags", "alerts", "mentions", "suggestions"}
)
"""Tables that no later change of a person's lies in: put back without asking."""


NOTED = {
    "lessons": frozenset({"version", "updated_at", "updated_by"}),
    "actions": frozenset({"version"}),
}
"""Columns that only note that a row was changed."""


@dataclass(frozen=True, slots=True)
class Image:
    """One row: `before` is None if it was added, `after` if it was taken away."""

    table: str
    before: Values | None
    after: Values | None

    @property
    def changed(self) -> frozenset[str]:
        """The columns that differ."""
        if self.before is None or self.after is None:
            return frozenset(self.before or self.after or ())
        after = self.after
        return frozenset(k for k, v in self.before.items() if after.get(k) != v)


@cache
def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def key_columns(conn: Connection, table: str) -> tuple[str, ...]:
    """The columns of a table's primary key, in order."""
    rows = conn.execute("SELECT name, pk FROM pragma_table_info(?) WHERE pk ORDER BY pk", (table,))
    return tuple(row["name"] for row in rows)


def pointing(conn: Connection) -> list[tuple[str, str]]:
    """Every table that points at incidents, with the column that does: whoever made the table."""
    rows = conn.execute(
        'SELECT m.name AS name, f."from" AS of FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f'
        " WHERE m.type = 'table' AND f.\"table\" = 'incidents' AND m.name <> 'incidents' ORDER BY 1, 2"
    )
    return [(row["name"], row["of"]) for row in rows if row["name"] not in OWN]


def everything_of(conn: Connection, incident_ids: Iterable[int]) -> Reach:
    """All rows of some incidents: themselves, what was merged into them, and what points at them."""
    ids = json.dumps(sorted(set(incident_ids)))
    within = "IN (SELECT value FROM json_each(?))"
    return [
        ("incidents", f"id {within} OR merged_into {within}", (ids, ids)),
        *((table, f"{_identifier(of)} {within}", (ids,)) for table, of in pointing(conn)),
    ]


Rows = dict[tuple[str, tuple[object, ...]], Values]


def read(conn: Connection, reach: Reach) -> Rows:
    """The rows in reach, by table and key."""
    found: Rows = {}
    for table, condition, values in reach:
        keys = key_columns(conn, table)
        for row in conn.execute(f"SELECT * FROM {_identifier(table)} WHERE {condition}", values):
            found[table, tuple(row[k] for k in keys)] = dict(row)
    return found


def compare(before: Rows, after: Rows) -> tuple[Image, ...]:
    """What differs, in a fixed order."""
    return tuple(
        Image(place[0], before.get(place), after.get(place))
        for place in sorted({*before, *after}, key=repr)
        if before.get(place) != after.get(place)
    )


def pack(images: Iterable[Image]) -> tuple[str, str]:
    """As two columns hold them: lists of (table, row) in step, null where there is no row."""
    made = list(images)
    before = [[i.table, i.before] for i in made]
    after = [[i.table, i.after] for i in made]
    return json.dumps(before, ensure_ascii=False), json.dumps(after, ensure_ascii=False)


def unpack(before: str, after: str) -> tuple[Image, ...]:
    """The reverse of `pack`."""
    pairs = zip(json.loads(before), json.loads(after), strict=True)
    return tuple(Image(table, was, became) for (table, was), (_, became) in pairs)


def now_of(conn: Connection, image: Image) -> Values | None:
    """The row as it is now."""
    row = image.after or image.before or {}
    keys = key_columns(conn, image.table)
    where = " AND ".join(f"{_identifier(k)} IS ?" for k in keys)
    found = conn.execute(
        f"SELECT * FROM {_identifier(image.table)} WHERE {where}", [row[k] for k in keys]
    ).fetchone()
    return dict(found) if found else None


def is_as_left(conn: Connection, image: Image) -> bool:
    """Whether nobody has changed since what the image's change did."""
    if image.table in DERIVED:
        return True
    current = now_of(conn, image)
    if image.after is None or current is None:
        return current is None and image.after is None
    columns = image.changed
    if image.table == "incidents":
        columns &= PEOPLES
        if not image.after.get("severity_by"):
            columns -= {"severity"}
    if image.before is not None:
        # A later change of another part of the same lesson or action does not stand in the way.
        columns -= NOTED.get(image.table, frozenset())
    return all(current.get(c) == image.after[c] for c in columns)


def remove(conn: Connection, image: Image, row: Values) -> None:
    """Delete a row by its key."""
    keys = key_columns(conn, image.table)
    where = " AND ".join(f"{_identifier(k)} IS ?" for k in keys)
    conn.execute(f"DELETE FROM {_identifier(image.table)} WHERE {where}", [row[k] for k in keys])


def insert(conn: Connection, image: Image, row: Values) -> None:
    """Put a row back."""
    names = ", ".join(map(_identifier, row))
    marks = ", ".join("?" for _ in row)
    conn.execute(
        f"INSERT OR REPLACE INTO {_identifier(image.table)} ({names}) VALUES ({marks})",
        list(row.values()),
    )


def put_back(conn: Connection, image: Image) -> None:
    """Give the columns that a change altered their former values; reckoned ones if still as left."""
    before, after, current = image.before or {}, image.after or {}, now_of(conn, image)
    if current is None:
        return
    columns = [
        c
        for c in sorted(image.changed - {"version"})
        if current.get(c) == after.get(c) or image.table in {"rule_decisions", "overrules"}
    ]
    if not columns:
        return
    keys = key_columns(conn, image.table)
    sets = ", ".join(f"{_identifier(c)} = ?" for c in columns)
    where = " AND ".join(f"{_identifier(k)} IS ?" for k in keys)
    conn.execute(
        f"UPDATE {_identifier(image.table)} SET {sets} WHERE {where}",
        [*(before[c] for c in columns), *(before[k] for k in keys)],
    )
