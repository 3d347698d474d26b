"""The Datasette plugin: our pages, who may see them, and how Datasette is served.

Each hook is a line that calls a module of this room. The modules are imported when a hook is
called, since Datasette loads its plugins while it is itself being imported.
"""

from __future__ import annotations

from typing import Any

import pluggy

hookimpl = pluggy.HookimplMarker("datasette")


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Our pages."""
    from monitor.web import routes

    return routes.ROUTES


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> Any:
    """Who asks, by our own session."""
    from monitor.web import access, ds

    return access.actor_from_request(ds.site(datasette), request)


@hookimpl
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """Send a stranger to the sign-in page; tell a colleague what is missing."""
    from monitor.web import access

    return access.forbidden(datasette, request, message)


@hookimpl
def asgi_wrapper() -> Any:
    """Security headers on every answer."""
    from monitor.web import headers

    return headers.wrap


@hookimpl
def menu_links(actor: Any) -> list[dict[str, str]]:
    """Our pages in Datasette's menu."""
    from monitor.web import access

    return access.menu(actor)


@hookimpl
def prepare_connection(conn: Any) -> None:
    """Every connection of Datasette keeps references sound, as ours do."""
    conn.execute("PRAGMA foreign_keys=ON")
