"""What many incidents say together: figures with their tables, from counts. Pure arithmetic.

A figure that rests on fewer than five incidents is marked as small: it may be chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from monitor.incidents.agreement import Agreement
from monitor.incidents.course import course

FEW = 5
"""Below so many incidents a figure is marked as small."""

MOST_ROWS = 15
SEVERITIES = ("shortfall", "misstep", "backlash", "crisis")
RESPONSES = ("deny", "diminish", "rebuild", "bolster", "silence")
OUTCOMES = ("over", "calmer", "same", "worse", "again", "not looked yet")
_BUCKETS = (("within an hour", 1), ("1 to 4 hours", 4), ("4 to 24 hours", 24), ("1 to 3 days", 72),
            ("3 to 7 days", 168), ("more than a week", float("inf")))  # fmt: skip
_MOST_MONTHS = 37


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a figure's table."""

    label: str
    values: tuple[float | None, ...]
    """As `Figure.columns` names them; None where there is nothing to say."""
    basis: int
    """How many incidents it rests on."""

    @property
    def is_small(self) -> bool:
        """Whether it rests on too few incidents."""
        return self.basis < FEW


@dataclass(frozen=True, slots=True)
class Figure:
    """Something counted, to be drawn and to be read as a table."""

    key: str
    title: str
    kind: str
    """`columns`: stacked over time; `bars`: by the first value; `grid`: each cell; `shares`: value, low, high."""
    label: str
    """What the rows are."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    missing: str = ""
    """What to do, if there is nothing to show."""

    @property
    def has_small(self) -> bool:
        """Whether any line is marked as small."""
        return any(row.is_small and row.basis for row in self.rows)


def over_time(counts: Iterable[tuple[str, int, int]]) -> Figure:
    """Incidents by month of their first post and severity: (`2026-03`, severity, how many)."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for month, severity, count in counts:
        found[month][severity - 1] += count
    label = "month"
    if found:
        months = _months(min(found), max(found))
        if len(months) > _MOST_MONTHS:
            years: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
            for month, numbers in found.items():
                years[month[:4]] = [a + b for a, b in zip(years[month[:4]], numbers, strict=True)]
            found, label = years, "year"
            months = [str(year) for year in range(int(min(years)), int(max(years)) + 1)]
    else:
        months = []
    rows = [
        Row(month, (*found[month], sum(found[month])), sum(found[month]))
        if month in found
        else Row(month, (0, 0, 0, 0, 0), 0)
        for month in months
    ]
    return Figure(
        "months", f"Incidents and their severity, by {label}", "columns", label,
        (*SEVERITIES, "all"), tuple(rows), "By the time of the first post on each.",
    )  # fmt: skip


def _months(first: str, last: str) -> list[str]:
    start, end = (int(m[:4]) * 12 + int(m[5:7]) - 1 for m in (first, last))
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(start, end + 1)]


def by_tag(
    key: str, title: str, counts: Sequence[tuple[str, int, int]], *, label: str, missing: str
) -> Figure:
    """Incidents by tag: (tag, how many, how many of them relevant), most first."""
    ordered = sorted(counts, key=lambda c: (-c[1], c[0]))
    rows = [Row(name, (count, relevant), count) for name, count, relevant in ordered[:MOST_ROWS]]
    left = len(ordered) - len(rows)
    note = "An incident with several tags counts at each."
    if left > 0:
        note += f" The {MOST_ROWS} most frequent of {len(ordered)}."
    return Figure(key, title, "bars", label, ("incidents", "relevant"), tuple(rows), note, missing)


def responses(counts: Iterable[tuple[str, str, int]]) -> Figure:
    """What they answered, by what followed: (type, outcome of the last look, how many)."""
    found: dict[str, dict[str, int]] = {name: {} for name in RESPONSES}
    for kind, outcome, count in counts:
        cells = found[kind]
        name = outcome or "not looked yet"
        cells[name] = cells.get(name, 0) + count
    rows = [
        Row(kind, tuple(cells.get(name, 0) for name in OUTCOMES), sum(cells.values()))
        for kind, cells in found.items()
        if cells
    ]
    return Figure(
        "responses", "What they answered, and what followed", "grid", "response", OUTCOMES, tuple(rows),
        "What followed is the team’s own judgement at its last look, 1 to 90 days later.",
        "Write down responses on the pages of incidents, and look again when a revisit is due.",
    )  # fmt: skip


