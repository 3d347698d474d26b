"""What is to be done with one page: a decision from what we want, what is there, what we know."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from monitor.text import digest
from monitor.wikis.pages import Found, Marks, Missing, Ours, Parts, cut, trimmed

WRITES = ("create", "update", "withdraw")
LEFT = {
    "drift": "people changed our part of the page; move their words outside it or into the lesson,"
    " then decide",
    "detached": "our markers were removed from the page; it belongs to the team now",
    "gone": "the page was deleted on the wiki and is not made again",
    "blocked": "a page of that name is there and is not ours",
    "left": "somebody decided to leave the page alone",
    "conflict": "somebody edited the page just now; the next export looks again",
}
"""Why a page was left alone, by outcome."""
_DRIFT = ("what we wrote", "on the wiki")


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger says of a page."""

    title: str = ""
    """The name that we last gave it."""
    page: str = ""
    page_id: str = ""
    stored_hash: str = ""
    """Of our part as the wiki kept it; empty if we never wrote the page."""
    intent_hash: str = ""
    """Of what we were about to write when we last recorded something."""
    stored: str = ""
    """Our part as the wiki kept it."""
    people: str = ""
    """People's part as we last saw it."""
    wish: str = ""
    """`overwrite` or `leave`, if somebody decided."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done."""

    outcome: str
    """One of `WRITES` or `LEFT`, or `unchanged`."""
    name: str = ""
    """The name that the page is to have."""
    parts: Parts | None = None
    diff: str = ""
    """What would change, or for drift what people changed."""
    is_renamed: bool = False


def decide(
    key: str, title: str, *, ours: Ours, marks: Marks, found: Found | Missing, known: Known
) -> Step:
    """Decide on one page; nothing that people wrote is ever among what is written over."""
    if known.wish == "leave":
        return Step("left")
    wants_over = known.wish == "overwrite"
    if isinstance(found, Missing):
        if known.stored_hash and not wants_over:
            return Step("gone")
        return Step("create", title, None, diff("", ours.text, ("nothing", title), marks))
    parts = cut(found.text, marks)
    if parts is None or parts.key != key:
        if not wants_over:
            return Step("detached" if known.stored_hash else "blocked")
        return Step(
            "update", found.page, None, diff("", ours.text, (found.page, "with our part"), marks)
        )
    actual, wanted = parts.ours.hash(marks), ours.hash(marks)
    # With no entry in the ledger, as after a restored backup, the page speaks for itself.
    is_untouched = (
        actual in {known.stored_hash, known.intent_hash, wanted} or _is_old(parts, known)
        if known.stored_hash or known.intent_hash
        else actual == (parts.claim or actual)
    )
    if not is_untouched and not wants_over:
        changed = diff(known.stored or ours.text, parts.ours.text, _DRIFT, marks)
        return Step("drift", found.page, parts, changed)
    bears_ours = found.page in {known.title, title}
    name = title if bears_ours else found.page
    if actual == wanted and parts.claim and name == found.page:
        return Step("unchanged", name, parts)
    changed = diff(parts.ours.text, ours.text, (found.page, name), marks)
    return Step("update", name, parts, changed, is_renamed=name != found.page)


def _is_old(parts: Parts, known: Known) -> bool:
    """Whether it is as the first release wrote it, which hashed otherwise and named no hash."""
    return not parts.claim and digest(trimmed(parts.ours.inside)) == known.stored_hash


def diff(before: str, after: str, names: tuple[str, str], marks: Marks) -> str:
    """A unified diff for people."""
    lines = difflib.unified_diff(
        marks.plain(before).splitlines(), marks.plain(after).splitlines(), *names, lineterm="", n=1
    )
    return "\n".join(lines)


def added(before: str, after: str) -> str:
    """The lines that people added since."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return "\n".join(line[2:] for line in lines if line.startswith("+ ") and line[2:].strip())


def as_found(found: Found, marks: Marks) -> tuple[str, str, str]:
    """(hash and text of our part, people's part) of a page of ours."""
    parts = cut(found.text, marks)
    if parts is None:
        return "", "", marks.plain(found.text)
    return parts.ours.hash(marks), parts.ours.text, marks.plain(parts.people)
