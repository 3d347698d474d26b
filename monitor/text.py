"""Words, lines and addresses: the one place that says what two texts have in common.

Pure functions of text; every result is bounded by its input.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""C0 and C1 controls but tab and newline; zero-width, line-separating and bidi characters."""

_TRACKING = re.compile(
    r"^(utm_.*|at_.*|mc_[ce]id|fbclid|gclid|dclid|msclkid|igshid|yclid|twclid|ref|ref_src|cmpid|"
    r"ns_.*|spm|s_cid|ocid|guccounter|guce_.*|__twitter_impression|amp|outputtype)$",
    re.IGNORECASE,
)
_MOBILE_LABELS = ("www", "m", "mobile", "amp")


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


def fold(text: str) -> str:
    """Make case, accents, width and ligatures alike; the length may change."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def title_key(title: str) -> str:
    """Fold a title to its words, space-separated: nearly equal titles get equal keys.

    A publisher's name set behind the last ` | `, ` - ` or ` – ` is dropped if at least four
    words remain, as search feeds add it to titles.
    """
    head = re.split(r"\s[|\-–—]\s(?=[^|\-–—]{2,40}$)", title)[0]
    chosen = head if len(head.split()) >= 4 else title
    return " ".join(re.findall(r"\w+", fold(chosen)))


def names(title: str) -> frozenset[str]:
    """The folded words of a title that are written large: names, mostly, and the first word."""
    return frozenset(fold(word) for word in re.findall(r"\w+", title) if not word[0].islower())


def canonical_url(url: str) -> str:
    """Reduce an address to what names the page: `""` if it is not http(s).

    Drops fragment, tracking parameters, `www.`, mobile and AMP forms, default ports and a
    trailing slash; sorts parameters; the scheme becomes https, since both serve the same page.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".").lower()
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return ""
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _MOBILE_LABELS:
        labels = labels[1:]
    netloc = ".".join(labels)
    if ":" in netloc:
        netloc = f"[{netloc}]"
    if port not in {None, 80, 443}:
        netloc = f"{netloc}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    path = re.sub(r"/amp(?:/|\.html)?$", "", path).rstrip("/")
    query = sorted(
        (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)
    )
    return urlunsplit(("https", netloc, path, urlencode(query), ""))


def host(url: str) -> str:
    """The host of an address without `www.` and mobile labels; `""` if it has none."""
    return urlsplit(canonical_url(url)).hostname or ""


def digest(*parts: str) -> str:
    """SHA-256 in hex of texts, kept apart so that no two lists of parts meet."""
    hashed = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        hashed.update(len(raw).to_bytes(8, "big"))
        hashed.update(raw)
    return hashed.hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, and where it stands in it."""

    norm: str
    """Folded, so that case, accents, width and apostrophes make no difference."""
    start: int
    end: int
    """`[start, end)` in code points of the text."""
    is_hashtag: bool = False


# Scripts written without spaces: each character is a word, so that a word of the query becomes a
# phrase of characters and is found wherever it stands.
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"
_WORD = re.compile(
    rf"[{_UNSPACED}]|[#＃]?(?:(?![{_UNSPACED}])[\w\u0300-\u036f{_INVISIBLE}])+"
    rf"(?:['’ʼ＇](?:(?![{_UNSPACED}])[\w\u0300-\u036f])+)*"
)
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_HUMPS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")


@lru_cache(maxsize=200_000)
def norm(word: str) -> str:
    """Fold one word as tokens are; a possessive `'s` is dropped."""
    folded = fold(_HIDDEN.sub("", word)).translate(_APOSTROPHES)
    return folded.removesuffix("'s") if len(folded) > 2 else folded


_APOSTROPHES = {ord(mark): "'" for mark in "’ʼ＇"}


def tokens(text: str) -> list[Token]:
    """The words of a text in order; a hashtag is one token, without its `#`."""
    found = []
    for hit in _WORD.finditer(text):
        word = hit.group()
        is_hashtag = word[0] in "#＃" and len(word) > 1
        key = norm(word[1:] if is_hashtag else word)
        if key:
            found.append(Token(key, hit.start(), hit.end(), is_hashtag))
    return found


def humps(hashtag: str) -> list[str]:
    """The words that a hashtag is written together from, folded: `BoycottBrandX` has three."""
    return [norm(part) for part in _HUMPS.findall(hashtag)]


_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+(?=[\"'“‘«(\[¿¡]*[^\Wa-z_])|[。！？｡]+|\n+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|vs|Inc|Ltd|Co|Corp|No|Nr|bzw|etc))\.$"
)


def sentence_starts(text: str) -> list[int]:
    """Where sentences after the first begin, in code points; a line's end ends one too."""
    return [
        hit.end()
        for hit in _SENTENCE_END.finditer(text)
        if not _ABBREVIATED.search(text[max(0, hit.start() - 6) : hit.start() + 1])
    ]
