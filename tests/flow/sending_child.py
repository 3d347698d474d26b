"""A sender to be killed: recovers, then sends what is due, until nothing is.

Arguments: data folder, port of the mail server, minutes that the clock is ahead.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.alerts.smtp import Mailer
from monitor.flow import deliver
from monitor.model import MailSettings
from monitor.store import db, outbox
from monitor.store.db import transaction


def main(folder: Path, port: int, ahead: timedelta) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC) + ahead
    settings = MailSettings(
        host="127.0.0.1", port=port, security="none", from_address="failwatch@house.example"
    )
    main, private = db.connect(folder / db.MAIN), db.connect(folder / db.PRIVATE)
    with transaction(main):
        outbox.recover(main, now=now)
    print("ready", flush=True)  # noqa: T201
    with Mailer(settings) as mailer:
        sender = deliver.Sender(
            main, private, mailer.send, settings, "https://failwatch.example", lambda: now
        )
        deliver.run(sender, limit=1000)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), timedelta(minutes=int(sys.argv[3])))
