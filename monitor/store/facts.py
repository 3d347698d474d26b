"""Facts of lessons: each with its source, quotations word for word, and what became of the source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.errors import Refused
from monitor.lessons import quotation
from monitor.store import learning
from monitor.store.db import Connection, Row, stamp
from monitor.text import clean, one_line

MAX_FACT = 2_000


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as a person writes it down."""

    text: str
    is_alleged: bool = False
    post_id: int | None = None
    quote: str = ""
    source: str = ""
    url: str = ""


def posts(conn: Connection, lesson_id: int) -> list[Row]:
    """The posts that a lesson can cite: those of its incidents, oldest first."""
    return conn.execute(
        "SELECT DISTINCT posts.id, posts.title, posts.url, posts.published_at, posts.content_hash,"
        " CASE WHEN length(posts.text) >= length(posts.summary) THEN posts.text ELSE posts.summary END AS text,"
        " feeds.title AS feed_title FROM lesson_incidents JOIN incident_posts USING (incident_id)"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
        " WHERE lesson_id = ? ORDER BY published_at, posts.id LIMIT 200",
        (lesson_id,),
    ).fetchall()


def of_lesson(conn: Connection, lesson_id: int) -> list[Row]:
    """Its facts in order, with their posts, and whether a post was changed since it was quoted."""
    return conn.execute(
        "SELECT lesson_facts.*, posts.title AS post_title, posts.url AS post_url, published_at,"
        " feeds.title AS feed_title,"
        " post_id IS NOT NULL AND content_hash <> post_hash AS is_changed FROM lesson_facts"
        " LEFT JOIN posts ON posts.id = post_id LEFT JOIN feeds ON feeds.id = feed_id"
        " WHERE lesson_id = ? ORDER BY lesson_facts.id",
        (lesson_id,),
    ).fetchall()


def _checked(conn: Connection, lesson_id: int, fact: Fact, *, but: int = 0) -> dict[str, object]:
    text, quote = clean(fact.text).strip(), clean(fact.quote).strip()
    if not text:
        raise Refused("Write the fact as a sentence.")
    if len(text) > MAX_FACT:
        raise Refused(f"A fact has at most {MAX_FACT:,} characters: make it several.")
    url, source = one_line(fact.url, 2_000), one_line(fact.source, 300)
    if url and not url.startswith(("http://", "https://")):
        raise Refused("The address of a source begins with http:// or https://.")
    cited = {row["id"]: row for row in posts(conn, lesson_id)}
    post = cited.get(fact.post_id) if fact.post_id is not None else None
    if fact.post_id is not None and post is None:
        raise Refused(f"Post {fact.post_id} tells of none of the incidents of this lesson.")
    if post is None and not url and not source:
        raise Refused("Say where it stands: choose a post, or give another source.")
    if quote and post is None:
        raise Refused("Choose the post that the quotation stands in.")
    if quote and post is not None:
        quote = _quoted(conn, lesson_id, quote, post, but=but)
    return {
        "text": text, "is_alleged": int(fact.is_alleged), "post_id": fact.post_id, "quote": quote,
        "post_hash": post["content_hash"] if post else "", "source": source, "url": url,
    }  # fmt: skip


def _quoted(conn: Connection, lesson_id: int, quote: str, post: Row, *, but: int) -> str:
    """The quotation as the post has it. Raises `Refused` if it has not, or if it is too much."""
    for text in (post["text"], post["title"]):
        place = quotation.locate(quote, text)
        if place is not None:
            quote = text[slice(*place)]
            break
    else:
        raise Refused(
            f"Post {post['id']} does not say “{one_line(quote, 80)}”. A quotation stands there word for"
            " word: copy it, or tell it in your own words without marking it as a quotation."
        )
    others = conn.execute(
        "SELECT quote FROM lesson_facts WHERE lesson_id = ? AND post_id = ? AND id <> ?",
        (lesson_id, post["id"], but),
    )
    too_much = quotation.excess([quote, *(row["quote"] for row in others)], post["text"])
    if too_much:
        raise Refused(too_much)
    return quote


