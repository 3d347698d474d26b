"""What colleagues and the worker change, told to open pages as it happens (server-sent events).

Every stream asks the log of changes, once a second, for what is newer than it has told: one look at
an index, so that no process needs to know of another. It ends after a minute, since a session may
have ended meanwhile; the browser comes back by itself and names the last change it heard of.
Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from typing import Any

from monitor.store import audit, news
from monitor.web.ds import Stream, read, site

EVERY_SECONDS = 1.0
LIFE_SECONDS = 60.0
BEAT_SECONDS = 15.0
"""Sent when nothing happens, so that no proxy takes the connection for dead."""
BACK_MS = 1000
"""After how long the browser comes back."""


def event(name: str, number: int, data: object) -> str:
    """One event. JSON holds no line break, hence no text from a post can end it early."""
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data)}\n\n"


def _seen(request: Any) -> int | None:
    text = request.headers.get("last-event-id") or request.args.get("seen") or ""
    return int(text) if text.isdecimal() and len(text) < 19 else None


async def _gone(request: Any) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def page(datasette: Any, request: Any) -> Stream:
    """Changes of incidents after the one that the browser saw last."""
    seen = _seen(request)
    if seen is None:
        seen = await read(datasette, audit.last)

    async def tell(writer: Any) -> None:
        last, began, spoke = seen, time.monotonic(), time.monotonic()
        left = asyncio.ensure_future(_gone(request))
        try:
            await writer.write(f"retry: {BACK_MS}\n\n")
            while time.monotonic() - began < LIFE_SECONDS:
                found = await read(datasette, functools.partial(news.since, seen=last))
                if found.incidents or found.is_cut:
                    data = {"incidents": found.incidents, "is_cut": found.is_cut}
                    await writer.write(event("incidents", found.last, data))
                    spoke = time.monotonic()
                elif time.monotonic() - spoke > BEAT_SECONDS:
                    await writer.write(": still here\n\n")
                    spoke = time.monotonic()
                last = found.last
                await asyncio.wait({left}, timeout=EVERY_SECONDS)
                if left.done() or site(datasette).is_closing:
                    return
        finally:
            left.cancel()

    return Stream(tell, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}, content_type="text/event-stream")  # fmt: skip
