"""What open incidents draw that no rule flags: a replay of labelled posts with noise between them.

    python benchmarks/known.py LABELLED.jsonl [--noise NEWS.jsonl] [--feeds FOLDER] [--weak] [--show]

Labelled rows are those of `failwatch rules eval`, with `incident` and `published`. All rows arrive, in
order of `published` (else of the file), in a fresh database by the same code as polls: a third of the
noise first, since frequencies need a history, the rest between the labelled rows. Everything is told
within ten days, so that every incident stays open: more incidents at once than a team ever has, and
the hardest case for false joins.

`--weak` hides the text from the rules and drops the rule that knows these cases by name, so that more
later posts are missed and there is more to gain. `--feeds` adds a folder of whole feeds to the noise:
long texts. `--show` prints every post that was drawn.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from monitor.config.load import load
from monitor.feeds.parse import parse
from monitor.flow.ingest import Newsroom, ingest
from monitor.model import Judged, ParsedFeed, Post
from monitor.rules import match, pack
from monitor.rules.labelled import Row, read
from monitor.store import db, rules, schema
from monitor.store.db import Connection, transaction

ROOT = Path(__file__).parent.parent
START = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = timedelta(days=10)
KNOWS_BY_NAME = {"known-case"}
BATCH = 20


@dataclass(frozen=True)
class Arrival:
    post: Post
    label: str
    incident: str


def labelled(path: Path, *, default: str = "") -> list[Arrival]:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows, faults = read(lines, path.name, unlabelled_as=default)
    for fault in faults:
        print(f"{fault.file}:{fault.line}: {fault.message}")
    dates = [published(line) for line in lines if line.strip()]
    order = sorted(range(len(rows)), key=lambda n: (dates[n] or "9999", n))
    return [arrival(rows[n]) for n in order]


def arrival(row: Row) -> Arrival:
    post = replace(row.post, guid=f"{row.file}-{row.line}", summary="")
    return Arrival(post, row.label, row.incident if row.incident != "roundup" else "")


def published(line: str) -> str:
    text = str(json.loads(line).get("published") or "")
    try:
        return parsedate_to_datetime(text).date().isoformat() if "," in text else text
    except ValueError:
        return text


def from_feeds(folder: Path) -> Iterator[Arrival]:
    for file in sorted(folder.iterdir()):
        if file.suffix not in {".xml", ".json"}:
            continue
        found = parse(file.read_bytes(), content_type="", url="https://a.example/", language="")
        if isinstance(found, ParsedFeed):
            for number, post in enumerate(found.posts[:60]):
                yield Arrival(replace(post, guid=f"{file.name}-{number}"), "noise", "")


def interleaved(told: Sequence[Arrival], noise: Sequence[Arrival]) -> list[Arrival]:
    """A third of the noise, then the rest of it evenly between what is labelled."""
    head, rest = noise[: len(noise) // 3], noise[len(noise) // 3 :]
    share = len(rest) / max(1, len(told))
    made = list(head)
    for number, item in enumerate(told):
        made += rest[int(number * share) : int((number + 1) * share)]
        made.append(item)
    return made


def judged(rule_set: pack.RuleSet, item: Arrival, *, is_weak: bool) -> Judged:
    seen = (
        replace(item.post, text="", summary="") if is_weak and item.label != "noise" else item.post
    )
    return Judged(item.post, match.judge(rule_set, seen))


def replay(
    conn: Connection, items: Sequence[Arrival], rule_set: pack.RuleSet, *, is_weak: bool
) -> float:
    live = [
        rules.LiveRule(r.source.id, r.version, r.source.title, r.family, int(r.source.severity),
                       r.source.weight, r.source.tags, r.source.query, r.source.file)
        for r in rule_set.rules
    ]  # fmt: skip
    with transaction(conn):
        ids = rules.sync(conn, live, now=START)
        conn.execute(
            "INSERT INTO feeds (id, url, fetch_url, title, created_at) VALUES (1, 'u', 'u', 't', 'x')"
        )
    room, seconds = Newsroom(ids, (), lambda _incident, _subscriber: ""), 0.0
    for start in range(0, len(items), BATCH):
        at = START + SPAN * (start / len(items))
        batch = [
            judged(rule_set, replace(i, post=replace(i.post, published_at=at)), is_weak=is_weak)
            for i in items[start : start + BATCH]
        ]
        began = time.perf_counter()
        with transaction(conn):
            ingest(conn, 1, batch, newsroom=room, is_backlog=True, now=at)
        seconds += time.perf_counter() - began
    return seconds


def report(conn: Connection, items: Sequence[Arrival], seconds: float, *, show: bool) -> None:
    rows = {row["guid"]: row for row in conn.execute("SELECT * FROM posts")}
    links: dict[int, list[db.Row]] = {}
    for link in conn.execute("SELECT * FROM incident_posts ORDER BY incident_id"):
        links.setdefault(link["post_id"], []).append(link)
    by_id = {rows[i.post.guid]["id"]: i for i in items}
    about: dict[int, Counter[str]] = {}
    for post_id, found in links.items():
        for link in found:
            if not link["is_known"]:
                about.setdefault(link["incident_id"], Counter())[by_id[post_id].incident] += 1
    fails = [item for item in items if item.label == "fail" and item.incident]
    begun = {item.incident for item in fails if rows[item.post.guid]["flagged"]}
    missed = [i for i in fails if i.incident in begun and not rows[i.post.guid]["flagged"]]
    drawn = [
        (by_id[post_id], link)
        for post_id, found in links.items()
        for link in found
        if link["is_known"]
    ]
    gained = [(i, k) for i, k in drawn if i.label == "fail"]
    right = [(i, k) for i, k in gained if i.incident and i.incident in about[k["incident_id"]]]
    kinds = Counter(item.label for item, _ in drawn)
    later = sum(
        1
        for item in missed
        if any(k["is_known"] for k in links.get(rows[item.post.guid]["id"], ()))
    )
    others = sum(kinds.values()) - kinds["fail"]
    total = sum(1 for item in items if item.label != "fail")
    print(
        f"{len(items):,} posts, {len(about):,} incidents, ingested in {seconds:.1f} s\n"
        f"failures that no rule flags though their incident is known: {len(missed)}, drawn: {later}\n"
        f"unflagged failures drawn: {len(gained)}, of them to the right incident: {len(right)}\n"
        f"others drawn: {others} of {total:,} ({10_000 * others / max(1, total):.1f} per 10,000): "
        + ", ".join(f"{label} {count}" for label, count in sorted(kinds.items()) if label != "fail")
    )
    for item, link in drawn if show else ():
        names = " ".join(sorted(filter(None, about[link["incident_id"]]))) or "noise"
        title = conn.execute(
            "SELECT title FROM incidents WHERE id = ?", (link["incident_id"],)
        ).fetchone()[0]
        print(
            f"{item.label:8}{item.incident:24}| {item.post.title[:90]}\n    -> [{names}] {title[:80]}\n       {link['why']}"
        )
    for item in missed if show else ():
        if not links.get(rows[item.post.guid]["id"]):
            print(f"still missed: {item.incident}: {item.post.title[:100]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labelled", type=Path, nargs="+")
    parser.add_argument("--noise", type=Path)
    parser.add_argument("--feeds", type=Path)
    parser.add_argument("--weak", action="store_true")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    config = load(ROOT, {})
    sources = [r for r in config.rules if not (given.weak and r.id in KNOWS_BY_NAME)]
    rule_set = pack.build(sources, config.terms)
    told = [item for path in given.labelled for item in labelled(path)]
    noise = labelled(given.noise, default="noise") if given.noise else []
    noise = [replace(item, label="noise") for item in noise]
    if given.feeds:
        noise += from_feeds(given.feeds)
    items = interleaved(told, noise)
    with tempfile.TemporaryDirectory() as folder:
        conn = db.connect(Path(folder) / db.MAIN)
        schema.migrate(conn, "main")
        seconds = replay(conn, items, rule_set, is_weak=given.weak)
        report(conn, items, seconds, show=given.show)
        conn.close()


if __name__ == "__main__":
    main()
