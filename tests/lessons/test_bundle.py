"""A bundle: read only as it was signed, whatever is done to the file on its way."""

import base64
import json
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Refused
from monitor.lessons import bundle
from monitor.lessons.bundle import Case
from monitor.lessons.kinds import KINDS
from monitor.store import responses
from monitor.text import clean

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
AT = "2026-03-01T12:00:00Z"
CASE = Case(
    id="0123456789abcdef", title="Organisation A joked", kind="misstep", texts={"why": "Haste."},
    facts=[bundle.Said(text="It joked."), bundle.Said(text="It knew.", is_alleged=True)],
    responses=[bundle.Answered(type="rebuild", day=2)], looks=[bundle.Looked(days=7, outcome="faded")],
    principles=[bundle.Taught(text="Two people look.")], sectors=["food"], channels=["TikTok"],
)  # fmt: skip
MADE = bundle.sign([CASE], KEY, made_at=AT)


def again(**changes: Any) -> bytes:
    """The bundle with something else in it, signed anew."""
    value = json.loads(MADE) | changes
    value.pop("signature")
    private = Ed25519PrivateKey.from_private_bytes(KEY)
    signature = private.sign(b"failwatch-cases/1\n" + bundle.canonical(value))
    return json.dumps(value | {"signature": base64.b64encode(signature).decode()}).encode()


def case(**changes: Any) -> bytes:
    return again(cases=[CASE.model_dump() | changes])


def test_what_is_signed_is_read_as_it_was() -> None:
    found, key = bundle.read(MADE)
    assert found.cases == [CASE]
    assert (found.made_at, key) == (AT, bundle.public_of(KEY))
    assert bundle.sign([CASE], KEY, made_at=AT) == MADE
    assert set(get_args(Case.model_fields["kind"].annotation)) == {"", *KINDS}
    assert set(get_args(bundle.Answered.model_fields["type"].annotation)) == set(responses.TYPES)


def test_another_layout_is_the_same_bundle() -> None:
    for text in (json.dumps(json.loads(MADE)), json.dumps(json.loads(MADE), indent=8, ensure_ascii=True)):  # fmt: skip
        assert bundle.read(text.encode())[0] == bundle.read(MADE)[0]


@given(st.integers(0, len(MADE) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, by: int) -> None:
    altered = bytearray(MADE)
    altered[place] = (altered[place] + by) % 256
    try:
        found, key = bundle.read(bytes(altered))
    except Refused:
        return
    # Blanks between its parts mean nothing.
    assert (found, key) == bundle.read(MADE)


def test_another_key_or_another_signature_is_refused() -> None:
    other = json.loads(bundle.sign([CASE], OTHER, made_at=AT))
    for part in ("key", "signature"):
        with pytest.raises(Refused, match="altered"):
            bundle.read(json.dumps(json.loads(MADE) | {part: other[part]}).encode())


HOSTILE = [
    (b"", "cannot be read"),
    (b"\xff\xfe", "cannot be read"),
    (b"[1]", "holds something else"),
    (b"[" * 100_000, "nested"),
    (b'{"a":' * 50 + b"1" + b"}" * 50, "nested"),
    (b" " * (bundle.MAX_BYTES + 1), "bytes"),
    (MADE.replace(b'"version": 1', b'"version": 1, "version": 1'), "cannot be read"),
    (MADE.replace(b'"version": 1', b'"version": NaN'), "cannot be read"),
    (MADE.replace(b'"version": 1', b'"version": ' + b"9" * 5_000), "cannot be read"),
    (MADE.replace(b'"version": 1', b'"version": 2'), "version"),
    (again(extra=1), "extra"),
    (again(cases=[]), "cases"),
    (again(cases=[CASE.model_dump()] * 2), "twice"),
    (again(cases=[CASE.model_dump()] * 201), "cases"),
    (again(format="else"), "format"),
    (case(title="x" * 301), "title"),
    (case(title="<script>alert(1)</script>"), "markup"),
    (case(texts={"why": "see [this](https://x.example)"}), "markup"),
    (case(texts={"why": "{{Template}}"}), "markup"),
    (case(texts={"why": "&lt;b"}), "markup"),
    (case(texts={"why": "to\u202eward"}), "markup"),
    (case(texts={"why": "x" * 20_001}), "texts"),
    (case(texts={"why; drop": "x"}), "texts"),
    (case(id="../../etc/passwd"), "id"),
    (case(kind="else"), "kind"),
    (case(facts=[{"text": "x", "is_alleged": "yes"}]), "is_alleged"),
    (case(responses=[{"type": "shout", "day": 1}]), "responses"),
    (case(responses=[{"type": "deny", "day": 99_999}]), "responses"),
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_what_is_hostile_is_refused_in_a_plain_sentence(number: int) -> None:
    raw, why = HOSTILE[number]
    with pytest.raises(Refused, match=why):
        bundle.read(raw)


@given(st.binary(max_size=400))
def test_any_file_at_all_is_refused_and_breaks_nothing(raw: bytes) -> None:
    with pytest.raises(Refused):
        bundle.read(raw)


@given(st.text(min_size=1, max_size=100).map(lambda t: clean(t).strip()).filter(bool))
def test_any_plain_text_goes_out_and_in_unchanged(text: str) -> None:
    sent = CASE.model_copy(update={"texts": {"why": text}})
    try:
        made = bundle.sign([sent], KEY, made_at=AT)
    except Refused:  # it looks like markup, and never leaves
        return
    assert bundle.read(made)[0].cases[0].texts["why"] == text


def test_a_fingerprint_is_read_however_it_is_typed() -> None:
    mark = bundle.fingerprint(bundle.public_of(KEY))
    assert len(mark) == 59
    assert bundle.read_fingerprint(mark.upper().replace(" ", ":")) == mark
    assert bundle.fingerprint(bundle.public_of(OTHER)) != mark
    with pytest.raises(Refused, match="48"):
        bundle.read_fingerprint("1234")
