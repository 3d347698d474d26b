"""What the queue's order has learnt: its words with their counts, and words that people set by hand."""

from __future__ import annotations

from typing import Any

from monitor.flow import ranking
from monitor.incidents.preference import MIN_SEEN, Model, Term
from monitor.store import preference as wants
from monitor.store.db import Connection, Row
from monitor.web import show
from monitor.web.ds import Response, posted, read, render, site, write
from monitor.web.kept import kept

MOST = 40
"""Words on each side."""


def strongest(model: Model) -> tuple[list[Term], list[Term]]:
    """The learnt words that speak most for an incident, and those that speak most against it."""
    tokens = {t for counts in (model.kept, model.dropped) for t in counts} - set(model.by_hand)
    terms = sorted(
        (model.term(token) for token in tokens), key=lambda term: (-term.weight, term.token)
    )
    more = [term for term in terms if term.weight > 0][:MOST]
    less = [term for term in reversed(terms) if term.weight < 0][:MOST]
    return more, less


def drawn_said(conn: Connection) -> str:
    """What the incidents that chance put before people tell of the order."""
    (hits, total), (other_hits, others) = wants.of_drawn(conn)
    if not total:
        return "None of the incidents that chance put into the queue has been decided yet."
    said = f"Of {total:,} decided incidents that chance had put where they stood, {hits:,} were relevant"
    return f"{said} ({hits / total:.0%}); of the {others:,} others, {other_hits:,}" + (
        f" ({other_hits / others:.0%})." if others else "."
    )


async def page(datasette: Any, request: Any) -> Response:
    """The words, and whether what was learnt is in force."""
    house = site(datasette)
    now = house.clock()

    def ask(conn: Connection) -> tuple[Any, list[Row], str]:
        return ranking.learn(conn, house.learnt), wants.words(conn), drawn_said(conn)

    learnt, by_hand, drawn = await read(datasette, ask)
    house.learnt = learnt
    # What would count if it were in force is shown even while it is not.
    model = Model(
        learnt.model.kept, learnt.model.dropped, learnt.model.all_kept, learnt.model.all_dropped,
        learnt.model.by_hand,
    )  # fmt: skip
    found = await kept(datasette, "strongest", learnt.mark, lambda _: strongest(model))
    more, less = found.value
    return await render(
        datasette, request, "failwatch_preference.html", standing=learnt.standing, more=more, less=less,
        by_hand=[(row, show.age(row["set_at"], now)) for row in by_hand], drawn=drawn, said=wants.SAID,
        least=MIN_SEEN, word=(request.args.get("word") or "")[:200],
    )  # fmt: skip


async def set_word(datasette: Any, request: Any) -> Response:
    """Set a word by hand, or leave it to what is learnt."""
    form, now = await posted(request), site(datasette).clock()
    said = str(form.get("said", ""))
    await write(
        datasette,
        lambda conn: wants.set_word(
            conn, str(form.get("word", "")), "" if said == "learn" else said,
            actor=request.actor["id"], now=now,
        ),
    )  # fmt: skip
    return Response.redirect("/-/preference", status=303)
