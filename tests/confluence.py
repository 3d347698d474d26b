"""A server that answers as Confluence is documented to. It is not the real one.

Every request is held against the published API documents: Cloud's OpenAPI document of API v2, and
the REST API of Data Center; what they do not name is refused with an AssertionError. On saving it
does what Confluence is known to do: macros get numbers, quotes become named entities.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from lxml import etree

CLOUD, CENTER = "https://team.atlassian.net/wiki", "https://wiki.house.example"
USER, TOKEN = "bot@example.org", "token-1"

# Operation -> (parameters of the query, keys that must be sent, keys that may be sent).
CONTRACT: dict[tuple[str, str], tuple[set[str], set[str], set[str]]] = {
    ("GET", "/api/v2/spaces"): ({"ids", "keys", "type", "status", "limit", "cursor"}, set(), set()),
    ("GET", "/api/v2/pages"): ({"id", "space-id", "sort", "status", "title", "body-format", "cursor", "limit"}, set(), set()),
    ("POST", "/api/v2/pages"): ({"embedded", "private"}, {"spaceId"}, {"spaceId", "status", "title", "parentId", "body"}),
    ("PUT", "/api/v2/pages/{id}"): (set(), {"id", "status", "title", "body", "version"}, {"id", "status", "title", "spaceId", "parentId", "body", "version"}),
    ("GET", "/rest/api/content"): ({"type", "spaceKey", "title", "status", "expand", "start", "limit"}, set(), set()),
    ("GET", "/rest/api/content/{id}"): ({"status", "version", "expand"}, set(), set()),
    ("POST", "/rest/api/content"): ({"status", "expand"}, {"type", "title", "space", "body"}, {"type", "title", "space", "body", "ancestors"}),
    ("PUT", "/rest/api/content/{id}"): ({"status"}, {"id", "type", "title", "version", "body"}, {"id", "type", "title", "version", "body", "ancestors"}),
    ("POST", "/rest/api/content/{id}/label"): (set(), set(), set()),
}  # fmt: skip


@dataclass
class Confluence:
    """Pages of one space, and every request that came."""

    base: str
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    busy: int = 0
    """How many requests are refused with 429 first."""

    def client(self) -> httpx2.Client:
        """A client that reaches this server alone."""
        return httpx2.Client(transport=httpx2.MockTransport(self.answer), timeout=5)

    def page(self, title: str) -> dict[str, Any] | None:
        """A page by its title."""
        return next((page for page in self.pages.values() if page["title"] == title), None)

    def text(self, title: str) -> str:
        """What is stored of a page."""
        found = self.page(title)
        return str(found["text"]) if found else ""

    def edit(self, title: str, text: str) -> None:
        """Save a page as a person."""
        if found := self.page(title):
            found["text"], found["version"] = text, found["version"] + 1
        else:
            self._made(title, text)

    def delete(self, title: str) -> None:
        """Delete a page as a person."""
        found = self.page(title)
        assert found
        del self.pages[found["id"]]

    def _made(self, title: str, text: str) -> dict[str, Any]:
        number = str(1000 + len(self.asked) + len(self.pages))
        self.pages[number] = {
            "id": number,
            "title": title,
            "text": text,
            "version": 1,
            "labels": [],
        }
        return self.pages[number]

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """One request, held against the contract."""
        address = urlsplit(str(request.url))
        path = address.path.removeprefix(urlsplit(self.base).path)
        shape = re.sub(r"/\d+(?=/|$)", "/{id}", path)
        operation = (request.method, shape)
        assert operation in CONTRACT, f"{operation} is in no document"
        self.asked.append(" ".join(operation))
        query, body = parse_qs(address.query), json.loads(request.content or b"null")
        allowed, needed, known = CONTRACT[operation]
        assert set(query) <= allowed, f"{set(query) - allowed} of {operation} is in no document"
        if known:
            assert needed <= set(body) <= known, (operation, sorted(body))
        basic = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") not in {f"Basic {basic}", f"Bearer {TOKEN}"}:
            return httpx2.Response(401, text="Unauthorized")
        if self.busy:
            self.busy -= 1
            return httpx2.Response(429, headers={"Retry-After": "7"}, text="")
        found = re.search(r"/(\d+)", path)
        return self._do(operation, query, body, found[1] if found else "")

    def _do(
        self, operation: tuple[str, str], query: dict[str, list[str]], body: Any, number: str
    ) -> httpx2.Response:
        match operation:
            case "GET", "/api/v2/spaces":
                return _json(
                    {
                        "results": [{"id": "77", "key": "COMMS"}]
                        if query["keys"] == ["COMMS"]
                        else []
                    }
                )
            case "POST", shape if shape.endswith("label"):
                assert all(
                    set(label) == {"prefix", "name"} and " " not in label["name"] for label in body
                )
                self.pages[number]["labels"] += [label["name"] for label in body]
                return _json({"results": body})
            case "GET", "/rest/api/content/{id}":
                return (
                    self._shown(self.pages[number])
                    if number in self.pages
                    else httpx2.Response(404, text="")
                )
            case "GET", _:
                return _json({"results": [self._as_json(page) for page in self._asked_for(query)]})
            case _:
                return self._save(body, number)

    def _asked_for(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        if "id" in query:
            assert len(query["id"]) <= 250
            return [self.pages[n] for n in query["id"] if n in self.pages]
        assert query.get("space-id", query.get("spaceKey")) in (["77"], ["COMMS"])
        return [page for page in self.pages.values() if [page["title"]] == query["title"]]

    def _save(self, body: dict[str, Any], number: str) -> httpx2.Response:
        content = body["body"].get("storage", body["body"])
        assert set(content) == {"value", "representation"}
        assert content["representation"] == "storage"
        etree.fromstring('<x xmlns:ac="a" xmlns:ri="r">' + content["value"] + "</x>")
        same = self.page(body["title"])
        if same and same["id"] != number:
            return httpx2.Response(
                400, text="A page already exists with the same TITLE in this space"
            )
        if not number:
            return self._shown(self._made(body["title"], _stored(content["value"])))
        if number not in self.pages:
            return httpx2.Response(404, text="")
        page = self.pages[number]
        assert set(body["version"]) <= {"number", "message"}
        assert isinstance(body["version"]["number"], int)
        if body["version"]["number"] != page["version"] + 1:
            return httpx2.Response(409, text="Version must be incremented")
        page |= {
            "title": body["title"],
            "text": _stored(content["value"]),
            "version": page["version"] + 1,
        }
        return self._shown(page)

    def _as_json(self, page: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": page["id"], "title": page["title"], "version": {"number": page["version"]},
            "body": {"storage": {"value": page["text"], "representation": "storage"}},
            "_links": {"webui": f"/spaces/COMMS/pages/{page['id']}"},
        }  # fmt: skip

    def _shown(self, page: dict[str, Any]) -> httpx2.Response:
        return _json(self._as_json(page))


def _json(value: object) -> httpx2.Response:
    return httpx2.Response(200, json=value)


def _stored(text: str) -> str:
    """What Confluence keeps of a text."""
    made = text.replace("’", "&rsquo;").replace("“", "&ldquo;").replace("”", "&rdquo;")
    made = re.sub(r">\n+<", "><", made)
    numbers = iter(range(1, 1000))
    return re.sub(
        r'<ac:structured-macro ac:name="(\w+)"',
        lambda m: f'<ac:structured-macro ac:macro-id="m{next(numbers)}" ac:name="{m[1]}" ac:schema-version="1"',
        made,
    )  # fmt: skip
