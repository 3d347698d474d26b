"""The query language once more, slow and obvious: what the fast way must agree with.

A field is a list of words, each with its characters; a hit is a run of them. Nothing is indexed,
nothing is skipped: every place is tried.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import re2

from monitor.model import Post, RuleSource, TermList
from monitor.rules.query import parse
from monitor.rules.tree import (
    FIELDS,
    And,
    AtLeast,
    Exact,
    Hashtag,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Scoped,
    Sentence,
    TermListRef,
    Word,
)
from monitor.words import Words, words

Run = tuple[str, int, int]
"""Field, first word, last word."""


@dataclass
class Obvious:
    post: Post
    feed: str
    lists: dict[str, Node]

    def __post_init__(self) -> None:
        text = max(self.post.text, self.post.summary, key=len)
        texts = (
            self.post.title,
            text,
            self.post.url,
            self.post.author,
            self.feed,
            self.post.language,
        )
        self.fields = {name: Words(said) for name, said in zip(FIELDS, texts, strict=True)}

    def hits(self, node: Node, scope: tuple[str, ...] = ("title", "text")) -> set[Run] | None:
        match node:
            case Or(nodes):
                found = [self.hits(n, scope) for n in nodes]
                met = [f for f in found if f is not None]
                return {run for part in met for run in part} if met else None
            case And(nodes):
                parts = [self.hits(n, scope) for n in nodes]
                return None if None in parts else {run for part in parts for run in part or ()}
            case Not(inner):
                return None if self.hits(inner, scope) is not None else set()
            case Scoped(name, inner):
                return self.hits(inner, (name,))
            case TermListRef(name):
                return self.hits(self.lists[name], scope)
            case AtLeast(inner, count):
                runs = self.hits(inner, scope) or set()
                return runs if len({run[:2] for run in runs}) >= count else None
            case Near():
                return self.near(node, scope)
            case Sentence(nodes):
                return self.together(nodes, scope)
            case _:
                return {run for name in scope for run in self.leaf(node, name)} or None

    def leaf(self, node: Node, name: str) -> set[Run]:
        field = self.fields[name]
        said = field.words
        match node:
            case Word():
                single = {(name, i, i) for i, word in enumerate(said) if meant(node, word)}
                tagged = {
                    (name, t.first, t.last)
                    for t in field.tags
                    if t.first < t.last and meant(node, t.norm)
                }
                return single | tagged
            case Phrase(parts):
                size = len(parts)
                return {
                    (name, i, i + size - 1)
                    for i in range(len(said) - size + 1)
                    if all(meant(p, w) for p, w in zip(parts, said[i : i + size], strict=True))
                }
            case Hashtag(text):
                return {(name, t.first, t.last) for t in field.tags if t.norm == text}
            case Exact(letters):
                if not words(letters):
                    return set()
                pattern = rf"(?<!\w){re.escape(letters)}(?!\w)"
                places = [m.span() for m in re.finditer(rf"(?={pattern})", field.text)]
                return self.touched(name, [(start, start + len(letters)) for start, _ in places])
            case Regex(pattern):
                options = re2.Options()
                options.case_sensitive = False
                found = re2.compile(pattern, options).finditer(field.text)
                return self.touched(name, [m.span() for m in found if m.end() > m.start()][:20])
        raise AssertionError(node)

    def touched(self, name: str, places: list[tuple[int, int]]) -> set[Run]:
        found = set()
        for start, end in places:
            inside = [
                i for i, (a, b) in enumerate(self.fields[name].spans) if a < end and b > start
            ]
            if inside:
                found.add((name, inside[0], inside[-1]))
        return found

    def near(self, node: Near, scope: tuple[str, ...]) -> set[Run] | None:
        left, right = self.hits(node.left, scope) or set(), self.hits(node.right, scope) or set()
        found = set()
        for a in left:
            for b in right:
                is_after = 0 < b[1] - a[2] <= node.distance
                is_before = 0 < a[1] - b[2] <= node.distance and not node.is_ordered
                if a[0] == b[0] and (is_after or is_before):
                    found |= {a, b}
        return found or None

    def together(self, nodes: tuple[Node, ...], scope: tuple[str, ...]) -> set[Run] | None:
        parts = [self.hits(n, scope) or set() for n in nodes]
        placed = [
            {(run[0], s): None for run in part if (s := self.sentence(run))[1] >= 0}
            for part in parts
        ]
        common = set.intersection(*(set(p) for p in placed))
        return {
            run for part in parts for run in part if (run[0], self.sentence(run)) in common
        } or None

    def sentence(self, run: Run) -> tuple[int, int]:
        spans = self.fields[run[0]].spans
        return self.fields[run[0]].sentence(spans[run[1]][0], spans[run[2]][1])

    def spans(self, runs: set[Run]) -> list[tuple[str, int, int]]:
        marked = sorted((FIELDS.index(name), first, last) for name, first, last in runs)
        return [
            (
                FIELDS[n],
                self.fields[FIELDS[n]].spans[first][0],
                self.fields[FIELDS[n]].spans[last][1],
            )
            for n, first, last in marked[:40]
        ]


def meant(wanted: Word, said: str) -> bool:
    return said.startswith(wanted.text) if wanted.is_prefix else said == wanted.text


def judged(
    rules: list[RuleSource], terms: list[TermList], post: Post, feed: str
) -> dict[str, list[tuple[str, int, int]]]:
    """Rule -> its spans, for every rule that hits."""
    names = {t.name for t in terms}
    lists: dict[str, Node] = {
        t.name: Or(tuple(parse(term, names) for term in t.terms)) for t in terms
    }
    obvious = Obvious(post, feed, lists)
    found = {}
    for rule in rules:
        runs = obvious.hits(parse(rule.query, names))
        if runs is not None:
            found[rule.id] = obvious.spans(runs)
    return found
