"""Quotations in facts: found word for word in the post, and never more than a fair part of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_WORDS = 90
"""Quoted from one post in one lesson, all quotations together."""

SHARE = 0.25
"""Of the words of a post."""

ALWAYS = 25
"""So many words may be quoted of any post, however short."""

_FOLD = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quotation stands in a text; blanks, quotation marks and dashes may be others.

    None if it does not stand there word for word.
    """
    words = quote.translate(_FOLD).split()
    if not words:
        return None
    # A translation by single characters keeps every place.
    hit = re.search(r"\s+".join(map(re.escape, words)), text.translate(_FOLD))
    return hit.span() if hit else None


def allowance(text: str) -> int:
    """How many words may be quoted from a post."""
    return min(MOST_WORDS, max(ALWAYS, int(len(text.split()) * SHARE)))


def excess(quotes: Iterable[str], text: str) -> str:
    """Why so much may not be quoted from a post; empty if it may."""
    used, most = sum(len(quote.split()) for quote in quotes), allowance(text)
    if used <= most:
        return ""
    return (
        f"This lesson would quote {used} words of that post; {most} is the most (a quarter of it,"
        f" {ALWAYS} at least, {MOST_WORDS} at most). Quote what carries the fact, and tell the rest"
        " in your own words."
    )
