"""The casebook's files read, and every mistake in them told with file, line, case and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from monitor.errors import ConfigError, Fault
from monitor.lessons.casebook_form import CaseForm, Form, PrincipleForm, ResponseForm, SourceForm

_FORMS: Mapping[str, type[Form]] = {"cases": CaseForm, "principles": PrincipleForm}
_OLD: Mapping[tuple[int | str, ...], str] = {
    ("responses", 0, "text"): "response",
    ("responses", 0, "type"): "response_type",
}
_NEW_IN_2 = frozenset({"country", "alleged", "expected", "responses", "principles"})


def read(
    files: Mapping[str, str], name: str = "cases", *, principles: Collection[str] | None = None
) -> list[Any]:
    """The forms in files (name -> text), in their order; raises `ConfigError` with every fault.

    `principles`: the ids that cases may name; None if that is not asked.
    """
    parsed = {file: _parsed(text, file, name) for file, text in files.items()}
    faults, forms = list(_doubles(parsed)), []
    for file, (items, version) in parsed.items():
        for item in items:
            try:
                form = _FORMS[name].model_validate(dict(item), context={"version": version})
            except ValidationError as error:
                faults += [
                    Fault(file, *_told(item, detail, name, version))
                    for detail in error.errors(include_url=False)
                ]
                continue
            forms.append(form)
            if isinstance(form, CaseForm) and principles is not None:
                faults += [
                    Fault(
                        file,
                        _line(item, "principles"),
                        f"{form.id}: principles.yaml has no {given}; add it there, or name another.",
                    )
                    for given in form.principles
                    if given not in principles
                ]
    if faults:
        raise ConfigError(set(faults))
    return forms


def _parsed(text: str, file: str, name: str) -> tuple[list[Any], int]:
    try:
        found = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigError([Fault(file, line, f"This is no YAML: {error.problem}.")]) from error
    items = found.get(name) if isinstance(found, dict) else None
    if (
        not isinstance(items, list)
        or found.get("version") not in {1, 2}
        or not all(isinstance(item, dict) for item in items)
    ):
        message = f"It must begin with `version: 2` (or 1, the older form) and have a list of `{name}`, each with its keys."
        raise ConfigError([Fault(file, 1, message)])
    return items, int(found["version"])


def _doubles(files: Mapping[str, tuple[list[Any], int]]) -> Iterator[Fault]:
    """Ids and titles that stand twice, in one file or in two: the later one is at fault."""
    seen: dict[tuple[str, str], str] = {}
    for file, (items, _) in files.items():
        for item in items:
            for key in ("id", "title"):
                value = str(item.get(key, ""))
                if value and (key, value) in seen:
                    where = "" if seen[key, value] == file else f", first in {seen[key, value]}"
                    message = f"{value}: this {key} stands twice{where}; rename one."
                    yield Fault(file, _line(item, key), message)
                seen.setdefault((key, value), file)


def _line(item: Any, key: str) -> int:
    line: int = item.lc.key(key)[0] if key in item else item.lc.line
    return line + 1


def _told(item: Any, detail: ErrorDetails, name: str, version: int) -> tuple[int, str]:
    """Line and sentence of one fault."""
    loc, kind = detail["loc"], detail["type"]
    said = str(detail.get("ctx", {}).get("error", ""))
    if not loc and ": " in said:  # what concerns the case as a whole names its key itself
        key, said = said.split(": ", 1)
        loc = (key,)
    old = _OLD.get(loc) if version == 1 else None
    path = old or ".".join(f"{step}" for step in loc)
    top = old or str(loc[0] if loc else "id")
    of = f"{item.get('id', name.rstrip('s'))}"
    match kind:
        case "missing":
            message = f"{path} is missing; every {name.rstrip('s')} has it."
        case "extra_forbidden":
            keys = _allowed(loc, name, version)
            near = get_close_matches(str(loc[-1]), keys, 1)
            message = f"{path} is not known" + (f"; did you mean {near[0]}?" if near else ".")
        case "literal_error":
            allowed = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            message = f"{path} must be one of {allowed}."
        case "value_error":
            message = f"{path} {said}."
        case "too_short" | "list_type":
            message = f"{path} must be a list of at least one."
        case _ if kind.startswith("date"):
            message = f"{path} must be a day such as 2017-04-10."
        case "string_type":
            message = f"{path} must be a text; put it in quotes."
        case _:
            message = f"{path} must be keys with values."
    return _line(item, top), f"{of}: {message}"


def _allowed(loc: Sequence[int | str], name: str, version: int) -> list[str]:
    inner: Mapping[str, type[Form]] = {"responses": ResponseForm, "sources": SourceForm}
    form = inner[str(loc[0])] if len(loc) > 1 and loc[0] in inner else _FORMS[name]
    keys = list(form.model_fields)
    if form is CaseForm and version == 1:
        keys = [key for key in keys if key not in _NEW_IN_2] + ["response", "response_type"]
    return keys
