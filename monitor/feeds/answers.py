"""What HTTP answers and failures mean, in words for whoever looks after the feeds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from monitor.feeds import guard
from monitor.model import FetchFailed, FetchLimits, PollJob
from monitor.text import one_line

MAX_VALIDATOR = 1_000
"""Longer validators are not kept: with one, a server could make us send what it then refuses."""


def validators(job: PollJob) -> dict[bytes, bytes]:
    """The headers of a conditional request: ETag and Last-Modified byte for byte, if there are."""
    given = {b"If-None-Match": job.etag, b"If-Modified-Since": job.last_modified}
    return {name: value.encode("latin-1", "ignore") for name, value in given.items() if value}


def validator(answer: httpx2.Response, name: bytes) -> str:
    """An answer's ETag or Last-Modified, a character a byte; empty if it cannot be sent back."""
    found = [value for key, value in answer.headers.raw if key.lower() == name]
    text = found[0].decode("latin-1") if len(found) == 1 else ""
    return text if len(text) <= MAX_VALIDATOR and text.isprintable() else ""


def refused(answer: httpx2.Response, now: datetime, *, is_lasting: bool) -> FetchFailed:
    """An answer that is no feed: why, and how long the server wants to be left alone.

    `is_lasting` says that no temporary redirect led to it: only then can a feed be gone for good.
    """
    status = answer.status_code
    reasons = {
        401: "The server asks for a password (401).",
        403: "The server refuses us (403): it may block automatic readers.",
        404: "There is nothing at this address (404). Look for the feed's new address.",
        410: (
            "The publisher says that this feed is gone for good (410); polling has ended."
            if is_lasting
            else "The feed is redirected to an address that is gone (410)."
        ),
        429: "The server says that we ask too often (429).",
        503: "The server is busy or down for maintenance (503).",
    }
    kind = "with an error" if status >= 400 else "without a feed"
    reason = reasons.get(status, f"The server answered {kind} ({status}).")
    wait = _wait(answer, now) if status in {429, 503} else None
    is_gone = status == 410 and is_lasting
    return FetchFailed(reason, status=status, retry_after=wait, is_gone=is_gone)


def no_page(answer: httpx2.Response) -> FetchFailed:
    """An answer that is no page of a post: why."""
    status = answer.status_code
    reasons = {
        401: "The page asks for a password (401).",
        402: "The page is for paying readers (402).",
        403: "The server refuses us (403): it may block automatic readers.",
        404: "The page is not there (404).",
        410: "The page was taken down (410).",
        429: "The server says that we ask too often (429).",
        451: "The page is blocked for legal reasons (451).",
    }
    return FetchFailed(reasons.get(status, f"The server answered {status}."), status=status)


def media_type(answer: httpx2.Response) -> str:
    """The type that an answer says it is, such as `text/html`; empty if it says none."""
    kind: str = answer.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


def _wait(answer: httpx2.Response, now: datetime) -> timedelta | None:
    """Retry-After, in seconds or as a date."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    return _until(value, now)


def fresh_for(answer: httpx2.Response, now: datetime) -> timedelta | None:
    """How long the answer says it stays fresh: max-age before Expires (RFC 9111)."""
    control = answer.headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if found := re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", control):
        age = answer.headers.get("age", "0")
        seconds = int(found[1]) - (int(age[:9]) if age.isdecimal() else 0)
        return timedelta(seconds=max(seconds, 0)) or None
    return _until(answer.headers.get("expires", ""), now)


def _until(date: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - now
    return delta if delta > timedelta() else None


def redacted(url: str) -> str:
    """An address fit for logs and pages: without credentials and query values."""
    shown = re.sub(r"//[^/?#\s]*@", "//…@", url[:300])
    return one_line(re.sub(r"([?&][^=&#\s]+)=[^&#\s]*", r"\1=…", shown))


def shown(text: str) -> str:
    """A stranger's words fit for a sentence of ours: one short line without secrets of addresses."""
    return one_line(redacted(text), 200)


def spoken(error: Exception, url: str, limits: FetchLimits) -> str:
    """A library's error as a sentence for whoever looks after the feeds."""
    host = _host(url)
    text = shown(str(error)).rstrip(".")
    match error:
        case guard.Blocked():
            return f"Refused: {one_line(str(error), 400)}"
        case httpx2.ConnectTimeout():
            return f"{host} did not answer within {limits.connect_seconds:g} seconds."
        case httpx2.TimeoutException():
            return f"{host} said nothing for {limits.idle_seconds:g} seconds."
        case httpx2.ConnectError() if "cannot be found" in text or "has no address" in text:
            return f"{text[:1].upper()}{text[1:]}. Is the address spelt right?"
        case httpx2.ConnectError() if "CERTIFICATE_VERIFY" in text.upper():
            return f"{host} has no valid certificate ({text}), so that it may be somebody else."
        case httpx2.ConnectError() if "SSL" in text.upper():
            return f"{host} does not speak TLS properly ({text})."
        case httpx2.ConnectError():
            return f"{host} cannot be reached ({text or 'connection refused'})."
        case httpx2.DecodingError():
            return f"{host} sent an answer that cannot be unpacked ({text})."
        case httpx2.RemoteProtocolError():
            return f"{host} broke off or does not speak HTTP properly ({text})."
        case httpx2.InvalidURL() | UnicodeError():
            return f"{redacted(url)} is not a web address that can be asked."
        case _:
            return f"{host} could not be read ({type(error).__name__}: {text})."


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or redacted(url)
    except ValueError:
        return redacted(url)
