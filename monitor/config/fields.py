"""What a single value in the files may be: spans, addresses, networks, severities, words."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from monitor.words import words

SEVERITIES = {"shortfall": 1, "misstep": 2, "backlash": 3, "crisis": 4}

LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]*$"
SLUG = r"^[a-z0-9][a-z0-9_-]{0,63}$"
LANGUAGE = r"^[a-z]{2,3}$"
EMAIL = r"^[^@\s<>,;]+@[^@\s<>,;]+$"

LOOKS = {
    LINE: "on one line, without tabs or characters that cannot be seen",
    SLUG: "a name of small letters, digits, - and _, at most 64, with a letter or digit first",
    LANGUAGE: "two or three small letters, such as en",
    EMAIL: "one e-mail address alone, such as failwatch@example.org",
}
"""Pattern -> what a value that fits it looks like, in words."""

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"([0-9]{1,5})\s*([mhd])", str(value).strip())
    if not found:
        raise ValueError("write a span of minutes, hours or days, such as 30m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _interval(value: timedelta) -> timedelta:
    if value < timedelta(minutes=15):
        raise ValueError("write 15m or longer: publishers block readers that come more often")
    if value > timedelta(days=31):
        raise ValueError("write 31d or shorter; enabled: false switches a feed off")
    return value


def _keeping(value: timedelta) -> timedelta:
    if value < timedelta(days=1):
        raise ValueError("write 1d or longer")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        usable = usable and parts.port != 0  # a port that is none raises
    except ValueError:
        parts, usable = urlsplit(""), False
    if not usable or re.search(r"[\s\\\x00-\x1f\x7f]", value):
        raise ValueError("write a whole web address that begins with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("leave user name and password out of the address: it is shown on pages")
    return value


def _where(value: str) -> str:
    if not value or re.fullmatch(r"(ssh://|file://|[\w.-]+@[\w.-]+:|/)[^\s\x00-\x1f\x7f]+", value):
        return value
    return _address(value)


def _network(value: str) -> str:
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        raise ValueError("write a network such as 10.1.0.0/16 or fd00::/8") from None


def _severity(value: object) -> object:
    if isinstance(value, str):
        value = SEVERITIES.get(value.strip().lower(), value)
    if isinstance(value, bool) or value not in list(SEVERITIES.values()):
        names = ", ".join(f"{number} ({name})" for name, number in SEVERITIES.items())
        raise ValueError(f"must be one of {names}, as a number or by name")
    return value


def _concern(value: str) -> str:
    if not words(value):
        raise ValueError("write a word or a name: this holds neither letter nor digit")
    if len(words(value)) > 8:
        raise ValueError("write at most eight words: it is looked for word by word, in this order")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=LINE)]
Word = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=LINE)
]
Concern = Annotated[Word, AfterValidator(_concern)]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=EMAIL)]
Span = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema(
        {"type": "string", "pattern": r"^[0-9]{1,5}\s*[mhd]$", "examples": ["30m", "2h", "1d"]}
    ),
]
Interval = Annotated[Span, AfterValidator(_interval)]
Keeping = Annotated[Span, AfterValidator(_keeping)]
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4_000), AfterValidator(_address)
]
Where = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4_000), AfterValidator(_where)
]
Network = Annotated[str, AfterValidator(_network)]
Severity = Annotated[
    Literal[1, 2, 3, 4],
    BeforeValidator(_severity),
    WithJsonSchema({"enum": [1, 2, 3, 4, *SEVERITIES]}),
]
