"""Wiki: which pages stand where, which need somebody and why, and what becomes of them."""

from __future__ import annotations

from typing import Any

from monitor.errors import Refused
from monitor.store import exports
from monitor.store.db import Connection
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.triage import answer

IN_ORDER = frozenset({"written", "withdrawn", "left"})
WISHES = {"overwrite": "our words win at the next export", "leave": "never touched again", "": ""}

WINS = {
    "gone": "Make it again",
    "detached": "Put our part on top",
    "blocked": "Put our part on top",
}
"""What letting our words win means, by state."""


async def page(datasette: Any, request: Any) -> Response:
    """Pages that need somebody, those in order, and the last runs."""

    def ask(conn: Connection) -> tuple[list[Any], list[Any]]:
        return exports.pages(conn), exports.runs(conn)

    rows, runs = await read(datasette, ask)
    return await render(
        datasette, request, "failwatch_wiki.html", runs=runs, wishes=WISHES, wins=WINS,
        trouble=[row for row in rows if row["state"] not in IN_ORDER],
        settled=[row for row in rows if row["state"] in IN_ORDER],
    )  # fmt: skip


async def resolve(datasette: Any, request: Any) -> Response:
    """Decide what becomes of a page that was left alone."""
    form, now = await posted(request), site(datasette).clock()
    wiki, key, wish = (str(form.get(name, "")) for name in ("wiki", "key", "wish"))
    if wish not in WISHES:
        raise Refused("Choose one of: our words win, leave it, look again.")

    def settle(conn: Connection) -> None:
        exports.resolve(conn, wiki, key, wish, actor=request.actor["id"], now=now)

    await write(datasette, settle)
    return answer(request, {"back": "/-/wiki"}, {})


async def ask(datasette: Any, request: Any) -> Response:
    """Want a lesson on the wikis now; the worker sees to it within seconds."""
    form, now, number = await posted(request), site(datasette).clock(), int(request.url_vars["id"])

    def want(conn: Connection) -> None:
        if conn.execute("SELECT 1 FROM lessons WHERE id = ?", (number,)).fetchone() is None:
            raise Refused(f"There is no lesson {number}.")
        exports.ask(conn, number, actor=request.actor["id"], now=now)

    await write(datasette, want)
    return answer(request, form, {})
