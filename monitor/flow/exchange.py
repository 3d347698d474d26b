"""A lesson told without names: made, looked at, put right by an editor, signed.

texts of the lesson ─► disguise ─► an editor's changes ─► check ─► bundle
└─► refused, with the list of what is left
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.addresses import host
from monitor.errors import Refused
from monitor.incidents import disguise_figures as figures
from monitor.incidents.disguise import Scene, Source, disguise
from monitor.incidents.disguise_check import Left, left, real_dates
from monitor.lessons import bundle
from monitor.store import accounts, exchange, facts, learning, lessons, principles, scenes
from monitor.store.db import Connection, Row, moment, stamp, transaction
from monitor.text import digest, fold

BOXES = {
    "title": "Title",
    "what_happened": "What happened",
    "expected": "What was expected",
    "success": "It would have been a success if",
    "failure": "It would have been a failure if",
    "fell_short": "How it fell short",
    "missed_by": "By how much",
    "why": "Why",
    "said": "What they said",
    "followed": "What followed",
    "worked": "What worked",
    "did_not": "What did not work",
    "avoid": "How to avoid it",
    "recover": "How to recover",
    "change": "What we change",
    "stop_if": "We shelve it if",
    "again_if": "We try again if",
}
"""Columns of a lesson that go out; what it says of this house (“Could it happen here?”) does not."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A lesson without names, as it would go out."""

    lesson: Row
    originals: dict[str, str]
    """The lesson's own texts, by box."""
    labels: dict[str, str]
    texts: dict[str, str]
    """The same without names."""
    allowed: tuple[str, ...]
    left: tuple[Left, ...]
    """What stands in the way; it goes out when this is empty."""
    of_lesson: str
    version: int
    """Of the text that an editor wrote; 0 if none did."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who tells lessons without names, with what."""

    conn: Connection
    key: bytes
    """Of this house: it signs, and says by how much dates move."""
    given: scenes.Given
    actor: str
    now: datetime
    roles: Collection[str] = learning.EVERYBODY


def desk(
    main: Connection,
    private: Connection,
    public_url: str,
    *,
    actor: str,
    now: datetime,
) -> Desk:
    """A desk that knows the people of this house and where it stands."""
    with transaction(private):
        key = exchange.signing_key(private, now=now)
    own = host(public_url)
    people = tuple(account.name for account in accounts.list_all(private))
    return Desk(main, key, scenes.Given(people, (own,) if "." in own else ()), actor, now)


def _texts(conn: Connection, row: Row) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of a lesson by box, and what each box is called."""
    texts, labels = {}, {}
    for name, label in BOXES.items():
        if row[name]:
            texts[name], labels[name] = row[name], label
    for number, fact in enumerate(facts.of_lesson(conn, row["id"]), 1):
        kind = "alleged" if fact["is_alleged"] else "fact"
        texts[f"{kind}_{number}"] = fact["text"]
        labels[f"{kind}_{number}"] = f"{'Alleged' if fact['is_alleged'] else 'Fact'} {number}"
    for number, one in enumerate(principles.of_lesson(conn, row["id"]), 1):
        kind = "against" if one["is_counter"] else "principle"
        texts[f"{kind}_{number}"] = one["text"]
        labels[f"{kind}_{number}"] = (
            f"{'Speaks against' if one['is_counter'] else 'Principle'} {number}"
        )
    for number, tag in enumerate(scenes.tags(conn, row["id"]), 1):
        texts[f"{tag['kind']}_{number}"] = tag["name"]
        labels[f"{tag['kind']}_{number}"] = tag["kind"].title()
    return texts, labels


def show(desk: Desk, lesson_id: int) -> Shown:
    """A lesson without names, and what stands in the way of sending it. Raises `Refused`."""
    conn = desk.conn
    row = learning.current(conn, lesson_id, desk.roles)
    originals, labels = _texts(conn, row)
    kept = exchange.draft(conn, lesson_id)
    allowed = tuple(json.loads(kept["allowed"])) if kept else ()
    scene = _scene(desk, lesson_id, originals, allowed)
    of_lesson = digest(*(part for pair in sorted(originals.items()) for part in pair))
    texts = json.loads(kept["texts"]) if kept else disguise(originals, scene)
    found = list(left(texts, scene, originals))
    if kept and kept["of_lesson"] != of_lesson:
        found.append(Left("title", "changed", "the lesson"))
    return Shown(
        row, originals, labels, texts, allowed,
        tuple(replace(one, field=labels.get(one.field, one.field)) for one in found),
        of_lesson, kept["version"] if kept else 0,
    )  # fmt: skip


def _scene(
    desk: Desk, lesson_id: int, originals: Mapping[str, str], allowed: Collection[str]
) -> Scene:
    """Who a lesson may name, and by how many days its dates move: always the same, known to nobody else."""
    known = scenes.known(desk.conn, lesson_id, desk.given)
    scene = Scene(
        organisations=known.organisations, involved=known.involved, people=known.people, products=known.products,
        sources=tuple(
            Source(post["title"], f"{post['summary']}\n{post['text']}", post["url"], post["author"])
            for post in known.posts
        ),
        ordinary=frozenset(fold(word) for word in known.ordinary),
        allowed=frozenset(fold(word) for word in allowed),
        anchor=known.began,
    )  # fmt: skip
    seed = hmac.new(desk.key, f"dates of {lesson_id}".encode(), hashlib.sha256).digest()
    real = real_dates(originals.values(), scene)
    return replace(scene, shift=figures.shift_for(real, scene.anchor, int.from_bytes(seed[:6])))


def save(desk: Desk, shown: Shown, texts: Mapping[str, str], allowed: Collection[str]) -> None:
    """Keep an editor's text of the boxes that the lesson has."""
    kept = {name: texts.get(name, shown.texts.get(name, "")) for name in shown.originals}
    exchange.keep_draft(
        desk.conn, shown.lesson["id"], kept, allowed,
        of_lesson=shown.of_lesson, version=shown.version, actor=desk.actor, now=desk.now,
    )  # fmt: skip


