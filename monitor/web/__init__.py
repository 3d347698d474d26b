"""The Datasette plugin: our pages, who may see them, and how Datasette is served.

Each hook is a line that calls a module of this room.
"""

from __future__ import annotations

from typing import Any

from monitor.web import access, ds, headers, routes
from monitor.web.ds import hookimpl


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Our pages."""
    return routes.ROUTES


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> Any:
    """Who asks, by our own session."""
    return access.actor_from_request(ds.site(datasette), request)


@hookimpl
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """Send a stranger to the sign-in page; tell a colleague what is missing."""
    return access.forbidden(datasette, request, message)


@hookimpl
def asgi_wrapper() -> Any:
    """Security headers on every answer."""
    return headers.wrap


@hookimpl
def menu_links(actor: Any) -> list[dict[str, str]]:
    """Our pages in Datasette's menu."""
    return access.menu(actor)


@hookimpl
def prepare_connection(conn: Any) -> None:
    """Every connection of Datasette keeps references sound, as ours do."""
    conn.execute("PRAGMA foreign_keys=ON")
