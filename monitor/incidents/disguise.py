"""A case told without names: each replaced by a neutral word, the same one wherever it stands. Pure.

    addresses   web and mail addresses, domains, accounts, hashtags, streets, telephone numbers
    quotations  left out: whoever searches for the words finds who said them
    names       organisations of the gazetteer with all their aliases, persons, places, products;
                every word written large inside a sentence is taken for a name until somebody says
                that it is none
    figures     dates moved, amounts rounded: `disguise_figures`

What was replaced stands as one private character while the rest is read, so nothing is read twice.
It errs towards replacing; `disguise_check` then says what it cannot know, and an editor decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.incidents import disguise_figures as figures
from monitor.incidents.disguise_signs import (
    ACCOUNT,
    ADDRESS,
    HASHTAG,
    LEGAL,
    NUMBER,
    PERSON,
    PERSON_BEHIND,
    PHONE,
    PLACE,
    PLAIN,
    PRODUCT,
    QUOTE,
    QUOTED,
    TOKEN,
    Mask,
    letters,
    opens,
)
from monitor.incidents.everyday import PLACES, PLATFORMS, is_everybodys
from monitor.incidents.names import is_telling, read
from monitor.words import Words


@dataclass(frozen=True, slots=True)
class Source:
    """A post that a case rests on."""

    title: str
    text: str
    url: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the house knows of who and what a case names."""

    organisations: tuple[tuple[str, ...], ...] = ()
    """Those that have a part in it, and those of the gazetteer that it may name: all names of each."""
    involved: int = 0
    """How many of them have a part in it; these come first."""
    people: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    ordinary: frozenset[str] = frozenset()
    """Folded words that posts write small."""
    allowed: frozenset[str] = frozenset()
    """Folded words of which an editor said that they are no names."""
    anchor: date = date(2000, 1, 1)
    """When it began."""
    shift: int = -728
    """Days by which its dates move."""


_Named = tuple[tuple[str, ...], str, tuple[str, ...]]
"""The words of a name, of what kind it is, and the words by which its bearer goes."""


