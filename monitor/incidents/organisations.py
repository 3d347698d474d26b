"""Which organisations an incident names, and what part each seems to have; people confirm it.

    known    a name from the gazetteer: what people have confirmed before, and shipped cases
    written  a name of the title, by its capitals                                         names
    legal    a name of the text with a legal form behind it (`Acme Foods Ltd`)
    handle   an account or hashtag that holds a known name (`@acme_help`, `#BoycottAcme`)

The part is read from the words around a name: who is said to be sorry failed, who is insulted was
hurt, who passed it on amplified it, who merely said something responded. Pure, without a model: a
person's name looks like an organisation's, and is proposed at times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.incidents.everyday import PLACES, PLATFORMS, is_everybodys
from monitor.incidents.names import LEAD, TITLE, read
from monitor.text import fold, headline
from monitor.words import Words

ROLES = ("failed", "hurt", "amplified", "responded")

MOST = 4
"""Organisations that are proposed for one incident."""

LEAST_INSIDE = 4
"""Letters of a known name that is looked for inside handles and hashtags."""

NEAR = 48
"""Characters before and behind a name in which its part is looked for."""

_FAILED = (
    r"(?:apologi[sz]\w*|is\ssorry|says\ssorry|sorry|pull(?:s|ed)|withdr\w+|delet\w+|remov\w+|"
    r"fac(?:es|ed|ing)|draws|drew|spark\w*|slammed|lambasted|roasted|mocked|criticised|criticized|"
    r"under\sfire|accused|blunder\w*|gaffe\w*|fined|regrets?|defends?|backtrack\w*|u-turn\w*|fail\w*|"
    r"backlash|outrage|outcry|boycott\w*|entschuldig\w*|zieht|kritik|shitstorm|s['’]excuse|retire|"
    r"polémique|se\sdisculpa|retira|polémica)\b"
)
"""What is said of who failed, behind the name."""

_OPENING = re.compile(rf"((?:[A-Z0-9][\w&.-]*\s){{1,3}}?)(?i:{_FAILED})")
_LEGAL = re.compile(
    r"((?:[A-Z0-9][\w&'’.-]*\s){1,3})(?:Inc|Ltd|Limited|PLC|plc|LLC|Corp|GmbH|AG|SE|SA|S\.A\.|SpA|B\.?V\.?|"
    r"Oyj?|AB|A/S|e\.V\.|KG|Pty)\b\.?"
)
_PERSON_BEFORE = re.compile(
    r"\b(?:mr|mrs|ms|dr|sir|ceo|cfo|cmo|president|chairman|chairwoman|minister|senator|actor|actress|"
    r"singer|comedian|influencer|founder|spokes\w+|herr|frau|monsieur|madame|señora?)\.?\s$",
    re.IGNORECASE,
)
_PERSON_BEHIND = re.compile(
    r"^(?:,\s(?:the\s)?(?:\w+['’]?s?\s)?(?:chief|ceo|president|chairman|chairwoman|director|spokes\w+)|,?\swho)\b",
    re.IGNORECASE,
)
_PARTS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "hurt",
        re.compile(
            r"\b(?:insult\w*|offend\w*|mock(?:s|ed|ing)|ridicul\w*|beleidig\w*|insulte\w*)\s(?:\w+\s){0,2}$",
            re.IGNORECASE,
        ),
        re.compile(
            r"^\s(?:is|are|was|were)\s(?:insulted|offended|hurt|harmed|mocked\sby)\b", re.IGNORECASE
        ),
    ),
    (
        "amplified",
        re.compile(
            r"\b(?:according\sto|retweeted\sby|shared\sby|reposted\sby|laut)\s$", re.IGNORECASE
        ),
        re.compile(
            r"^\s(?:\w+ly\s)?(?:retweet(?:s|ed)|repost(?:s|ed)|shared?|reports?|reported)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "failed",
        re.compile(
            r"\b(?:boycott(?:s|ing)?|against|backlash\sat|anger\sat|outrage\s(?:at|over)|slams?|criticis\w+|"
            r"blasts?|fines?|sues?|shitstorm\sgegen|polémique\schez)\s(?:\w+\s)?$",
            re.IGNORECASE,
        ),
        re.compile(rf"^(?:['’]s)?\s(?:\w+\s){{0,3}}?{_FAILED}", re.IGNORECASE),
    ),
    (
        "responded",
        re.compile(
            r"\b(?:a\sspokes\w+\s(?:for|of)|statement\sby|statement\sfrom)\s$", re.IGNORECASE
        ),
        re.compile(
            r"^(?:['’]s\s\w+)?\s(?:said|says|told|respond\w*|replied|repl(?:y|ies)|answered|sagte|a\sdéclaré)\b",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation of the gazetteer."""

    name: str
    names: tuple[tuple[str, ...], ...]
    """The folded words of its name, and of each other way to write it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An organisation that an incident seems to concern."""

    name: str
    role: str
    """One of `ROLES`, or empty if nothing tells."""
    why: str


