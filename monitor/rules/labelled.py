"""Posts that somebody labelled, a JSON object a line: what the quality of rules is measured on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.addresses import canonical_url
from monitor.errors import Fault
from monitor.model import Post
from monitor.text import clean, one_line

FAIL = "fail"
LABELS = (FAIL, "general", "other")
"""A failure in communication; writing about such failures in general; anything else."""

KEYS = ("title", "text", "url", "author", "feed", "lang", "incident", "published")
"""What a row may say of its post; further keys are ignored."""

_YEAR = re.compile(r"[0-9]{4}(?:-[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled post, and where it stands."""

    file: str
    line: int
    post: Post
    feed: str
    """Title of its feed; empty if unknown."""
    label: str
    incident: str
    """Name of what it tells of, shared by all rows that tell of it; empty if unknown."""


def read(
    lines: Iterable[str], file: str, *, unlabelled_as: str = ""
) -> tuple[list[Row], list[Fault]]:
    """The rows of a file, and a fault for each line that is none; empty lines are passed over."""
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _row(line, file, number, unlabelled_as)
        if isinstance(found, Row):
            rows.append(found)
        else:
            faults.append(Fault(file, number, found))
    return rows, faults


def _row(line: str, file: str, number: int, unlabelled_as: str) -> Row | str:
    """A row, or what is wrong with it."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"this is no JSON ({one_line(str(error), 80)})."
    if not isinstance(value, dict):
        return 'this is no JSON object; write {"title": …, "text": …, "label": …}.'
    texts: dict[str, str] = {}
    for key in KEYS:
        found = value.get(key)
        if key == "published" and not isinstance(found, str):
            continue  # Others write a number there; without a time a post can be judged as well.
        if found is not None and not isinstance(found, str):
            return f"{key} is no text."
        texts[key] = clean(found or "").strip()
    if not texts["title"] and not texts["text"]:
        return "there is neither title nor text."
    try:
        at = _time(texts.get("published", ""))
    except ValueError:
        return "published is no time; write 2026-03-01, 2026-03 or 2026-03-01T12:00:00Z."
    label = value.get("label") or unlabelled_as
    if not label or not isinstance(label, str):
        return f"there is no label; write one of {', '.join(LABELS)}."
    return Row(file, number, _post(texts, number, at), texts["feed"], label, texts["incident"])


def _post(texts: dict[str, str], number: int, at: datetime | None) -> Post:
    return Post(
        guid=str(number),
        url=texts["url"],
        canonical_url=canonical_url(texts["url"]),
        title=texts["title"],
        author=texts["author"],
        summary="",
        text=texts["text"],
        language=texts["lang"].lower().partition("-")[0].partition("_")[0],
        published_at=at,
    )


def _time(written: str) -> datetime | None:
    """A time in ISO 8601; of a month or year alone its middle. Raises `ValueError`."""
    if not written:
        return None
    if _YEAR.fullmatch(written):
        written += "-07-01" if len(written) == 4 else "-15"
    at = datetime.fromisoformat(written)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
