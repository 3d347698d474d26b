"""How fast 500 lessons reach a real MediaWiki on loopback, and a run without changes.

    python -m benchmarks.wiki_export [LESSONS]

Needs Debian's MediaWiki, as .ci/run installs it. The wiki's rate limit is lifted.
"""

import sys
import tempfile
import time
from pathlib import Path

import httpx2

from monitor.flow import export
from monitor.flow.export_plan import Wanted, Wiki
from monitor.model import Secret, WikiSettings
from monitor.store import db, schema
from monitor.wikis.folder import Folder
from monitor.wikis.git import Git
from monitor.wikis.mediawiki import MediaWiki
from tests import wikidesk
from tests.mediawiki import BOT, BOT_PASSWORD, mediawiki
from tests.wikis.test_export import repository

WORDS = "They promised more than the product held, and said nothing for two days. " * 8


def seeded(folder: Path, count: int) -> db.Connection:
    conn = db.connect(folder / db.MAIN)
    schema.migrate(conn, "main")
    conn.execute("PRAGMA synchronous=OFF")
    for number in range(1, count + 1):
        wikidesk.told(conn, number, f"Story {number} about Acme")
        wikidesk.learn(conn, number, f"Lesson of story {number}", what_happened=WORDS, why=WORDS, avoid=WORDS, change="We do.")  # fmt: skip
    conn.execute("UPDATE tags SET kind = 'sector'")
    conn.execute("PRAGMA synchronous=FULL")
    return conn


def timed(conn: db.Connection, name: str, wiki: Wiki) -> None:
    for run in ("first", "second"):
        desk = export.Desk(conn, "https://fw.example", lambda: wikidesk.NOW, time.sleep)
        begun = time.perf_counter()
        done = export.run(desk, {name: wiki}, Wanted("benchmark"))
        seconds = time.perf_counter() - begun
        outcomes = sorted({d.outcome for d in done})
        print(f"{name:10} {run:6} run: {len(done)} pages in {seconds:6.2f} s, {outcomes}")


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        conn = seeded(folder, count)
        timed(conn, "folder", Folder(WikiSettings("f", "folder", path=str(folder / "pages"))))
        origin = repository(folder)
        timed(conn, "git", Git(WikiSettings("g", "git", url=str(origin)), folder / "checkout"))
        with (
            mediawiki(folder / "wiki") as wiki,
            httpx2.Client(timeout=30, trust_env=False) as client,
        ):
            settings = WikiSettings(
                "w", "mediawiki", url=wiki.api, user=BOT, password=Secret(BOT_PASSWORD)
            )
            timed(conn, "mediawiki", MediaWiki(settings, client))
            print(f"{'':10} pages on the wiki: {len(wiki.titles('Lesson '))} of lessons")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