@dataclass(slots=True)
class _Found:
    name: str
    why: str
    weight: int
    written: str


def name_words(name: str) -> tuple[str, ...]:
    """A name as its folded words, which is how names are compared."""
    return tuple(Words(name).words)


def propose(title: str, text: str, known: Iterable[Known] = ()) -> tuple[Proposal, ...]:
    """What to propose for a post, the likeliest first; `known` need hold only names that it may name."""
    title, text = headline(title[:TITLE]), text[:LEAD]
    found: dict[tuple[str, ...], _Found] = {}
    gazetteer = list(known)
    for one in gazetteer:
        _look_for(one, title, text, found)
    taken = {word for words in found for word in words}
    for words, written in _written(title, text):
        if words not in found and not taken.issuperset(words):
            found[words] = _Found(written, "the title names it", 2, written)
    for hit in _LEGAL.finditer(text):
        name = hit.group(1).strip()
        words = name_words(name)
        if words and not any(_holds(words, other) for other in found):
            found[words] = _Found(name, f"written as {' '.join(hit.group().split())}", 3, name)
    ranked = sorted(
        ((seen, _part(seen, title, text)) for seen in found.values() if not _is_person(seen, title, text)),
        key=lambda pair: -(pair[0].weight + 2 * (pair[1] == "failed")),
    )  # fmt: skip
    made = []
    for number, (seen, role) in enumerate(ranked[:MOST]):
        is_subject = number == 0 and fold(seen.written) in fold(title)
        made.append(Proposal(seen.name, role or ("failed" if is_subject else ""), seen.why))
    return tuple(made)


def _look_for(one: Known, title: str, text: str, found: dict[tuple[str, ...], _Found]) -> None:
    for words in one.names:
        for part, where, weight in ((title, "title", 5), (text, "text", 3)):
            written = _spelt(Words(part), words)
            if written:
                found.setdefault(
                    words, _Found(one.name, f"known; the {where} names it", weight, written)
                )
                return
    for words in one.names:
        joined = "".join(words)
        if len(joined) < LEAST_INSIDE:
            continue
        for sign in re.findall(r"[#@]\w{3,60}", f"{title} {text}"):
            if joined in fold(sign).replace("_", ""):
                found.setdefault(words, _Found(one.name, f"known; {sign} names it", 3, sign))
                return


def _spelt(inside: Words, words: Sequence[str]) -> str:
    """How a text writes a sequence of words; empty if it does not, or writes it small.

    A name that is an everyday word (`Gap`, `Target`) must be written large.
    """
    row = inside.words
    tagged = {at for tag in inside.tags for at in range(tag.first, tag.last + 1)}
    for at in range(len(row) - len(words) + 1):
        if at not in tagged and tuple(row[at : at + len(words)]) == tuple(words):
            start, end = inside.spans[at][0], inside.spans[at + len(words) - 1][1]
            if not inside.text[start].islower():
                return inside.text[start:end]
    return ""


def _written(title: str, text: str) -> list[tuple[tuple[str, ...], str]]:
    """The names of a title by their capitals, with how it writes them."""
    words = Words(title)
    made = []
    for name in read(title, text).names:
        is_plain = all(word in PLACES or word in PLATFORMS for word in name)
        written = "" if is_plain and name[0] in PLACES else _spelt(words, name)
        if written and len(written) > 1:
            made.append((name, re.sub(r"['’]s?$", "", written)))
    # The word that opens a title is large anyway; that it says sorry makes it a name.
    opening = _OPENING.match(title)
    if opening and not made:
        written = opening.group(1).strip()
        name = name_words(written)
        if not any(word in PLACES or is_everybodys(word) for word in name):
            made.append((name, written))
    return made


def _holds(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return set(other) <= set(words) or set(words) <= set(other)


def _around(one: _Found, title: str, text: str) -> list[tuple[str, str]]:
    """What stands before and behind each mention of a name."""
    name = re.compile(rf"(?<!\w){re.escape(one.written)}(?!\w)")
    return [
        (part[max(0, hit.start() - NEAR) : hit.start()], part[hit.end() :][:NEAR])
        for part in (title, text)
        for hit in name.finditer(part)
    ]


def _part(one: _Found, title: str, text: str) -> str:
    around = _around(one, title, text)
    for role, before, behind in _PARTS:
        if any(before.search(left) or behind.search(right) for left, right in around):
            return role
    return ""


def _is_person(one: _Found, title: str, text: str) -> bool:
    if one.why.startswith("known"):
        return False
    return any(
        _PERSON_BEFORE.search(left) or _PERSON_BEHIND.search(right)
        for left, right in _around(one, title, text)
    )
