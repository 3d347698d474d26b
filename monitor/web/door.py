"""Signing in and out: by password, or by a link that works once."""

from __future__ import annotations

import asyncio
from typing import Any

from monitor.errors import Refused
from monitor.store import accounts, audit, tokens
from monitor.web.access import cookie_name, local
from monitor.web.ds import Response, Site, posted, render, site, write
from monitor.web.typed import Typed, refused

WRONG = "Name and password do not fit. After five tries, wait a quarter of an hour."


def _signed_in(place: Site, token: str, path: str) -> Response:
    answer = Response.redirect(local(path), status=303)
    answer.set_cookie(
        cookie_name(place), token, max_age=int(accounts.SESSION_LIFE.total_seconds()),
        httponly=True, secure=place.is_https, samesite="lax",
    )  # fmt: skip
    return answer


async def login(datasette: Any, request: Any) -> Response:
    """Ask for name and password; check them off the event loop."""
    place = site(datasette)
    if request.method != "POST":
        values = {"next": local(request.args.get("next") or "/"), "error": ""}
        return await render(datasette, request, "failwatch_login.html", **values)
    form = await posted(request)
    name, given = str(form.get("name", ""))[:64], str(form.get("password", ""))[:1000]
    now = place.clock()
    throttled = await place.private(lambda p: accounts.is_throttled(p, name, now=now))
    stored = await place.private(lambda p: accounts.stored_password(p, name))
    is_right = await asyncio.to_thread(accounts.is_password, given, stored)
    if throttled or not is_right:
        await place.private(lambda p: accounts.record_failure(p, name, now=now))
        back = local(str(form.get("next", "/")))
        return await render(
            datasette, request, "failwatch_login.html", next=back, error=WRONG, status=403
        )
    token = await place.private(lambda p: accounts.sign_in(p, name, now=now))
    return _signed_in(place, token, str(form.get("next", "/")))


async def link(datasette: Any, request: Any) -> Response:
    """A link shows a button first, since mail scanners open links; the button spends it."""
    place = site(datasette)
    now = place.clock()
    if request.method != "POST":
        token = str(request.args.get("token") or "")[:200]
        owner = await place.private(lambda p: accounts.link_owner(p, token, now=now))
        status = 200 if owner else 410
        return await render(
            datasette, request, "failwatch_link.html", token=token, owner=owner, status=status
        )
    token = str((await posted(request)).get("token", ""))[:200]
    session = await place.private(lambda p: accounts.use_link(p, token, now=now))
    if session is None:
        return await render(
            datasette, request, "failwatch_link.html", token="", owner=None, status=410
        )
    return _signed_in(place, session, "/")


async def logout(datasette: Any, request: Any) -> Response:
    """End the session, here and in the database."""
    place = site(datasette)
    token = request.cookies.get(cookie_name(place), "")
    await place.private(lambda p: accounts.end_session(p, token))
    answer = Response.redirect("/-/failwatch/login", status=303)
    answer.set_cookie(cookie_name(place), "", max_age=0, httponly=True, secure=place.is_https)
    return answer


async def account(datasette: Any, request: Any) -> Response:
    """One's own account."""
    return await _account(datasette, request, done=request.args.get("done") == "1")


async def _account(datasette: Any, request: Any, **values: Any) -> Response:
    number = request.actor["number"]
    keys = await site(datasette).private(lambda p: tokens.of_account(p, number))
    return await render(
        datasette, request, "failwatch_account.html", minimum=accounts.MIN_PASSWORD, keys=keys,
        most=tokens.MOST, **{"typed": Typed(), **values},
    )  # fmt: skip


async def make_key(datasette: Any, request: Any) -> Response:
    """Make a key for scripts; it is shown once, on the page that answers."""
    place, number = site(datasette), request.actor["number"]
    name, now = str((await posted(request)).get("name", "")), place.clock()
    try:
        token = await place.private(lambda p: tokens.make(p, number, name, now=now))
    except Refused as error:
        typed = refused("key", {"name": name}, error)
        return await _account(datasette, request, typed=typed, status=typed.status)
    actor, item = request.actor["id"], f"account:{number}"
    await write(
        datasette,
        lambda conn: audit.record(
            conn, actor, "account.key", item, now=now, after={"for": name[:60]}
        ),
    )
    return await _account(datasette, request, token=token)


async def revoke_key(datasette: Any, request: Any) -> Response:
    """End one of one's own keys."""
    place, number, key = site(datasette), request.actor["number"], int(request.url_vars["id"])
    now = place.clock()
    try:
        await place.private(lambda p: tokens.revoke(p, number, key, now=now))
    except Refused as error:
        typed = refused("revoke", {}, error)
        return await _account(datasette, request, typed=typed, status=typed.status)
    actor, item = request.actor["id"], f"account:{number}"
    await write(
        datasette,
        lambda conn: audit.record(
            conn, actor, "account.key_revoke", item, now=now, after={"key": key}
        ),
    )
    return Response.redirect("/-/failwatch/account#keys", status=303)


async def password(datasette: Any, request: Any) -> Response:
    """Set one's own password; other sessions of the person end."""
    place = site(datasette)
    form = await posted(request)
    given, again = (str(form.get(name, ""))[:1000] for name in ("password", "again"))
    try:
        hashed = await asyncio.to_thread(accounts.hash_twice, given, again)
    except Refused as error:
        typed = refused("password", {}, error)
        return await _account(datasette, request, typed=typed, status=typed.status)
    keep = request.cookies.get(cookie_name(place), "")
    number = request.actor["number"]
    await place.private(lambda p: accounts.set_password(p, number, hashed, keep=keep))
    return Response.redirect("/-/failwatch/account?done=1", status=303)
