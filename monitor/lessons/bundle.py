"""A bundle of cases for another house: one canonical form, one signature, and nothing taken on trust. Pure.

    {"format": "failwatch-cases", "version": 1, "key": …, "made_at": …, "cases": […], "signature": …}

The signature (Ed25519) is over everything else as canonical JSON: keys sorted, no blanks, UTF-8. A
file may be indented or its lines wrapped on its way; any other change breaks the signature. What is
read is bounded in bytes, depth and length before anything is made of it, and holds plain text alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from monitor.errors import Refused
from monitor.text import clean, one_line

FORMAT = "failwatch-cases"
MAX_BYTES = 2_000_000
MAX_DEPTH = 8
MAX_CASES = 200
MAX_TEXT = 20_000

_DOMAIN = b"failwatch-cases/1\n"
"""Stands before what is signed, so that no signature of ours means anything elsewhere."""

_MARKUP = re.compile(r"<\s*[A-Za-z/!?]|&#?\w{1,10};|javascript:|\]\(|\{\{|\[\[", re.IGNORECASE)

Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Mark = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Column = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Said(_Form):
    """A sentence of what happened."""

    text: Text
    is_alleged: bool = False


class Answered(_Form):
    """That they answered: how, and how many days after it began."""

    type: Literal["deny", "diminish", "rebuild", "bolster", "silence"]
    day: Annotated[int, Field(ge=-3_650, le=36_500)] | None = None


class Looked(_Form):
    """What was found after some days."""

    days: Annotated[int, Field(ge=0, le=3_650)]
    outcome: Line


class Taught(_Form):
    """A principle that the case stands for, or speaks against."""

    text: Text
    is_counter: bool = False


class Case(_Form):
    """A case without names."""

    id: Mark
    """The sender's mark of the lesson: the same whenever it is sent, and no number of theirs."""
    title: Line
    kind: Literal["", "crisis", "shortfall", "misstep", "near_miss", "good_recovery"] = ""
    texts: Annotated[dict[Column, Text], Field(max_length=30)] = {}
    facts: Annotated[list[Said], Field(max_length=200)] = []
    responses: Annotated[list[Answered], Field(max_length=100)] = []
    looks: Annotated[list[Looked], Field(max_length=20)] = []
    principles: Annotated[list[Taught], Field(max_length=50)] = []
    sectors: Annotated[list[Line], Field(max_length=20)] = []
    channels: Annotated[list[Line], Field(max_length=20)] = []


class Bundle(_Form):
    """What one house sends another."""

    format: Literal["failwatch-cases"]
    version: Literal[1]
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
    made_at: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    cases: Annotated[list[Case], Field(min_length=1, max_length=MAX_CASES)]
    signature: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]


def canonical(value: object) -> bytes:
    """A value as the one row of bytes that stands for it."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def public_of(private: bytes) -> bytes:
    """The public half of a key of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """A key in a form that people read to each other: twelve groups of four."""
    mark = hashlib.sha256(public).hexdigest()[:48]
    return " ".join(mark[at : at + 4] for at in range(0, 48, 4))


def read_fingerprint(text: str) -> str:
    """A fingerprint as a person typed it. Raises `Refused`."""
    mark = re.sub(r"[\s:-]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{48}", mark):
        raise Refused("A fingerprint has 48 digits and letters a to f, in twelve groups of four.")
    return " ".join(mark[at : at + 4] for at in range(0, 48, 4))


def content_of(case: Case) -> str:
    """A case as it is kept."""
    return canonical(case.model_dump()).decode()


def revision(case: Case) -> str:
    """Which wording of a case it is."""
    return hashlib.sha256(content_of(case).encode()).hexdigest()


def sign(cases: Sequence[Case], private: bytes, *, made_at: str) -> bytes:
    """A bundle of cases as a file. Raises `Refused` if nobody could read it."""
    key = base64.b64encode(public_of(private)).decode()
    body: dict[str, Any] = {
        "format": FORMAT, "version": 1, "key": key, "made_at": made_at,
        "cases": [case.model_dump() for case in cases],
    }  # fmt: skip
    signed = Ed25519PrivateKey.from_private_bytes(private).sign(_DOMAIN + canonical(body))
    body["signature"] = base64.b64encode(signed).decode()
    made = json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
    read(made)
    return made


def read(raw: bytes) -> tuple[Bundle, bytes]:
    """A bundle and the key that signed it, if the file is one and was not altered. Raises `Refused`.

    Whether the key is to be trusted is not said here.
    """
    value = _parsed(raw)
    try:
        bundle = Bundle.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise Refused(
            f"The file is no bundle of this Failwatch: {one_line(place, 100)}: {one_line(first['msg'], 200)}."
            " Nothing was taken in."
        ) from None
    key = base64.b64decode(bundle.key)
    body = {name: part for name, part in value.items() if name != "signature"}
    try:
        signature = base64.b64decode(bundle.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _DOMAIN + canonical(body))
    except (InvalidSignature, ValueError, binascii.Error):
        raise Refused(
            "The file was altered after it was signed, or its signature is another's. Nothing was"
            " taken in: ask for it again."
        ) from None
    if len({case.id for case in bundle.cases}) < len(bundle.cases):
        raise Refused("The bundle holds a case twice. Nothing was taken in.")
    for case in bundle.cases:
        _plain(case)
    return bundle, key


def _plain(case: Case) -> None:
    for text in _strings(case.model_dump()):
        if clean(text) != text or _MARKUP.search(text):
            raise Refused(
                f"Case {case.id} holds markup or characters that cannot be seen:"
                f" “{one_line(text, 60)}”. Nothing was taken in."
            )


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in _strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in _strings(part)]
    return []


def _parsed(raw: bytes) -> dict[str, Any]:
    """JSON within bounds that are looked at before it is read. Raises `Refused`."""
    if len(raw) > MAX_BYTES:
        raise Refused(f"The file has {len(raw):,} bytes; a bundle has at most {MAX_BYTES:,}.")
    depth = deepest = 0
    for sign_ in re.finditer(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', raw, re.DOTALL):
        if sign_.group() in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign_.group() in b"]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise Refused(f"The file is nested {deepest} deep; a bundle is at most {MAX_DEPTH}.")
    try:
        value = json.loads(
            raw.decode(), object_pairs_hook=_once, parse_constant=_none, parse_float=_none, parse_int=_small
        )  # fmt: skip
    except (ValueError, RecursionError):
        raise Refused("The file is no bundle: it cannot be read as JSON. Nothing was taken in.") from None  # fmt: skip
    if not isinstance(value, dict):
        raise Refused("The file is no bundle: it holds something else. Nothing was taken in.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("twice")
    return made


def _none(text: str) -> Any:
    raise ValueError(text)


def _small(text: str) -> int:
    if len(text) > 8:
        raise ValueError(text)
    return int(text)
