"""Words and lines: the one place that says what two texts have in common.

Words are those of UAX #29 (Unicode Text Segmentation), as `unicode-segmentation-rs` finds them,
folded (`text.fold`), with these changes, so that what people mean by a word is found:

- `. : , ;` and `_` always part words: `example.com` is two, `3.14` too;
- a possessive `'s` is dropped, an elided article (`l'`, `d'`, `qu'`, `dell'`) stands by itself;
- characters of scripts written without spaces (Chinese, Japanese, Thai, Lao) are a word each, so
  that a word of a query becomes a phrase of characters and is found wherever it stands;
- a hashtag is read as the words it is written together from, and as a whole: `tags`.

Pure functions of text; every result is bounded by its input.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from unicode_segmentation_rs import unicode_words

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""C0 and C1 controls but tab and newline; zero-width, line-separating and bidi characters."""


def clean(text: str) -> str:
    """Drop characters that cannot be seen but change how text is read, printed or mailed."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 300) -> str:
    """Fold to a single clean line of at most `limit` characters, cut at a word with `…`."""
    line = " ".join(_CONTROLS.sub(" ", text).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > limit // 2 else cut) + "…"


_STROKES = str.maketrans(
    {"ø": "o", "đ": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)  # fmt: skip
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
)
"""Marks that readers leave out: Latin, Greek and Cyrillic accents, Hebrew and Arabic points; not the
vowel signs of Indic scripts or the voicing marks of Japanese, which make other words."""


def fold(text: str) -> str:
    """Make case, accents, strokes, width, ligatures and styled letters alike; the length may change."""
    if text.isascii():
        return text.lower()
    small = unicodedata.normalize("NFKD", text).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", small))
    return unicodedata.normalize("NFC", bare).translate(_STROKES)


def order(text: str) -> tuple[str, str]:
    """Where a name or title stands in a list: accents and case do not count, ñ comes after n, ß is ss."""
    return fold(text.replace("ñ", "n\U0010ffff").replace("Ñ", "n\U0010ffff")), text


def title_key(title: str) -> str:
    """Fold a title to its words, space-separated: nearly equal titles get equal keys.

    A publisher's name behind them is dropped: `headline`.
    """
    return " ".join(re.findall(r"\w+", fold(headline(title))))


def headline(title: str) -> str:
    """A title without a publisher's name, set behind the last ` | `, ` - ` or ` – ` by search feeds.

    Only if at least four words remain.
    """
    head = re.split(r"\s[|\-–—]\s(?=[^|\-–—]{2,40}$)", title)[0]
    return head if len(head.split()) >= 4 else title


def names(title: str) -> frozenset[str]:
    """The folded words of a title that are written large: names, mostly, and the first word."""
    return frozenset(fold(word) for word in re.findall(r"\w+", title) if not word[0].islower())


def digest(*parts: str) -> str:
    """SHA-256 in hex of texts, kept apart so that no two lists of parts meet."""
    hashed = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        hashed.update(len(raw).to_bytes(8, "big"))
        hashed.update(raw)
    return hashed.hexdigest()


_TABLE = bytes(
    byte + 32 if 65 <= byte <= 90
    else byte if byte >= 128 or 97 <= byte <= 122 or 48 <= byte <= 57 or byte == 39
    else 32
    for byte in range(256)
)  # fmt: skip
"""Capitals to small letters, everything between words to a space; bytes of UTF-8 stay."""

_HIDDEN = frozenset("\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u3099\u309a\uff9e\uff9f"
_UNIT = re.compile(f".[{_MARKS}]*", re.DOTALL)
_BETWEEN = r" _.:,;·՟״‧․﹐﹒﹔﹕٬،؛⁄"
_PIECE = re.compile(
    f"[{_UNSPACED}][{_MARKS}]*|(?:(?![{_UNSPACED}{re.escape(_BETWEEN)}]).)+", re.DOTALL
)
_TAG = re.compile(r"(?<![\w&/#])[#＃](?=\w)([\w\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e]+)")
_HUMP = re.compile(r"A+(?=Aa)|A?a+|A+|1+|x+")
_ELIDED = (
    b"l d j n s t c m qu jusqu lorsqu puisqu quelqu un all dall dell nell sull coll quell quest"
)
_LETTER, _DIGIT = rb"[a-z\x80-\xff]", rb"[0-9]"
_WORDLIKE = rb"[0-9a-z\x80-\xff]"
# Each alternative looks back over the apostrophe: a pattern that begins with it is quick to search.
_SPARE_QUOTE = re.compile(
    b"'(?:"
    + b"|".join(
        [
            rb"(?<=%b')s(?!%b)" % (_WORDLIKE, _WORDLIKE),  # a possessive
            rb"(?!%b)" % _WORDLIKE,  # at a word's end
            rb"(?<!%b')" % _WORDLIKE,  # at a word's beginning
            rb"(?<=%b')(?=%b)" % (_LETTER, _DIGIT),
            rb"(?<=%b')(?=%b)" % (_DIGIT, _LETTER),
            *(rb"(?<=[ ']%b')(?=%b)" % (article, _LETTER) for article in _ELIDED.split()),
        ]
    )
    + b")"
)
"""Every apostrophe but those inside words, which stay: `don't`, `o'brien`."""


def plain(text: str) -> bytes:
    """Fold a text with a space at both ends whose unusual stretches are read: small letters, spaces."""
    folded = text.encode("utf-8", "surrogatepass").translate(_TABLE)
    return _SPARE_QUOTE.sub(_spaces, folded) if b"'" in folded else folded


def _spaces(hit: re.Match[bytes]) -> bytes:
    return b" " * (hit.end() - hit.start())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch without spaces, read: its words, spaces between them."""

    folded: str
    moved: tuple[tuple[int, int, int], ...] = ()
    """(begin in `folded`, start, end in the stretch) of each word, if they do not lie alike."""
    tags: tuple[tuple[str, int, int, int, int], ...] = ()
    """(norm, begin and close in `folded`, start and end in the stretch)."""


