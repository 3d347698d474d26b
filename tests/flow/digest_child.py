"""Makes the week's digest, to be killed. Arguments: data folder."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from monitor.flow import digest
from monitor.settings import DigestSettings
from monitor.store import db, subscribers
from tests import newsdesk


def main(folder: Path) -> None:
    conn, private = db.connect(folder / db.MAIN), db.connect(folder / db.PRIVATE)
    people = subscribers.list_all(private)
    desk = digest.Desk(DigestSettings(), [], people, newsdesk.message_id, newsdesk.message_id)
    print("ready", flush=True)  # noqa: T201
    digest.make(conn, desk, now=datetime(2026, 3, 2, 9, tzinfo=UTC))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
