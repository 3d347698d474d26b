"""A file held against its form: every mistake with its line, what is allowed, and the nearest spelling."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.source import Source
from monitor.errors import Fault

F = TypeVar("F", bound=BaseModel)


def check(source: Source, form: type[F]) -> F | list[Fault]:
    """Validate; returns the filled form, or every fault."""
    value = {} if source.value is None else source.value
    if not isinstance(value, dict):
        allowed = ", ".join(form.model_fields)
        return [Fault(source.file, 1, f"this must be a mapping with the keys {allowed}.")]
    try:
        return form.model_validate(value)
    except ValidationError as error:
        faults = {_fault(source, form, detail) for detail in error.errors(include_url=False)}
        return sorted(faults)


def _fault(source: Source, form: type[BaseModel], detail: ErrorDetails) -> Fault:
    # pydantic names the branch of a union in its path; only what stands in the file has a line.
    path = _real(source.value, detail["loc"])
    kind = detail["type"]
    name = ".".join(str(step) if isinstance(step, str) else f"[{step}]" for step in path).replace(
        ".[", "["
    )
    if kind == "extra_forbidden":
        return Fault(source.file, source.line(path), _unknown(form, path))
    if kind == "missing":
        missing = str(detail["loc"][-1])
        return Fault(
            source.file,
            source.line(path),
            f"{name or 'the file'} lacks the key '{missing}'; add it.",
        )
    return Fault(source.file, source.line(path), f"{name}: {_said(detail)}")


def _real(value: Any, loc: Sequence[str | int]) -> list[str | int]:
    path: list[str | int] = []
    for step in loc:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        path.append(step)
    return path


def _unknown(form: type[BaseModel], path: Sequence[str | int]) -> str:
    *parents, key = path
    allowed = list(_form_at(form, parents).model_fields)
    if str(key) in {"password", "secret", "token"}:
        return (
            f"'{key}' must not stand in a file that is shown and shared. Set FAILWATCH_MAIL_PASSWORD or"
            " FAILWATCH_WIKI_<NAME>_PASSWORD in the environment, or the same with _FILE for a path."
        )
    near = get_close_matches(str(key), allowed, n=1, cutoff=0.6)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    return f"unknown key '{key}'{hint} Allowed here: {', '.join(allowed)}."


def _form_at(form: type[BaseModel], path: Sequence[str | int]) -> type[BaseModel]:
    for step in path:
        if isinstance(step, str) and step in form.model_fields:
            inner = _inner(form.model_fields[step].annotation)
            form = inner or form
    return form


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is not None:
        return next(filter(None, map(_inner, get_args(annotation))), None)
    return None


def _said(detail: ErrorDetails) -> str:
    """A validator's words, made into advice."""
    context, given = detail.get("ctx", {}), detail["input"]
    shown = f" (here: {str(given)[:60]!r})" if isinstance(given, str | int | float | bool) else ""
    match detail["type"]:
        case "value_error":
            return f"{context.get('error')}{shown}."
        case "literal_error":
            return f"must be one of {context.get('expected')}{_nearest(given, context)}{shown}."
        case "string_type":
            return f"must be text; put it in quotes{shown}."
        case "string_pattern_mismatch":
            return f"has the wrong form{shown}; it must look like {context.get('pattern')}."
        case "list_type":
            return f"must be a list, each item on a line after '- '{shown}."
        case "dict_type" | "model_type":
            return f"must be a mapping of keys to values{shown}."
        case "too_short":
            return "must not be empty."
        case _:
            return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}{shown}."


def _nearest(given: object, context: dict[str, Any]) -> str:
    allowed = [
        word.strip(" '")
        for word in str(context.get("expected", "")).replace(" or ", ",").split(",")
    ]
    near = get_close_matches(str(given), allowed, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
