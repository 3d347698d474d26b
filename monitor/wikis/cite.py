"""Citation keys for sources: short, readable, the same at every export."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.text import fold

_SMALL = frozenset(
    [
        "a",
        "about",
        "after",
        "all",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "from",
        "has",
        "have",
        "how",
        "in",
        "into",
        "is",
        "it",
        "its",
        "no",
        "not",
        "of",
        "off",
        "on",
        "or",
        "over",
        "that",
        "the",
        "their",
        "they",
        "this",
        "to",
        "up",
        "was",
        "what",
        "when",
        "who",
        "why",
        "will",
        "with",
    ]
)


def keys(sources: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """A key for each (host, day, title), such as `guardian2005hell`; doubles get a letter."""
    made: list[str] = []
    for host, day, title in sources:
        labels = [label for label in host.split(".") if label not in {"www", "co", "com"}]
        name = re.sub(r"[^a-z0-9]", "", fold(labels[-2] if len(labels) > 1 else "".join(labels)))
        words = re.findall(r"[a-z]{3,}", fold(title))
        word = next((w for w in words if w not in _SMALL and w not in name), "")
        stem = f"{name or 'source'}{day[:4]}{word}"
        key, letter = stem, "b"
        while key in made:
            key, letter = stem + letter, chr(ord(letter) + 1)
        made.append(key)
    return tuple(made)
