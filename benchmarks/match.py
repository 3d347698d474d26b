"""Posts a second by the number of rules: our matcher and what one might use instead, side by side.

    python benchmarks/match.py [FOLDER OF FEEDS] [NUMBERS OF RULES …]

On the texts of real feeds, in one run, on one core; every engine gets the same posts and rules:

- ours: the whole language, spans and scores, folding and words included;
- words: ours without any rule, folding and words only;
- automaton: the bare Aho-Corasick automaton over the folded text, no rule evaluated: the limit;
- re, a rule: every term of every rule by Python's `re`, a pattern a term, AND/OR/NOT evaluated;
- re, one: all terms of all rules as one alternation, none evaluated (it loses overlaps);
- FTS5: an in-memory index of the posts and a MATCH query a rule (AND, OR, NOT, NEAR as it has them);
- RE2 set: all terms in one set, which says which occur, none evaluated.

Slow engines get a part of the posts. `re` and FTS5 have no `SENTENCE` and fold less than we do:
they are asked for less work than ours, not for more.
"""

from __future__ import annotations

import gc
import re
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import re2
from ahocorasick_rs import BytesAhoCorasick

from benchmarks.rule_shapes import Shapes
from monitor.feeds.parse import parse as parse_feed
from monitor.model import ParsedFeed, Post
from monitor.rules import match, pack
from monitor.rules.gate import atoms
from monitor.rules.query import parse
from monitor.rules.tree import And, AtLeast, Near, Node, Not, Or, Phrase, Scoped, Sentence, Word
from monitor.words import Words

ROOT = Path(__file__).parent.parent
ROUNDS = 3
PATIENCE = 6.0
"""Seconds after which an engine gets no further post."""


def read(folder: Path) -> list[Post]:
    found = []
    for file in sorted(folder.iterdir()):
        if file.suffix in {".xml", ".json"}:
            feed = parse_feed(
                file.read_bytes(), content_type="", url="https://a.example/", language="en"
            )
            found += feed.posts if isinstance(feed, ParsedFeed) else ()
    return found


def said(post: Post) -> str:
    return f"{post.title}\n{max(post.text, post.summary, key=len)}"


def rate(work: Callable[[Post], object], posts: list[Post], rounds: int = ROUNDS) -> float:
    """Posts a second, the best round; what takes too long is measured on the first posts only."""
    best = 0.0
    for _ in range(rounds):
        started = time.perf_counter()
        done = 0
        for post in posts:
            work(post)
            done += 1
            if done % 8 == 0 and time.perf_counter() - started > PATIENCE:
                break
        best = max(best, done / (time.perf_counter() - started))
        if done < len(posts):
            break
    return best


def pattern(atom: str) -> str:
    """A term as a regular expression."""
    text = re.escape(atom.removesuffix("*").removeprefix("#")).replace(r"\ ", r"\W+")
    return ("#" if atom[0] == "#" else r"\b") + text + ("" if atom[-1] == "*" else r"\b")


def by_re(node: Node) -> Callable[[str], bool]:
    """A rule with one compiled pattern a term; NEAR and SENTENCE only as AND, which is less work."""
    match node:
        case And(nodes) | Sentence(nodes):
            parts = [by_re(n) for n in nodes]
            return lambda text: all(part(text) for part in parts)
        case Or(nodes):
            parts = [by_re(n) for n in nodes]
            return lambda text: any(part(text) for part in parts)
        case Not(inner):
            denied = by_re(inner)
            return lambda text: not denied(text)
        case Near(left, right):
            sides = [by_re(left), by_re(right)]
            return lambda text: all(side(text) for side in sides)
        case Scoped(_, inner) | AtLeast(inner, _):
            return by_re(inner)
        case _:
            (atom,) = atoms([node])
            search = re.compile(pattern(atom), re.IGNORECASE).search
            return lambda text: search(text) is not None


