"""Dates moved and amounts rounded, so that a case cannot be looked up by its figures. Pure.

All dates of a case move by the same number of days, so that what lay three weeks apart still does; a
date years away from the story becomes "another day" or "another year", since it tells of somebody's
history. Amounts keep one figure: 1,234 is 1,000; currencies become money.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.text import fold

FAR = 1_100
"""Days from the story beyond which a date is not moved but left out."""

_ROWS = (
    "january february march april may june july august september october november december",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "jan feb mar apr may jun jul aug sep oct nov dec",
)
_NUMBER_OF = {name: at for row in _ROWS for at, name in enumerate(row.split(), 1)}
_NUMBER_OF |= {"sept": 9, "dez": 12, "okt": 10}
_NAMES = [name.title() for name in _ROWS[0].split()]
_MONTH = (
    r"(?:[Jj]an(?:uary|uar|vier)?|[Ff]eb(?:ruary|ruar|rero)?|[Ff][ée]vrier|[Mm]ar(?:ch|zo|s)?|[Mm]ärz|[Aa]pr(?:il)?|"
    r"[Aa]vril|[Aa]bril|[Mm]a(?:yo|y|i)|[Jj]un(?:e|io|i)?|[Jj]uin|[Jj]ul(?:y|io|i)?|[Jj]uillet|[Aa]ug(?:ust)?|[Aa]gosto|"
    r"[Aa]oût|[Ss]ep(?:tember|tembre|tiembre|t)?|[Oo][ck]t(?:ober|obre|ubre)?|[Nn]ov(?:ember|embre|iembre)?|"
    r"[Dd]e[cz](?:ember|iembre)?|[Dd][ée]cembre|[Ee]nero)\b\.?"
)
WHEN = re.compile(
    r"\b(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?:T[\d:.]+Z?)?\b"
    rf"|\b(?P<dmy>(?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?(?P<m1>{_MONTH})(?:,?\s(?:de\s)?(?P<y1>\d{{4}}))?)(?!\d)"
    rf"|\b(?P<mdy>(?P<m2>{_MONTH})\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<y2>\d{{4}}))?)(?![\d,]\d)"
    rf"|\b(?P<my>(?P<m3>{_MONTH}),?\s(?:of\s|de\s)?(?P<y3>\d{{4}}))\b"
    r"|\b(?P<num>\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2}))\b"
    r"|(?<![\d.,])\b(?P<year>(?:19|20)\d{2})(?:s|er)?\b(?![.,]?\d)"
    rf"|\b(?P<month>(?:January|February|April|June|July|August|September|October|November|December)|(?<=in\s)(?:March|May)|(?<=since\s)(?:March|May))\b"
)
_CLOCK = re.compile(r"(?<![\d:])(?P<hour>[012]?\d)[:h](?P<minute>[0-5]\d)(?![\d:])")
_AMOUNT = re.compile(
    r"(?P<money>[$£€¥₹]\s?)?(?<![\w.,])(?P<figure>\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
    r"(?P<unit>\s?(?:million|billion|thousand|bn|m|k)\b)?(?P<behind>\s?[$£€¥₹])?"
)


@dataclass(frozen=True, slots=True)
class When:
    """A date as far as it is said: any of year, month and day."""

    year: int | None
    month: int | None
    day: int | None


def _whole(year: int | None, month: int | None, day: int | None) -> date | None:
    try:
        return date(year or 0, month or 7, day or (15 if month else 1))
    except ValueError:
        return None


def read(hit: re.Match[str]) -> When:
    """What a match says."""
    if hit["iso"]:
        y, m, d = map(int, hit["iso"].split("-"))
        return When(y, m, d)
    if hit["num"]:
        first, second, last = map(int, re.split("[./]", hit["num"]))
        if second > 12:
            first, second = second, first
        return When(last + 2000 if last < 100 else last, second, first)
    if hit["year"]:
        return When(int(hit["year"]), None, None)
    if hit["month"]:
        return When(None, _month(hit["month"]), None)
    for part, day, month, said in (("dmy", "d1", "m1", "y1"), ("mdy", "d2", "m2", "y2")):
        if hit[part]:
            return When(int(hit[said]) if hit[said] else None, _month(hit[month]), int(hit[day]))
    return When(int(hit["y3"]), _month(hit["m3"]), None)


def _month(name: str) -> int | None:
    word = fold(name).rstrip(".")
    return _NUMBER_OF.get(word)


def dates(text: str) -> list[When]:
    """Every date of a text."""
    return [read(hit) for hit in WHEN.finditer(text)]


def moved(when: When, anchor: date, shift: int) -> When | None:
    """A date so many days on; None if there is no such day, or it lies far from the story."""
    whole = _whole(when.year or anchor.year, when.month, when.day)
    if whole is None or abs((whole - anchor).days) > FAR:
        return None
    try:
        after = whole + timedelta(days=shift)
    except OverflowError:
        return None
    return When(
        after.year if when.year else None,
        after.month if when.month else None,
        after.day if when.day else None,
    )


def _written(when: When, *, iso: bool, month_first: bool) -> str:
    if when.month is None:
        return str(when.year)
    name = _NAMES[when.month - 1]
    if when.day is None:
        return f"{name} {when.year}" if when.year else name
    if iso:
        return f"{when.year:04}-{when.month:02}-{when.day:02}"
    words = f"{name} {when.day}" if month_first else f"{when.day} {name}"
    return f"{words}{',' if month_first else ''} {when.year}" if when.year else words


def move_dates(text: str, anchor: date, shift: int, keep: Callable[[str], str]) -> str:
    """A text with its dates moved; `keep` marks what is written for them."""

    def one(hit: re.Match[str]) -> str:
        after = moved(read(hit), anchor, shift)
        if after is None:
            return keep("another year" if hit["year"] else "another day")
        is_iso = bool(hit["iso"] or hit["num"])
        return keep(_written(after, iso=is_iso, month_first=bool(hit["mdy"])))

    return WHEN.sub(one, text)


def shift_for(originals: Iterable[When], anchor: date, seed: int) -> int:
    """By how many days a case is moved back: whole weeks, two to twelve years, by its seed.

    No moved date is one that the case really had; if that cannot be, dates that say less give way.
    """
    kept = set(originals)
    sure = {when for when in kept if when.year}
    spans: tuple[list[int], ...] = ([*range(104, 313)], [*range(313, 624)])
    choices: list[int] = []
    for span in spans:
        choices += span[seed % len(span) :] + span[: seed % len(span)]
    for clear in (kept, sure):
        for weeks in choices:
            if not any(moved(when, anchor, -7 * weeks) in clear for when in clear):
                return -7 * weeks
    return -7 * choices[0]


def round_off(figure: str) -> str:
    """A figure with one digit that counts; what is below ten and whole stays."""
    plain = re.sub(r"[,'’\u00a0\u202f](?=\d{3}(?!\d))", "", figure).replace(",", ".")
    whole, _, rest = plain.partition(".")
    digits = whole.lstrip("0")
    if not digits:
        first = re.search(r"[1-9]", rest)
        return f"0.{rest[: first.end()]}" if first else "0"
    if len(digits) == 1:
        up = int(digits) + (rest[:1] >= "5" if rest else 0)
        return str(up)
    value = (int(digits[0]) + (digits[1] >= "5")) * 10 ** (len(digits) - 1)
    return f"{value:,}"


def round_amounts(text: str, keep: Callable[[str], str]) -> str:
    """A text with its amounts rounded, times to the hour; `keep` marks what is written for them."""

    def amount(hit: re.Match[str]) -> str:
        money = " in money" if hit["money"] or hit["behind"] else ""
        return keep(f"{round_off(hit['figure'])}{hit['unit'] or ''}{money}")

    text = _CLOCK.sub(lambda hit: keep(f"{hit['hour']}:00"), text)
    return _AMOUNT.sub(amount, text)


def sharp(text: str) -> list[str]:
    """The amounts and times of a text that are not rounded, as they are written."""
    found = [hit.group() for hit in _CLOCK.finditer(text) if hit["minute"] != "00"]
    for hit in _AMOUNT.finditer(_CLOCK.sub(" ", WHEN.sub(" ", text))):
        same = hit["figure"].replace(",", "") == round_off(hit["figure"]).replace(",", "")
        if not same or hit["money"] or hit["behind"]:
            found.append(hit.group().strip())
    return found
