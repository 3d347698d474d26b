"""Server time of every page at a million posts and 50,000 incidents, while a writer writes as the worker does.

    python benchmarks/scale.py [--posts 1000000] [--incidents 50000] [--texts FILE] [--folder DIR] [--plans]

Builds the database (kept in DIR, if given, and taken from there the next time), serves it with the real
`failwatch web`, and asks for every page in turn: median and 95th percentile beside the goal, and the
ratio to a database with next to nothing in it. `--plans` prints what SQLite does for each question, and
marks scans of large tables. Goal: 50 ms at the median, 200 ms at p95.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import bulk
import plans

from monitor import app
from monitor.model import Role
from monitor.store import accounts, db, feed_links, schema
from monitor.store.db import transaction

PORT = 8911
MEDIAN, P95 = 50, 200
WARM = 3


@dataclass(frozen=True)
class Timing:
    median: float
    p95: float
    cpu: float
    """What the server worked, at the mean: another's load does not count."""
    first: float
    """Before anything is remembered."""


def pages(data: app.Data) -> dict[str, str]:
    """What is asked for, by what it is called in the table."""
    with closing(db.connect(data.main)) as conn:
        sql = "SELECT id FROM incidents WHERE merged_into IS NULL AND casebook_id IS NULL ORDER BY"
        newest = conn.execute(f"{sql} status = 'new' DESC, id DESC LIMIT 1").fetchone()[0]
        longest = conn.execute(f"{sql} posts DESC LIMIT 1").fetchone()[0]
        rule = conn.execute(
            "SELECT rule FROM matches JOIN rules ON rules.id = rule_id GROUP BY rule ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()[0]
        row = conn.execute(
            "SELECT rank, last_post_at, id FROM incidents WHERE status = 'dismissed' ORDER BY rank DESC, last_post_at"
            " DESC, id DESC LIMIT 1 OFFSET (SELECT count(*) / 2 FROM incidents WHERE status = 'dismissed')"
        ).fetchone()
    deep = f"{row[0]!r}~{row[1]}~{row[2]}" if row else "0~~0"
    with closing(db.connect(data.private)) as private, transaction(private):
        views = {
            "triage": "status=all",
            "posts": "q=boycott",
        }
        private.execute("DELETE FROM feed_links")
        made = {
            name: feed_links.make(private, 1, name, feed_links.View(name, asked), now=app.now())
            for name, asked in views.items()
        }
    return {
        "Home": "/",
        "Triage": "/-/triage",
        "Triage, all": "/-/triage?status=all",
        "Triage, status and severity": "/-/triage?status=relevant&severity=3",
        "Triage, tag": "/-/triage?status=all&tag=boycott",
        "Triage, owner": "/-/triage?status=all&owner=ann",
        "Triage, rare word": "/-/triage?status=all&q=Company+3999",
        "Triage, thousands of pages on": f"/-/triage?status=dismissed&after={deep}",
        "Triage, reading pane": f"/-/triage/{newest}/pane",
        "Incident": f"/-/incidents/{newest}",
        "Incident with the most posts": f"/-/incidents/{longest}",
        "Posts": "/-/posts",
        "Posts, frequent word": "/-/posts?q=company",
        "Posts, two words": "/-/posts?q=boycott+airline",
        "Posts, rare word": "/-/posts?q=krakrakra",
        "Posts, filters": "/-/posts?flagged=yes&language=de&since=2026-01-01",
        "Posts, no incident": "/-/posts?flagged=yes&incident=no",
        "Posts, query of ours": "/-/posts?by=query&q=boycott+AND+title%3Acompany",
        "Audit": "/-/audit",
        "Audit, filters": "/-/audit?actor=ann&kind=incident.status&since=2026-02-01&until=2026-06-01",
        "Audit, of an incident": f"/-/audit?item=incident:{newest}",
        "Insights": "/-/insights",
        "Insights, all time": "/-/insights?since=&status=all",
        "Preference": "/-/preference",
        "Recall": "/-/recall",
        "Rules": "/-/rules",
        "A rule": f"/-/rules/{rule}",
        "Workbench": "/-/rules/workbench",
        "Feeds": "/-/feeds",
        "Subscribers": "/-/subscribers",
        "Links": "/-/failwatch/links",
        "Duties": "/-/duties",
        "Tags": "/-/tags",
        "API: incidents": "/-/api/incidents?status=all",
        "API: incident": f"/-/api/incidents/{newest}",
        "API: tags": "/-/api/tags",
        "API: duties": "/-/api/duties",
        "Atom of Triage": f"/-/feed/{made['triage']}.atom",
        "JSON Feed of a search": f"/-/feed/{made['posts']}.json",
        "Datasette: database": "/failwatch",
        "Datasette: posts": "/failwatch/posts",
        "Datasette: incidents": "/failwatch/incidents",
        "Datasette: incidents as JSON": "/failwatch/incidents.json?_size=100",
    }


@contextmanager
def child(*command: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def reader(port: int, token: str) -> http.client.HTTPConnection:
    """A connection to the server, once it answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            conn = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            conn.request("GET", "/", headers={"Cookie": f"failwatch={token}"})
            conn.getresponse().read()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return conn


def ask(conn: http.client.HTTPConnection, path: str, token: str) -> tuple[float, int]:
    started = time.perf_counter()
    conn.request("GET", path, headers={"Cookie": f"failwatch={token}"})
    answer = conn.getresponse()
    answer.read()
    return (time.perf_counter() - started) * 1000, answer.status


def worked(process: subprocess.Popen[str]) -> float:
    """Milliseconds on a core of all threads of a process so far (Linux); else 0."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


def sign_in(data: app.Data) -> str:
    with closing(db.connect(data.private)) as private, transaction(private):
        known = {account.name: account.id for account in accounts.list_all(private)}
        number = known.get("ann") or accounts.add(private, "ann", Role.ADMIN, now=app.now()).id
        link = accounts.new_link(private, number, now=app.now())
        return accounts.use_link(private, link, now=app.now()) or ""


def measure(folder: Path, port: int, rounds: int) -> tuple[dict[str, Timing], str]:
    """Ask for every page in turn, so that what is remembered has time to grow old; and what was written."""
    data, token = app.Data(folder / "data"), sign_in(app.Data(folder / "data"))
    served = (
        "-m",
        "monitor",
        "--data",
        str(data.folder),
        "--config",
        str(folder / "config"),
        "web",
    )
    wanted = pages(data)
    times: dict[str, list[float]] = {name: [] for name in wanted}
    works: dict[str, list[float]] = {name: [] for name in wanted}
    with (
        child(*served) as server,
        child(str(Path(__file__).parent / "writer.py"), str(folder), str(port)) as writer,
        closing(reader(port, token)) as conn,
    ):
        for number in range(rounds + WARM):
            for name, path in list(wanted.items()):
                before = worked(server)
                ms, status = ask(conn, path, token)
                works[name].append(worked(server) - before)
                if status != 200:
                    print(f"{name}: {path} answers {status}", file=sys.stderr)
                    del wanted[name], times[name]
                    continue
                times[name].append(ms)
            if number == 0:
                time.sleep(1)
        writer.terminate()
        wrote = (writer.communicate()[0] or "").strip()
    return {
        name: Timing(
            statistics.median(found[WARM:]),
            statistics.quantiles(found[WARM:], n=20)[18],
            statistics.median(works[name][WARM:]),
            found[0],
        )
        for name, found in times.items()
    }, wrote


def prepare(folder: Path, size: bulk.Size, texts: list[Path], port: int) -> None:
    if not (folder / "built").exists():
        started = time.perf_counter()
        _, data, loaded = bulk.office(folder, port)
        bulk.build(data, loaded, size, bulk.sentences(texts))
        (folder / "built").touch()
        print(f"built {size.posts:,} posts and {size.incidents:,} incidents in {time.perf_counter() - started:,.0f} s")  # fmt: skip
    else:
        bulk.office(folder, port)
    with closing(db.connect(folder / "data" / db.MAIN)) as conn:
        schema.migrate(conn, "main")


def main() -> None:
    known = argparse.ArgumentParser()
    known.add_argument("--posts", type=int, default=1_000_000)
    known.add_argument("--incidents", type=int, default=50_000)
    known.add_argument("--texts", type=Path, nargs="*", default=[])
    known.add_argument("--folder", type=Path)
    known.add_argument("--rounds", type=int, default=40)
    known.add_argument("--only", default="", help="pages whose name begins so")
    known.add_argument("--plans", action="store_true")
    said = known.parse_args()
    with tempfile.TemporaryDirectory() as held:
        top, now = said.folder or Path(held), datetime.now(UTC)
        size = bulk.Size(said.posts, said.incidents, now)
        prepare(top / f"{said.posts}-{said.incidents}", size, said.texts, PORT)
        big = top / f"{said.posts}-{said.incidents}"
        if said.plans:
            token = sign_in(app.Data(big / "data"))
            wanted = pages(app.Data(big / "data"))
            plans.show(big, {n: p for n, p in wanted.items() if n.startswith(said.only)}, token)
            return
        prepare(top / "60-20", bulk.Size(60, 20, now), said.texts, PORT + 1)
        empty, _ = measure(top / "60-20", PORT + 1, max(10, said.rounds // 3))
        full, wrote = measure(big, PORT, said.rounds)
        megabytes = app.Data(big / "data").main.stat().st_size / 1e6
        load = f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
        print(
            f"{said.posts:,} posts, {said.incidents:,} incidents, {megabytes:,.0f} MB; {load}; {wrote}\n"
        )
        print(f"| page | median ms | p95 ms | work ms | first ms | × empty | ≤ {MEDIAN}, ≤ {P95} |\n|---|---:|---:|---:|---:|---:|---|")  # fmt: skip
        for name, t in full.items():
            ratio = f"{t.median / empty[name].median:.1f}" if name in empty else "–"
            is_met = t.median <= MEDIAN and t.p95 <= P95
            print(f"| {name} | {t.median:.0f} | {t.p95:.0f} | {t.cpu:.0f} | {t.first:.0f} | {ratio} | {'yes' if is_met else '**no**'} |")  # fmt: skip


if __name__ == "__main__":
    main()
