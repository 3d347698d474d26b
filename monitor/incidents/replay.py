"""Decisions replayed on labelled posts: what learning does for the order of a queue.

    for each order (a salt)
      split     incidents into two halves by chance: one is decided on, the other one is only ranked
      decide    the first half from the top, in the order of the queue as it is then, one in ten at random
      judge     the order of the other half, after so many decisions, by the rules alone and as learnt

Posts of one incident are in one half, so nothing is recognised by its name. Chance is a hash of the
salt, so the same rows give the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean

from monitor.incidents import preference
from monitor.incidents.preference import Decision
from monitor.text import digest

BETWEEN = 10
"""Decisions between two looks at the queue, the last of them on an item drawn at random."""


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled post."""

    name: str
    incident: str
    """Posts of one incident stay together."""
    decision: Decision


@dataclass(frozen=True, slots=True)
class Figures:
    """How good an order is."""

    at_20: float
    at_50: float
    """Share of relevant ones among the first 20 and 50, or among all if there are fewer."""
    average: float
    first_third: float
    """Share of all relevant ones that stand in the first third."""
    possible_third: float
    """The most that it can be: with many relevant ones, not all find room in a third."""


@dataclass(frozen=True, slots=True)
class Step:
    """The figures after so many decisions, averaged over the orders."""

    decisions: int
    orders: int
    """Orders that had so many posts to decide on."""
    on: int
    """Those of them in which the learnt preference was in force."""
    rules: Figures
    learnt: Figures


def figures(ordered: Sequence[bool]) -> Figures:
    """Judge an order, best first."""
    relevant = sum(ordered)
    third = -(-len(ordered) // 3)
    numbered = [(-float(place), is_relevant) for place, is_relevant in enumerate(ordered)]
    return Figures(
        at_20=_share(ordered[:20]),
        at_50=_share(ordered[:50]),
        average=preference.average_precision(numbered),
        first_third=sum(ordered[:third]) / relevant if relevant else 0.0,
        possible_third=min(third, relevant) / relevant if relevant else 0.0,
    )


def _share(some: Sequence[bool]) -> float:
    return sum(some) / len(some) if some else 0.0


def thinned(items: Sequence[Item], share: float, salt: str) -> list[Item]:
    """Leave out relevant ones by chance until they are this share of all."""
    relevant = [item for item in items if item.decision.is_relevant]
    others = len(items) - len(relevant)
    keep = min(len(relevant), max(1, round(share * others / (1 - share))))
    chosen = {item.name for item in sorted(relevant, key=partial(_chance, salt))[:keep]}
    return [item for item in items if not item.decision.is_relevant or item.name in chosen]


def _chance(salt: str, item: Item) -> str:
    return digest(salt, item.name)


def halves(items: Sequence[Item], salt: str) -> tuple[list[Item], list[Item]]:
    """Split by incident, by chance, each half in a chance order."""
    shuffled = sorted(items, key=partial(_chance, salt))
    first = {
        incident: int(digest(salt, "half", incident)[:8], 16) % 2 == 0
        for incident in {item.incident for item in items}
    }
    return (
        [item for item in shuffled if first[item.incident]],
        [item for item in shuffled if not first[item.incident]],
    )


def ranked(items: Sequence[Item], score: Callable[[Item], float]) -> list[Item]:
    """Best first; equal ones stay in the order that they are in."""
    return sorted(items, key=score, reverse=True)


def replay(
    items: Sequence[Item], *, after: Sequence[int], salts: Sequence[str], share: float | None = None
) -> list[Step]:
    """The figures after each number of decisions, averaged over one order a salt."""
    found: dict[int, list[tuple[bool, Figures, Figures]]] = {count: [] for count in after}
    for salt in salts:
        pool = thinned(items, share, salt) if share else list(items)
        queue, kept_back = halves(pool, salt)
        plain = figures([i.decision.is_relevant for i in ranked(kept_back, _base)])
        decided: list[Decision] = []
        while queue and len(decided) < max(after):
            model = _model(decided)
            batch = _look(queue, model, BETWEEN - len(decided) % BETWEEN)
            queue = [item for item in queue if item not in batch]
            for item in batch:
                decided.append(item.decision)
                if len(decided) in found:
                    now = _model(decided)
                    learnt = ranked(kept_back, partial(_learnt, now))
                    said = figures([i.decision.is_relevant for i in learnt])
                    found[len(decided)].append((now.is_on, plain, said))
    return [_step(count, runs) for count, runs in found.items() if runs]


def _base(item: Item) -> float:
    return item.decision.base


def _learnt(model: preference.Model, item: Item) -> float:
    return item.decision.base * preference.factor(model.score(item.decision.tokens))


def _model(decided: Sequence[Decision]) -> preference.Model:
    """What is in force after these decisions: nothing, if it is too early or no better."""
    model = preference.learn(decided)
    model.is_on = preference.standing(decided).is_on
    return model


def _look(queue: Sequence[Item], model: preference.Model, room: int) -> list[Item]:
    """The top of the queue, and one item by chance: the queue lies in a chance order."""
    top = ranked(queue, partial(_learnt, model))[: room - 1]
    drawn = next((item for item in queue if item not in top), None)
    return [*top, drawn] if drawn else top


def _step(count: int, runs: Sequence[tuple[bool, Figures, Figures]]) -> Step:
    return Step(
        count,
        len(runs),
        sum(is_on for is_on, _, _ in runs),
        _mean([plain for _, plain, _ in runs]),
        _mean([learnt for _, _, learnt in runs]),
    )


def _mean(found: Sequence[Figures]) -> Figures:
    names = Figures.__slots__
    return Figures(*(fmean(getattr(one, name) for one in found) for name in names))
