"""Security headers on every answer, whoever made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_COMMON = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
}
_OURS = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    b" form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Datasette's own pages run scripts inside the page; hence all feed text is plain before it is stored.
_CORE = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    b" img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_OUR_PATHS = (
    "/-/triage",
    "/-/incidents",
    "/-/lessons",
    "/-/actions",
    "/-/principles",
    "/-/reflections",
    "/-/profile",
    "/-/plans",
    "/-/drills",
    "/-/stories",
    "/-/tell",
    "/-/duties",
    "/-/tags",
    "/-/organisations",
    "/-/api",
    "/-/rules",
    "/-/recall",
    "/-/preference",
    "/-/posts",
    "/-/audit",
    "/-/insights",
    "/-/export",
    "/-/wiki",
    "/-/lessons",
    "/-/feed",
    "/-/feeds",
    "/-/subscribers",
    "/-/failwatch",
)


def policy(path: str) -> bytes:
    """The content policy for a path: strict on our pages, workable on Datasette's."""
    is_ours = path == "/" or any(path == p or path.startswith(p + "/") for p in _OUR_PATHS)
    return _OURS if is_ours else _CORE


def wrap(app: Any) -> Callable[..., Any]:
    """Wrap an ASGI application."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def send_with_headers(event: Any) -> None:
            if event["type"] == "http.response.start":
                kept = [(k, v) for k, v in event.get("headers", []) if k.lower() not in _COMMON]
                added = [*_COMMON.items(), (b"content-security-policy", policy(scope["path"]))]
                event = {**event, "headers": [*kept, *added]}
            await send(event)

        await app(scope, receive, send_with_headers if scope["type"] == "http" else send)

    return wrapped
