"""Pages of a Confluence space: Cloud by its API v2, Data Center by its REST API.

Confluence keeps pages by number; a version that was read must be raised by one, else it answers 409.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2

from monitor.model import WikiSettings
from monitor.text import one_line
from monitor.wikis import storage
from monitor.wikis.document import Page
from monitor.wikis.pages import (
    NOTES,
    Found,
    Missing,
    Ours,
    Ref,
    WikiFailed,
    assemble,
    cut,
    safe_title,
)
from monitor.wikis.reach import Refused, asked

AT_ONCE = 50
_CHANGED = "Somebody edited the page just now; the next export looks again."
_COMMENTED = (
    "Inline comments hang on our part of the page; resolve them, and the next export writes it."
)


class Confluence:
    """One space."""

    marks = storage.MARKS
    is_batched = False

    def __init__(self, settings: WikiSettings, client: httpx2.Client) -> None:
        self._settings = settings
        self._client = client
        self._url = settings.url.rstrip("/")
        self._is_cloud = (urlsplit(settings.url).hostname or "").endswith(".atlassian.net")
        self._space_id = ""

    def name(self, page: Page) -> str:
        """The title that the page is to have: unique in the space."""
        return safe_title(page.title)

    def render(self, page: Page, places: Mapping[str, str]) -> Ours:
        """Our part of a page."""
        return Ours(storage.render(page.blocks, lambda key: places.get(key, "")))

    def read(self, refs: Sequence[Ref]) -> Mapping[str, Found | Missing | WikiFailed]:
        """The pages as they are now: by number if known, so that a renamed page is found."""
        made: dict[str, Found | Missing | WikiFailed] = {ref.key: Missing() for ref in refs}
        try:
            by_id = {ref.page_id: ref.key for ref in refs if ref.page_id}
            for found in self._by_ids(list(by_id)):
                made[by_id[found.page_id]] = found
            for ref in refs:
                if not ref.page_id:
                    made[ref.key] = self._by_title(ref.page)
        except Refused as refused:
            return {ref.key: refused.failed for ref in refs}
        except (KeyError, TypeError, ValueError, IndexError) as error:
            told = f"Confluence's answer makes no sense ({type(error).__name__})."
            return {ref.key: WikiFailed(told, is_whole_wiki=True) for ref in refs}
        return made

    def write(self, page: Page, ours: Ours, base: Found | Missing, name: str) -> Found | WikiFailed:
        """Make the page or renew our part, under `name`; returns it as Confluence keeps it."""
        text = base.text if isinstance(base, Found) else ""
        parts = cut(text, self.marks)
        if parts and storage.has_comments(parts.ours.inside):
            return WikiFailed(_COMMENTED, is_conflict=True)
        below = f"\n{text}" if text else f"\n<h2>{NOTES}</h2><p />"
        body = assemble(page.key, ours, self.marks, parts=parts, below=below)
        try:
            saved = self._save(name, body, base, one_line(page.summary, 200))
            labels = [
                label
                for label in map(storage.label, (self._settings.category, *page.labels))
                if label
            ]
            if labels and isinstance(base, Missing):
                self._call("POST", f"/rest/api/content/{saved}/label",
                           json=[{"prefix": "global", "name": name} for name in dict.fromkeys(labels)])  # fmt: skip
            stored = next(iter(self._by_ids([saved])), None)
        except Refused as refused:
            return refused.failed
        except (KeyError, TypeError, ValueError):
            return WikiFailed("Confluence's answer to the edit makes no sense.")
        return stored or WikiFailed("The page vanished after it was saved.", is_conflict=True)

    def publish(self, _summary: str) -> WikiFailed | None:
        """Every page was saved when it was written."""
        return None

    def _save(self, title: str, body: str, base: Found | Missing, message: str) -> str:
        settings, content = self._settings, {"value": body, "representation": "storage"}
        sent: dict[str, Any] = {"title": title}
        if isinstance(base, Found):
            sent |= {
                "id": base.page_id,
                "version": {"number": int(base.revision) + 1, "message": message},
            }
        if self._is_cloud:
            sent |= {"status": "current", "body": content}
            if isinstance(base, Missing):
                sent["spaceId"] = self._space()
                sent |= {"parentId": settings.parent} if settings.parent else {}
            where = "/api/v2/pages"
        else:
            sent |= {"type": "page", "body": {"storage": content}}
            if isinstance(base, Missing):
                sent["space"] = {"key": settings.space}
                sent |= {"ancestors": [{"id": settings.parent}]} if settings.parent else {}
            where = "/rest/api/content"
        if isinstance(base, Found):
            return str(self._call("PUT", f"{where}/{base.page_id}", json=sent)["id"])
        return str(self._call("POST", where, json=sent)["id"])

    def _by_ids(self, ids: Sequence[str]) -> Iterator[Found]:
        if self._is_cloud:
            for at in range(0, len(ids), AT_ONCE):
                query = {"id": ids[at : at + AT_ONCE], "body-format": "storage", "limit": AT_ONCE, "status": "current"}  # fmt: skip
                yield from map(
                    self._found, self._call("GET", "/api/v2/pages", params=query)["results"]
                )
            return
        for number in ids:
            try:
                found = self._call("GET", f"/rest/api/content/{number}", params={"expand": "body.storage,version"})  # fmt: skip
            except Refused as refused:
                if refused.failed.reason != _GONE:
                    raise
            else:
                yield self._found(found)

    def _by_title(self, title: str) -> Found | Missing:
        if self._is_cloud:
            query = {"space-id": self._space(), "title": title, "body-format": "storage", "status": "current"}  # fmt: skip
            results = self._call("GET", "/api/v2/pages", params=query)["results"]
        else:
            query = {"spaceKey": self._settings.space, "title": title, "type": "page", "expand": "body.storage,version"}  # fmt: skip
            results = self._call("GET", "/rest/api/content", params=query)["results"]
        return self._found(results[0]) if results else Missing()

    def _found(self, page: Mapping[str, Any]) -> Found:
        webui = page.get("_links", {}).get("webui", "")
        return Found(
            page["title"], str(page["id"]), str(page["version"]["number"]), page["body"]["storage"]["value"],
            str(page["version"].get("by", {}).get("displayName", "")), self._url + webui if webui else "",
        )  # fmt: skip

    def _space(self) -> str:
        if not self._space_id:
            found = self._call("GET", "/api/v2/spaces", params={"keys": self._settings.space})["results"]  # fmt: skip
            if not found:
                told = f"There is no space {self._settings.space}, or the account may not see it."
                raise Refused(told, is_whole_wiki=True)
            self._space_id = str(found[0]["id"])
        return self._space_id

    def _call(self, method: str, path: str, **options: Any) -> Any:  # any: what JSON holds
        user, password = self._settings.user, str(self._settings.password)
        headers = {"Accept": "application/json", "X-Atlassian-Token": "no-check"}
        if not user:
            headers["Authorization"] = f"Bearer {password}"
        answer = asked(
            self._client, method, self._url + path, headers=headers,
            auth=(user, password) if user else None, **options,
        )  # fmt: skip
        if answer.status_code >= 300:
            raise _told(answer)
        return answer.json()


_GONE = "Confluence has no such page, or the account may not see it."


def _told(answer: httpx2.Response) -> Refused:
    match answer.status_code:
        case 409:
            return Refused(_CHANGED, is_conflict=True)
        case 404:
            return Refused(_GONE)
        case 401 | 403:
            told = "Confluence does not let the account do this: is the token right, and may it add pages to the space?"
            return Refused(told, is_whole_wiki=True)
    said = one_line(re.sub(r"<[^>]*>", " ", answer.text), 200)
    told = f"Confluence answered with an error ({answer.status_code}): {said}"
    return Refused(told, is_whole_wiki=answer.status_code >= 500)
