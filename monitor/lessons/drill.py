"""An incident replayed up to an hour: what was known then, and where to stop. Pure.

Whatever is shown before a move passes through `known`: it drops what came later, and what has no time.
In doubt something counts as later: what is dated by its day alone is known when the day is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

MOVES = {
    "deny": ("deny", "it did not happen, or was not us"),
    "diminish": ("diminish", "it is not that bad"),
    "rebuild": ("rebuild", "we are sorry, and make it good"),
    "bolster": ("bolster", "remember the good we do, or thank those who help"),
    "silence": ("silence", "no answer for now, and why"),
}
"""Key -> name and meaning; the first four by Coombs, *Ongoing Crisis Communication*."""

CHECKS = {
    "people": "It speaks first to those who were hurt: what they can do now, and that we feel for them",
    "true": "All of it would still have stood when the rest came out",
    "fit": "Its kind fits how much it was our doing",
    "next": "It says what we do about it, and by when",
    "lesson": "It does what the lesson asks for",
}
"""What a move is held against, each worth a point. The first four follow Coombs: instructing and adjusting
information before anything else, and an answer that fits the responsibility."""

MOST_HOURS = 24 * 365


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was told or said."""

    kind: str
    """`post` or `response`."""
    at: datetime | None
    """From when on everybody could know it; None if nobody knows when."""
    title: str
    text: str
    by: str
    """Who told it: the feed's title, or for a response its type."""
    link: str = ""
    when: str = ""
    """The time as it was noted: a day, or a moment."""
    until: tuple[tuple[datetime, str, str], ...] = ()
    """What it said before it was changed: (until when, title, text) of each, oldest first."""


def day_over(day: date) -> datetime:
    """When all that happened on a day is known."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


def known(events: Iterable[Event], at: datetime) -> tuple[Event, ...]:
    """What was known at a moment, oldest first, in the words that it had then."""
    dated = [(e.at, e) for e in events if e.at is not None and e.at <= at]
    return tuple(_then(event, at) for _, event in sorted(dated, key=lambda pair: pair[0]))


def later(events: Iterable[Event], at: datetime) -> tuple[Event, ...]:
    """What came after a moment, oldest first, with what has no time at the end."""
    left = [e for e in events if e.at is None or e.at > at]
    return tuple(sorted(left, key=lambda e: (e.at is None, e.at or at)))


def _then(event: Event, at: datetime) -> Event:
    for changed, title, text in event.until:
        if changed > at:
            return Event(event.kind, event.at, title, text, event.by, event.link, event.when)
    return event


def first(events: Iterable[Event]) -> datetime | None:
    """When the first post told of it."""
    return min((e.at for e in events if e.kind == "post" and e.at is not None), default=None)


def pauses(events: Sequence[Event]) -> tuple[datetime, ...]:
    """Where to stop, the best first.

    Best is the last moment before the organisation first spoke: there it had to decide. Then those
    before each further time that it spoke, then the first post. A pause has a post before it.
    """
    start = first(events)
    if start is None:
        return ()
    times = sorted({e.at for e in events if e.at is not None and e.at >= start})
    spoke = sorted({e.at for e in events if e.kind == "response" and e.at is not None})
    best = [max(t for t in times if t < said) for said in spoke if said > start]
    return tuple(dict.fromkeys([*best, start]))


def hour(start: datetime, at: datetime) -> int:
    """Whole hours from the first post to a pause."""
    return int((at - start) // timedelta(hours=1))


def importance(severity: int, *, is_ours: bool, score: int | None, days_over: int = 0) -> float:
    """How much a lesson matters: grave, the team's own, not mastered, long due; larger is sooner."""
    lack = 2.5 if score is None else 5 - score
    return severity * 2 + (4 if is_ours else 0) + lack + min(max(days_over, 0), 60) / 30


_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“])")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DAY = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(_MONTHS)})(?: (\d{{4}}))?\b")
_TELLS = re.compile(
    r"\b(apolog\w*|sorry|regret\w*|delet\w*|remov\w*|withdr\w*|pull(ed|s|ing)|took (it|them|down|back)|taken down"
    r"|stopp\w*|cancel\w*|replac\w*|repl(y|ied|ies)|answer\w*|respon\w*|said|says|saying|told|statement"
    r"|den(y|ied|ies|ying)|explain\w*|admit\w*|insist\w*|defend\w*|promis\w*|compensat\w*|refund\w*"
    r"|published its|blam\w*|sued|resign\w*|fired|dismiss\w*|suspend\w*|revers\w*|gave up|dropp\w*|later"
    r"|afterwards|within|by then|in the end|finally|at first|days? after|weeks?|months?|settle\w*|fine[ds]?|court"
    r"|lost|recall\w*|silen\w*|nothing|changed|by \d{1,2} [A-Z]\w+)\b",
    re.IGNORECASE,
)
_TELLS_LATER = re.compile(
    r"\b(after|until|instead|gave|clos\w+|wrote|asked|vanish\w*|ended|page|only|had no|shares|regulator|when \w+ was)\b",
    re.IGNORECASE,
)
"""Words that in a first sentence set the scene, and in the next ones tell how it went on."""


def opening(story: str, day: date) -> str:
    """The sentences of a told story before it tells what was answered or what came later.

    A case is written down as a whole; a replay must not show how it ended. The first sentence that
    holds a word of answering or of later, or a later day, ends it. Empty if that is the first one:
    then the case cannot be replayed.
    """
    sentences = enumerate(_SENTENCE.split(story.strip()))
    kept = takewhile(lambda pair: not _goes_on(pair[1], day, is_first=not pair[0]), sentences)
    return " ".join(sentence for _, sentence in kept)


def _goes_on(sentence: str, day: date, *, is_first: bool) -> bool:
    if _TELLS.search(sentence) or (not is_first and _TELLS_LATER.search(sentence)):
        return True
    return any(
        (int(year or day.year), _MONTHS.index(month) + 1, int(number))
        > (day.year, day.month, day.day)
        for number, month, year in _DAY.findall(sentence)
    )
