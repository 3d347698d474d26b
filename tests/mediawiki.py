"""A real MediaWiki from Debian's packages, on a free loopback port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

CODE = Path("/usr/share/mediawiki")
BOT, BOT_PASSWORD = "Failbot@failwatch", "0123456789abcdef0123456789abcdef"
HUMAN, HUMAN_PASSWORD = "Admin", "admin-Pass-1234567"


@dataclass
class Wiki:
    """A running wiki, and a person who edits it."""

    url: str
    folder: Path
    _client: httpx2.Client
    _token: str = ""

    @property
    def api(self) -> str:
        """The address for failwatch.yaml."""
        return f"{self.url}/api.php"

    def _call(self, **parameters: str) -> dict[str, dict[str, object]]:
        sent = {"format": "json", "formatversion": "2", **parameters}
        found: dict[str, dict[str, object]] = self._client.post(self.api, data=sent).json()
        return found

    def _sign_in(self) -> None:
        if self._token:
            return
        tokens = self._client.post(
            self.api,
            data={
                "action": "query",
                "meta": "tokens",
                "type": "login",
                "format": "json",
                "formatversion": "2",
            },
        ).json()
        token = tokens["query"]["tokens"]["logintoken"]
        self._call(
            action="clientlogin",
            username=HUMAN,
            password=HUMAN_PASSWORD,
            logintoken=token,
            loginreturnurl=self.url,
        )
        found = self._client.post(
            self.api,
            data={"action": "query", "meta": "tokens", "format": "json", "formatversion": "2"},
        ).json()
        self._token = found["query"]["tokens"]["csrftoken"]

    def text(self, title: str) -> str:
        """The source of a page; empty if there is none."""
        answer = self._client.get(f"{self.url}/index.php", params={"title": title, "action": "raw"})
        return answer.text if answer.status_code == 200 else ""

    def html(self, title: str) -> str:
        """A page as a reader sees it."""
        return self._client.get(f"{self.url}/index.php", params={"title": title}).text

    def edit(self, title: str, text: str) -> None:
        """Save a page as a person."""
        self._sign_in()
        answer = self._call(action="edit", title=title, text=text, token=self._token)
        assert answer["edit"]["result"] == "Success", answer

    def move(self, old: str, new: str) -> None:
        """Rename a page as a person."""
        self._sign_in()
        assert "move" in self._call(action="move", **{"from": old}, to=new, token=self._token)

    def delete(self, title: str) -> None:
        """Delete a page as a person."""
        self._sign_in()
        assert "delete" in self._call(action="delete", title=title, token=self._token)

    def titles(self, prefix: str) -> list[str]:
        """The titles of pages that begin so."""
        found = self._call(action="query", list="allpages", apprefix=prefix, aplimit="500")
        pages: list[dict[str, str]] = found["query"]["allpages"]  # type: ignore[assignment]
        return [page["title"] for page in pages]

    def clear(self) -> None:
        """Delete every page but the main one."""
        for title in self.titles(""):
            if title != "Main Page":
                self.delete(title)

    def revisions(self) -> int:
        """How many edits the wiki has seen."""
        found = self._call(action="query", meta="siteinfo", siprop="statistics")
        return int(found["query"]["statistics"]["edits"])  # type: ignore[index]

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Its rate limit in force, for bots too: five edits in two seconds."""
        mark = self.folder / "limited"
        mark.touch()
        try:
            yield
        finally:
            mark.unlink()

    def rendered(self, text: str) -> dict[str, object]:
        """What the wiki's own parser makes of a text, after its pre-save transform."""
        return self._call(
            action="parse",
            text=text,
            pst="1",
            contentmodel="wikitext",
            prop="text|links|templates|categories|externallinks|images",
        )["parse"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mediawiki(folder: Path) -> Iterator[Wiki]:
    """Install a wiki into `folder` and run it; skips the test where MediaWiki is not installed."""
    if not CODE.is_dir() or shutil.which("php") is None:
        pytest.skip("needs a wiki: apt-get install mediawiki php-cli php-sqlite3 php-apcu")
    port = _free_port()
    for name in ("data", "images", "cache"):
        (folder / name).mkdir(parents=True)
    environ = {**os.environ, "MW_CONFIG_FILE": str(folder / "LocalSettings.php")}
    environ.pop("PHP_CLI_SERVER_WORKERS", None)

    def php(script: str, *arguments: str, env: dict[str, str] | None = None) -> None:
        subprocess.run(
            ["php", str(CODE / "maintenance" / script), *arguments],
            check=True,
            capture_output=True,
            env=env,
        )

    php(
        "install.php", "--confpath", str(folder), "--dbtype", "sqlite", "--dbname", "wiki", "--dbpath", str(folder / "data"),
        "--server", f"http://127.0.0.1:{port}", "--scriptpath", "", "--lang", "en", "--pass", HUMAN_PASSWORD, "Test Wiki", HUMAN,
    )  # fmt: skip
    with (folder / "LocalSettings.php").open("a") as settings:
        settings.write(
            f'$wgCacheDirectory = "{folder}/cache"; $wgTmpDirectory = "{folder}/cache"; $wgEnableEmail = false;\n'
            "$wgGroupPermissions['*']['edit'] = false; $wgGroupPermissions['*']['createaccount'] = false;\n"
            "$wgGroupPermissions['sysop']['noratelimit'] = true;\n"
            f"$wgGroupPermissions['bot']['noratelimit'] = !file_exists('{folder}/limited');\n"
            f"if (file_exists('{folder}/limited')) {{ $wgRateLimits['edit'] = ['user' => [5, 2]]; }}\n"
        )
    php("createAndPromote.php", "--bot", "Failbot", "human-Pass-1234567", env=environ)
    php(
        "createBotPassword.php",
        "--appid",
        "failwatch",
        "--grants",
        "basic,highvolume,editpage,createeditmovepage",
        "Failbot",
        BOT_PASSWORD,
        env=environ,
    )
    server = subprocess.Popen(
        ["php", "-S", f"127.0.0.1:{port}", "-t", str(CODE)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx2.Client(timeout=30, trust_env=False, follow_redirects=True) as client:
            wiki = Wiki(f"http://127.0.0.1:{port}", folder, client)
            _await(wiki, client)
            yield wiki
    finally:
        server.kill()
        server.wait()


def _await(wiki: Wiki, client: httpx2.Client) -> None:
    for _ in range(100):
        try:
            if (
                client.get(
                    wiki.api, params={"action": "query", "meta": "siteinfo", "format": "json"}
                ).status_code
                == 200
            ):
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise AssertionError("MediaWiki did not start")


if __name__ == "__main__":
    # python -m tests.mediawiki: a wiki to try things on, until Ctrl-C.
    with tempfile.TemporaryDirectory() as chosen, mediawiki(Path(chosen)) as running:
        print(f"{running.url}  bot {BOT}, {BOT_PASSWORD}; person {HUMAN}, {HUMAN_PASSWORD}")  # noqa: T201
        signal.pause()
