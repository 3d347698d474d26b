"""Question sets for reflection: YAML that a team can read, shipped here and added to in `questions/`.

    id: week
    title: The two questions of the week
    for: the failure of the week
    questions:
      - ask: How can we avoid it?
        hint: …        (may be left out)
        minutes: 5     (may be left out)

A team's set of the same id takes the place of a shipped one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from monitor.errors import ConfigError, Fault
from monitor.text import one_line

FOLDER = "questions"
"""Of a team, beside feeds.yaml."""

MOST = 60
MINUTES = 5
_KEYS = {"id", "title", "for", "questions"}


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    ask: str
    hint: str = ""
    minutes: int = MINUTES


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions that are asked together."""

    id: str
    title: str
    for_what: str
    questions: tuple[Question, ...]

    @property
    def minutes(self) -> int:
        """How long a meeting over it takes."""
        return sum(question.minutes for question in self.questions)


def shipped() -> dict[str, QuestionSet]:
    """The sets that come with Failwatch, by id."""
    folder = resources.files("monitor.lessons").joinpath("question_sets")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    found = [read(file.read_text(encoding="utf-8"), file.name) for file in files]
    return {one.id: one for one in sorted(found, key=lambda s: len(s.questions))}


def load(root: Path) -> dict[str, QuestionSet]:
    """The shipped sets and those of a team. Raises `ConfigError` naming every fault of its files."""
    found = shipped()
    faults: list[Fault] = []
    for file in sorted((root / FOLDER).glob("*.yaml")):
        try:
            one = read(file.read_text(encoding="utf-8"), f"{FOLDER}/{file.name}")
        except ConfigError as error:
            faults += error.faults
        except (OSError, UnicodeDecodeError):
            faults.append(Fault(f"{FOLDER}/{file.name}", 0, "It cannot be read as UTF-8 text."))
        else:
            found[one.id] = one
    if faults:
        raise ConfigError(faults)
    return found


def read(text: str, name: str) -> QuestionSet:
    """One set. Raises `ConfigError`."""
    try:
        raw = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ConfigError([Fault(name, 0, f"This is no YAML: {one_line(str(error), 200)}.")]) from error  # fmt: skip
    faults = [Fault(name, 0, message) for message in _problems(raw)]
    if faults:
        raise ConfigError(faults)
    return QuestionSet(
        id=raw["id"],
        title=one_line(raw["title"], 120),
        for_what=one_line(str(raw.get("for", "")), 200),
        questions=tuple(
            Question(one_line(q["ask"], 300), one_line(str(q.get("hint", "")), 300), int(q.get("minutes", MINUTES)))
            for q in raw["questions"]
        ),
    )  # fmt: skip


def _problems(raw: Any) -> Iterator[str]:
    if not isinstance(raw, dict):
        yield "It must have the keys id, title and questions."
        return
    for key in sorted(set(map(str, raw)) - _KEYS):
        yield f"{key} is not known; a set has {', '.join(sorted(_KEYS))}."
    slug = str(raw.get("id", ""))
    if not slug or len(slug) > 40 or not slug.replace("-", "").isalnum() or slug != slug.lower():
        yield "id must be of small letters, digits and hyphens, at most 40."
    if not isinstance(raw.get("title"), str) or not raw["title"].strip():
        yield "title must be a text."
    asked = raw.get("questions")
    if not isinstance(asked, list) or not 0 < len(asked) <= MOST:
        yield f"questions must be a list of one to {MOST}."
        return
    for number, question in enumerate(asked, 1):
        yield from _question_problems(number, question)


def _question_problems(number: int, question: Any) -> Iterator[str]:
    if not isinstance(question, dict) or not str(question.get("ask") or "").strip():
        yield f"Question {number} has no ask."
        return
    for key in sorted(set(map(str, question)) - {"ask", "hint", "minutes"}):
        yield f"Question {number}: {key} is not known; it has ask, hint and minutes."
    minutes = question.get("minutes", MINUTES)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 < minutes <= 240:
        yield f"Question {number}: minutes must be a whole number from 1 to 240."