def courses(times: Mapping[int, Sequence[int]], incidents: int) -> Figure:
    """Sudden or smouldering: post times by incident; `incidents` is how many there are in all."""
    hours: dict[bool, list[float]] = {True: [], False: []}
    for moments in times.values():
        if (ran := course(moments)) is not None:
            hours[ran.is_sudden].append(ran.lead / 3600)
    told = len(hours[True]) + len(hours[False])
    rows = [
        Row(name, (len(leads), round(median(leads), 1) if leads else None), len(leads))
        for name, leads in (("sudden", hours[True]), ("smouldering", hours[False]))
    ]
    rows.append(Row("too few posts to say", (incidents - told, None), incidents - told))
    return Figure(
        "courses", "Sudden or smouldering", "bars", "course", ("incidents", "hours from first post to peak, median"),
        tuple(rows) if incidents else (),
        "Sudden: the busiest 24 hours begin within two days of the first post. Smouldering: later. Fewer than three"
        " posts say nothing.",
    )  # fmt: skip


def leads(posts: Mapping[int, Sequence[tuple[int, str]]]) -> Figure:
    """Who warns early: (time, feed) of the posts of each incident; lead is counted to the peak."""
    ahead: dict[str, list[float]] = defaultdict(list)
    first: dict[str, int] = defaultdict(int)
    told: dict[str, int] = defaultdict(int)
    for moments in posts.values():
        ran = course([moment for moment, _ in moments])
        if ran is None:
            continue
        began: dict[str, int] = {}
        for moment, feed in moments:
            began[feed] = min(began.get(feed, moment), moment)
        first[min(began, key=lambda feed: (began[feed], feed))] += 1
        for feed, moment in began.items():
            told[feed] += 1
            if moment <= ran.peak:
                ahead[feed].append((ran.peak - moment) / 3600)
    order = sorted(ahead, key=lambda f: (len(ahead[f]) < FEW, -median(ahead[f]), f))
    rows = [
        Row(feed, (round(median(ahead[feed]), 1), len(ahead[feed]), told[feed], first[feed]), len(ahead[feed]))
        for feed in order[:MOST_ROWS]
    ]  # fmt: skip
    return Figure(
        "leads", "Who warns early: first signal to peak, by feed", "bars", "feed",
        ("hours before the peak, median", "told before the peak", "told", "told first"), tuple(rows),
        "Of incidents with at least three posts; the peak is the middle of the busiest 24 hours. Feeds that told of"
        f" fewer than {FEW} come last.",
        "Nothing to say until incidents are told by three posts or more.",
    )  # fmt: skip


def delays(seconds: Sequence[float], waiting: int) -> Figure:
    """Time to triage: from an incident's start to its last decision; `waiting` are not decided."""
    hours = sorted(max(0.0, s) / 3600 for s in seconds)
    rows, below = [], 0.0
    for name, most in _BUCKETS:
        count = sum(below <= h < most for h in hours)
        rows.append(Row(name, (count, round(100 * count / len(hours), 1) if hours else None), count))  # fmt: skip
        below = most
    note = f"{waiting:,} {'waits' if waiting == 1 else 'wait'} undecided."
    if len(hours) > 1:
        late = quantiles(hours, n=10, method="inclusive")[8]
        note = f"Half were decided within {_long(median(hours))}, nine in ten within {_long(late)}. {note}"  # fmt: skip
    return Figure(
        "delays", "Time to triage", "bars", "decided", ("incidents", "per cent"), tuple(rows) if hours else (),
        note, "Nothing is decided yet: see Triage.",
    )  # fmt: skip


def _long(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


def precision(rules: Iterable[tuple[str, int, int, float, float]]) -> Figure:
    """How often rules were right: (rule, relevant, decided, low, high of the share's interval)."""
    ordered = sorted(rules, key=lambda r: (-r[2], r[0]))[:MOST_ROWS]
    rows = [
        Row(rule, (round(hits / total, 3), round(low, 3), round(high, 3), hits, total), total)
        for rule, hits, total, low, high in ordered
    ]
    return Figure(
        "precision", "Precision of rules", "shares", "rule", ("precision", "low", "high", "relevant", "decided"),
        tuple(rows), f"Of the incidents that a rule flagged and people decided, how many were relevant; 95 % interval. The"
        f" {MOST_ROWS} rules decided on most.", "Nothing is decided yet: see Triage.",
    )  # fmt: skip


def readers(found: Agreement) -> Figure:
    """How far two readers agree."""
    answers = ("relevant", "dismissed")
    counts = {(one, other): n for one, other, n in found.table}
    rows = [
        Row(f"first reader: {one}", tuple(counts.get((one, other), 0) for other in answers),
            sum(counts.get((one, other), 0) for other in answers))
        for one in answers
    ]  # fmt: skip
    return Figure(
        "readers", "Do second readers agree?", "grid", "decision", tuple(f"second: {a}" for a in answers),
        tuple(rows) if found.read else (), found.words,
        "One decision in ten is drawn for a second reader; none has been read yet.",
    )  # fmt: skip
