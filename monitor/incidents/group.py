"""Which incidents a flagged post belongs to: one pure decision, with its reason in words.

    gate        an incident is looked at only if it shares a name's word or a hashtag     traits
    likeness    cosine of the post and the incident's centre, rare terms counting more;
                less the longer the incident has been silent; less if only a place is shared.
                A name counts more within a day or two than later
    join        from `Thresholds.join` on: the most alike; others too that share other names
                with it (a round-up tells of several)
    suggest     from `Thresholds.suggest` on: a person is asked, "same incident?"
    start       else

An incident's centre is the sum of its posts' terms. It is never compared post by post: chains of
posts that each resemble the last would run away with the story.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.incidents.everyday import PLACES, is_everybodys
from monitor.incidents.traits import Traits
from monitor.settings import Thresholds

SILENCE = timedelta(days=14)
"""Sigma of the bell by which likeness fades while nobody tells of an incident; a story that is taken
up after as long is told anew, and its incident develops again."""

LASTING = 0.5
"""What remains of likeness after any time: a follow-up months later joins if it is alike enough."""

PRIOR = 300
"""Incidents that are assumed to have been seen before the first, so that rare means something."""

EVERYBODYS = 20
"""In how many of those a word stands that every failure is told with."""

ONLY_PLACE = 0.7
"""What likeness is worth if all that is shared by name is a place, or a word such as `United`."""

NAME_ALONE = 0.3
"""What the strongest shared name is worth of its share in the likeness, once some time has passed."""

NAME_AT_ONCE = 0.86
"""What it is worth in a short post while the incident is being told of: an organisation rarely fails
twice a day, and a headline has no room to say more. A post that says more must be alike in that."""

FEW_TERMS = 7.0
"""Sigma of the bell by which a post with more terms is no short one."""

AT_ONCE = timedelta(days=1.5)
"""Sigma of the bell by which the former becomes the latter."""

ALONE = 0.1
"""From how brief and at once on a name may be all that is shared."""

MOST_TERMS = 150
"""Terms of a centre that are kept, the weightiest."""

MOST_POSTS = 20
"""Posts of an incident that its centre is made of, the oldest: it must not drift with the talk."""

MOST_INCIDENTS = 40
"""Incidents that are compared with a post: those that share its rarest names, the latest of equals."""

MOST_KEYS = 12
"""Names of a post by which incidents are looked for, the rarest."""

SHOWN = 3
"""Names, and words, that a reason gives."""


STANDARD = Thresholds()


@dataclass(frozen=True, slots=True)
class Centre:
    """An incident as posts are compared with it."""

    incident_id: int
    terms: Mapping[str, float]
    keys: frozenset[str]
    first_at: datetime
    last_at: datetime
    extent: float
    """Its length, as `extent` reckons it: kept, since it takes a look at every term."""


@dataclass(frozen=True, slots=True)
class Alike:
    """An incident that resembles a post, how much, and why."""

    incident_id: int
    likeness: float
    keys: frozenset[str]
    shared: Mapping[str, float]
    """Terms of both -> what each makes for likeness."""
    silence: timedelta
    """How long nobody had told of it."""
    post: Traits

    @property
    def why(self) -> str:
        """What both share, in words."""
        return _why(self.post, self.keys, self.shared, self.silence)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a post goes: it starts an incident if `joins` is empty."""

    joins: tuple[Alike, ...] = ()
    suggests: tuple[Alike, ...] = ()


def centre(posts: Iterable[Traits]) -> tuple[dict[str, float], frozenset[str]]:
    """The terms and keys of an incident with these posts, oldest first."""
    terms: Counter[str] = Counter()
    keys: set[str] = set()
    for post in list(posts)[:MOST_POSTS]:
        terms.update(post.terms)
        keys.update(post.keys)
    kept = sorted(terms.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TERMS]
    return dict(kept), frozenset(keys)


def extent(terms: Mapping[str, float], counts: Mapping[str, int], incidents: int) -> float:
    """The length of a centre, of that of one whose every term is new: it hardly changes with time."""
    weights = (
        share * rarity(word, counts.get(word, 0), incidents) for word, share in terms.items()
    )
    return math.sqrt(sum(w * w for w in weights)) / math.log(incidents + PRIOR)


