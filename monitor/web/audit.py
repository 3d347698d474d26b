"""Audit: who did what when, before and after, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from monitor.store import trail
from monitor.store.db import Connection, Row
from monitor.text import one_line
from monitor.web.asked import day
from monitor.web.ds import Response, read, render

PHRASES = {
    "incident.start": "started an incident",
    "incident.status": "decided on an incident",
    "incident.undo": "took a decision back",
    "incident.join": "added a post to an incident",
    "incident.leave": "took a post out of an incident",
    "incident.link": "linked a post to an incident",
    "incident.unlink": "took a post out of an incident",
    "incident.merge": "merged incidents",
    "incident.split": "split an incident",
    "incident.move": "moved a post to another incident",
    "incident.note": "wrote a note",
    "incident.tag": "tagged an incident",
    "incident.untag": "took a tag off",
    "incident.organisation": "said who failed",
    "incident.title": "called an incident something else",
    "incident.severity": "said how grave it is",
    "incident.response": "wrote down a response",
    "incident.unresponse": "took a response away",
    "incident.revisit": "looked at an incident again",
    "incident.second": "read an incident as second reader",
    "lesson.save": "saved a lesson",
    "lesson.start": "began a lesson",
    "lesson.unfit": "said that an incident is no case of a lesson",
    "lesson.undo": "took a change of a lesson back",
    "lesson.disguise": "put a text without names right",
    "lesson.undisguise": "let a text without names be made anew",
    "lesson.share": "signed a lesson without names for other houses",
    "exchange.trust": "trusted a house's key",
    "exchange.distrust": "ended the trust in a house's key",
    "exchange.receive": "took in cases of another house",
    "action.file": "added a file to an action",
    "action.unfile": "took a file off an action",
    "reflection.begin": "began a reflection",
    "reflection.hand_in": "handed in answers",
    "reflection.close": "closed a reflection",
    "drill.begin": "began a drill",
    "drill.move": "made a move in a drill",
    "drill.score": "scored a move in a drill",
    "story_link.make": "made a link for stories",
    "story_link.revoke": "revoked a link for stories",
    "story.aside": "put a story aside",
    "story.back": "brought a story back",
    "profile.save": "changed our profile",
    "plan.keep": "held a plan against past failures",
    "plan.renew": "held a plan against past failures again",
    "plan.look_back": "looked back at a plan",
    "reminder.make": "reminded an owner",
    "rule.live": "put a rule in force",
    "rule.retire": "replaced or retired a rule",
    "rule.weigh": "weighed a rule",
    "rule.save": "saved a rule",
    "rule.on": "put a rule in force",
    "rule.off": "switched a rule off",
    "recall.draw": "drew posts that no rule flagged",
    "recall.answer": "answered a post of the recall audit",
    "recall.undo": "took an answer back",
    "feed.add": "added a feed",
    "feed.change": "changed a feed",
    "feed.remove": "removed a feed",
    "feed.gone": "found a feed gone",
    "feed.move": "found a feed moved",
    "alert.queue": "planned a mail",
    "alert.sent": "sent a mail",
    "account.link": "gave somebody a sign-in link",
    "account.disable": "shut somebody out",
    "feed_link.make": "made a link to a feed of a view",
    "feed_link.revoke": "revoked a link to a feed",
    "tag.kind": "said what a tag speaks of",
    "data.restore": "restored a backup",
    "export.ask": "wanted a lesson on the wiki",
    "export.resolve": "decided on a wiki page",
    "export.written": "wrote a wiki page",
    "export.withdrawn": "withdrew a wiki page",
}
"""Actions as people say them; another is shown as it is named."""

_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the log as people read it."""

    id: int
    at: str
    actor: str
    action: str
    did: str
    item: str
    link: str
    changes: tuple[tuple[str, str, str], ...]
    """What, before, after; empty where there was or is nothing."""
    undone: str


def filters(args: Mapping[str, Any]) -> trail.Filters:
    """What an address asks for."""
    after = str(args.get("after") or "")
    return trail.Filters(
        actor=str(args.get("actor") or "")[:100],
        kind=str(args.get("kind") or "")[:60],
        since=day(str(args.get("since") or "")),
        until=day(str(args.get("until") or "")),
        item=str(args.get("item") or "")[:100],
        after=int(after) if after.isdecimal() and len(after) < 19 else 0,
    )


def kept(asked: trail.Filters) -> dict[str, str]:
    """The arguments of an address that asks for the same, without the page."""
    names = ("actor", "kind", "since", "until", "item")
    return {name: str(value) for name in names if (value := getattr(asked, name))}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return one_line(json.dumps(value, ensure_ascii=False), _SHOWN)
    return one_line("" if value is None else str(value), _SHOWN)


def entry(row: Row) -> Entry:
    """A row in words."""
    before, after = json.loads(row["before"]), json.loads(row["after"])
    kind, _, number = row["item"].partition(":")
    links = {
        "incident": "/-/incidents/",
        "rule": "/-/rules/",
        "local-rule": "/-/rules/",
        "lesson": "/-/lessons/",
        "principle": "/-/principles/",
        "reflection": "/-/reflections/",
        "plan": "/-/plans/",
        "drill": "/-/drills/",
    }
    did = PHRASES.get(row["action"], row["action"].replace(".", ": ").replace("_", " "))
    return Entry(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        did=row["words"] or did,
        item=f"{kind.replace('-', ' ').replace('_', ' ')} {number}",
        link=f"{links[kind]}{number}" if kind in links and number.replace("-", "").isalnum() else "",
        changes=tuple(
            (key.replace("_", " "), _text(before.get(key)), _text(after.get(key)))
            for key in {**before, **after}
        ),
        undone=f"taken back by {row['undone_by']}" if row["undone_at"] else "",
    )  # fmt: skip


async def page(datasette: Any, request: Any) -> Response:
    """The log; the address holds the filters and the place."""
    asked = filters(request.args)

    def ask(conn: Connection) -> tuple[list[Row], list[str], list[str]]:
        return trail.page(conn, asked), trail.actors(conn), trail.kinds(conn)

    rows, actors, kinds = await read(datasette, ask)
    shown = [entry(row) for row in rows[: trail.PAGE]]
    same = kept(asked)
    nouns = sorted({kind.partition(".")[0] for kind in kinds})
    return await render(
        datasette, request, "failwatch_audit.html", entries=shown, filters=asked, actors=actors,
        kinds=[(kind, PHRASES.get(kind, kind)) for kind in kinds], nouns=nouns,
        next=_address(same, shown[-1].id) if len(rows) > trail.PAGE else "",
        first=_address(same), is_narrowed=bool(same), same=urlencode(same),
        is_first=asked == replace(asked, after=0),
    )  # fmt: skip


def _address(same: dict[str, str], after: int = 0) -> str:
    arguments = same | ({"after": str(after)} if after else {})
    return f"/-/audit?{urlencode(arguments)}" if arguments else "/-/audit"
