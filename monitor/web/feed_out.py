"""A view as Atom or JSON Feed, for whoever knows its secret address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from monitor.alerts import syndicate
from monitor.alerts.syndicate import Channel, Item
from monitor.store import feed_links, queue, standing
from monitor.store.db import Connection, Row, moment, stamp
from monitor.web import asked as asking
from monitor.web import posts, show
from monitor.web.ds import Response, Site, read, site
from monitor.web.triage import filters_of

_TYPES = {"atom": "application/atom+xml", "json": "application/feed+json"}
MOST = 50
"""Incidents in a feed."""

_TEXT = 600
"""Characters of a post's text in a feed."""


async def feed(datasette: Any, request: Any) -> Response:
    """The feed of a link that works; 404 for any other, as if it had never been."""
    place = site(datasette)
    token, form = str(request.url_vars["token"]), str(request.url_vars["form"])
    if request.method not in {"GET", "HEAD"}:
        return Response.text("Method not allowed", status=405, headers={"Allow": "GET"})
    now = place.clock()
    link = await place.private(lambda p: feed_links.find(p, token, now=now))
    if link is None:
        return Response.text(
            "There is no feed at this address: it was revoked, or the address is cut.",
            status=404, headers={"Cache-Control": "no-store"},
        )  # fmt: skip
    made = await items(datasette, link)
    base = place.public_url.rstrip("/")
    view = feed_links.View(link["view"], link["asked"])
    channel = Channel(
        id=_tag(place, f"feed/{link['id']}"), title=f"Failwatch: {link['title']}", url=base + view.address,
        feed_url=f"{base}/-/feed/{token}.{form}", updated=link["created_at"],
    )  # fmt: skip
    body = (syndicate.atom if form == "atom" else syndicate.json_feed)(channel, made)
    return _answer(request, body, _TYPES[form], syndicate.updated(channel, made))


def _answer(request: Any, body: bytes, kind: str, updated: str) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(moment(updated), usegmt=True),
        "Cache-Control": "private, max-age=300",
        "X-Robots-Tag": "noindex",
    }
    if is_known(request.headers, etag, updated):
        return Response("", status=304, headers=headers, content_type=kind)
    return Response(body.decode("utf-8"), headers=headers, content_type=f"{kind}; charset=utf-8")


def is_known(headers: Mapping[str, str], etag: str, updated: str) -> bool:
    """Whether who asks has this already: by ETag, else by date (RFC 9110, 13.1)."""
    known = headers.get("if-none-match", "")
    if known:
        return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]  # fmt: skip
    since = headers.get("if-modified-since", "")
    try:
        return bool(since) and moment(updated) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _tag(place: Site, name: str) -> str:
    """An address that never changes, as RFC 4151 makes them."""
    return f"tag:{urlsplit(place.public_url).hostname or 'failwatch'},2026:{name}"


async def items(datasette: Any, link: Row) -> list[Item]:
    """What a view shows now, newest changes first."""
    place, args = site(datasette), dict(parse_qsl(link["asked"]))
    base = place.public_url.rstrip("/")
    if link["view"] == "posts":
        results, _, _ = await posts.search(datasette, asking.read(args))
        return [_post(place, base, line.row) for line in results.lines] if results else []
    if link["view"] == "incident":
        rows = await read(datasette, lambda conn: _told(conn, int(link["asked"])))
        return [_post(place, base, row) for row in rows]
    return await read(
        datasette, lambda conn: _incidents(conn, place, filters_of(args, link["owner"]))
    )


def _told(conn: Connection, number: int) -> list[Row]:
    """The newest posts of an incident, or of the one that it was merged into."""
    return queue.posts(conn, standing.leads_to(conn, number) or 0)[: -MOST - 1 : -1]


def _post(place: Site, base: str, row: Row) -> Item:
    text = max(row["text"], row["summary"], key=len)
    return Item(
        id=_tag(place, f"post/{row['id']}"),
        url=show.web_link(row["url"]) or f"{base}/-/posts",
        title=row["title"] or "(no title)",
        text=text[:_TEXT] + ("…" if len(text) > _TEXT else ""),
        published=row["published_at"],
        updated=max(row["published_at"], row["seen_at"]),
        tags=("flagged",) if row["flagged"] else (),
        author=row["author"] or row["feed_title"],
    )


def _incidents(conn: Connection, place: Site, asked: queue.Filters) -> list[Item]:
    rows = queue.newest(conn, replace(asked, now=stamp(place.clock())), MOST)
    numbers = [row["id"] for row in rows]
    first, tags = queue.first_posts(conn, numbers), queue.tags(conn, numbers)
    matches = queue.matches(conn, [post["id"] for post in first.values()])
    base, made = place.public_url.rstrip("/"), []
    for row in rows:
        post = first.get(row["id"])
        text = max(post["text"], post["summary"], key=len) if post else ""
        why = ", ".join(dict.fromkeys(m["title"] for m in matches[post["id"]])) if post else ""
        facts = [
            row["organisation"], show.SEVERITIES[row["severity"]], row["status"],
            f"{row['posts']} posts by {row['sources']} sources",
        ]  # fmt: skip
        lines = [" · ".join(filter(None, facts)), f"Why: {why}" if why else "", text[:_TEXT]]
        made.append(
            Item(
                id=_tag(place, f"incident/{row['id']}"),
                url=f"{base}/-/incidents/{row['id']}",
                title=row["title"],
                text="\n\n".join(filter(None, lines)),
                published=row["created_at"],
                updated=max(row["created_at"], row["last_post_at"], row["decided_at"] or ""),
                tags=tuple(tags[row["id"]]),
                author=post["feed_title"] if post else "",
                source=show.web_link(post["url"]) if post else "",
            )
        )
    return sorted(made, key=lambda item: (item.updated, item.id), reverse=True)
