"""Tags and notes on incidents: the team's vocabulary, its synonyms, and who is named in a note."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from monitor.errors import Refused
from monitor.store import changes, standing
from monitor.store.db import Connection, Row, stamp
from monitor.store.images import Reach
from monitor.text import clean, one_line, order

MAX_NOTE = 10_000
MAX_WORD = 60
_MENTION = re.compile(r"(?<![\w.@+-])@([\w.@+-]{1,64})")


def _word(name: str) -> str:
    word = one_line(name, MAX_WORD).strip("#, ")
    if not word:
        raise Refused("A tag needs at least one letter.")
    return word


def spelt(conn: Connection, name: str) -> str:
    """A word as the vocabulary has it: a synonym becomes its tag, another case the known one."""
    word = _word(name)
    row = conn.execute(
        "SELECT name FROM tags WHERE name = :word UNION ALL SELECT name FROM tag_synonyms"
        " JOIN tags ON tags.id = tag_id WHERE word = :word LIMIT 1",
        {"word": word},
    ).fetchone()
    return row["name"] if row else word


def tag(conn: Connection, incident_id: int, name: str, *, actor: str, now: datetime) -> str:
    """Put a tag on; a new word joins the vocabulary. Returns the tag as the vocabulary spells it."""
    standing.current(conn, incident_id)
    word = spelt(conn, name)
    reach: Reach = [
        ("incident_tags", "incident_id = ?", (incident_id,)),
        ("tags", "name = ?", (word,)),
    ]
    with changes.recorded(conn, "incident.tag", incident_id, reach, actor=actor, now=now) as c:
        conn.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", (word,))
        conn.execute(
            "INSERT OR IGNORE INTO incident_tags (incident_id, tag_id, tagged_by)"
            " SELECT ?, id, ? FROM tags WHERE name = ?",
            (incident_id, actor, word),
        )
        c.words, c.after = f"tagged it {word}", {"tag": word}
    return word


def untag(conn: Connection, incident_id: int, name: str, *, actor: str, now: datetime) -> None:
    """Take a tag off; the word stays in the vocabulary."""
    standing.current(conn, incident_id)
    word = spelt(conn, name)
    reach: Reach = [("incident_tags", "incident_id = ?", (incident_id,))]
    with changes.recorded(conn, "incident.untag", incident_id, reach, actor=actor, now=now) as c:
        conn.execute(
            "DELETE FROM incident_tags WHERE incident_id = ?"
            " AND tag_id IN (SELECT id FROM tags WHERE name = ?)",
            (incident_id, word),
        )
        c.words, c.before = f"took the tag {word} off", {"tag": word}


def mentioned(text: str, people: Collection[str]) -> list[str]:
    """Who is named in a text as `@name`, as their accounts spell it, in order."""
    known = {name.casefold(): name for name in people}
    named = (found.rstrip(".-+@").casefold() for found in _MENTION.findall(text))
    return list(dict.fromkeys(known[name] for name in named if name in known))


def note(
    conn: Connection,
    incident_id: int,
    text: str,
    *,
    actor: str,
    now: datetime,
    people: Collection[str] = (),
) -> int:
    """Add a remark; who of `people` is named in it as @name finds it under Duties. Its number."""
    standing.current(conn, incident_id)
    words = clean(text).strip()
    if not words:
        raise Refused("The note is empty.")
    if len(words) > MAX_NOTE:
        raise Refused(f"A note has at most {MAX_NOTE:,} characters; this one has {len(words):,}.")
    reach: Reach = [
        ("notes", "incident_id = ?", (incident_id,)),
        ("mentions", "note_id IN (SELECT id FROM notes WHERE incident_id = ?)", (incident_id,)),
    ]
    with changes.recorded(conn, "incident.note", incident_id, reach, actor=actor, now=now) as c:
        added = conn.execute(
            "INSERT INTO notes (incident_id, author, text, created_at) VALUES (?, ?, ?, ?)",
            (incident_id, actor, words, stamp(now)),
        )
        number = int(added.lastrowid or 0)
        named = [name for name in mentioned(words, people) if name != actor]
        conn.executemany(
            "INSERT INTO mentions (note_id, name) VALUES (?, ?)", [(number, name) for name in named]
        )
        c.words = "wrote a note" + (f" to {', '.join(named)}" if named else "")
        c.after = {"note": number} | ({"mentions": named} if named else {})
    return number


def vocabulary(conn: Connection) -> list[Row]:
    """Every tag: its name, its synonyms, and how many incidents bear it."""
    rows = conn.execute(
        "SELECT tags.id, name, description, (SELECT count(*) FROM incident_tags WHERE tag_id = tags.id)"
        " AS incidents, (SELECT group_concat(word, ', ') FROM (SELECT word FROM tag_synonyms"
        " WHERE tag_id = tags.id ORDER BY word)) AS synonyms FROM tags"
    ).fetchall()
    return sorted(rows, key=lambda row: order(row["name"]))


def merge_tags(conn: Connection, name: str, into: str, *, actor: str, now: datetime) -> int:
    """Make two words one: incidents get the other tag, and who types the first gets it too.

    Returns the number of the change.
    """
    row = conn.execute("SELECT * FROM tags WHERE name = ?", (_word(name),)).fetchone()
    if row is None:
        raise Refused(f"There is no tag {_word(name)}.")
    other = spelt(conn, into)
    if other == row["name"]:
        raise Refused("A tag cannot be merged into itself: name another one.")
    reach: Reach = [
        ("incident_tags", "tag_id IN (SELECT id FROM tags WHERE name IN (?, ?))", (row["name"], other)),
        ("tag_synonyms", "tag_id IN (SELECT id FROM tags WHERE name IN (?, ?))", (row["name"], other)),
        ("tags", "name IN (?, ?)", (row["name"], other)),
    ]  # fmt: skip
    with changes.recorded(
        conn, "tag.merge", None, reach, actor=actor, now=now, item=f"tag:{row['id']}"
    ) as c:
        conn.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", (other,))
        kept = conn.execute("SELECT id FROM tags WHERE name = ?", (other,)).fetchone()["id"]
        for table in ("incident_tags", "tag_synonyms"):
            conn.execute(
                f"UPDATE OR IGNORE {table} SET tag_id = ? WHERE tag_id = ?", (kept, row["id"])
            )
            conn.execute(f"DELETE FROM {table} WHERE tag_id = ?", (row["id"],))
        conn.execute("DELETE FROM tags WHERE id = ?", (row["id"],))
        conn.execute("INSERT INTO tag_synonyms (word, tag_id) VALUES (?, ?)", (row["name"], kept))
        c.words = f"merged the tag {row['name']} into {other}"
        c.before, c.after = {"tag": row["name"]}, {"tag": other}
    return c.id


def set_synonyms(
    conn: Connection, name: str, words: Collection[str], *, actor: str, now: datetime
) -> int:
    """Say which other words mean a tag; returns the number of the change, 0 if nothing changed."""
    row = conn.execute("SELECT * FROM tags WHERE name = ?", (_word(name),)).fetchone()
    if row is None:
        raise Refused(f"There is no tag {_word(name)}.")
    wanted = list(dict.fromkeys(_word(word) for word in words if word.strip()))
    for word in wanted:
        if conn.execute("SELECT 1 FROM tags WHERE name = ?", (word,)).fetchone():
            raise Refused(f"{word} is a tag itself: merge it into {row['name']} instead.")
        taken = conn.execute(
            "SELECT name FROM tag_synonyms JOIN tags ON tags.id = tag_id WHERE word = ? AND tag_id <> ?",
            (word, row["id"]),
        ).fetchone()
        if taken:
            raise Refused(f"{word} means {taken['name']} already: take it away there first.")
    reach: Reach = [("tag_synonyms", "tag_id = ?", (row["id"],))]
    with changes.recorded(
        conn, "tag.synonyms", None, reach, actor=actor, now=now, item=f"tag:{row['id']}"
    ) as c:
        conn.execute("DELETE FROM tag_synonyms WHERE tag_id = ?", (row["id"],))
        conn.executemany(
            "INSERT OR IGNORE INTO tag_synonyms (word, tag_id) VALUES (?, ?)",
            [(word, row["id"]) for word in wanted],
        )
        c.words = f"said which words mean {row['name']}"
        c.after = {"tag": row["name"], "synonyms": wanted}
    return c.id
