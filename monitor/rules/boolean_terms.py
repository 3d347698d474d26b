"""Terms and fields of other tools' queries as nodes of ours, and what could not be carried over."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.rules.query import MIN_PREFIX
from monitor.rules.tree import Exact, Hashtag, Near, Node, Or, Phrase, Regex, Word
from monitor.words import Words, words

DROPPED, APPROXIMATED, READ = "dropped", "approximated", "read"


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """What became of a term that has no exact counterpart here."""

    place: int
    """Character of the query, counted from 0."""
    term: str
    action: str
    """`dropped`, `approximated`, or `read` for a guess at what was meant."""
    reason: str


@dataclass(slots=True)
class Notes:
    """The notes of one query."""

    made: list[Note] = field(default_factory=list)

    def drop(self, place: int, term: str, reason: str) -> None:
        """Note that a term is left out."""
        self.made.append(Note(place, term, DROPPED, reason))

    def near_enough(self, place: int, term: str, reason: str) -> None:
        """Note that a term finds something slightly different here."""
        self.made.append(Note(place, term, APPROXIMATED, reason))

    def guess(self, place: int, term: str, reason: str) -> None:
        """Note how something unclear was understood."""
        self.made.append(Note(place, term, READ, reason))


Reading = Callable[[str, int, Notes], Node | None]

_NO_WORD = "there is no letter or digit in it"
_LETTERS = r"[\pL\pN]"
_SZ = re.compile(r"(?<=[iy])\?(?=[eai])", re.IGNORECASE)


def word(text: str, place: int, notes: Notes) -> Node | None:
    """A bare term, with the marks that tools put before and behind one."""
    stem, fuzzy, _ = text.partition("~") if text[0] != "~" else (text, "", "")
    if fuzzy:
        notes.near_enough(place, text, "similar spellings are not looked for: the word as written")
    if stem.startswith("~"):
        notes.near_enough(place, text, "synonyms are not looked for: add them with OR")
        stem = stem[1:]
    if stem.startswith("++"):
        return exact(stem[2:], place, notes)
    return _quoted(stem.removeprefix("+"), place, notes)


def phrase(text: str, place: int, notes: Notes) -> Node | None:
    """What stands in quotation marks, marks included."""
    if text.startswith("++"):
        return exact(text[3:-1], place, notes)
    return _quoted(text.lstrip("+")[1:-1], place, notes)


def _quoted(text: str, place: int, notes: Notes) -> Node | None:
    if " * " in f" {text} ":
        return _gapped(text, place, notes)
    pieces = text.split()
    if any(re.search(r"\?|\*.", piece) for piece in pieces) or _is_short(pieces):
        return _pattern(text, place, notes)
    if len(pieces) == 1 and pieces[0][0] in "#＃":
        return hashtag(pieces[0], place, notes)
    if any(piece.startswith("@") for piece in pieces):
        notes.near_enough(place, text, "the @ does not count: finds the name as a word")
    return _whole([w for piece in pieces for w in _words(piece)], text, place, notes=notes)


def _whole(found: list[Word], text: str, place: int, *, notes: Notes) -> Node | None:
    if not found:
        notes.drop(place, text, _NO_WORD)
        return None
    return Phrase(tuple(found)) if len(found) > 1 else found[0]


def _words(piece: str) -> list[Word]:
    """The words of a piece as they are written: people are to know their query again."""
    stem = piece.removesuffix("*")
    found = [Word(stem[start:end]) for start, end in Words(stem).spans]
    if stem != piece and found:
        found[-1] = Word(found[-1].text, is_prefix=True)
    return found


def _is_short(pieces: list[str]) -> bool:
    """Whether a star follows fewer letters than a query of ours may have before one."""
    ends = (_words(piece)[-1:] for piece in pieces if piece.endswith("*"))
    return any(not end or len(end[0].text) < MIN_PREFIX for end in ends)


def _gapped(text: str, place: int, notes: Notes) -> Node | None:
    """A phrase in which `*` stands for words: what stands around it, in order, not far apart."""
    sides = re.split(r"(?:^|\s)\*(?=\s|$)", text)
    known = [n for side in sides if side.strip() and (n := _quoted(side, place, notes))]
    if not known:
        notes.drop(place, text, "it would find everything")
        return None
    if len(known) == 1:
        return known[0]
    which = "the parts" if len(known) == 2 else "only the first two parts"
    notes.near_enough(place, text, f"* for words: {which}, in order, at most 5 words apart")
    return Near(known[0], known[1], 6, is_ordered=True)


def _pattern(text: str, place: int, notes: Notes) -> Node | None:
    """Wildcards inside or before a word, or behind one or two letters."""
    if len(re.findall(r"[^\W_]", text)) < 2:
        notes.drop(place, text, "a wildcard with fewer than two letters finds nearly everything")
        return None
    if (
        len(text.split()) == 1
        and text.count("?") == 1
        and "*" not in text[:-1]
        and _SZ.search(text)
    ):
        spelt = [
            n for mark in "sz" if (n := _quoted(_SZ.sub(mark, text), place, notes)) is not None
        ]
        if len(spelt) == 2:
            notes.near_enough(place, text, "the ? is taken as s or z")
            return Or(tuple(spelt))
    marks = {"*": f"{_LETTERS}*", "?": _LETTERS}
    made = "".join(
        marks.get(c) or (c if c.isalnum() or c in "_-'" else r"\s+" if c.isspace() else f"\\{c}")
        for c in " ".join(text.split())
    )
    starts = r"\b" if text[0].isalnum() and text[0].isascii() else ""
    ends = r"\b" if text[-1].isalnum() and text[-1].isascii() else ""
    notes.near_enough(
        place, text, "a wildcard that does not end a word of three letters or more is a regular"
        " expression here, slower and with accents counting; better write the spellings with OR",
    )  # fmt: skip
    return Regex(f"{starts}{made}{ends}")


def exact(text: str, place: int, notes: Notes) -> Node | None:
    """Letters that must stand exactly so."""
    inner = re.sub(r"[{}]", "", text).strip().strip('"')
    if not words(inner):
        notes.drop(place, text, _NO_WORD)
        return None
    return Exact(inner)


def hashtag(text: str, place: int, notes: Notes) -> Node | None:
    """A hashtag, with or without its mark."""
    name = text.strip('"').lstrip("#＃").rstrip("*")
    found = Words(f"#{name}").tags
    if len(found) != 1 or found[0].end != len(name) + 1:
        notes.drop(place, text, "this is no hashtag: letters, digits and _ only")
        return None
    if text.strip('"').endswith("*"):
        notes.near_enough(place, text, "a hashtag has no star here: words that begin so")
        return _quoted(f"{name}*", place, notes)
    return Hashtag(name)


def mention(text: str, place: int, notes: Notes) -> Node | None:
    """A person addressed with @."""
    notes.near_enough(place, text, "the @ does not count: finds the name as a word")
    return _quoted(text.strip('"').lstrip("@"), place, notes)


def address(text: str, place: int, notes: Notes) -> Node | None:
    """An address, or a part of one."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?|\*", "", text.strip('"'))
    return _whole(_words(bare), text, place, notes=notes)


def site(text: str, place: int, notes: Notes) -> Node | None:
    """A host; we look for it in the whole address."""
    notes.near_enough(
        place, text, "looked for anywhere in the post's address, not only in its host"
    )
    return address(text, place, notes)


_CODES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "spanish": "es",
    "italian": "it", "dutch": "nl", "portuguese": "pt", "swedish": "sv", "danish": "da",
    "norwegian": "no", "finnish": "fi", "polish": "pl", "japanese": "ja", "chinese": "zh",
}  # fmt: skip


def language(text: str, place: int, notes: Notes) -> Node | None:
    """A language, by its code or its English name."""
    name = text.strip('"').lower()
    code = _CODES.get(name) or re.split(r"[-_]", name)[0]
    if not re.fullmatch(r"[a-z]{2,3}", code):
        notes.drop(place, text, "this is no code of a language, such as en")
        return None
    return Word(code)
