"""Known incidents lower the bar: which open incident an unflagged post tells of, if any.

The first post on a failure must convince the rules. A later one need not: it joins an open incident
if it *names* who failed, written as a name, and holds *terms* of that incident's titles that are rare
in all stored posts. A false join is worse than a miss, so what is in doubt does not count:

    two terms    where no rule says anything
    one term     where the rules' own score is at least `WEAK`
    one more     where the name itself stands in many posts
    a hashtag    of the incident's own counts as the name and a term; beside the name, as two terms
    a run        of large words, such as a person's name, is one term, however many words it has

How rare a term is only the database knows. So a look has two halves, both pure: `look` says which
incidents a post names and what has to be counted; `decide` takes the counts. A post that names nobody
costs one look at its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.incidents.clues import TITLES, Clues, Index
from monitor.incidents.names import spelt, stem
from monitor.text import one_line
from monitor.words import Words

WINDOW = timedelta(days=30)
"""How long after the last post that the rules or a person gave it an incident draws others."""

BEFORE = timedelta(days=3)
"""How long before its first post others may have told of it unnoticed."""

RARE = 0.005
"""A term stands in at most this share of the stored posts."""

COMMON_NAME = 0.01
"""A name that stands in more posts than this says less: one more term is needed."""

MIN_POSTS = 1_000
"""With fewer stored posts nobody can say what is rare: then only hashtags count."""

NEEDED = 2
"""Terms that speak for a post of which no rule says anything."""

WEAK = 0.25
"""Score from which the rules' own suspicion stands for one term."""

