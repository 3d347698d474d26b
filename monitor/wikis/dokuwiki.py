"""Pages of a DokuWiki: by XML-RPC as Debian has it, by JSON-RPC where the wiki is newer.

A page's id never holds its title, since a page cannot be moved; the title is its first heading.
There is no compare-and-swap: a lock is taken, the page compared, and then it is saved.
"""

from __future__ import annotations

import json
import re
import xmlrpc.client
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers.expat import ExpatError

import httpx2

from monitor.model import WikiSettings
from monitor.text import one_line
from monitor.wikis import dokutext
from monitor.wikis.document import Page
from monitor.wikis.pages import (
    NOTES,
    Found,
    Marks,
    Missing,
    Ours,
    Ref,
    WikiFailed,
    assemble,
    cut,
    slug,
)
from monitor.wikis.reach import Refused, asked

_BLOCK = re.compile(
    r"^<sub>Failwatch writes from here: (?P<key>[a-z0-9-]+) (?P<claim>[0-9a-f]{32})</sub>[ \t]*\n+"
    r"(?P<inside>.*?)\n+^<sub>Failwatch ends here\.</sub>[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
MARKS = Marks(
    "<sub>Failwatch writes from here: {key} {claim}</sub>\n\n", "\n\n<sub>Failwatch ends here.</sub>", _BLOCK
)  # fmt: skip
_EDITING = "Somebody has the page open in the editor; the next export looks again."


class DokuWiki:
    """One namespace of one wiki."""

    marks = MARKS
    is_batched = False

    def __init__(self, settings: WikiSettings, client: httpx2.Client) -> None:
        self._settings = settings
        self._client = client
        self._space = ":".join(filter(None, map(slug, (settings.space or "lessons").split(":"))))
        self._api = ""

    def name(self, page: Page) -> str:
        """The id that the page is to have: without its title, so that it stays."""
        return f"{self._space}:{'start' if page.key == 'index' else page.key}"

    def render(self, page: Page, places: Mapping[str, str]) -> Ours:
        """Our part of a page."""
        title = next((str(v) for k, v in page.facts if k == "title"), page.title)
        return Ours(dokutext.render(title, page.blocks, lambda key: places.get(key, "")))

    def read(self, refs: Sequence[Ref]) -> Mapping[str, Found | Missing | WikiFailed]:
        """The pages as they are now: one list of what there is, then the text of each."""
        try:
            there = self._list()
            return {ref.key: self._read(ref.page, there) for ref in refs}
        except Refused as refused:
            return {ref.key: refused.failed for ref in refs}
        except (KeyError, TypeError, ValueError) as error:
            told = f"The wiki's answer makes no sense ({type(error).__name__})."
            return {ref.key: WikiFailed(told, is_whole_wiki=True) for ref in refs}

    def _list(self) -> dict[str, str]:
        """Revision of every page of the namespace, by id."""
        self._api = self._api or self._probe()
        options = {"depth": 0, "hash": 1}
        if self._api == "xml":
            rows = self._xml("dokuwiki.getPagelist", self._space, options)
            return {row["id"]: str(row["rev"]) for row in rows or ()}
        rows = self._json("core.listPages", namespace=self._space, depth=0, hash=True)
        return {row["id"]: str(row["revision"]) for row in rows or ()}

    def _read(self, page: str, there: Mapping[str, str]) -> Found | Missing:
        if page not in there:
            return Missing()
        text = self._xml("wiki.getPage", page) if self._api == "xml" else self._json("core.getPage", page=page)  # fmt: skip
        if not isinstance(text, str) or not text:
            return Missing()
        url = f"{self._settings.url.rstrip('/')}/doku.php?id={page}"
        return Found(page, page, there[page], text, url=url)

    def write(self, page: Page, ours: Ours, base: Found | Missing, name: str) -> Found | WikiFailed:
        """Lock, compare with what was read, save, read back."""
        try:
            if not self._lock(name):
                return WikiFailed(_EDITING, is_conflict=True)
            now = self._read(name, self._list())
            said = now.text if isinstance(now, Found) else ""
            if said != (base.text if isinstance(base, Found) else ""):
                self._unlock(name)
                told = "Somebody edited the page just now; the next export looks again."
                return WikiFailed(told, is_conflict=True)
            parts = cut(said, self.marks)
            below = f"\n\n{said}" if said else f"\n\n{dokutext.heading(NOTES, 2)}\n"
            text = assemble(page.key, ours, self.marks, parts=parts, below=below)
            if self._save(name, text, one_line(page.summary, 200)) is not True:
                return WikiFailed(
                    "The wiki did not save the page and does not say why: somebody may have it open."
                )
            stored = self._read(name, self._list())
        except Refused as refused:
            return refused.failed
        except (KeyError, TypeError, ValueError):
            return WikiFailed("The wiki's answer to the edit makes no sense.")
        return stored if isinstance(stored, Found) else WikiFailed("The page vanished after it was saved.")  # fmt: skip

    def publish(self, _summary: str) -> WikiFailed | None:
        """Every page was saved when it was written."""
        return None

    def _save(self, page: str, text: str, summary: str) -> object:
        if self._api == "xml":
            return self._xml("wiki.putPage", page, text, {"sum": summary, "minor": False})
        return self._json("core.savePage", page=page, text=text, summary=summary, isminor=False)

    def _lock(self, page: str) -> bool:
        if self._api == "xml":
            told = self._xml("dokuwiki.setLocks", {"lock": [page], "unlock": []})
            return page in told["locked"]
        return page in (self._json("core.lockPages", pages=[page]) or ())

    def _unlock(self, page: str) -> None:
        if self._api == "xml":
            self._xml("dokuwiki.setLocks", {"lock": [], "unlock": [page]})
        else:
            self._json("core.unlockPages", pages=[page])

    def _probe(self) -> str:
        answer = self._post("jsonrpc.php/core.getAPIVersion", b"{}", "application/json", may_lack=True)  # fmt: skip
        return "json" if answer is not None and answer.text.lstrip().startswith("{") else "xml"

    def _xml(self, method: str, *arguments: object) -> Any:  # any: what XML-RPC holds
        sent = xmlrpc.client.dumps(arguments, method).encode()  # type: ignore[arg-type]
        answer = self._post("xmlrpc.php", sent, "text/xml; charset=utf-8")
        try:
            (found,), _ = xmlrpc.client.loads(answer.text if answer else "")
        except xmlrpc.client.Fault as fault:
            raise Refused(f"The wiki refused: {one_line(fault.faultString, 200)}") from fault
        except (ExpatError, xmlrpc.client.Error) as error:
            told = "The wiki's answer is no XML-RPC: is url the wiki's address, and is its remote API on?"
            raise Refused(told, is_whole_wiki=True) from error
        return found

    def _json(self, method: str, **arguments: object) -> Any:  # any: what JSON holds
        answer = self._post(
            f"jsonrpc.php/{method}", json.dumps(arguments).encode(), "application/json"
        )
        found = answer.json() if answer else {}
        if (error := found.get("error")) and error.get("code"):
            raise Refused(f"The wiki refused: {one_line(str(error.get('message')), 200)}")
        return found.get("result")

    def _post(
        self, path: str, body: bytes, kind: str, *, may_lack: bool = False
    ) -> httpx2.Response | None:
        settings = self._settings
        answer = asked(
            self._client, "POST", f"{settings.url.rstrip('/')}/lib/exe/{path}", content=body,
            headers={"Content-Type": kind}, auth=(settings.user, str(settings.password)),
        )  # fmt: skip
        if answer.status_code in {401, 403}:
            told = f"The wiki does not let {settings.user} do this: is the password right, is the remote API on for it, and may it edit the namespace {self._space}?"
            raise Refused(told, is_whole_wiki=True)
        if may_lack and answer.status_code in {400, 404, 405, 500}:
            return None
        if answer.status_code >= 400:
            raise Refused(
                f"The wiki answered with an error ({answer.status_code}).", is_whole_wiki=True
            )
        return answer