def by_fts(node: Node) -> str:
    """A rule as an FTS5 query, as far as FTS5 has it."""
    match node:
        case And(nodes) | Sentence(nodes):
            wanted = " AND ".join(f"({by_fts(n)})" for n in nodes if not isinstance(n, Not))
            denied = [by_fts(n.node) for n in nodes if isinstance(n, Not)]
            return wanted + "".join(f" NOT ({d})" for d in denied)
        case Or(nodes):
            return " OR ".join(f"({by_fts(n)})" for n in nodes)
        case Near(left, right):
            return f"({by_fts(left)}) AND ({by_fts(right)})"
        case Scoped(_, inner) | AtLeast(inner, _) | Not(inner):
            return by_fts(inner)
        case Word(text, is_prefix):
            return f'"{text}"' + " *" * is_prefix
        case Phrase(parts):
            return '"' + " ".join(p.text for p in parts) + '"' + " *" * parts[-1].is_prefix
        case _:
            (atom,) = atoms([node])
            return f'"{atom.removeprefix("#")}"'


def fts_rate(queries: list[str], posts: list[Post]) -> float:
    index = sqlite3.connect(":memory:")
    index.execute(
        "CREATE VIRTUAL TABLE posts USING fts5(said, tokenize='unicode61 remove_diacritics 2')"
    )
    started = time.perf_counter()
    index.executemany("INSERT INTO posts VALUES (?)", [(said(p),) for p in posts])
    for query in queries:
        index.execute("SELECT rowid FROM posts WHERE posts MATCH ?", (query,)).fetchall()
    return len(posts) / (time.perf_counter() - started)


def measured(count: int, shapes: Shapes, posts: list[Post]) -> dict[str, float]:
    rules = shapes.rules(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    rule_set = pack.build(rules, [], proven=False)
    cold = time.perf_counter() - started
    started = time.perf_counter()
    pack.build(rules, [], proven=False)
    warm = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    gc.collect()
    gc.freeze()  # what a worker holds for hours is no garbage
    hits = sum(len(match.judge(rule_set, post).matches) for post in posts) / len(posts)
    print(f"\n{count:,} rules: compiled in {cold:.2f} s, again in {warm:.2f} s, {grown:.0f} MB more;"
          f" {hits:.2f} matches a post")  # fmt: skip
    trees = [parse(rule.query) for rule in rules]
    terms = sorted(atoms(trees))
    rows = [Words(said(post)).row for post in posts]
    automaton = BytesAhoCorasick(
        [f" {t.removesuffix('*')}{'' if t[-1] == '*' else ' '}".encode() for t in terms]
    )
    row_of = dict(zip(map(id, posts), rows, strict=True))
    one_by_one = [by_re(tree) for tree in trees]
    rates = {
        "ours": rate(lambda p: match.judge(rule_set, p), posts),
        "words": rate(lambda p: (Words(p.title), Words(max(p.text, p.summary, key=len))), posts),
        "automaton": rate(
            lambda p: automaton.find_matches_as_indexes(row_of[id(p)], overlapping=True), posts
        ),
        "re, a rule": rate(lambda p: [hit(said(p)) for hit in one_by_one], posts, 1),
        "FTS5": fts_rate([by_fts(tree) for tree in trees], posts),
    }
    if count <= 1_000:
        joined = re.compile("|".join(map(pattern, terms)), re.IGNORECASE)
        rates["re, one"] = rate(lambda p: joined.findall(said(p)), posts, 1)
    options = re2.Options()
    options.case_sensitive, options.max_mem, options.log_errors = False, 256 << 20, False
    together = re2.Set.SearchSet(options)
    for term in terms:
        together.Add(pattern(term))
    together.Compile()
    rates["RE2 set"] = rate(lambda p: together.Match(said(p)), posts, 1)
    return rates


def main(arguments: Iterable[str]) -> None:
    given = list(arguments)
    folder = (
        Path(given.pop(0)) if given and not given[0].isdecimal() else ROOT.parent / "shared/feeds"
    )
    posts = [replace(post, language="") for post in read(folder)]
    sizes = sorted(len(said(post)) for post in posts)
    print(
        f"{len(posts):,} posts, {sum(sizes) / len(sizes):,.0f} characters each, median {sizes[len(sizes) // 2]}"
    )
    shapes = Shapes([said(post) for post in posts])
    for count in [int(n) for n in given] or [10, 100, 1_000, 10_000]:
        rates = measured(count, shapes, posts)
        for name, posts_a_second in sorted(rates.items(), key=lambda item: -item[1]):
            ratio = rates["ours"] / posts_a_second
            print(f"  {name:11}{posts_a_second:12,.0f} posts/s   ours is {ratio:,.2f} times that")


if __name__ == "__main__":
    main(sys.argv[1:])
