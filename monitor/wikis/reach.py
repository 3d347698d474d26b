"""One request to a wiki: what can go wrong on the way, told once for every kind."""

from __future__ import annotations

from typing import Any

import httpx2

from monitor.text import one_line
from monitor.wikis.pages import WikiFailed

LONGEST_WAIT = 120.0


class Refused(Exception):  # noqa: N818  # a way out of nested calls, not an error class
    """The wiki said no, or could not be asked."""

    def __init__(self, reason: str, **kind: Any) -> None:  # any: fields of WikiFailed
        super().__init__(reason)
        self.failed = WikiFailed(reason, **kind)


def asked(client: httpx2.Client, method: str, url: str, **options: Any) -> httpx2.Response:
    """The wiki's answer, whatever it says; raises `Refused` if none came, or if it asks us to wait."""
    try:
        answer = client.request(method, url, **options)
    except httpx2.HTTPError as error:
        said = one_line(str(error), 160) or type(error).__name__
        raise Refused(f"The wiki cannot be reached ({said}).", is_whole_wiki=True) from error
    wait = answer.headers.get("retry-after", "")
    if answer.status_code == 429 or (answer.status_code == 503 and wait):
        seconds = float(wait) + 1 if wait.isdecimal() else 30.0
        raise Refused("The wiki asks us to wait.", wait=min(seconds, LONGEST_WAIT))
    return answer
