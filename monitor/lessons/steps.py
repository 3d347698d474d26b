"""The steps in which a lesson is written: each saves by itself, and none must be filled in. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.errors import Refused
from monitor.lessons.kinds import ANGLES, KINDS, READERS, RISKS, TREATMENTS
from monitor.text import clean, digest, one_line

MAX_TEXT = 20_000
MAX_LINE = 300


@dataclass(frozen=True, slots=True)
class Field:
    """One box."""

    name: str
    label: str
    hint: str = ""
    kind: str = "text"
    """text, line, day, one (of `choices`), many (of `choices`) or angles."""
    choices: Mapping[str, str] | None = None
    rows: int = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A few boxes that are filled in and saved together."""

    id: str
    title: str
    help: str
    fields: tuple[Field, ...]


STEPS = (
    Step("happened", "What happened",
         "Facts only, in the order in which they came. What is said and not shown is alleged: write it as a fact of its own and mark it so.",
         (Field("what_happened", "In short", "For somebody who has not heard of it", rows=6),)),
    Step("expected", "What was expected, and how it fell short",
         "Without a goal nothing can fall short of it. What was it meant to do, and by what would they, or we, have known?",
         (Field("expected", "What was expected", "What was it meant to do, for whom?"),
          Field("success", "It would have been a success if", "Figures where there are any", rows=3),
          Field("failure", "It would have been a failure if", "Where would it have been stopped?", rows=3),
          Field("fell_short", "How it fell short"),
          Field("missed_by", "By how much", "1,200 of 5,000 sign-ups", "line"))),
    Step("why", "Why it happened",
         "Causes, not only what and how: which circumstances made it likely, what did people know then, what was missing? Ask for circumstances, not for culprits: whoever was at the desk, would it have happened to us?",
         (Field("why", "Why", rows=8),)),
    Step("said", "What they said and what followed",
         "The responses and the looks after 7, 30 and 90 days stand on the incident and are shown here. Add what they do not tell.",
         (Field("said", "What they said"), Field("followed", "What followed"))),
    Step("worked", "What worked, and what did not",
         "There is nearly always something that worked: it is worth as much as what did not.",
         (Field("worked", "What worked"), Field("did_not", "What did not work"))),
    Step("avoid", "How can we avoid it?",
         "Something that a colleague can do on a Tuesday morning; not “be careful”.",
         (Field("avoid", "How can we avoid it?", rows=8),)),
    Step("recover", "Now that it is done, how do we recover?",
         "Suppose it has happened to us: the first hour, the first day, the first week. Who says what to whom?",
         (Field("recover", "How do we recover?", rows=8),)),
    Step("here", "Could it happen here?",
         "Name the channel, the product, the person on call: where would it begin with us, and what would stop it?",
         (Field("here", "Could it happen here?", rows=8),)),
    Step("change", "What we change",
         "In words here; what is to be done by whom and when stands below as actions.",
         (Field("change", "What we change"),
          Field("stop_if", "We shelve it if", "What would make us stop for good", rows=3),
          Field("again_if", "We adjust it and try again if", "What must be different", rows=3))),
    Step("sort", "Kind, risk and impact",
         "Kinds are kept apart because each needs another handling.",
         (Field("title", "Title of the lesson", "", "line"),
          Field("kind", "Kind", kind="one", choices={k: f"{n}: {w}" for k, (n, w) in KINDS.items()}),
          Field("treatment", "How people treat it", kind="one", choices=TREATMENTS),
          Field("risks", "The risk for us is", kind="many", choices=RISKS),
          Field("impact", "Impact, from every angle", kind="angles", choices={k: n for k, (n, _) in ANGLES.items()}),
          Field("happened_on", "When it happened", "Only for our own; others have their posts", "day"),
          Field("seen_by", "Who may read this lesson", kind="one", choices=READERS))),
)  # fmt: skip

BY_ID = {step.id: step for step in STEPS}
TEXTS = tuple(f.name for step in STEPS for f in step.fields if f.kind in {"text", "line", "day"})


def read(step: Step, form: Mapping[str, object]) -> dict[str, str]:
    """What a form or a script sent, as the columns of a lesson hold it. Raises `Refused`.

    A field that was not sent is not changed, but for boxes to tick: those say nothing when empty.
    """
    values = {}
    for one in step.fields:
        if one.kind == "angles":
            found = _angles(form)
            if found is not None:
                values[one.name] = found
        elif one.kind == "many":
            if one.name in form or "seen" in form:
                values[one.name] = _many(one, form.get(one.name, []))
        elif one.name in form:
            values[one.name] = _one(one, str(form[one.name]))
    return values


def _one(one: Field, text: str) -> str:
    if one.kind == "one":
        if text and text not in (one.choices or {}):
            raise Refused(f"{one.label}: choose one of {', '.join(one.choices or {})}.")
        return text
    if one.kind == "day":
        return _day(one, text.strip())
    if one.kind == "line":
        return one_line(text, MAX_LINE)
    return _text(one.label, text)


def _text(label: str, text: str) -> str:
    tidy = clean(text).strip()
    if len(tidy) > MAX_TEXT:
        raise Refused(f"{label}: a box holds at most {MAX_TEXT:,} characters; this has {len(tidy):,}.")  # fmt: skip
    return tidy


def _day(one: Field, text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused(
            f"{one.label}: “{one_line(text, 30)}” is no day: write it as 2026-03-05."
        ) from None


def _many(one: Field, sent: object) -> str:
    chosen = [sent] if isinstance(sent, str) else list(sent) if isinstance(sent, Sequence) else []
    wrong = [str(c) for c in chosen if c and c not in (one.choices or {})]
    if wrong:
        raise Refused(f"{one.label}: {one_line(wrong[0], 40)} is none of {', '.join(one.choices or {})}.")  # fmt: skip
    return json.dumps([c for c in one.choices or {} if c in chosen])


def _angles(form: Mapping[str, object]) -> str | None:
    """Impact by angle: as boxes `impact_money` and `who_money`, or as one object of a script."""
    sent = form.get("impact")
    if isinstance(sent, Mapping):
        form = {
            f"{part}_{angle}": said.get(key, "")
            for angle, said in sent.items()
            if isinstance(said, Mapping)
            for part, key in (("impact", "what"), ("who", "who"))
        }
        if unknown := [angle for angle in sent if angle not in ANGLES]:
            raise Refused(f"impact: {one_line(str(unknown[0]), 40)} is none of {', '.join(ANGLES)}.")  # fmt: skip
    elif not any(f"impact_{angle}" in form for angle in ANGLES):
        return None
    found = {}
    for angle, (name, _) in ANGLES.items():
        what = _text(f"Impact, {name}", str(form.get(f"impact_{angle}", "")))
        who = one_line(str(form.get(f"who_{angle}", "")), MAX_LINE)
        if what or who:
            found[angle] = {"what": what, "who": who}
    return json.dumps(found, ensure_ascii=False)


def seen(step: Step, row: Mapping[str, object]) -> str:
    """A mark of what a step says now: a save that saw something else is refused."""
    return digest(*(str(row[one.name]) for one in step.fields))[:16]


def is_filled(step: Step, row: Mapping[str, object]) -> bool:
    """Whether a step says something."""
    usual = {"", "[]", "{}"}
    fields = [f.name for f in step.fields if f.name not in {"title", "seen_by"}]
    return any(str(row[name]) not in usual for name in fields)
