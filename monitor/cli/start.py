"""`failwatch up`, `worker` and `web`: the processes."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

import click

from monitor import app
from monitor import worker as work
from monitor.cli.feeds import Round, summary, with_progress
from monitor.cli.shared import Context, plural
from monitor.flow import files
from monitor.store import accounts
from monitor.web import serve

STOP_SECONDS = 9.0
"""What a process gets to stop by itself; then it is killed. Nothing is lost either way."""

STEADY_SECONDS = 30.0
"""A process that lived this long was well: its next crash starts the count anew."""

MAX_CRASHES = 5

IN_USE = (
    "The data folder {} is in use by another Failwatch. Stop that one first, or use another --data."
)


def _log_to_stderr() -> None:
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    # One line a request, and one a scheduler beat, would bury what matters.
    for name in ("httpx2", "httpcore2", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)


@click.command("worker")
@click.pass_obj
def worker(context: Context) -> None:
    """Poll feeds and send mail until stopped; one worker a data folder.

    Example: failwatch --data /var/lib/failwatch worker
    """
    _log_to_stderr()
    asyncio.run(work.run(context.root, context.data, context.environ))


@click.command()
@click.option("--host", envvar="FAILWATCH_HOST", help="Address to listen on; else failwatch.yaml.")
@click.option(
    "--port", type=click.IntRange(1, 65535), envvar="FAILWATCH_PORT", help="Else failwatch.yaml."
)
@click.pass_obj
def web(context: Context, host: str | None, port: int | None) -> None:
    """Serve the pages until stopped.

    Example: failwatch web --port 8001
    """
    _log_to_stderr()
    settings = context.stand().config.settings
    data = context.data
    app.prepare(data)
    serve.serve(
        main_db=data.main,
        private_db=data.private,
        internal_db=data.internal,
        secret=app.secret(data).decode("ascii"),
        public_url=settings.public_url,
        host=host or settings.listen_host,
        port=settings.listen_port if port is None else port,
        clock=app.now,
        root=context.root,
        environ=context.environ,
    )


@click.command()
@click.pass_obj
def up(context: Context) -> None:
    """Make the data folder, import the casebook, poll what is due, then run worker and web.

    Example: failwatch up
    """
    loaded = context.stand()
    in_use = IN_USE.format(context.folder)
    with context.data.lock("up", in_use):
        # A worker that was started by itself would poll beside us: say so before any work.
        with context.data.lock("worker", in_use):
            _fill(context, loaded)
        _supervise(context, loaded.config.settings.public_url)


def _fill(context: Context, loaded: files.Loaded) -> None:
    with context.stores() as stores:
        rule_ids = app.adopt(stores[0], loaded)
        cases = asyncio.run(
            app.import_casebook(
                stores[0], loaded, app.newsroom(loaded, context.data, stores[1], rule_ids)
            )
        )
        if cases:
            click.echo(f"Imported {plural(cases, 'case')} of the casebook.")
        polled = with_progress(context, loaded, stores, Round())
        click.echo(summary(polled))
        link = accounts.first_link(stores[1], now=app.now())
    if link:
        url = loaded.config.settings.public_url.rstrip("/")
        click.echo(
            f"\nSign in once with this link, within a day:\n  {url}/-/failwatch/link?token={link}\n"
        )


@dataclass(slots=True)
class Child:
    """One of our two processes, and how it has fared."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    started: float
    crashes: int = 0


def _supervise(context: Context, public_url: str) -> None:
    """Run both processes until Ctrl-C or SIGTERM; restart one that crashes, within reason."""
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    children = [_start(context, name) for name in ("worker", "web")]
    click.echo(f"Failwatch serves on {public_url}. Ctrl-C stops it.")
    try:
        while not stopping:
            time.sleep(0.2)
            for child in children:
                if child.process.poll() is not None and not stopping:
                    _restart(context, child)
    finally:
        _stop(children)
    click.echo("Failwatch has stopped.")


def _start(context: Context, name: str) -> Child:
    command = [
        sys.executable, "-m", "monitor", "--data", str(context.folder), "--config", str(context.root), name,
    ]  # fmt: skip
    # A session of its own, so that Ctrl-C reaches us alone and we stop them in order.
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603  # our own program
    return Child(name, command, process, time.monotonic())


def _restart(context: Context, child: Child) -> None:
    code = child.process.returncode
    if time.monotonic() - child.started > STEADY_SECONDS:
        child.crashes = 0
    child.crashes += 1
    if child.crashes > MAX_CRASHES:
        raise click.ClickException(
            f"The {child.name} process ends again and again (exit code {code}); its log above says why."
        )
    click.echo(f"The {child.name} process ended (exit code {code}); starting it again.", err=True)
    time.sleep(min(2 ** (child.crashes - 1), 8) * 0.5)
    renewed = _start(context, child.name)
    child.process, child.started = renewed.process, renewed.started


def _stop(children: Sequence[Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