def read_once(chunk: str) -> Stretch:
    """Read a stretch without spaces: its words one space apart, or where they stood if they fit."""
    words: list[tuple[str, int, int]] = []
    tags: list[tuple[str, int, int, int, int]] = []
    at = 0
    for hit in _TAG.finditer(chunk):
        words += _segments(chunk[at : hit.start()], at)
        first = len(words)
        for start, end in _humps(hit.group(1)):
            words += _segments(hit.group(1)[start:end], hit.start(1) + start)
        at = hit.end()
        if len(words) > first:
            norm = "".join(word for word, _, _ in _segments(hit.group(1).replace("_", ""), 0))
            tags.append((norm, first, len(words) - 1, hit.start(), hit.end()))
    words += _segments(chunk[at:], at)
    lies_alike = all(len(word) == end - start for word, start, end in words) and all(
        here[2] < there[1] for here, there in pairwise(words)
    )
    begins: list[int] = []
    parts, length = [], 0
    for word, start, _ in words:
        gap = start - length if lies_alike else min(len(begins), 1)
        parts += [" " * gap, word]
        begins.append(length + gap)
        length += gap + len(word)
    parts.append(" " * (len(chunk) - length))
    return Stretch(
        "".join(parts),
        () if lies_alike else tuple((b, w[1], w[2]) for b, w in zip(begins, words, strict=True)),
        tuple(
            (norm, begins[first], begins[last] + len(words[last][0]), start, end)
            for norm, first, last, start, end in tags
        ),
    )


read = lru_cache(maxsize=50_000)(read_once)
"""The same, remembered: most stretches come back."""


def _segments(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """The folded words of a stretch, with their places, counted from `at`."""
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for unit in _UNIT.finditer(text):
        made = _unit(unit.group())
        folded.append(made)
        places += [unit.span()] * len(made)
    flat = plain(f" {''.join(folded)} ").decode("utf-8", "surrogatepass")[1:-1]
    position = 0
    for word in unicode_words(flat):
        begin = flat.index(word, position)
        position = begin + len(word)
        # Once more with spaces around it, as it will stand: an article may be elided only now.
        alone = plain(f" {word} ").decode("utf-8", "surrogatepass") if "'" in word else f" {word} "
        for piece in _PIECE.finditer(alone):
            start, end = begin + piece.start() - 1, begin + piece.end() - 2
            yield piece.group(), at + places[start][0], at + places[end][1]


@lru_cache(maxsize=50_000)
def _unit(character: str) -> str:
    """A character with its marks, folded; nothing if it cannot be seen."""
    if character[0] in _HIDDEN:
        return fold(character[1:])
    return "'" if character in "’‘ʼ＇´" else fold(character)


def _humps(tag: str) -> Iterator[tuple[int, int]]:
    """Where the words stand that a hashtag is written together from: `BoycottBrandX` has three."""
    shape = "".join(
        "A" if c.isupper() else "1" if c.isdigit() else "_" if c == "_" else "a" if c.islower() or c in "\u0300\u0301\u0302\u0303\u0308"
        else "x"
        for c in tag
    )  # fmt: skip
    for hit in _HUMP.finditer(shape):
        yield hit.span()
