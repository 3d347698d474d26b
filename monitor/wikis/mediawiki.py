"""Pages of a MediaWiki by its API: made once, found again after a rename, never overwritten blindly.

Conflicts are caught by `baserevid`: time stamps miss those with one's own account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx2

from monitor.model import WikiSettings
from monitor.text import one_line
from monitor.wikis import wikitext
from monitor.wikis.document import Page
from monitor.wikis.mediawiki_api import CHANGED, Api
from monitor.wikis.pages import (
    COMMENTS,
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
from monitor.wikis.reach import Refused

AT_ONCE = 50
"""Pages in one request, as many as the API gives anybody."""


class MediaWiki:
    """One wiki, signed in to at the first call."""

    marks = COMMENTS
    is_batched = False

    def __init__(self, settings: WikiSettings, client: httpx2.Client) -> None:
        self._settings = settings
        self._api = Api(settings, client)

    def name(self, page: Page) -> str:
        """The title that the page is to have."""
        return safe_title(page.title)

    def render(self, page: Page, places: Mapping[str, str]) -> Ours:
        """Our part of a page."""
        labels = (self._settings.category, *page.labels) if self._settings.category else ()
        return Ours(wikitext.render(page.blocks, lambda key: places.get(key, ""), labels))

    def read(self, refs: Sequence[Ref]) -> Mapping[str, Found | Missing | WikiFailed]:
        """The pages as they are now: by number if known, so that a renamed page is found."""
        made: dict[str, Found | Missing | WikiFailed] = {}
        try:
            self._api.sign_in()
            for known in (True, False):
                some = [ref for ref in refs if bool(ref.page_id) == known]
                for at in range(0, len(some), AT_ONCE):
                    by = "pageids" if known else "titles"
                    made |= self._read_some(some[at : at + AT_ONCE], by)
        except Refused as refused:
            return {ref.key: refused.failed for ref in refs}
        except (KeyError, ValueError, IndexError, TypeError) as error:
            failed = WikiFailed(
                f"The wiki's answer makes no sense ({type(error).__name__}): is url the address of api.php?",
                is_whole_wiki=True,
            )
            return {ref.key: failed for ref in refs}
        return made

    def _read_some(
        self, refs: Sequence[Ref], by: str
    ) -> Iterator[tuple[str, Found | Missing | WikiFailed]]:
        names = "|".join(ref.page_id if by == "pageids" else ref.page for ref in refs)
        found: dict[str, Found | Missing | WikiFailed] = {}
        normal: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            answer = self._api.call(
                action="query", prop="revisions|info", rvprop="ids|content|user", rvslots="main",
                inprop="url", **{by: names}, **more,
            )  # fmt: skip
            normal |= {n["from"]: n["to"] for n in answer["query"].get("normalized", ())}
            for page in answer["query"].get("pages", ()):
                if (told := _page(page)) is not None:
                    found[str(page["pageid"] if by == "pageids" else page["title"])] = told
            if not (more := answer.get("continue", {})):
                break
        for ref in refs:
            name = ref.page_id if by == "pageids" else normal.get(ref.page, ref.page)
            yield ref.key, found.get(name, Missing())

    def write(self, page: Page, ours: Ours, base: Found | Missing, name: str) -> Found | WikiFailed:
        """Make the page or renew our part, under `name`; returns it as the wiki keeps it."""
        try:
            self._api.sign_in()
            if isinstance(base, Found) and base.page != name:
                base = self._move(base, name)
            number = self._edit(page, ours, base, name)
            _, stored = next(iter(self._read_some([Ref(page.key, "", number)], "pageids")))
        except Refused as refused:
            return refused.failed
        except (KeyError, ValueError, TypeError):
            return WikiFailed("The wiki's answer to the edit makes no sense.")
        if isinstance(stored, Missing):
            return WikiFailed("The page vanished after it was saved.", is_conflict=True)
        return stored

    def publish(self, _summary: str) -> WikiFailed | None:
        """Every page was saved when it was written."""
        return None

    def _edit(self, page: Page, ours: Ours, base: Found | Missing, name: str) -> str:
        if isinstance(base, Found):
            parts = cut(base.text, self.marks)
            below = "" if parts else f"\n\n{base.text}"
            options = {"pageid": base.page_id, "baserevid": base.revision, "nocreate": "1"}
        else:
            parts, below = None, f"\n\n== {NOTES} ==\n"
            options = {"title": name, "createonly": "1"}
        text = assemble(page.key, ours, self.marks, parts=parts, below=below)
        edit = self._api.call(
            action="edit", text=text, assert_="user", bot="1", token=self._api.token,
            summary=one_line(page.summary, 200), **options,
        )["edit"]  # fmt: skip
        if edit.get("result") != "Success":
            said = one_line(str(edit), 200)
            raise Refused(f"The wiki did not save the page: {said}")
        return str(edit["pageid"])

    def _move(self, base: Found, name: str) -> Found:
        """Give the page another title; what it says must be what was read."""
        try:
            self._api.call(
                action="move", fromid=base.page_id, to=name, assert_="user", token=self._api.token,
                reason="Failwatch: the lesson has another title",
            )  # fmt: skip
        except Refused as refused:
            if refused.failed.wait or refused.failed.is_whole_wiki:
                raise
            return base  # the title is taken, or moving is not allowed: the old one stays
        _, now = next(iter(self._read_some([Ref("", "", base.page_id)], "pageids")))
        if not isinstance(now, Found) or now.text != base.text:
            raise Refused(CHANGED, is_conflict=True)
        return now


def _page(page: Mapping[str, Any]) -> Found | Missing | WikiFailed | None:
    """A page of an answer; None while its text is still to come."""
    if "missing" in page:
        return Missing()
    if "invalid" in page:
        return WikiFailed(f"The wiki does not take the title: {page.get('invalidreason', '')}")
    if not page.get("revisions"):
        return None
    newest = page["revisions"][0]
    return Found(
        page["title"], str(page["pageid"]), str(newest["revid"]), newest["slots"]["main"]["content"],
        str(newest.get("user", "")), str(page.get("fullurl", "")),
    )  # fmt: skip