SHOWN = 4
"""Terms that the reason names."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something to be counted in the stored posts."""

    key: str
    """As the incident's title has it, folded; a hashtag without `#`."""
    shown: str
    """As the post has it."""
    covers: frozenset[str]
    """What it is said with; terms that share any of it count once."""
    stems: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """All that counts as this: as title and post write it, and with or without a plural's `s`."""
        plain = [" ".join(self.stems) + end for end in ("", "s")] if self.stems else []
        return tuple(dict.fromkeys([self.key, self.shown.lstrip("#"), *plain]))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An incident that a post names, and what in the post speaks for it."""

    clues: Clues
    names: Mapping[str, str]
    """Folded -> as the post writes it; empty if only a hashtag names it."""
    tags: tuple[Term, ...]
    terms: tuple[Term, ...]

    @property
    def asks(self) -> dict[str, tuple[str, ...]]:
        """What has to be counted before it can be decided: key -> the phrases to look for."""
        named = {key: (key,) for key in self.names}
        return named | {term.key: term.forms for term in (*self.tags, *self.terms)}


@dataclass(frozen=True, slots=True)
class Known:
    """The post belongs to an open incident."""

    incident_id: int
    why: str


def look(index: Index, title: str, text: str, *, at: datetime) -> tuple[Candidate, ...]:
    """The incidents that a post of that time names, with what speaks for each."""
    if not index.keys:
        return ()
    words = Words("\n".join(spelt(title, text)))
    norms = {tag.norm for tag in words.tags} if words.has_tags else set()
    if index.keys.isdisjoint(words.words) and index.keys.isdisjoint(norms):
        return ()
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words.words):
        places.setdefault(word, []).append(place)
    named: dict[int, tuple[Clues, list[tuple[int, int]], list[str]]] = {}
    for key in index.by_name.keys() & places.keys():
        for found, name in index.by_name[key]:
            if spots := [(p, p + len(name)) for p in places[key] if _is_named(words, p, name)]:
                named.setdefault(found.incident.id, (found, [], []))[1].extend(spots)
    for key in index.by_tag.keys() & (norms | places.keys()):
        for found in index.by_tag[key]:
            named.setdefault(found.incident.id, (found, [], []))[2].append(key)
    return tuple(
        _candidate(found, words, sorted(spots), sorted(tags))
        for _, (found, spots, tags) in sorted(named.items())
        if found.incident.first_post_at - BEFORE <= at <= found.incident.last_post_at + WINDOW
    )


def _is_named(words: Words, place: int, name: tuple[str, ...]) -> bool:
    """Whether a name stands at a place, written as a name: large, or as a hashtag or handle."""
    if tuple(map(stem, words.words[place : place + len(name)])) != name:
        return False
    spans = words.spans[place : place + len(name)]
    start, end = spans[0][0], spans[-1][1]
    is_handle = start > 0 and words.text[start - 1] in "@#＠＃"
    return is_handle or any(map(_is_large, words.text[start:end]))


def _is_large(letter: str) -> bool:
    """Whether a letter is a capital, or of a script that has none."""
    return letter.isalpha() and not letter.islower()


def _candidate(
    found: Clues, words: Words, spots: list[tuple[int, int]], tags: list[str]
) -> Candidate:
    row, stems = words.words, list(map(stem, words.words))
    taken = {place for start, end in spots for place in range(start, end)}
    for tag in words.tags:
        if tag.norm in tags:
            taken.update(range(tag.first, tag.last + 1))
    free = ["" if place in taken else key for place, key in enumerate(stems)]
    runs = _runs(found, words, free)
    terms: dict[str, Term] = {}
    for place, key in enumerate(free):
        if key in found.terms and key not in terms:
            covers = frozenset({runs.get(key, key)})
            terms[key] = Term(found.terms[key], _shown(words, place, place), covers, (key,))
    for place, (a, b) in enumerate(pairwise(free)):
        if (a, b) in found.pairs and f"{a} {b}" not in terms:
            covers = frozenset({runs.get(a, a), runs.get(b, b)})
            shown = _shown(words, place, place + 1)
            terms[f"{a} {b}"] = Term(found.pairs[a, b], shown, covers, (a, b))
    return Candidate(
        found,
        names={" ".join(row[start:end]): _shown(words, start, end - 1) for start, end in spots},
        tags=tuple(Term(tag, f"#{tag}", frozenset({f"#{tag}"})) for tag in tags),
        terms=tuple(terms.values()),
    )


def _runs(found: Clues, words: Words, free: list[str]) -> dict[str, str]:
    """Words that stand side by side in title and post, large wherever they do: stem -> first one."""
    large = [_is_large(words.text[start]) for start, _ in words.spans]
    pairs = [
        (pair, large[place] and large[place + 1])
        for place, pair in enumerate(pairwise(free))
        if pair in found.pairs
    ]
    small = {pair for pair, is_large in pairs if not is_large}
    runs: dict[str, str] = {}
    for (a, b), _ in pairs:
        if (a, b) not in small:
            runs[b] = runs.setdefault(a, a)
    return runs


def _shown(words: Words, first: int, last: int) -> str:
    return one_line(words.text[words.spans[first][0] : words.spans[last][1]], 40)


def decide(
    candidates: Iterable[Candidate], counts: Mapping[str, int], *, posts: int, score: float
) -> Known | None:
    """The incident that most speaks for; the older of equals; none if too little does.

    `counts` says in how many of all `posts` stored posts each of the candidates' `asks` stands.
    """
    best: tuple[int, int] | None = None
    why = ""
    for candidate in candidates:
        terms, strength = _evidence(candidate, counts, posts)
        spare = strength + (score >= WEAK) - NEEDED
        rank = (spare, -candidate.clues.incident.id)
        if spare >= 0 and terms and (best is None or rank > best):
            best, why = rank, _why(candidate, terms, score)
    return Known(-best[1], why) if best else None


def _evidence(
    candidate: Candidate, counts: Mapping[str, int], posts: int
) -> tuple[tuple[str, ...], int]:
    """The rare terms, hashtags first, and how many they stand for."""
    own = min(len(candidate.clues.incident.posts), TITLES)

    def is_rare(term: Term) -> bool:
        return counts.get(term.key, posts) - own <= RARE * posts

    tags = [term for term in candidate.tags if posts < MIN_POSTS or is_rare(term)]
    if not (tags or candidate.names):
        return (), 0
    found: list[Term] = []
    covered: set[str] = set()
    # Single words first: a pair counts only for words that are not rare by themselves.
    for term in sorted(candidate.terms, key=lambda t: len(t.stems)):
        if posts >= MIN_POSTS and is_rare(term) and not covered & term.covers:
            covered |= term.covers
            found.append(term)
    strength = len(found) + len(tags) * (2 if candidate.names else 1)
    if not tags and all(counts.get(k, posts) > COMMON_NAME * posts for k in candidate.names):
        strength -= 1
    return tuple(term.shown for term in (*tags, *found)), strength


def enough(posts: int) -> int:
    """How far to count: beyond this nothing is rare, and every name is common."""
    return int(max(RARE, COMMON_NAME) * posts) + TITLES + 1


def _why(candidate: Candidate, terms: tuple[str, ...], score: float) -> str:
    names = ", ".join(list(candidate.names.values())[:2])
    told = ", ".join(f"‘{term}’" for term in terms[:SHOWN])
    said = f"names {names}, and {told}" if names else f"has {told}"
    rules = f"by itself the rules give {score:.2f}" if score else "by itself no rule finds it"
    return f"tells of incident {candidate.clues.incident.id}, which is open: {said}; {rules}"
