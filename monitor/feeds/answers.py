"""What HTTP answers and failures mean, in words for whoever looks after the feeds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from monitor.feeds import guard
from monitor.model import FetchFailed, FetchLimits


def refused(answer: httpx2.Response, now: datetime) -> FetchFailed:
    """An answer that is no feed: why, and how long the server wants to be left alone."""
    status = answer.status_code
    reasons = {
        401: "The server asks for a password (401).",
        403: "The server refuses us (403): it may block automatic readers.",
        404: "There is nothing at this address (404). Look for the feed's new address.",
        410: "The publisher says that this feed is gone for good (410); polling has ended.",
        429: "The server says that we ask too often (429).",
        503: "The server is busy or down for maintenance (503).",
    }
    reason = reasons.get(status, f"The server answered with an error ({status}).")
    wait = _wait(answer, now) if status in {429, 503} else None
    return FetchFailed(reason, status=status, retry_after=wait, is_gone=status == 410)


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
    shown = re.sub(r"//[^/@\s]*@", "//…@", url[:300])
    return re.sub(r"([?&][^=&#\s]+)=[^&#\s]*", r"\1=…", shown)


def spoken(error: Exception, url: str, limits: FetchLimits) -> str:
    """A library's error as a sentence for whoever looks after the feeds."""
    host = urlsplit(url).hostname or redacted(url)
    text = " ".join(redacted(str(error)).split())[:300]
    match error:
        case guard.Blocked():
            return f"Refused: {text}"
        case httpx2.ConnectTimeout():
            return f"{host} did not answer within {limits.connect_seconds:g} seconds."
        case httpx2.ReadTimeout() | httpx2.WriteTimeout() | httpx2.PoolTimeout():
            return f"{host} said nothing for {limits.idle_seconds:g} seconds."
        case httpx2.ConnectError() if "CERTIFICATE" in text.upper() or "SSL" in text.upper():
            return f"{host} has no valid certificate ({text})."
        case httpx2.ConnectError():
            return f"{host} cannot be reached ({text or 'connection refused'})."
        case httpx2.DecodingError():
            return f"{host} sent an answer that cannot be unpacked ({text})."
        case httpx2.RemoteProtocolError():
            return f"{host} broke off or does not speak HTTP properly ({text})."
        case _:
            return f"{host} could not be read ({type(error).__name__}: {text})."