def add(conn: Connection, lesson_id: int, fact: Fact, *, actor: str, now: datetime) -> int:
    """Write down a fact; returns its number."""
    learning.current(conn, lesson_id)
    values = _checked(conn, lesson_id, fact) | {
        "lesson_id": lesson_id, "added_by": actor, "added_at": stamp(now)
    }  # fmt: skip
    with learning.recorded(conn, "lesson.fact", lesson_id, actor=actor, now=now) as c:
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        added = conn.execute(
            f"INSERT INTO lesson_facts ({names}) VALUES ({marks})", list(values.values())
        )
        c.words, c.after = "wrote down a fact of the lesson", {"fact": values["text"]}
    return int(added.lastrowid or 0)


def _known(conn: Connection, lesson_id: int, number: int) -> Row:
    row: Row | None = conn.execute(
        "SELECT * FROM lesson_facts WHERE id = ? AND lesson_id = ?", (number, lesson_id)
    ).fetchone()
    if row is None:
        raise Refused(f"Lesson {lesson_id} has no fact {number} (any more).")
    return row


def change(
    conn: Connection, lesson_id: int, number: int, fact: Fact, *, actor: str, now: datetime
) -> None:
    """Put a fact right."""
    row = _known(conn, lesson_id, number)
    values = _checked(conn, lesson_id, fact, but=number)
    with learning.recorded(conn, "lesson.fact", lesson_id, actor=actor, now=now) as c:
        sets = ", ".join(f"{name} = ?" for name in values)
        conn.execute(f"UPDATE lesson_facts SET {sets} WHERE id = ?", [*values.values(), number])
        c.words = "put a fact of the lesson right"
        c.before, c.after = {"fact": row["text"]}, {"fact": values["text"]}


def remove(conn: Connection, lesson_id: int, number: int, *, actor: str, now: datetime) -> None:
    """Take a fact away."""
    row = _known(conn, lesson_id, number)
    with learning.recorded(conn, "lesson.unfact", lesson_id, actor=actor, now=now) as c:
        conn.execute("DELETE FROM lesson_facts WHERE id = ?", (number,))
        c.words, c.before = "took a fact of the lesson away", {"fact": row["text"]}


STALE = (
    "SELECT lesson_incidents.lesson_id, posts.id AS post_id, posts.title, max(replaced_at) AS replaced_at,"
    " EXISTS (SELECT 1 FROM lesson_facts WHERE lesson_facts.lesson_id = lesson_incidents.lesson_id"
    " AND lesson_facts.post_id = posts.id AND quote <> ''"
    " AND instr(posts.text || ' ' || posts.title || ' ' || posts.summary, quote) = 0) AS has_lost_quote"
    " FROM lesson_incidents JOIN lessons ON lessons.id = lesson_id"
    " JOIN incident_posts USING (incident_id) JOIN posts ON posts.id = incident_posts.post_id"
    " JOIN post_versions ON post_versions.post_id = posts.id"
    # What is the casebook's own is written anew together with its posts.
    " WHERE updated_by <> 'casebook' AND replaced_at > CASE WHEN checked_at <> '' THEN checked_at ELSE lessons.created_at END"
)
"""Posts that their publishers changed since a lesson was written, or was last held against them."""


def stale(conn: Connection, lesson_id: int) -> list[Row]:
    """The posts behind a lesson that were changed since; empty if it still says what they say."""
    return conn.execute(
        f"{STALE} AND lesson_id = ? GROUP BY lesson_id, posts.id ORDER BY replaced_at", (lesson_id,)
    ).fetchall()


def all_stale(conn: Connection) -> frozenset[int]:
    """The lessons that rest on a post which was changed since."""
    return frozenset(row["lesson_id"] for row in conn.execute(f"{STALE} GROUP BY lesson_id"))


def hold(conn: Connection, lesson_id: int, *, actor: str, now: datetime) -> None:
    """Say that a lesson was held against its posts as they are now, and is right."""
    row = learning.current(conn, lesson_id)
    with learning.recorded(conn, "lesson.hold", lesson_id, actor=actor, now=now) as c:
        learning.write(conn, lesson_id, {"checked_at": stamp(now)})
        conn.execute(
            "UPDATE lesson_facts SET post_hash = (SELECT content_hash FROM posts WHERE id = post_id)"
            " WHERE lesson_id = ? AND post_id IS NOT NULL",
            (lesson_id,),
        )
        c.words = "held the lesson against its posts"
        c.before, c.after = {"checked_at": row["checked_at"]}, {"checked_at": stamp(now)}