class Cast:
    """Who and what a case names, and the neutral word of each."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._labels: dict[tuple[str, ...], str] = {}
        self._counts: dict[str, int] = {}
        self._known: list[_Named] = []
        self._firsts: dict[str, list[_Named]] = {}
        self.titled: set[str] = set()
        self._learn()

    def _learn(self) -> None:
        scene = self.scene
        for number, names in enumerate(scene.organisations):
            words = [tuple(Words(name).words) for name in names if Words(name).words]
            kind = "Organisation" if number < scene.involved else "organisation"
            for spelt in words:
                self._known.append((spelt, kind, words[0]))
                if len(spelt) > 1:
                    self._known.append((("".join(spelt),), kind, words[0]))
        for kind, plain in (("Person", scene.people), ("Product", scene.products)):
            for name in plain:
                if spelt := tuple(Words(name).words):
                    self._known.append((spelt, kind, spelt))
        for source in scene.sources:
            for spelt in read(source.title, source.text).names:
                self._known.append((spelt, "Name", spelt))
                self.titled.update(w for w in spelt if is_telling(w) and w not in scene.ordinary)
        # The longest name first, so that a name inside another does not split it.
        self._known.sort(key=lambda known: -len(known[0]))
        for known in self._known:
            self._firsts.setdefault(known[0][0], []).append(known)

    def label(self, kind: str, words: tuple[str, ...]) -> str:
        """The neutral word of a name."""
        if words not in self._labels:
            inside = [
                w
                for w in self._labels
                if len(words) == 1 and words[0] in w and is_telling(words[0])
            ]
            if inside:
                return self._labels[inside[0]]
            self._labels[words] = f"{kind} {letters(self._counts.get(kind, 0))}"
            self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._labels[words]  # fmt: skip

    def known(self, text: str, keep: Callable[[str], str]) -> str:
        """A text with the names that the house knows replaced."""
        pieces, done = [], 0
        for start, end, kind, whole in self.places(text):
            pieces += [text[done:start], keep(self.label(kind.title(), whole))]
            done = end
        return "".join([*pieces, text[done:]])

    def places(self, text: str) -> Iterator[tuple[int, int, str, tuple[str, ...]]]:
        """Where the names that the house knows stand: start, end, kind, and by what each goes."""
        inside = Words(text)
        row, at = inside.words, 0
        while at < len(row):
            step = 1
            for words, kind, whole in self._firsts.get(row[at], ()):
                if tuple(row[at : at + len(words)]) != words:
                    continue
                start, end = inside.spans[at][0], inside.spans[at + len(words) - 1][1]
                if self._is_meant(text[max(0, start - 12) : start], text[start:end], words, kind):
                    yield start, end, kind, whole
                    step = len(words)
                    break
            at += step

    def _is_meant(self, before: str, written: str, words: Sequence[str], kind: str) -> bool:
        """Whether words that make a name are one here: written large, or nothing but a name.

        Organisations without a part in the case are meant only when written large.
        """
        ordinary = self.scene.ordinary
        if kind == "organisation" and all(word in PLATFORMS for word in words):
            return False  # where it happened, not to whom
        if kind == "Name" and len(words) == 1 and words[0] in self.scene.allowed:
            return False
        if any(letter.isupper() for letter in written):
            is_plain = len(words) == 1 and (is_everybodys(words[0]) or words[0] in ordinary)
            return not (is_plain and opens(before))
        is_plain = all(is_everybodys(w) or w in ordinary or w in PLACES for w in words)
        return kind != "organisation" and not is_plain

    def listen(self, texts: Iterable[str]) -> None:
        """Take what any of the texts writes large inside a sentence for a name at its beginning, too."""
        for text in texts:
            for hit in TOKEN.finditer(text):
                before = text[max(0, hit.start() - 12) : hit.start()]
                if (
                    hit.group()[0].isupper()
                    and not opens(before)
                    and self.is_name(hit.group(), before, "")
                ):
                    self.titled.update(
                        w for w in Words(hit.group()).words
                        if is_telling(w) and w not in self.scene.ordinary
                    )  # fmt: skip

    def is_name(self, word: str, before: str, behind: str) -> bool:
        """Whether a word that is written large is a name as far as can be told."""
        folded = Words(word).words
        if not folded or all(
            w in PLAIN or w in PLATFORMS or w in self.scene.allowed for w in folded
        ):
            return False
        if not opens(before):
            return True
        if any(w in self.titled for w in folded) or folded[0] in PLACES - self.scene.ordinary:
            return True
        is_common = is_everybodys(folded[0]) or folded[0] in self.scene.ordinary
        goes_on = re.match(r"\s[^\W\d_a-z]\w", behind) is not None and behind[1:2].isupper()
        return not is_common and goes_on  # fmt: skip

    def written(self, text: str, keep: Callable[[str], str]) -> str:
        """A text with the runs of words that are written large replaced."""
        runs: list[tuple[int, int]] = []
        for hit in TOKEN.finditer(text):
            if not any(letter.isupper() for letter in hit.group()):
                continue
            start, end = hit.span()
            joined = bool(runs) and text[runs[-1][1] : start] in {" ", " & ", "\u00a0"}
            if not joined and not self.is_name(
                hit.group(), text[max(0, start - 12) : start], text[end : end + 3]
            ):
                continue
            if joined and not self.is_name(hit.group(), "x ", ""):
                continue
            own = len(re.sub(r"['’]s?$", "", hit.group()))
            if joined:
                runs[-1] = (runs[-1][0], start + own)
            else:
                runs.append((start, start + own))
        pieces, done = [], 0
        for start, end in runs:
            name = text[start:end]
            words = tuple(Words(name).words)
            kind = self._kind(words, text[max(0, start - 40) : start], text[end : end + 40])
            pieces += [text[done:start], keep(self.label(kind, words))]
            done = end
        return "".join([*pieces, text[done:]])  # fmt: skip

    @staticmethod
    def _kind(words: Sequence[str], before: str, behind: str) -> str:
        if all(word in PLACES for word in words) or PLACE.search(before):
            return "Place"
        if LEGAL.match(behind):
            return "Organisation"
        if PERSON.search(before) or PERSON_BEHIND.match(behind):
            return "Person"
        return "Product" if PRODUCT.search(before) else "Name"


def disguise(texts: Mapping[str, str], scene: Scene) -> dict[str, str]:
    """The texts of a case, by name of the box, told without names."""
    mask, cast = Mask(), Cast(scene)
    cast.listen(texts.values())

    def labelled(kind: str) -> Callable[[re.Match[str]], str]:
        return lambda hit: mask.keep(cast.label(kind, (kind, hit.group().casefold())))

    made = {}
    for name, text in texts.items():
        said = mask.hide(text)
        said = QUOTE.sub(lambda _: mask.keep(QUOTED), said)
        said = ADDRESS.sub(labelled("Address"), said)
        said = ACCOUNT.sub(labelled("Account"), said)
        said = HASHTAG.sub(labelled("Hashtag"), said)
        said = cast.known(said, mask.keep)
        said = figures.move_dates(said, scene.anchor, scene.shift, mask.keep)
        said = PHONE.sub(lambda _: mask.keep(NUMBER), said)
        said = figures.round_amounts(said, mask.keep)
        said = cast.written(said, mask.keep)
        made[name] = mask.show(said)
    return made
