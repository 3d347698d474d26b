"""Pages of a MediaWiki by its API: made once, found again after a rename, never overwritten blindly.

Conflicts are caught by `baserevid`: time stamps miss those with one's own account.
"""

from __future__ import annotations

from typing import Any

import httpx2

from monitor.model import Lesson, WikiSettings
from monitor.text import one_line
from monitor.wikis.document import Block
from monitor.wikis.pages import Found, Missing, WikiFailed, assemble, cut, title
from monitor.wikis.wikitext import render

_ADVICE = {
    "editconflict": "Somebody edited the page just now; the next export looks again.",
    "articleexists": "A page of that name was made just now; the next export looks again.",
    "ratelimited": "The wiki allows no more edits for now; export again in a minute.",
    "readonly": "The wiki is read-only for now.",
    "permissiondenied": "The account may not edit this page: give the bot password the grants for editing and creating pages.",
    "protectedpage": "The page is protected; the account may not edit it.",
    "assertuserfailed": "The session ended; export again.",
}
_NOTES = "\n\n== Team notes ==\n"


class _Refused(Exception):  # noqa: N818  # a way out of nested calls, not an error class
    """The wiki said no."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.failed = WikiFailed(reason)


class MediaWiki:
    """One wiki, signed in to at the first call."""

    def __init__(self, settings: WikiSettings, client: httpx2.Client) -> None:
        self._settings = settings
        self._client = client
        self._token = ""

    def render(self, blocks: tuple[Block, ...]) -> str:
        """Our block of a page."""
        return render(blocks, self._settings.category)

    def read(self, lesson: Lesson, page: str, page_id: str) -> Found | Missing | WikiFailed:
        """The page of a lesson: by its number if known, so that a renamed page is found."""
        try:
            self._sign_in()
            where = (
                {"pageids": page_id}
                if page_id
                else {"titles": page or title(lesson.id, lesson.title)}
            )
            answer = self._call(
                action="query", prop="revisions", rvprop="ids|content", rvslots="main", **where
            )
            (found,) = answer["query"]["pages"]
            if "missing" in found:
                return Missing()
            if "invalid" in found:
                return WikiFailed(
                    f"The wiki does not take the title: {found.get('invalidreason', '')}"
                )
            revision = found["revisions"][0]
            text = revision["slots"]["main"]["content"]
        except _Refused as refused:
            return refused.failed
        except (KeyError, ValueError, IndexError, TypeError) as error:
            return WikiFailed(
                f"The wiki's answer makes no sense ({type(error).__name__}): is url the address of api.php?"
            )
        return Found(found["title"], str(found["pageid"]), str(revision["revid"]), text)

    def write(self, lesson: Lesson, inside: str, base: Found | Missing) -> Found | WikiFailed:
        """Make the page, or renew our block on it; returns the page as the wiki keeps it."""
        known = base if isinstance(base, Found) else None
        text = assemble(lesson.id, inside, front="", parts=cut(known.text) if known else None)
        options = {"pageid": known.page_id, "baserevid": known.revision, "nocreate": "1"} if known else {
            "title": title(lesson.id, lesson.title), "createonly": "1"}  # fmt: skip
        if known is None:
            text += _NOTES
        try:
            answer = self._call(
                action="edit", text=text, assert_="user", bot="1", token=self._token, md5="",
                summary=one_line(f"Failwatch: lesson {lesson.id}, saved by {lesson.updated_by}", 200), **options,
            )  # fmt: skip
            edit = answer["edit"]
            if edit.get("result") != "Success":
                return WikiFailed(f"The wiki did not save the page: {one_line(str(edit), 200)}")
            number = str(edit["pageid"])
        except _Refused as refused:
            return refused.failed
        except (KeyError, ValueError, TypeError):
            return WikiFailed("The wiki's answer to the edit makes no sense.")
        stored = self.read(lesson, "", number)
        return (
            WikiFailed("The page vanished after it was saved.")
            if isinstance(stored, Missing)
            else stored
        )

    def _sign_in(self) -> None:
        if self._token:
            return
        token = self._call(action="query", meta="tokens", type="login")["query"]["tokens"][
            "logintoken"
        ]
        answer = self._call(
            action="login",
            lgname=self._settings.user,
            lgpassword=str(self._settings.password),
            lgtoken=token,
        )
        if answer["login"]["result"] != "Success":
            reason = one_line(str(answer["login"].get("reason", answer["login"]["result"])), 200)
            raise _Refused(f"The wiki refused the login of {self._settings.user}: {reason}")
        self._token = self._call(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def _call(self, **parameters: str) -> dict[str, Any]:
        """One call; errors come with HTTP 200 and are told by their code."""
        sent = {key.rstrip("_"): value for key, value in parameters.items() if value != ""}
        sent |= {"format": "json", "formatversion": "2", "errorformat": "plaintext"}
        try:
            answer = self._client.post(self._settings.url, data=sent)
        except httpx2.HTTPError as error:
            raise _Refused(
                f"The wiki cannot be reached ({one_line(str(error), 160) or type(error).__name__})."
            ) from error
        if answer.status_code != 200:
            raise _Refused(f"The wiki answered with an error ({answer.status_code}).")
        try:
            found = answer.json()
        except ValueError:
            raise _Refused("The wiki's answer is no JSON: is url the address of api.php?") from None
        if not isinstance(found, dict):
            raise _Refused("The wiki's answer makes no sense: is url the address of api.php?")
        if errors := found.get("errors"):
            code = str(errors[0].get("code", ""))
            if code.startswith("assert"):
                self._token = ""
            raise _Refused(
                _ADVICE.get(
                    code, f"The wiki refused: {one_line(str(errors[0].get('text', code)), 200)}"
                )
            )
        return found
