"""Lessons on paper: what a file holds, by how its name ends."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from monitor.errors import Refused
from monitor.flow import book
from monitor.store.db import Connection
from monitor.wikis import paper
from monitor.wikis.pages import WikiFailed

ENDS = (".html", ".docx", ".bib")


def run(
    conn: Connection,
    numbers: Collection[int],
    end: str,
    *,
    public_url: str,
    today: date,
    docx: Callable[[str], bytes | WikiFailed],
) -> bytes:
    """The file with these lessons; none named means all.

    Raises `Refused` if there is nothing to print, or no way to.
    """
    made = book.gather(conn, public_url)
    chosen = {key for key, number in made.lesson_ids.items() if not numbers or number in numbers}
    if lacking := sorted(set(numbers) - set(made.lesson_ids.values())):
        raise Refused(f"There is no lesson {lacking[0]} for everybody that says something.")
    if end == ".bib":
        told = ((key, *s[1:]) for key, s in made.sources.items() if s[0] in chosen)
        return paper.bibliography(told).encode()
    pages = [page for page in made.pages if page.key in chosen]
    if not pages:
        raise Refused("There is no lesson to print: write one on an incident.")
    text = paper.document(book.INDEX, f"Printed on {today.isoformat()}.", pages)
    if end == ".html":
        return text.encode()
    answer = docx(text)
    if isinstance(answer, WikiFailed):
        raise Refused(answer.reason)
    return answer
