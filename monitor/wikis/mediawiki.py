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

AT_ONCE = 50
"""Pages in one request, as many as the API gives anybody."""
_ADVICE = {
    "permissiondenied": "The account may not do this: give the bot password the grants for editing, creating and moving pages.",
    "protectedpage": "The page is protected; the account may not edit it.",
    "readonly": "The wiki is read-only for now.",
    "articleexists": "A page of that name was made just now; the next export looks again.",
    "editconflict": "Somebody edited the page just now; the next export looks again.",
}
_CONFLICTS = {"editconflict", "articleexists", "missingtitle", "nosuchpageid"}
_LATER = {"ratelimited": 20.0, "maxlag": 5.0, "readonly": 0.0}


class _Refused(Exception):  # noqa: N818  # a way out of nested calls, not an error class
    """The wiki said no."""

    def __init__(self, failed: WikiFailed) -> None:
        super().__init__(failed.reason)
        self.failed = failed


class MediaWiki:
    """One wiki, signed in to at the first call."""

    marks = COMMENTS
    is_batched = False

    def __init__(self, settings: WikiSettings, client: httpx2.Client) -> None:
        self._settings = settings
        self._client = client
        self._token = ""

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
            self._sign_in()
            for known in (True, False):
                some = [ref for ref in refs if bool(ref.page_id) == known]
                for at in range(0, len(some), AT_ONCE):
                    by = "pageids" if known else "titles"
                    made |= self._read_some(some[at : at + AT_ONCE], by)
        except _Refused as refused:
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
        asked = "|".join(ref.page_id if by == "pageids" else ref.page for ref in refs)
        found: dict[str, Found | Missing | WikiFailed] = {}
        normal: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            answer = self._call(
                action="query", prop="revisions|info", rvprop="ids|content|user", rvslots="main",
                inprop="url", **{by: asked}, **more,
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
            self._sign_in()
            if isinstance(base, Found) and base.page != name:
                base = self._move(base, name)
            number = self._edit(page, ours, base, name)
            _, stored = next(iter(self._read_some([Ref(page.key, "", number)], "pageids")))
        except _Refused as refused:
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
        edit = self._call(
            action="edit", text=text, assert_="user", bot="1", token=self._token,
            summary=one_line(page.summary, 200), **options,
        )["edit"]  # fmt: skip
        if edit.get("result") != "Success":
            said = one_line(str(edit), 200)
            raise _Refused(WikiFailed(f"The wiki did not save the page: {said}"))
        return str(edit["pageid"])

    def _move(self, base: Found, name: str) -> Found:
        """Give the page another title; what it says must be what was read."""
        try:
            self._call(
                action="move", fromid=base.page_id, to=name, assert_="user", token=self._token,
                reason="Failwatch: the lesson has another title",
            )  # fmt: skip
        except _Refused as refused:
            if refused.failed.wait or refused.failed.is_whole_wiki:
                raise
            return base  # the title is taken, or moving is not allowed: the old one stays
        _, now = next(iter(self._read_some([Ref("", "", base.page_id)], "pageids")))
        if not isinstance(now, Found) or now.text != base.text:
            raise _Refused(WikiFailed(_ADVICE["editconflict"], is_conflict=True))
        return now

    def _sign_in(self) -> None:
        if self._token:
            return
        token = self._call(action="query", meta="tokens", type="login")["query"]["tokens"][
            "logintoken"
        ]
        answer = self._call(
            action="login", lgname=self._settings.user, lgtoken=token,
            lgpassword=str(self._settings.password),
        )  # fmt: skip
        if answer["login"]["result"] != "Success":
            reason = one_line(str(answer["login"].get("reason", answer["login"]["result"])), 200)
            told = f"The wiki refused the login of {self._settings.user}: {reason}"
            raise _Refused(WikiFailed(told, is_whole_wiki=True))
        self._token = self._call(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def _call(self, **parameters: str) -> dict[str, Any]:
        """One call; errors come with HTTP 200 and are told by their code."""
        sent = {key.rstrip("_"): value for key, value in parameters.items() if value != ""}
        sent |= {"format": "json", "formatversion": "2", "errorformat": "plaintext"}
        try:
            answer = self._client.post(self._settings.url, data=sent)
        except httpx2.HTTPError as error:
            said = one_line(str(error), 160) or type(error).__name__
            told = f"The wiki cannot be reached ({said})."
            raise _Refused(WikiFailed(told, is_whole_wiki=True)) from error
        wait = answer.headers.get("retry-after", "")
        if answer.status_code in {429, 503} and wait.isdecimal():
            raise _Refused(WikiFailed("The wiki asks us to wait.", wait=min(float(wait) + 1, 120)))
        if answer.status_code != 200:
            told = f"The wiki answered with an error ({answer.status_code})."
            raise _Refused(WikiFailed(told, is_whole_wiki=True))
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            told = "The wiki's answer is no JSON: is url the address of api.php?"
            raise _Refused(WikiFailed(told, is_whole_wiki=True)) from None
        if errors := found.get("errors"):
            raise _Refused(self._told(errors[0]))
        return found

    def _told(self, error: Mapping[str, Any]) -> WikiFailed:
        code, said = str(error.get("code", "")), one_line(str(error.get("text", "")), 200)
        if code.startswith(("assert", "badtoken")):
            self._token = ""
            return WikiFailed("The session ended.", wait=1.0)
        return WikiFailed(
            _ADVICE.get(code, f"The wiki refused: {said or code}"),
            is_whole_wiki=code == "readonly",
            wait=_LATER.get(code, 0.0),
            is_conflict=code in _CONFLICTS,
        )


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
