"""Markdown files in a git repository: the wikis of GitHub and GitLab, Obsidian, MkDocs, ikiwiki.

One commit a run. Nothing is ever forced: if somebody pushed meanwhile, the push is refused and the
next export looks again, from what they pushed.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.model import WikiSettings
from monitor.text import one_line
from monitor.wikis.document import Page
from monitor.wikis.folder import Folder
from monitor.wikis.pages import FILES, Found, Missing, Ours, Ref, WikiFailed

SECONDS = 120
"""How long git may take for one step."""
# A link in the repository is checked out as a file, so that no path leads out of it; no hooks run.
_SAFE = ("-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false")


class _Failed(Exception):  # noqa: N818  # a way out of nested calls, not an error class
    """Git said no."""


class Git:
    """One repository, checked out into a folder of ours."""

    marks = FILES
    is_batched = True

    def __init__(self, settings: WikiSettings, checkout: Path) -> None:
        self._settings = settings
        self._checkout = checkout
        inside = Path(
            *(part for part in Path(settings.path or ".").parts if part not in {"/", ".."})
        )
        # The wikis of GitHub and GitLab lead to pages by their names alone.
        bare = settings.url.endswith(".wiki.git")
        self._folder = Folder(settings, checkout / inside, has_bare_links=bare)

    def name(self, page: Page) -> str:
        """The file that the page is to be."""
        return self._folder.name(page)

    def render(self, page: Page, places: Mapping[str, str]) -> Ours:
        """Our part of a file."""
        return self._folder.render(page, places)

    def read(self, refs: Sequence[Ref]) -> Mapping[str, Found | Missing | WikiFailed]:
        """The files as they were pushed last."""
        try:
            self._refresh()
        except _Failed as failed:
            told = WikiFailed(str(failed), is_whole_wiki=True)
            return {ref.key: told for ref in refs}
        return self._folder.read(refs)

    def write(self, page: Page, ours: Ours, base: Found | Missing, name: str) -> Found | WikiFailed:
        """Write a file; it is nowhere else before it is published."""
        return self._folder.write(page, ours, base, name)

    def publish(self, summary: str) -> WikiFailed | None:
        """Commit and push."""
        self._folder.publish(summary)
        try:
            self._git("add", "--all", "--", ".")
            if self._git("status", "--porcelain"):
                self._git("commit", "--quiet", "--no-verify", "--message", one_line(summary, 200))
            self._git("push", "--quiet", "origin", f"HEAD:refs/heads/{self._branch()}")
        except _Failed as failed:
            is_conflict = "rejected" in str(failed) or "non-fast-forward" in str(failed)
            told = (
                "Somebody pushed just now; the next export looks again."
                if is_conflict
                else str(failed)
            )
            return WikiFailed(told, is_conflict=is_conflict)
        return None

    def _refresh(self) -> None:
        """Bring the checkout to what is at the origin, whatever a killed run left."""
        if not self._is_ours():
            shutil.rmtree(self._checkout, ignore_errors=True)
            self._checkout.parent.mkdir(parents=True, exist_ok=True)
            draft = self._checkout.with_name(self._checkout.name + ".new")
            shutil.rmtree(draft, ignore_errors=True)
            self._git("clone", "--quiet", "--", self._settings.url, str(draft), at=draft.parent)
            draft.replace(self._checkout)
        for lock in (self._checkout / ".git").rglob("*.lock"):
            lock.unlink(missing_ok=True)  # of a run that was killed: we are the only one here
        self._git("fetch", "--quiet", "--prune", "origin")
        if self._git("for-each-ref", f"refs/remotes/origin/{self._branch()}"):
            self._git(
                "checkout", "--quiet", "--force", "-B", self._branch(), f"origin/{self._branch()}"
            )
        self._git("clean", "--quiet", "--force", "-d", "-x")

    def _is_ours(self) -> bool:
        try:
            return self._git("remote", "get-url", "origin").strip() == self._settings.url
        except (_Failed, OSError):
            return False

    def _branch(self) -> str:
        if self._settings.branch:
            return self._settings.branch
        return self._git("symbolic-ref", "--short", "HEAD").strip()

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        try:
            done = subprocess.run(  # noqa: S603  # an argument list, no shell; addresses follow `--`
                ["git", *_SAFE, *arguments],  # noqa: S607  # the git of this system
                cwd=at or self._checkout, env=self._environ(), capture_output=True, text=True,
                check=False, timeout=SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise _Failed(f"Git {arguments[0]} took longer than {SECONDS} seconds.") from None
        except FileNotFoundError as error:
            told = "Git is not installed: install it." if error.filename == "git" else str(error)
            raise _Failed(told) from error
        if done.returncode:
            raise _Failed(f"Git {arguments[0]} failed: {one_line(done.stderr, 300)}")
        return done.stdout

    def _environ(self) -> dict[str, str]:
        """Who commits, and the password: not among the arguments, which every user can see."""
        name, mail = "Failwatch", "failwatch@localhost"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        made = kept | {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail,
            "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail,
        }  # fmt: skip
        if self._settings.password and self._settings.url.startswith("https://"):
            pair = f"{self._settings.user or 'failwatch'}:{self._settings.password!s}"
            basic = base64.b64encode(pair.encode()).decode()
            host = "/".join(self._settings.url.split("/")[:3]) + "/"
            made |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.{host}.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
            }
        return made
