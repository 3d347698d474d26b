"""One story once: how many copies are found, how many that are none, and what grouping costs.

    python benchmarks/group.py POSTS.jsonl... [--incidents 10000]

A row holds `title`, `text` and `url`, further keys are ignored. Copies are made of a thousand real texts: cut,
padded with a publisher's boilerplate, edited, under another headline; every two of the thousand that
are taken for copies are false. Then a database is filled with open incidents, by the same code as
polls, of the same texts under made-up names, and further posts are grouped into it: joined, asked about
and started. Side by side: grouping as it is, and comparing a post with every incident.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from monitor.addresses import canonical_url
from monitor.flow import grouping as flow
from monitor.incidents import group
from monitor.incidents.group import Centre
from monitor.incidents.names import LEAD
from monitor.incidents.sketch import MIN_WORDS, imprint, sketch, why_copy
from monitor.incidents.traits import traits
from monitor.model import Judged, Match, Post, Severity, Span, Verdict
from monitor.store import db, grouping, posts, rules, schema
from monitor.store.db import Connection, moment, transaction

START = datetime(2026, 3, 1, tzinfo=UTC)
BOILERPLATE = (
    "Sign up to our newsletter to get the top stories in your inbox. By continuing you agree to our"
    " terms and privacy policy. This article first appeared on our partner site. Photograph by the"
    " agency. Follow us for more, read our other stories here and tell us what you think below."
)
RULE = rules.LiveRule("any", "v1", "Any", "any", 3, 0.8, (), "any", "a.yaml")
Told = tuple[str, str, str]
"""Title, text and address."""


def read(paths: Sequence[Path]) -> list[Told]:
    rows = [json.loads(line) for path in paths for line in path.open(encoding="utf-8")]
    return [
        (str(row.get("title") or ""), str(row.get("text") or ""), str(row.get("url") or ""))
        for row in rows
    ]


def edited(text: str, chance: random.Random, share: float = 0.05) -> str:
    words = text.split()
    for at, word in enumerate(words):
        if chance.random() < share:
            words[at] = chance.choice(["", f"{word} {chance.choice(words)}", chance.choice(words)])
    return " ".join(words)


def cut(text: str, part: int) -> str:
    words = text.split()
    return " ".join(words[: max(MIN_WORDS + 5, len(words) // part)])


def copies(told: Sequence[Told], chance: random.Random) -> None:
    texts = list({t[1]: t for t in told if len(t[1].split()) >= 2 * MIN_WORDS}.values())
    chance.shuffle(texts)
    texts = texts[:1_000]
    kinds: dict[str, Callable[[str], str]] = {
        "under another headline": lambda text: text,
        "cut to a half": lambda text: cut(text, 2),
        "cut to a third": lambda text: cut(text, 3),
        "with boilerplate around": lambda text: f"{BOILERPLATE[:150]} {text} {BOILERPLATE}",
        "one word in twenty changed": lambda text: edited(text, chance),
    }
    print(
        f"{len(texts):,} texts of {median(len(t.split()) for _, t, _ in texts):.0f} words (median)"
    )
    for name, made in kinds.items():
        found = sum(
            bool(
                why_copy(
                    imprint(title, text, canonical_url(url), START),
                    imprint(f"Headline {n} of another paper", made(text), "", START),
                )
            )
            for n, (title, text, url) in enumerate(texts)
        )
        print(f"  {name:28} {found / len(texts):7.1%} found")
    prints = [imprint(title, text, canonical_url(url), START) for title, text, url in texts]
    false = [
        (texts[a][0], texts[b][0])
        for a in range(len(prints))
        for b in range(a)
        if prints[a].sketch.all & prints[b].sketch.all and why_copy(prints[a], prints[b])
    ]
    print(
        f"  taken for copies among them: {len(false)} of {len(prints) * (len(prints) - 1) // 2:,} pairs"
    )
    for one, other in false[:10]:
        print(f"    {one[:70]} | {other[:70]}")
    began = time.perf_counter()
    for _, text, _ in texts:
        sketch.__wrapped__(text)
    each = (time.perf_counter() - began) / len(texts)
    print(f"  sketching: {each * 1e6:.0f} µs a post (goal 100)\n")


def brand(chance: random.Random) -> str:
    parts = [
        "ba",
        "co",
        "du",
        "fe",
        "gi",
        "lo",
        "ma",
        "ne",
        "po",
        "ra",
        "si",
        "tu",
        "va",
        "xo",
        "zi",
    ]
    return "".join(chance.choices(parts, k=chance.choice([2, 3, 3, 4]))).capitalize()


def stories(told: Sequence[Told], chance: random.Random) -> Iterator[Told]:
    """Endless posts: titles and texts shuffled together under made-up names.

    A fifth of the stories share fifty names, as great brands have several; a third are told again.
    """
    common, before = [brand(chance) for _ in range(50)], brand(chance)
    titles, texts = [t[0] for t in told], [t[1] for t in told]
    while True:
        name = chance.choice(common) if chance.random() < 0.2 else brand(chance)
        name = before if chance.random() < 0.25 else name
        before = name
        words = f"{chance.choice(texts)} {chance.choice(texts)}".split()
        chance.shuffle(words)
        text = " ".join(words[: chance.choice([25, 60, 120])])
        yield f"{name}: {chance.choice(titles)}", f"The firm {name} is in the news. {text}", ""


class Desk:
    def __init__(self, conn: Connection) -> None:
        self.conn, self.number = conn, 0
        with transaction(conn):
            conn.execute(
                "INSERT INTO feeds (id, url, fetch_url, title, created_at) VALUES (1, 'f', 'f', 'F', '')"
            )
            self.rules = rules.sync(conn, [RULE], now=START)

    def post(self, told: Told, at: datetime) -> posts.Saved:
        self.number += 1
        title, text, _ = told
        url = f"https://n{self.number % 400}.example/{self.number}"
        made = Post(f"g{self.number}", url, url, title, "", "", text, "en", at)
        match = Match("any", "v1", "Any", "any", Severity(3), 0.8, (), (Span("title", 0, 1),))
        judged = Judged(made, Verdict((match,), 0.8, flagged=True))
        (saved,) = posts.save(self.conn, 1, [judged], now=at, rule_ids=self.rules)
        return saved


def everyone(conn: Connection) -> list[Centre]:
    rows = conn.execute(
        "SELECT id, first_post_at, last_post_at, terms, keys, extent FROM incidents JOIN incident_traits"
        " ON incident_id = id"
    )
    return [
        Centre(r["id"], json.loads(r["terms"]), frozenset(json.loads(r["keys"])), moment(r["first_post_at"]), moment(r["last_post_at"]), r["extent"])
        for r in rows
    ]  # fmt: skip


def cost(told: Sequence[Told], incidents: int, chance: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        conn = db.connect(Path(folder) / "failwatch.db")
        schema.migrate(conn, "main")
        desk, source = Desk(conn), stories(told, chance)
        began, at = time.perf_counter(), START
        while grouping.incidents(conn) < incidents:
            with transaction(conn):
                for _ in range(100):
                    at += timedelta(minutes=5)
                    flow.place(conn, desk.post(next(source), at), now=at)
        filled = time.perf_counter() - began
        print(
            f"{desk.number:,} posts became {grouping.incidents(conn):,} incidents in {filled:.0f} s"
        )
        times, whole = [], []
        with transaction(conn):
            for _ in range(500):
                at += timedelta(minutes=5)
                saved = desk.post(next(source), at)
                flow.refresh(conn)
                began = time.process_time()
                flow.look(conn, saved)
                times.append((time.process_time() - began) * 1e3)
                began = time.process_time()
                flow.place(conn, saved, now=at)
                whole.append((time.process_time() - began) * 1e3)
        known = everyone(conn)
        plain = []
        counts = {r["term"]: r["incidents"] for r in conn.execute("SELECT * FROM incident_terms")}
        for _ in range(5):
            title, text, _ = next(source)
            began = time.process_time()
            group.decide(traits(title, text[:LEAD]), at, known, counts=counts, incidents=len(known))
            plain.append((time.process_time() - began) * 1e3)
        conn.close()
    print(
        f"  grouping a post: median {median(times):.2f} ms, p95 {quantiles(times, n=20)[-1]:.2f} ms (goal 2)"
    )
    print(
        f"  with its copies, organisations and all that is written: median {median(whole):.2f} ms,"
        f" p95 {quantiles(whole, n=20)[-1]:.2f} ms, as time of the processor"
    )
    print(
        f"  looking at every incident: {median(plain):.1f} ms;"
        f" {median(plain) / median(times):.0f} times as long"
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--incidents", type=int, default=10_000)
    chosen = parser.parse_args()
    rows = read(chosen.files)
    copies(rows, random.Random(7))
    cost([row for row in rows if row[1]], chosen.incidents, random.Random(8))
