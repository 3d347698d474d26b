"""MediaWiki's API: signing in, one call, and what its errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from monitor.model import WikiSettings
from monitor.text import one_line
from monitor.wikis.reach import Refused, asked

CHANGED = "Somebody edited the page just now; the next export looks again."
_ADVICE = {
    "permissiondenied": "The account may not do this: give the bot password the grants for editing, creating and moving pages.",
    "protectedpage": "The page is protected; the account may not edit it.",
    "readonly": "The wiki is read-only for now.",
    "articleexists": "A page of that name was made just now; the next export looks again.",
    "editconflict": CHANGED,
}
_CONFLICTS = {"editconflict", "articleexists", "missingtitle", "nosuchpageid"}
_LATER = {"ratelimited": 20.0, "maxlag": 5.0, "readonly": 0.0}


class Api:
    """One wiki's api.php, signed in to at the first need."""

    def __init__(self, settings: WikiSettings, client: httpx2.Client) -> None:
        self._settings = settings
        self._client = client
        self.token = ""
        """For edits; empty before signing in."""

    def sign_in(self) -> None:
        """Sign in unless that was done; raises `Refused`."""
        if self.token:
            return
        token = self.call(action="query", meta="tokens", type="login")["query"]["tokens"][
            "logintoken"
        ]
        answer = self.call(
            action="login", lgname=self._settings.user, lgtoken=token,
            lgpassword=str(self._settings.password),
        )  # fmt: skip
        if answer["login"]["result"] != "Success":
            reason = one_line(str(answer["login"].get("reason", answer["login"]["result"])), 200)
            told = f"The wiki refused the login of {self._settings.user}: {reason}"
            raise Refused(told, is_whole_wiki=True)
        self.token = self.call(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def call(self, **parameters: str) -> dict[str, Any]:
        """One call; errors come with HTTP 200 and are told by their code."""
        sent = {key.rstrip("_"): value for key, value in parameters.items() if value != ""}
        sent |= {"format": "json", "formatversion": "2", "errorformat": "plaintext"}
        answer = asked(self._client, "POST", self._settings.url, data=sent)
        if answer.status_code != 200:
            told = f"The wiki answered with an error ({answer.status_code})."
            raise Refused(told, is_whole_wiki=True)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            told = "The wiki's answer is no JSON: is url the address of api.php?"
            raise Refused(told, is_whole_wiki=True) from None
        if errors := found.get("errors"):
            raise self._told(errors[0])
        return found

    def _told(self, error: Mapping[str, Any]) -> Refused:
        code, said = str(error.get("code", "")), one_line(str(error.get("text", "")), 200)
        if code.startswith(("assert", "badtoken")):
            self.token = ""
            return Refused("The session ended.", wait=1.0)
        return Refused(
            _ADVICE.get(code, f"The wiki refused: {said or code}"),
            is_whole_wiki=code == "readonly",
            wait=_LATER.get(code, 0.0),
            is_conflict=code in _CONFLICTS,
        )
