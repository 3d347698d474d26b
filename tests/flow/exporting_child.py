"""An exporter to be killed: for each number of milliseconds on stdin it begins an export in a child
of its own, kills it after that time, and says whether it was still at it.

Arguments: data folder, kind of wiki, its address or path.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from monitor.feeds import guard
from monitor.flow import export
from monitor.flow.export_plan import Wanted
from monitor.model import Secret, WikiSettings
from monitor.store import db
from monitor.wikis import kinds
from tests.mediawiki import BOT, BOT_PASSWORD
from tests.wikidesk import NOW


def run(folder: Path, kind: str, where: str) -> None:
    settings = WikiSettings("w", kind, path=where if kind == "folder" else "lessons", url=where, user=BOT, password=Secret(BOT_PASSWORD))  # fmt: skip
    wiki = kinds.opened(settings, client=lambda: guard.sync_client(["127.0.0.0/8"]), checkouts=folder / "checkouts")  # fmt: skip
    desk = export.Desk(db.connect(folder / db.MAIN), "https://fw.example", lambda: NOW, time.sleep)
    export.run(desk, {"w": wiki}, Wanted("ann"))


def main(folder: Path, kind: str, where: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        with suppress(OSError):
            os.setpgid(child, child or 0)  # by whichever of the two comes first
        if child == 0:
            try:
                run(folder, kind, where)
            finally:
                os._exit(0)
        time.sleep(int(line) / 1000)
        was_alive = os.waitpid(child, os.WNOHANG)[0] == 0
        if was_alive:
            os.killpg(child, signal.SIGKILL)  # git's own processes too
            os.waitpid(child, 0)
        print("killed" if was_alive else "done", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