def refusal(shown: Shown) -> str:
    """Why a lesson does not go out, with the list of what is left; empty if it may."""
    number = shown.lesson["id"]
    if shown.lesson["seen_by"] != "viewer":
        return f"Lesson {number} is not for everybody in this house, so it does not leave it: change who may read it first."
    if shown.lesson["casebook_id"] and shown.lesson["updated_by"] == lessons.CASEBOOK:
        return f"Lesson {number} is from the casebook as it is shipped: every Failwatch has it."
    if not any(shown.texts.get(name) for name in shown.originals if name != "title"):
        return f"Lesson {number} says nothing yet."
    if shown.left:
        lines = "\n".join(f"  {one}" for one in shown.left)
        return (
            f"Lesson {number} does not go out: somebody could be known by this.\n{lines}\n"
            f"Put it right with: failwatch lessons disguise {number} --out FILE (see docs/exchange.md)."
        )
    return ""


def share(desk: Desk, lesson_ids: Sequence[int]) -> bytes:
    """Sign lessons as one bundle. Raises `Refused` with all that is left in any of them."""
    chosen = list(dict.fromkeys(lesson_ids))
    shown = [show(desk, number) for number in chosen]
    if reasons := [why for one in shown if (why := refusal(one))]:
        raise Refused("\n".join(reasons))
    cases = [_case(desk.conn, one, desk.key) for one in shown]
    made = bundle.sign(cases, desk.key, made_at=stamp(desk.now))
    mark = bundle.fingerprint(bundle.public_of(desk.key))
    exchange.shared(desk.conn, chosen, made, fingerprint=mark, actor=desk.actor, now=desk.now)
    return made


def _case(conn: Connection, shown: Shown, key: bytes) -> bundle.Case:
    number, texts = shown.lesson["id"], {n: t for n, t in shown.texts.items() if t}

    def of(kind: str) -> list[str]:
        return [text for name, text in texts.items() if name.startswith(f"{kind}_")]

    began = scenes.began(conn, number)
    return bundle.Case(
        id=hmac.new(key, f"lesson {number}".encode(), hashlib.sha256).hexdigest()[:16],
        title=texts.get("title", "A case"),
        kind=shown.lesson["kind"],
        texts={n: t for n, t in texts.items() if n in BOXES and n != "title"},
        facts=[bundle.Said(text=t) for t in of("fact")] + [bundle.Said(text=t, is_alleged=True) for t in of("alleged")],
        responses=[
            bundle.Answered(type=r["type"], day=(moment(r["said_on"][:10]).date() - began).days if r["said_on"] else None)
            for r in scenes.responses(conn, number)
        ],
        looks=[bundle.Looked(days=r["days"], outcome=r["outcome"]) for r in scenes.looks(conn, number)],
        principles=[bundle.Taught(text=t) for t in of("principle")] + [bundle.Taught(text=t, is_counter=True) for t in of("against")],
        sectors=of("sector"),
        channels=of("channel"),
    )  # fmt: skip
