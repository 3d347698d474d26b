"""The ways in which a word is written, for an author to paste: inflections, spellings, compounds, umlauts.

Case, accents and hyphens make no difference to a query, so variants that differ in nothing else are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from monitor.rules.says import laid_out
from monitor.rules.tree import Node, Or, Phrase, Word
from monitor.words import Words, words

LANGUAGES = ("en", "de", "fr", "es")
MIN_STEM = 4
"""Letters of a word that a star may be proposed behind; of a mere beginning one more."""

Lexicon = Mapping[str, str]
"""Form of a word -> the word as a dictionary has it."""


def lexicon(language: str) -> Lexicon:
    """The forms of the words of a language."""
    # Read only by who asks for variants: importing it alone takes a twentieth of a second.
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory  # noqa: PLC0415

    return DefaultDictionaryFactory().get_dictionary(language)


def variants(word: str, language: str, known: Lexicon) -> tuple[str, ...]:
    """Every way to write a word or a compound, itself first; each as the matcher tells it apart."""
    parts = _written(word)
    if not parts:
        return ()
    if len(parts) == 1:
        found = [parts[0], *_of_one(parts[0], language, known)]
        found += [" ".join(pair) for pair in _split(parts[0], known)]
    else:
        lasts = [parts[-1], *_of_one(parts[-1], language, known)]
        if language == "en":  # the last word of an English compound is a noun or stays as it is
            lasts = [last for last in lasts if last == parts[-1] or last.endswith("s")]
        found = [" ".join([*parts[:-1], last]) for last in lasts]
        found += ["".join([*parts[:-1], last]) for last in lasts]
    if language == "de":
        found += [_umlauts_out(form) for form in found]
    once: dict[tuple[str, ...], str] = {}
    for form in found:
        if key := tuple(words(form)):
            once.setdefault(key, form)
    first, *rest = once.values()
    return (first, *sorted(rest, key=str.casefold))


def _written(form: str) -> list[str]:
    """The words of a form as they stand in it."""
    return [form[start:end] for start, end in Words(form).spans]


def _of_one(word: str, language: str, known: Lexicon) -> list[str]:
    """The forms of a single word, sorted; without it if nothing is known of it."""
    starts = [word]
    if language == "de":
        starts += [form for form in (_umlauts_in(word),) if form != word]
    lemmas = {found for start in starts for found in _lemmas(start, known)}
    if language == "en":
        lemmas |= {
            found for lemma in [word, *lemmas] for s in _spelt(lemma) for found in _lemmas(s, known)
        }
    if not lemmas:
        return _unknown(word, language, known)
    forms = {form for form, lemma in known.items() if lemma in lemmas} | lemmas
    if language == "en":
        forms |= {form for lemma in lemmas for form in _regular(lemma) if form in known}
        forms |= {s for form in forms for s in _spelt(form) if s in known}
    if language != "de":
        forms = {form.lower() for form in forms}
    return sorted(form for form in forms if "'" not in form and "’" not in form)


def _lemmas(word: str, known: Lexicon) -> Iterator[str]:
    """What a dictionary has a word under, whatever its capitals."""
    for spelt in dict.fromkeys((word, word.lower(), word.capitalize())):
        if (lemma := known.get(spelt)) is not None:
            yield lemma


def _unknown(word: str, language: str, known: Lexicon) -> list[str]:
    """Forms of a word that no dictionary has: by rule, or as those of the word that it ends in."""
    if language == "en":
        return sorted({*_regular(word), *(s for f in [word, *_regular(word)] for s in _spelt(f))})
    for cut in range(2, len(word) - MIN_STEM + 1) if language == "de" else ():
        head, tail = word[:cut], word[cut:]
        if any(True for _ in _lemmas(tail, known)):
            return sorted(head + form.lower() for form in _of_one(tail, language, known))
    return [f"{word}s"]


def _split(word: str, known: Lexicon) -> Iterator[tuple[str, str]]:
    """The two words that an unknown one is written together from."""
    if any(True for _ in _lemmas(word, known)):
        return
    for cut in range(3, len(word) - 2):
        if word[:cut].lower() in known and word[cut:].lower() in known:
            yield word[:cut], word[cut:]
            return


_BRITISH_AMERICAN = tuple(
    (re.compile(british), re.compile(american), to_american, to_british)
    for british, american, to_american, to_british in (
        (r"is(e[ds]?|ing|er|ers|ations?)$", r"iz(e[ds]?|ing|er|ers|ations?)$", r"iz\1", r"is\1"),
        (r"ys(e[ds]?|ing|er|ers)$", r"yz(e[ds]?|ing|er|ers)$", r"yz\1", r"ys\1"),
        (r"our(s|ed|ing|ful|able|ite|ites|)$", r"or(s|ed|ing|ful|able|ite|ites|)$", r"or\1", r"our\1"),
        (r"([tb])re(s|d|)$", r"([tb])er(s|ed|)$", r"\1er\2", r"\1re\2"),
        (r"ogue(s|)$", r"og(s|)$", r"og\1", r"ogue\1"),
        (r"ence(s|)$", r"ense(s|)$", r"ense\1", r"ence\1"),
        (r"ll(ed|ing|er|ers)$", r"(?<!l)l(ed|ing|er|ers)$", r"l\1", r"ll\1"),
        (r"gement(s|)$", r"gment(s|)$", r"gment\1", r"gement\1"),
        (r"gramme(s|)$", r"gram(s|)$", r"gram\1", r"gramme\1"),
        (r"grey", r"gray", "gray", "grey"),
    )
)  # fmt: skip


def _spelt(word: str) -> Iterator[str]:
    """A word in the spelling of the other side of the Atlantic, right or not."""
    for british, american, to_american, to_british in _BRITISH_AMERICAN:
        if british.search(word):
            yield british.sub(to_american, word)
        elif american.search(word):
            yield american.sub(to_british, word)


def _regular(word: str) -> Iterator[str]:
    """The regular forms of an English noun or verb."""
    stem = word.lower()
    if re.search(r"[^aeiou]y$", stem):
        yield from (stem[:-1] + "ies", stem[:-1] + "ied", stem + "ing")
        return
    yield stem + ("es" if re.search(r"(?:[sxz]|[cs]h)$", stem) else "s")
    base = stem.removesuffix("e")
    yield from (base + "ed", base + "ing")
    if re.search(r"[^aeiou][aeiou][bdgklmnprt]$", stem) and len(stem) < 7:
        yield from (stem + stem[-1] + "ed", stem + stem[-1] + "ing")


_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}


def _umlauts_out(word: str) -> str:
    """`löschen` as it is written where there is no ö."""
    for umlaut, letters in _UMLAUTS.items():
        word = word.replace(umlaut, letters)
    return word


def _umlauts_in(word: str) -> str:
    for umlaut, letters in _UMLAUTS.items():
        word = word.replace(letters, umlaut)
    return word


@dataclass(frozen=True, slots=True)
class Cover:
    """Queries that find all variants."""

    short: str
    """With stars where variants share a beginning."""
    full: str
    """Each written out: finds nothing else."""
    stems: tuple[str, ...]
    """Folded beginnings of single words that `short` has a star behind."""


def cover(forms: Iterable[str]) -> Cover:
    """The shortest query for some variants, and the one that finds nothing else."""
    folded = {tuple(words(form)): form for form in forms}
    groups: dict[tuple[str, ...], list[str]] = {}
    for key in folded:
        groups.setdefault(key[:-1], []).append(key[-1])
    short: list[Node] = []
    stems = []
    for head, lasts in groups.items():
        for members, stem in _stems(lasts):
            written = _written(folded[*head, members[0]])
            if len(members) == 1:
                short.append(_term(written, (*head, members[0])))
                continue
            if not head:
                stems.append(stem)
            last = written[-1] if len(written[-1]) == len(members[0]) else members[0]
            shown = [*written[:-1], last[: len(stem)]]
            short.append(_term(shown, (*head, stem), is_prefix=True))
    full = [_term(_written(form), key) for key, form in folded.items()]
    return Cover(_shown(short), _shown(full), tuple(stems))


def _stems(members: list[str]) -> Iterator[tuple[list[str], str]]:
    """Words in groups, each with the beginning that finds all of it and not too much else."""
    stem = _shared(min(members), max(members))
    shortest = min(map(len, members))
    is_telling = len(stem) > MIN_STEM and len(stem) >= 0.7 * shortest
    if len(members) == 1 or is_telling or (len(stem) >= MIN_STEM and len(stem) == shortest):
        yield members, stem
        return
    nexts: dict[str, list[str]] = {}
    for member in members:
        nexts.setdefault(member[: len(stem) + 1], []).append(member)
    for group in nexts.values():
        yield from _stems(group)


def _shared(first: str, last: str) -> str:
    """What two words begin with alike, and so all words between them in order."""
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )
    return first[:same]


def _term(written: Sequence[str], folded: Sequence[str], *, is_prefix: bool = False) -> Node:
    """A term as people write it, if that has as many words as it is read as."""
    *early, last = written if len(written) == len(folded) else folded
    parts = (*map(Word, early), Word(last, is_prefix))
    return Phrase(parts) if early else parts[0]


def _shown(terms: list[Node]) -> str:
    return laid_out(terms[0]) if len(terms) == 1 else f"({laid_out(Or(tuple(terms)), width=80)})"
