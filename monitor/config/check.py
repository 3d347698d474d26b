"""A file held against its form: every mistake with its line, what is allowed, and the nearest spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.fields import LOOKS
from monitor.config.secrets import MAIL_PASSWORD, wiki_password
from monitor.config.source import Path, Source
from monitor.errors import Fault

F = TypeVar("F", bound=BaseModel)

_SECRETS = {"password", "passwd", "pass", "secret", "token", "api_key", "apikey"}

# pydantic's kind of error -> our words; {…} is what pydantic says of the limit.
_ADVICE = {
    "string_type": "must be text; put it in quotes",
    "string_unicode": "holds half a character; type the text anew",
    "string_too_long": "must be at most {max_length} characters long",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty; give at least {min_length}",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:,}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:,}",
    "list_type": "must be a list: each item on a line of its own after '- '",
    "dict_type": "must be keys with values, each on a line of its own",
    "model_type": "must be keys with values, each on a line of its own",
}


def check(source: Source, form: type[F]) -> F | list[Fault]:
    """Validate; returns the filled form, or every fault in order of lines."""
    faults = set(source.faults)
    value = {} if source.value is None else source.value
    filled: F | None = None
    if not isinstance(value, dict):
        first = next(iter(form.model_fields))
        faults.add(
            Fault(
                source.file, 1, f"the file must begin with a key and a colon, such as `{first}:`."
            )
        )
    else:
        try:
            filled = form.model_validate(value)
        except ValidationError as error:
            faults |= {_fault(source, form, detail) for detail in error.errors(include_url=False)}
    return sorted(faults) if faults or filled is None else filled


def _fault(source: Source, form: type[BaseModel], detail: ErrorDetails) -> Fault:
    loc, kind = detail["loc"], detail["type"]
    path = _real(source.value, loc)
    place = _named(path)
    if kind == "extra_forbidden":
        message = _unknown(form, path, source.value)
    elif kind == "missing":
        example = _inner_at(form, path).model_fields[str(loc[-1])].description or ""
        hint = f" ({example.rstrip('.')})" if example else ""
        message = f"{place or 'the file'} lacks the key '{loc[-1]}'{hint}; add it."
    else:
        message = f"{place}: {_said(detail)}" if place else f"{_said(detail)}"
    return Fault(source.file, source.line(path), message)


def _real(value: Any, loc: Path) -> Path:
    """The part of pydantic's path that stands in the file: a missing key does not."""
    path: Path = ()
    for step in loc:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        path = (*path, step)
    return path


def _named(path: Path) -> str:
    """A path as people read it: `feeds[3].url`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{_shown(step)}" for step in path)
    return "".join(steps).removeprefix(".")


def _shown(given: object) -> str:
    """Given text, short, on one line, and without a password that may stand in an address."""
    text = re.sub(r"//[^/@\s]*@", "//…@", str(given))
    short = text if len(text) <= 60 else text[:59] + "…"
    return short if short.isprintable() else ascii(short)[1:-1]


def _unknown(form: type[BaseModel], path: Path, value: Any) -> str:
    *parents, last = path
    key = str(last)
    if get_close_matches(key.lower(), _SECRETS, n=1, cutoff=0.8):  # misspelt, it is as secret
        variable = _variable(tuple(parents), value)
        return (
            f"'{_shown(key)}' must not stand here: this file is shown and shared. Take it out and set"
            f" {variable} in the environment, or {variable}_FILE to the path of a file that holds it."
        )
    allowed = list(_inner_at(form, tuple(parents)).model_fields)
    near = get_close_matches(key.lower().replace("-", "_"), allowed, n=1, cutoff=0.6)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    return f"unknown key '{_shown(key)}'{hint} Allowed here: {', '.join(allowed)}."


def _variable(parents: Path, value: Any) -> str:
    match parents:
        case ("wikis", int(index)):
            name = value["wikis"][index].get("name")
            return (
                wiki_password(name) if isinstance(name, str) else "FAILWATCH_WIKI_<NAME>_PASSWORD"
            )
        case _:
            return MAIL_PASSWORD


def _inner_at(form: type[BaseModel], path: Path) -> type[BaseModel]:
    for step in path:
        if isinstance(step, str) and step in form.model_fields:
            form = _inner(form.model_fields[step].annotation) or form
    return form


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner, get_args(annotation))), None)


def _said(detail: ErrorDetails) -> str:
    """A validator's words, made into advice."""
    context, given, kind = detail.get("ctx", {}), detail["input"], detail["type"]
    if given is None:
        return "there is no value. Write one; a text that begins with # must stand in quotes."
    if kind == "value_error":
        advice = str(context.get("error"))
    elif kind == "literal_error":
        advice = f"must be one of {context.get('expected')}{_nearest(given, context)}"
    elif kind == "string_pattern_mismatch":
        advice = f"must be {LOOKS[str(context.get('pattern'))]}"
    elif kind in _ADVICE:
        advice = _ADVICE[kind].format(**context)
    else:
        advice = detail["msg"]
    here = f" (here: '{_shown(given)}')" if isinstance(given, str | int | float) else ""
    return f"{advice}{here}."


def _nearest(given: object, context: Mapping[str, Any]) -> str:
    allowed = re.findall(r"'([^']+)'", str(context.get("expected", "")))
    near = get_close_matches(str(given).lower(), allowed, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
