"""Incidents kept warm in memory, to replay posts without a database: for evaluation and benchmarks.

What the worker does with the tables of `store.grouping`, done with dictionaries; the decisions are
those of `group` and `sketch` either way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.incidents import group
from monitor.incidents.group import Alike, Centre, Decision
from monitor.incidents.sketch import MIN_SHARED, Print, imprint, why_copy
from monitor.incidents.traits import Traits, traits
from monitor.settings import Thresholds


@dataclass(slots=True)
class _Incident:
    posts: list[Traits] = field(default_factory=list)
    places: set[int] = field(default_factory=set)
    centre: Centre | None = None


class Shelf:
    """All incidents so far, by what they are found with."""

    def __init__(self, thresholds: Thresholds = group.STANDARD) -> None:
        self.thresholds = thresholds
        self._incidents: list[_Incident] = []
        self._by_key: dict[str, set[int]] = defaultdict(set)
        self._counts: Counter[str] = Counter()
        self._prints: list[Print] = []
        self._own: list[tuple[int, ...]] = []
        self._folds: list[set[int]] = []
        self._by_hash: dict[int, list[int]] = defaultdict(list)
        self._by_title: dict[str, list[int]] = defaultdict(list)
        self._by_url: dict[str, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._incidents)

    def look(self, title: str, text: str, at: datetime) -> Decision:
        """Where a post would go by its words alone."""
        post = traits(title, text)
        known = [key for key in post.keys if self._by_key.get(key)]
        known.sort(key=lambda key: (len(self._by_key[key]), key))
        shared: dict[int, float] = defaultdict(float)
        for key in known[: group.MOST_KEYS]:
            for number in self._by_key[key]:
                shared[number] += 1 / len(self._by_key[key])
        centres = [(n, c) for n in shared if (c := self._incidents[n].centre)]
        centres.sort(key=lambda pair: (-shared[pair[0]], -pair[1].last_at.timestamp(), pair[0]))
        return group.decide(
            post, at, [c for _, c in centres[: group.MOST_INCIDENTS]],
            counts=self._counts, incidents=len(self), thresholds=self.thresholds,
        )  # fmt: skip

    def copies(self, post: Print) -> list[int]:
        """The posts that one is a copy of, and theirs."""
        near = Counter(n for h in post.sketch.all for n in self._by_hash.get(h, ()))
        places = [n for n, shared in near.items() if shared >= MIN_SHARED]
        places += self._by_title.get(post.title, [])
        places += self._by_url.get(post.canonical_url, []) if post.canonical_url else []
        found = {n for n in places if why_copy(post, self._prints[n])}
        return sorted({other for n in found for other in self._folds[n]})

    def put(
        self, title: str, text: str, url: str, at: datetime
    ) -> tuple[tuple[int, ...], Decision]:
        """Group a post: its incidents, the nearest first, and what was decided by its words."""
        post, place = imprint(title, text, url, at), len(self._prints)
        decision = self.look(title, text, at)
        folded = {place, *self.copies(post)}
        numbers = self._of_copies(folded - {place}) or tuple(a.incident_id for a in decision.joins)
        if not numbers:
            numbers = (len(self._incidents),)
            self._incidents.append(_Incident())
        self._prints.append(post)
        self._own.append(numbers)
        for number in numbers:
            self._add(number, place, traits(title, text))
        self._folds.append(folded)
        for other in folded:
            self._folds[other] = folded
        for kept in post.sketch.all:
            self._by_hash[kept].append(place)
        self._by_title[post.title].append(place)
        self._by_url[post.canonical_url].append(place)
        return numbers, decision

    def of(self, place: int) -> tuple[int, ...]:
        """The incidents of the post that was put in at a place, as they are by now."""
        return self._own[place]

    def _of_copies(self, copies: set[int]) -> tuple[int, ...]:
        """The incidents of copies: one, if the others hold nothing else than copies."""
        numbers = sorted({number for place in copies for number in self._own[place]})
        for number in numbers[1:]:
            if self._incidents[number].places <= copies:
                self._merge(number, numbers[0])
        return tuple(n for n in numbers if self._incidents[n].places)

    def _merge(self, number: int, into: int) -> None:
        gone = self._incidents[number]
        for place in sorted(gone.places):
            self._own[place] = tuple(
                dict.fromkeys(into if n == number else n for n in self._own[place])
            )
            self._add(into, place, None)
        self._incidents[into].posts += gone.posts
        self._counts.subtract(dict.fromkeys(gone.centre.terms, 1) if gone.centre else {})
        for numbers in self._by_key.values():
            numbers.discard(number)
        self._incidents[number] = _Incident()

    def _add(self, number: int, place: int, post: Traits | None) -> None:
        incident = self._incidents[number]
        incident.places.add(place)
        if post is None:
            return
        incident.posts.append(post)
        at, old = self._prints[place].published_at, incident.centre
        terms, keys = group.centre(incident.posts)
        first, last = (min(old.first_at, at), max(old.last_at, at)) if old else (at, at)
        self._counts.subtract(dict.fromkeys(old.terms, 1) if old else {})
        self._counts.update(dict.fromkeys(terms, 1))
        for key in keys:
            self._by_key[key].add(number)
        size = group.extent(terms, self._counts, len(self))
        incident.centre = Centre(number, terms, keys, first, last, size)


def nearest(decision: Decision) -> Alike | None:
    """The incident that a post resembles most, whether it joined it or not."""
    return max(
        (*decision.joins, *decision.suggests),
        key=lambda a: (a.likeness, -a.incident_id),
        default=None,
    )


def replay(
    posts: Sequence[tuple[str, str, str, datetime]], thresholds: Thresholds = group.STANDARD
) -> tuple[list[int], list[Decision]]:
    """Group posts (title, text, address, time) in their order: the first incident of each."""
    shelf = Shelf(thresholds)
    decisions = [shelf.put(*post)[1] for post in posts]
    return [shelf.of(place)[0] for place in range(len(posts))], decisions
