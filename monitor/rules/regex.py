"""Regular expressions that people write: by RE2, in linear time, case not counting."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import re2

MAX_REGEX_BYTES = 8 << 20
"""What RE2 may need to hold one expression."""


@lru_cache(maxsize=20_000)
def compile_regex(pattern: str) -> Any:
    """An RE2 expression, case not counting; raises `re2.error`."""
    return re2.compile(pattern, _options(MAX_REGEX_BYTES))


def compile_set(patterns: Iterable[str]) -> Any:
    """All of some expressions as one, which says in one pass which of them a text holds."""
    made = re2.Set.SearchSet(_options(MAX_REGEX_BYTES * 8))
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made


def _options(max_bytes: int) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = max_bytes
    options.log_errors = False
    return options
