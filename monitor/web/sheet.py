"""Rows as CSV that a spreadsheet opens without running anything. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""At the start of a file, so that spreadsheets read it as UTF-8."""

_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> object:
    """A value for a cell: text that a spreadsheet would take for a formula gets a quote before it.

    As OWASP advises (CSV Injection). Numbers stay numbers; full-width signs count too, since some
    spreadsheets fold them.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_LIVE) else text


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as lines of CSV (RFC 4180)."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(
        [cell(value) for value in row] for row in rows
    )
    return made.getvalue()
