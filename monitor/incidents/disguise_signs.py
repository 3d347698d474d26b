"""What gives somebody away without being a name: addresses, accounts, quotations; and neutral words. Pure."""

from __future__ import annotations

import re

from monitor.text import clean

KINDS = ("Organisation", "Person", "Place", "Product", "Name", "Account", "Hashtag", "Address")
"""What neutral words begin with; a letter follows."""

QUOTED = "[quotation left out]"
NUMBER = "[number left out]"

_FIRST, _LAST = 0xE000, 0xF8FF
NEUTRAL = re.compile(rf"\b(?:{'|'.join(KINDS)}) [A-Z]{{1,2}}\b|\[(?:quotation|number) left out\]")
QUOTE = re.compile(
    r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«|\"[^\"]*\"|(?<!\w)‘(?!\d)[^’\n]*(?:’\w[^’\n]*)*’(?!\w)|(?<!\w)'(?=\w)[^'\n]*(?:'\w[^'\n]*)*'(?!\w)"
)
_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_TAIL = r"[^\s<>()\[\]“”\"]*[^\s<>()\[\]“”\".,;:!?']"
_WEB = (
    rf"(?:https?|ftp)://{_TAIL}|www\.{_TAIL}"
    rf"|(?<![\w@])(?:[\w-]+\.)+[^\W\d_]{{2,24}}(?:[/:?]{_TAIL})?(?!\w)"
)
_STREET = (
    r"\b\d{1,4}\w?,?\s(?:[^\W\d_a-z][\w'’-]+\s){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Square|Drive|Way|Boulevard)\b"
    r"|\b[^\W\d_a-z]\w+(?:straße|strasse|str\.|gasse|platz|weg)\s\d+\w?\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b"
)
ADDRESS = re.compile(f"{_MAIL}|{_WEB}|{_STREET}")
ACCOUNT = re.compile(r"[@＠]\w[\w.-]*(?:@[\w.-]+)?")
HASHTAG = re.compile(r"[#＃]\w+")
PHONE = re.compile(r"(?<![\w.])(?:\+|00?(?=[1-9]))\d[\d ()/-]{6,20}\d(?!\w)")
TOKEN = re.compile(r"[^\W_]+(?:['’&.-][^\W_]+)*")
LEGAL = re.compile(r"^\s(?:Inc|Ltd|Limited|PLC|plc|LLC|Corp|GmbH|AG|SE|SA|BV|Oy|AB)\b\.?")
PERSON = re.compile(
    r"\b(?:mr|mrs|ms|dr|sir|ceo|cfo|cmo|president|chairman|chairwoman|minister|senator|actor|actress|singer|comedian|"
    r"influencer|founder|manager|director|spokes\w+|herr|frau|monsieur|madame|señora?|named|by)\.?\s$",
    re.IGNORECASE,
)
PERSON_BEHIND = re.compile(
    r"^(?:,\s(?:\w+\s){0,3}(?:chief|ceo|president|chair\w*|director|spokes\w+|manager)|,?\swho\b)", re.IGNORECASE
)  # fmt: skip
PLACE = re.compile(r"\b(?:in|near|across|throughout|outside|around)\s(?:the\s)?$", re.IGNORECASE)
PRODUCT = re.compile(
    r"\b(?:its|their|new|called|product|model|brand|range|launch(?:ed|es)?|advertis\w+|sell(?:s|ing)?|sold)\s(?:the\s|its\s|new\s)*$",
    re.IGNORECASE,
)
OPENS = re.compile(r"(?:^|[.!?…:•\n]|\.\.\.)[\s\"'“‘(\[-]*$")
PLAIN = frozenset(
    ["i", "i'm", "i'd", "i've", "i'll", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "english", "faqs", "kpi", "kpis", "gdpr", "csr", "pr", "ceo", "hr", "tv", "faq", "ai", "url", "dm", "dms", "sms", "utc", "gmt", "vip", "q&a", "it", "ok", "b2b", "b2c", "roi", "crm", "seo", "rss", "html", "pdf", "covid"]
) | frozenset({"a"})  # fmt: skip


def letters(number: int) -> str:
    """A, B, … Z, AA, AB and so on."""
    return (letters(number // 26 - 1) if number >= 26 else "") + chr(65 + number % 26)


def opens(before: str) -> bool:
    """Whether what stands before a word ends a sentence, or is none."""
    return OPENS.search(before) is not None


class Mask:
    """Replacements, each as one private character until all is read."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def keep(self, text: str) -> str:
        """The character that stands for a replacement."""
        if text not in self._numbers:
            self._numbers[text] = len(self._texts)
            self._texts.append(text)
        number = _FIRST + self._numbers[text]
        return chr(number) if number <= _LAST else text

    def hide(self, text: str) -> str:
        """A text in which the neutral words of an earlier pass stand as characters."""
        return NEUTRAL.sub(lambda hit: self.keep(hit.group()), without_private(text))

    def show(self, text: str) -> str:
        """The text as people read it."""
        return "".join(
            self._texts[ord(c) - _FIRST] if _FIRST <= ord(c) < _FIRST + len(self._texts) else c
            for c in text
        )


def without_private(text: str) -> str:
    """A text without characters that mean nothing to anybody else."""
    return "".join(c for c in clean(text) if not _FIRST <= ord(c) <= _LAST)
