"""Citation keys for sources: short, readable, the same at every export."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from monitor.addresses import host
from monitor.text import fold


class Source(Protocol):
    """What is cited."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def day(self) -> str:
        """The ISO day that it bears, or empty."""


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


def keys(sources: Iterable[Source]) -> dict[str, str]:
    """A key for each address, such as `guardian2005hell`; another address of the same gets a number.

    In the order given, so that what comes later never changes what came before.
    """
    made: dict[str, str] = {}
    taken: set[str] = set()
    for source in sources:
        if source.url in made:
            continue
        labels = [label for label in host(source.url).split(".") if label not in {"co", "com"}]
        name = re.sub(r"[^a-z0-9]", "", fold(labels[-2] if len(labels) > 1 else "".join(labels)))
        words = re.findall(r"[a-z]{3,}", fold(source.title))
        word = next((w for w in words if w not in _SMALL and w not in name), "")
        stem = f"{name or 'source'}{source.day[:4]}{word}"
        key, number = stem, 2
        while key in taken:
            key, number = f"{stem}{number}", number + 1
        taken.add(key)
        made[source.url] = key
    return made
