"""Who may do what: roles, sessions, and the door."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from monitor.model import Role
from monitor.store import accounts, tokens
from monitor.web.ds import Response, Site, render

ROLES = tuple(Role)


def roles_of(role: Role) -> list[str]:
    """A role and all that it includes."""
    return [str(r) for r in ROLES[: ROLES.index(role) + 1]]


def cookie_name(site: Site) -> str:
    """`__Host-` binds the cookie to https and this host, where there is https."""
    return "__Host-failwatch" if site.is_https else "failwatch"


def actor_from_request(site: Site, request: Any) -> Any:
    """The actor of a request by its session cookie; None for a stranger."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    is_key = scheme.lower() == "bearer" and key.startswith(tokens.PREFIX)
    token = key.strip() if is_key else request.cookies.get(cookie_name(site))
    if not token:
        return None

    async def look() -> dict[str, Any] | None:
        now = site.clock()
        asked = tokens.owner if is_key else accounts.session_account
        found = await site.private(lambda p: asked(p, token, now=now))
        if found is None:
            return None
        return {
            "id": found.name,
            "number": found.id,
            "role": str(found.role),
            "roles": roles_of(found.role),
            "by_key": is_key,
        }

    return look()


def may(actor: dict[str, Any] | None, role: Role) -> bool:
    """Whether somebody has a role, or one that includes it."""
    return bool(actor and str(role) in actor.get("roles", ()))


def local(path: str, otherwise: str = "/") -> str:
    """A path on this site, or `otherwise`: never an address that somebody else chose."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if is_local and not any(ord(c) < 32 for c in path) else otherwise


def to_sign_in(request: Any) -> Response:
    """The way to the sign-in page and back."""
    wanted = local(request.full_path) if request.method == "GET" else "/"
    return Response.redirect(f"/-/failwatch/login?next={quote(wanted, safe='')}")


async def _refused(datasette: Any, request: Any, message: str) -> Response:
    return await render(
        datasette,
        request,
        "failwatch_message.html",
        title="Not allowed",
        message=message,
        status=403,
    )


def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """Datasette refused: strangers sign in, colleagues are told."""
    wants_page = (
        "text/html" in request.headers.get("accept", "")
        or request.headers.get("accept", "*/*") == "*/*"
    )
    if request.path.endswith(".json") or not wants_page:
        return Response.json({"ok": False, "error": message}, status=403)
    if request.actor is None:
        return to_sign_in(request)
    return lambda: _refused(
        datasette, request, f"{message}. Your role is {request.actor.get('role', 'unknown')}."
    )


def menu(actor: dict[str, Any] | None) -> list[dict[str, str]]:
    """Our pages, for those who may see them."""
    if not actor:
        return []
    links = [
        {"href": "/", "label": "Failwatch home"},
        {"href": "/-/triage", "label": "Triage"},
        {"href": "/-/duties", "label": "Duties"},
        {"href": "/-/posts", "label": "Posts"},
        {"href": "/-/lessons", "label": "Lessons"},
        {"href": "/-/insights", "label": "Insights"},
        {"href": "/-/tags", "label": "Tags"},
        {"href": "/-/rules", "label": "Rules"},
        {"href": "/-/feeds", "label": "Feeds"},
    ]
    if may(actor, Role.TRIAGER):
        links.insert(-1, {"href": "/-/recall", "label": "Recall"})
    if may(actor, Role.EDITOR):
        links.append({"href": "/-/preference", "label": "Learnt"})
        links.append({"href": "/-/audit", "label": "Audit"})
    if may(actor, Role.ADMIN):
        links.append({"href": "/-/subscribers", "label": "Subscribers"})
    return links
