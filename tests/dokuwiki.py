"""A real DokuWiki from Debian's package, on a free loopback port; or another release's folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.office import free_port

CODE = Path(os.environ.get("FAILWATCH_DOKUWIKI", "/usr/share/dokuwiki"))
BOT, BOT_PASSWORD = "failbot", "bot-Pass-1"
HUMAN, HUMAN_PASSWORD = "ann", "human-Pass-1"


@dataclass
class Doku:
    """A running wiki, and a person who edits it."""

    url: str
    folder: Path
    client: httpx2.Client

    def _call(self, method: str, *arguments: object) -> object:
        answer = self.client.post(
            f"{self.url}/lib/exe/xmlrpc.php",
            content=xmlrpc.client.dumps(arguments, method),  # type: ignore[arg-type]
            headers={"Content-Type": "text/xml"},
            auth=(HUMAN, HUMAN_PASSWORD),
        )
        (found,), _ = xmlrpc.client.loads(answer.text)
        return found

    def text(self, page: str) -> str:
        """The source of a page; empty if there is none."""
        found = self._call("wiki.getPage", page)
        return str(found) if found else ""

    def html(self, page: str) -> str:
        """A page as a reader sees it."""
        return self.client.get(f"{self.url}/doku.php", params={"id": page}).text

    def edit(self, page: str, text: str) -> None:
        """Save a page as a person; an empty text deletes it."""
        assert self._call("wiki.putPage", page, text, {"sum": "by hand"}) is True

    @contextmanager
    def editing(self, page: str) -> Iterator[None]:
        """A person has the editor open: the page is locked for others."""
        self._call("dokuwiki.setLocks", {"lock": [page], "unlock": []})
        try:
            yield
        finally:
            self._call("dokuwiki.setLocks", {"lock": [], "unlock": [page]})

    def clear(self) -> None:
        """Forget every page of ours."""
        for name in ("pages", "meta", "attic", "cache", "index", "locks"):
            shutil.rmtree(self.folder / "data" / name, ignore_errors=True)
            (self.folder / "data" / name).mkdir()

    def rendered(self, text: str) -> str:
        """What the wiki's own parser makes of a text."""
        (self.folder / "data/pages/scratch.txt").write_text(text)
        found = self.client.get(
            f"{self.url}/doku.php", params={"id": "scratch", "do": "export_xhtmlbody", "purge": "1"}
        )
        return found.text


def _hash(password: str) -> str:
    code = "echo password_hash($argv[1], PASSWORD_BCRYPT, ['cost' => 4]);"
    done = subprocess.run(["php", "-r", code, password], check=True, capture_output=True, text=True)
    return done.stdout


@contextmanager
def dokuwiki(folder: Path) -> Iterator[Doku]:
    """Set a wiki up in `folder` and run it; skips the test where DokuWiki is not installed."""
    if not CODE.is_dir() or shutil.which("php") is None:
        pytest.skip("needs a wiki: apt-get install dokuwiki php-cli php-xml")
    port = free_port()
    conf = folder / "conf"
    conf.mkdir(parents=True)
    for file in (CODE / "conf").glob("*"):  # Debian's lies elsewhere, and is found from there
        if file.is_file():
            shutil.copy(file, conf)
    for name in ("attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp"):  # fmt: skip
        (folder / "data" / name).mkdir(parents=True)
    (conf / "local.php").write_text(
        f"<?php $conf['title']='Test'; $conf['savedir']='{folder}/data'; $conf['updatecheck']=0;"
        f" $conf['baseurl']='http://127.0.0.1:{port}'; $conf['useacl']=1; $conf['superuser']='@admin';"
        " $conf['disableactions']='register'; $conf['remote']=1; $conf['remoteuser']='@bot,@user';"
    )
    users = [f"{HUMAN}:{_hash(HUMAN_PASSWORD)}:Ann:ann@example.org:user",
             f"{BOT}:{_hash(BOT_PASSWORD)}:Failwatch:bot@example.org:bot"]  # fmt: skip
    (conf / "users.auth.php").write_text("# <?php exit()?>\n" + "\n".join(users) + "\n")
    acl = "# <?php exit()?>\n*  @ALL  1\n*  @user  8\nlessons:*  @user  16\nlessons:*  @bot  16\n"
    (conf / "acl.auth.php").write_text(acl)
    first = folder / "prepend.php"
    first.write_text(f'<?php define("DOKU_CONF", "{conf}/"); define("DOKU_FARM", false);\n')
    server = subprocess.Popen(
        ["php", "-d", f"auto_prepend_file={first}", "-S", f"127.0.0.1:{port}", "-t", str(CODE)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={k: v for k, v in os.environ.items() if k != "PHP_CLI_SERVER_WORKERS"},
    )  # fmt: skip
    try:
        with httpx2.Client(timeout=30, trust_env=False, follow_redirects=True) as client:
            wiki = Doku(f"http://127.0.0.1:{port}", folder, client)
            _await(wiki)
            yield wiki
    finally:
        server.kill()
        server.wait()


def _await(wiki: Doku) -> None:
    for _ in range(100):
        try:
            if wiki.client.get(f"{wiki.url}/doku.php").status_code in {200, 404}:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise AssertionError("DokuWiki did not start")


if __name__ == "__main__":
    # python -m tests.dokuwiki: a wiki to try things on, until Ctrl-C.
    with tempfile.TemporaryDirectory() as chosen, dokuwiki(Path(chosen)) as running:
        print(f"{running.url}  bot {BOT}, {BOT_PASSWORD}; person {HUMAN}, {HUMAN_PASSWORD}")  # noqa: T201
        signal.pause()
