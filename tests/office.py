"""A whole Failwatch as its users have it: a config folder, a data folder, real processes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from monitor.cli.main import main
from monitor.store import db

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(check: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is true; fails with its last answer."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came true: {found!r}")
        time.sleep(0.1)


def _is_looping() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@dataclass
class Office:
    """Two folders and the command."""

    root: Path
    port: int
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.root / "data"

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def write(self, feeds: str, settings: str = "") -> None:
        """The files that a team edits, with the shipped rules."""
        (self.root / "feeds.yaml").write_text(feeds)
        (self.root / "failwatch.yaml").write_text(
            f"public_url: {self.url}\nlisten:\n  port: {self.port}\n"
            f"polling:\n  allow_networks: [127.0.0.0/8]\n{settings}"
        )
        shutil.copytree(ROOT / "rules", self.root / "rules", dirs_exist_ok=True)

    def command(self, *arguments: str) -> list[str]:
        """The command line of a subcommand."""
        return [
            sys.executable,
            "-m",
            "monitor",
            "--data",
            str(self.data),
            "--config",
            str(self.root),
            *arguments,
        ]

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run a command to its end; returns what it printed.

        In this process, since starting one takes longer than most commands do; in one of its own
        where a browser's event loop is at work here.
        """
        if not _is_looping():
            done_here = CliRunner(env=self.environ).invoke(main, self.command(*arguments)[3:])
            said = done_here.stdout + done_here.stderr
            assert (done_here.exit_code != 0) == fails, said + repr(done_here.exception)
            return done_here.stdout + (done_here.stderr if fails else "")
        done = subprocess.run(
            self.command(*arguments),
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + (done.stderr if fails else "")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that runs until it is stopped."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """A question to the served database."""
        conn = db.connect(self.data / db.MAIN)
        try:
            return [tuple(row) for row in conn.execute(sql)]
        finally:
            conn.close()

    def change(self, sql: str) -> None:
        """A change to the served database, as time passing would make it."""
        conn = db.connect(self.data / db.MAIN)
        try:
            conn.execute(sql)
        finally:
            conn.close()


@contextmanager
def running(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended with its test."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        if process.stdout:
            process.stdout.close()
        process.wait()


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read what a process prints until a line matches."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if found := re.search(pattern, line):
            return found
    raise AssertionError("".join(seen))
