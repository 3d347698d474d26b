"""What is left in a disguised case by which somebody could be known: nothing goes out while there is any. Pure.

The check does not trust the replacing, since people edit in between: it reads the finished texts
anew, with all that it knows, and says what and where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from monitor.addresses import host, site
from monitor.incidents import disguise_figures as figures
from monitor.incidents.disguise import Cast, Scene
from monitor.incidents.disguise_signs import (
    ACCOUNT,
    ADDRESS,
    HASHTAG,
    NEUTRAL,
    PHONE,
    PLAIN,
    QUOTE,
    TOKEN,
    Mask,
    opens,
    without_private,
)
from monitor.incidents.everyday import PLATFORMS, SMALL, is_everybodys
from monitor.text import one_line
from monitor.words import Words

RUN = 5
"""So many words in a row are a post's own."""

LEAST_INSIDE = 5
"""Letters of a name that is looked for inside other words."""

WORDS = {
    "name": "a name that we know",
    "large": "written large: a name, unless you say that it is none",
    "opens": "opens a sentence and may be a name: say that it is none, or change it",
    "inside": "holds a name",
    "address": "an address",
    "account": "an account",
    "hashtag": "a hashtag",
    "quotation": "a quotation",
    "date": "a date as it really was",
    "figure": "an amount or a time that is not rounded",
    "post": "five words or more in a row, as a post has them: say it in your own",
    "script": "letters that are neither large nor small: names cannot be told in them",
    "changed": "the lesson was changed since this text was made",
}
"""Kind of what is left -> what is said of it."""

CAN_ALLOW = ("large", "opens")
"""Kinds of which an editor may say that they are no names."""


@dataclass(frozen=True, slots=True)
class Left:
    """Something by which somebody could be known."""

    field: str
    """The box in which it stands."""
    kind: str
    """One of `WORDS`."""
    what: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.field}: “{self.what}” ({WORDS[self.kind]})"


def left(texts: Mapping[str, str], scene: Scene, originals: Mapping[str, str]) -> tuple[Left, ...]:
    """All that is left in the texts, in their order; `originals` are the texts before."""
    cast = Cast(scene)
    cast.listen(NEUTRAL.sub("\uf8ff", text) for text in texts.values())
    known = _dates(originals, scene)
    runs = _runs(scene)
    inside = _inside(scene)
    found: dict[Left, None] = {}
    for field, text in texts.items():
        for kind, what in _of_text(without_private(text), cast, known, inside):
            found[Left(field, kind, one_line(what, 120))] = None
        for what in _verbatim(text, runs):
            found[Left(field, "post", one_line(what, 120))] = None
    return tuple(found)


def _dates(originals: Mapping[str, str], scene: Scene) -> frozenset[figures.When]:
    return frozenset(real_dates(originals.values(), scene))


def real_dates(texts: Iterable[str], scene: Scene) -> Iterator[figures.When]:
    """Every date that a case really has, in full and in part."""
    day: date = scene.anchor
    said = [figures.When(day.year, day.month, day.day)]
    for text in texts:
        said += figures.dates(text)
    for when in said:
        yield when
        if when.year and when.month:
            yield figures.When(when.year, when.month, None)
        if when.month and when.day:
            yield figures.When(None, when.month, when.day)
        if when.year:
            yield figures.When(when.year, None, None)


def _of_text(
    text: str, cast: Cast, known: frozenset[figures.When], inside: frozenset[str]
) -> Iterator[tuple[str, str]]:
    mask = Mask()
    rest = mask.hide(text)
    for kind, pattern in (
        ("quotation", QUOTE),
        ("address", ADDRESS),
        ("account", ACCOUNT),
        ("hashtag", HASHTAG),
    ):
        for hit in pattern.finditer(rest):
            yield kind, mask.show(hit.group())
    yield from (("name", what) for what in _named(rest, cast))
    yield from (("date", hit) for hit in _real(rest, known))
    undated = figures.WHEN.sub("\uf8ff", rest)
    yield from (("figure", hit.group()) for hit in PHONE.finditer(undated))
    yield from (("figure", what) for what in figures.sharp(rest))
    yield from _large(undated, cast)
    for hit in TOKEN.finditer(rest):
        joined = "".join(Words(hit.group()).words)
        if any(name in joined for name in inside):
            yield "inside", hit.group()
        if any(
            c.isalpha() and not c.islower() and not c.isupper() and c not in "ªº"
            for c in hit.group()
        ):
            yield "script", hit.group()


def _named(text: str, cast: Cast) -> list[str]:
    """The known names of a text as it spells them."""
    return [text[start:end] for start, end, _, _ in cast.places(text)]


def _real(text: str, known: frozenset[figures.When]) -> Iterator[str]:
    for hit in figures.WHEN.finditer(text):
        when = figures.read(hit)
        if when in known:
            yield hit.group()


def _large(text: str, cast: Cast) -> Iterator[tuple[str, str]]:
    for hit in TOKEN.finditer(text):
        word = hit.group()
        if not any(letter.isupper() for letter in word):
            continue
        before, behind = text[max(0, hit.start() - 12) : hit.start()], text[hit.end() :][:3]
        if cast.is_name(word, before, behind):
            yield "large", word
            continue
        folded = Words(word).words
        if not folded or not opens(before):
            continue
        scene = cast.scene
        if not all(
            w in PLAIN
            or w in PLATFORMS
            or w in scene.allowed
            or w in scene.ordinary
            or is_everybodys(w)
            for w in folded
        ):
            yield "opens", word


def _inside(scene: Scene) -> frozenset[str]:
    """What must stand inside no word: names of those involved, and the publishers' hosts."""
    names = {
        "".join(Words(name).words) for one in scene.organisations[: scene.involved] for name in one
    }
    names |= {
        word
        for one in scene.organisations[: scene.involved]
        for name in one
        for word in Words(name).words
    }
    for source in scene.sources:
        for name in (site(source.url).partition(".")[0], host(source.url)):
            names.add("".join(c for c in name if c.isalnum()))
    return frozenset(
        n for n in names if len(n) >= LEAST_INSIDE and not is_everybodys(n) and n not in scene.ordinary
    )  # fmt: skip


def _grams(words: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for at in range(len(words) - RUN + 1):
        gram = tuple(words[at : at + RUN])
        if not all(word in SMALL for word in gram):
            yield at, gram


def _runs(scene: Scene) -> frozenset[tuple[str, ...]]:
    return frozenset(
        gram
        for source in scene.sources
        for text in (source.title, source.text)
        for _, gram in _grams(Words(text).words)
    )


def _verbatim(text: str, runs: frozenset[tuple[str, ...]]) -> Iterator[str]:
    """The stretches of a text that a post has word for word, as long as they are."""
    said = Words(text)
    start = end = -1
    for at, gram in _grams(said.words):
        if gram not in runs:
            continue
        if at > end:
            if start >= 0:
                yield said.text[said.spans[start][0] : said.spans[end - 1][1]]
            start = at
        end = at + RUN
    if start >= 0:
        yield said.text[said.spans[start][0] : said.spans[end - 1][1]]
