"""Could it happen here? Our own profile against the facets of a failure, with reasons. Pure.

The answer is a beginning for people: it says what it rests on and which controls are not written
down, and whoever knows better corrects it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from monitor.text import fold

PARTS = {
    "channel": ("Channels", "where we speak: X, Instagram, our blog, e-mail"),
    "market": ("Markets", "countries, languages, groups of people"),
    "product": ("Products", "what we sell or do, and what people call it"),
    "supplier": ("Suppliers and partners", "agencies, tools, platforms, creators"),
    "control": ("Controls", "what stops a mistake: two people look before anything is posted"),
    "past": ("What has happened to us", "one line each"),
}
"""Part of a profile -> its name, and what belongs there; one thing a line."""

VERDICTS = {
    "likely": "It could happen here",
    "possible": "It could happen, in part",
    "unlikely": "It could hardly happen here",
    "open": "It cannot be told yet",
}

_SAME = ({"twitter", "x"},)
_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "and",
        "or",
        "in",
        "on",
        "at",
        "to",
        "for",
        "with",
        "our",
        "we",
        "us",
        "it",
        "is",
        "was",
        "by",
        "from",
        "as",
    ]
)


@dataclass(frozen=True, slots=True)
class Facets:
    """A failure, as far as it is held against a profile."""

    channels: tuple[str, ...]
    tags: tuple[str, ...]
    """What went wrong."""
    text: str


@dataclass(frozen=True, slots=True)
class Control:
    """What keeps failures of some kinds away."""

    id: str
    tags: frozenset[str]
    sentence: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the comparison says."""

    verdict: str
    """One of `VERDICTS`."""
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    """Controls that the failure asks for and the profile does not name."""
    present: tuple[str, ...]
    """Our controls that would have met it."""


@cache
def controls() -> tuple[Control, ...]:
    """The controls that come with Failwatch."""
    text = resources.files("monitor.lessons").joinpath("controls.yaml").read_text(encoding="utf-8")
    return tuple(
        Control(
            one["id"], frozenset(map(fold, one["for"])), one["control"],
            tuple(fold(word) for word in one["words"]),
        )
        for one in YAML(typ="safe", pure=True).load(text)["controls"]
    )  # fmt: skip


def lines(text: str) -> tuple[str, ...]:
    """The things of a part of a profile."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def assess(profile: Mapping[str, Sequence[str]], facets: Facets) -> Answer:
    """Hold a failure against a profile."""
    reasons = [*_channels(profile.get("channel", ()), facets.channels), *_named(profile, facets)]
    exposed = any(is_ours for is_ours, _ in reasons)
    needed = [c for c in controls() if c.tags & {fold(tag) for tag in facets.tags}]
    ours = profile.get("control", ())
    met = {c.id: [line for line in ours if _meets(c, line)] for c in needed}
    missing = tuple(c.sentence for c in needed if not met[c.id])
    present = tuple(dict.fromkeys(line for found in met.values() for line in found))
    if not any(profile.values()):
        return Answer("open", ("Nothing is written down about us yet: fill in the profile.",), missing, ())  # fmt: skip
    if exposed:
        verdict = "possible" if needed and not missing else "likely"
    else:
        verdict = "possible" if missing else "unlikely"
    said = tuple(words for _, words in reasons)
    return Answer(verdict, (*said, *_on_controls(needed, missing)), missing, present)


def _on_controls(needed: Sequence[Control], missing: Sequence[str]) -> tuple[str, ...]:
    if not needed:
        return ("Its tags ask for none of the controls that are known; look at the causes.",)
    if missing:
        return (f"{len(missing)} of {len(needed)} controls that it asks for are not written down with us.",)  # fmt: skip
    return ("Every control that it asks for is written down with us; does it hold?",)


def _channels(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[bool, str]]:
    if not ours or not theirs:
        return []
    shared = [one for one in theirs if any(_is_same(one, line) for line in ours)]
    if shared:
        return [(True, f"It came by {', '.join(shared)}, where we speak as well.")]
    return [(False, f"It came by {', '.join(theirs)}, which we do not use.")]


def _is_same(channel: str, line: str) -> bool:
    wanted = fold(channel)
    names = {wanted}.union(*(same for same in _SAME if wanted in same))
    return any(_holds(fold(line), name) or _holds(wanted, fold(line)) for name in names)


def _holds(text: str, words: str) -> bool:
    """Whether whole words stand in a text."""
    return bool(words.strip()) and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def _named(profile: Mapping[str, Sequence[str]], facets: Facets) -> list[tuple[bool, str]]:
    """Products, markets, suppliers that it speaks of, and what of ours it is like."""
    text, found = fold(facets.text), []
    for part, words in (("product", "a product of ours"), ("market", "a market of ours"), ("supplier", "a partner of ours")):  # fmt: skip
        found += [(True, f"It speaks of {line}, {words}.") for line in profile.get(part, ()) if _holds(text, fold(line))]  # fmt: skip
    telling = set(re.findall(r"\w{4,}", text)) - _SMALL
    for line in profile.get("past", ()):
        shared = telling & set(re.findall(r"\w{4,}", fold(line)))
        if len(shared) >= 2:
            found.append((True, f"It is like one of ours: {line} (both tell of {', '.join(sorted(shared)[:4])})."))  # fmt: skip
    return found


def _meets(control: Control, line: str) -> bool:
    folded = f" {fold(line)} "
    return any(word in folded for word in control.words)
