"""How good a grouping is, against one that somebody made by hand.

    B-cubed     for each post: of the posts grouped with it, how many belong there (precision); of those
                that belong together with it, how many are there (recall); averaged over the posts.
                Bagga and Baldwin, "Entity-Based Cross-Document Coreferencing", 1998
    V-measure   harmonic mean of homogeneity and completeness, 1 less conditional entropies.
                Rosenberg and Hirschberg, "V-Measure", 2007

Pure. A false merge hides a story in another one; a missed merge costs a second look.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a grouping is, each from 0 to 1."""

    precision: float
    recall: float
    v_measure: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Strays:
    """Places of posts that were put wrongly, in order."""

    false: tuple[tuple[int, int], ...]
    """(post, the first post of the group it was put in): its group is another story's."""
    missed: tuple[tuple[int, int], ...]
    """(post, the first post of its story, which stands in another group)."""


def measure(meant: Sequence[Hashable], found: Sequence[Hashable]) -> Figures:
    """Compare two groupings of the same posts; each gives a group's name for each post.

    Raises `ValueError` if they are of different length, or empty.
    """
    if len(meant) != len(found) or not meant:
        raise ValueError("two groupings of the same posts are needed, and at least one post")
    cells = Counter(zip(meant, found, strict=True))
    rows, columns = Counter(meant), Counter(found)
    posts = len(meant)
    precision = math.fsum(n * n / columns[f] for (_, f), n in cells.items()) / posts
    recall = math.fsum(n * n / rows[m] for (m, _), n in cells.items()) / posts
    return Figures(precision, recall, _v_measure(cells, rows, columns, posts))


def _v_measure(
    cells: Counter[tuple[Hashable, Hashable]],
    rows: Counter[Hashable],
    columns: Counter[Hashable],
    posts: int,
) -> float:
    of_meant, of_found = _entropy(rows, posts), _entropy(columns, posts)
    mixed = math.fsum(-n / posts * math.log(n / columns[f]) for (_, f), n in cells.items())
    spread = math.fsum(-n / posts * math.log(n / rows[m]) for (m, _), n in cells.items())
    homogeneity = 1 - mixed / of_meant if of_meant else 1.0
    completeness = 1 - spread / of_found if of_found else 1.0
    both = homogeneity + completeness
    return 2 * homogeneity * completeness / both if both else 0.0


def _entropy(counts: Counter[Hashable], posts: int) -> float:
    return math.fsum(-n / posts * math.log(n / posts) for n in counts.values())


def strays(meant: Sequence[Hashable], found: Sequence[Hashable]) -> Strays:
    """The posts that were put wrongly: a group belongs to the story most of its posts tell of."""
    by_group: dict[Hashable, list[int]] = defaultdict(list)
    for place, group in enumerate(found):
        by_group[group].append(place)
    owner: dict[Hashable, Hashable] = {}
    home: dict[Hashable, Hashable] = {}
    for group, places in by_group.items():
        # Of equals the first: Counter keeps the order in which posts came.
        owner[group] = Counter(meant[place] for place in places).most_common(1)[0][0]
    for group in sorted(by_group, key=lambda name: (-len(by_group[name]), by_group[name][0])):
        home.setdefault(owner[group], group)
    false, missed = [], []
    for place, (story, group) in enumerate(zip(meant, found, strict=True)):
        if owner[group] != story:
            false.append((place, next(p for p in by_group[group] if meant[p] == owner[group])))
        elif home[story] != group:
            missed.append((place, next(p for p in by_group[home[story]] if meant[p] == story)))
    return Strays(tuple(false), tuple(missed))