def rarity(word: str, holding: int, incidents: int) -> float:
    """How much a term says that stands in so many of all incidents."""
    usual = EVERYBODYS if is_everybodys(word) else 1
    return math.log((incidents + PRIOR) / (holding + usual))


def decide(
    post: Traits,
    at: datetime,
    centres: Iterable[Centre],
    *,
    counts: Mapping[str, int],
    incidents: int,
    thresholds: Thresholds = STANDARD,
) -> Decision:
    """Where a post of that time goes; `counts` says in how many of all `incidents` each of its terms stands.

    Ties go to the older incident, so that the order of posts cannot shuffle stories.
    """
    found = compare(post, at, centres, counts=counts, incidents=incidents)
    joins: list[Alike] = []
    suggests: list[Alike] = []
    for alike in found:
        if alike.likeness < thresholds.suggest:
            break
        is_join = alike.likeness >= thresholds.join
        if is_join and all(alike.keys.isdisjoint(other.keys) for other in joins):
            joins.append(alike)
        else:
            suggests.append(alike)
    return Decision(tuple(joins), tuple(suggests[:SHOWN]))


def compare(
    post: Traits,
    at: datetime,
    centres: Iterable[Centre],
    *,
    counts: Mapping[str, int],
    incidents: int,
) -> list[Alike]:
    """The incidents that share a name with a post, the most alike first; `counts` as for `decide`."""
    rare = {word: rarity(word, counts.get(word, 0), incidents) for word in post.terms}
    length = math.sqrt(sum((share * rare[word]) ** 2 for word, share in post.terms.items()))
    brevity, unit = _bell(len(post.terms) / FEW_TERMS), math.log(incidents + PRIOR)
    found: list[Alike] = []
    for known in centres:
        keys = known.keys & post.keys.keys()
        size = known.extent * unit * length
        if not keys or not size:
            continue
        shared = {
            word: post.terms[word] * known.terms[word] * rare[word] ** 2
            for word in post.terms.keys() & known.terms.keys()
        }
        gap, is_place = silence(known, at), all(key in PLACES for key in keys)
        at_once = 0.0 if is_place else _bell(gap / AT_ONCE) * brevity
        likeness = _told(keys, shared, at_once) / size * _fresh(gap)
        if is_place:
            likeness *= ONLY_PLACE
        found.append(Alike(known.incident_id, likeness, keys, shared, gap, post))
    return sorted(found, key=lambda alike: (-alike.likeness, alike.incident_id))


def _told(keys: frozenset[str], shared: Mapping[str, float], at_once: float) -> float:
    """What is shared: that both name the same organisation says less than what both tell of it."""
    strongest = max((shared.get(key, 0.0) for key in keys), default=0.0)
    if len(shared) < 2 and at_once < ALONE:
        return 0.0
    worth = NAME_ALONE + (NAME_AT_ONCE - NAME_ALONE) * at_once
    return sum(shared.values()) - (1 - worth) * strongest


def silence(known: Centre, at: datetime) -> timedelta:
    """How long an incident has been silent at a time; nothing while it is told of."""
    return max(known.first_at - at, at - known.last_at, timedelta())


def _fresh(gap: timedelta) -> float:
    return LASTING + (1 - LASTING) * _bell(gap / SILENCE)


def _bell(sigmas: float) -> float:
    return math.exp(-sigmas * sigmas / 2)


def _why(post: Traits, keys: frozenset[str], terms: Mapping[str, float], gap: timedelta) -> str:
    by_weight = sorted(keys, key=lambda key: (-terms.get(key, 0.0), key))
    names = [post.keys[key] for key in by_weight[:SHOWN]]
    inside = {part for key in keys for part in key.lstrip("#").split()} | keys
    words = [w for w in sorted(terms, key=lambda w: (-terms[w], w)) if w not in inside][:SHOWN]
    said = f"shares {_listed(names)}"
    if words:
        said += f" and {_listed([f'‘{word}’' for word in words])}"
    return f"{said}, {_apart(gap)}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def _apart(gap: timedelta) -> str:
    if gap < timedelta(days=1):
        return "at the same time"
    return "1 day apart" if gap.days == 1 else f"{gap.days} days apart"
