"""YAML as people write it, with the line of every key and item, so that a fault can name its place."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import ScalarString

from monitor.errors import Fault

MAX_BYTES = 5_000_000

Path = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, and where its parts stand."""

    file: str
    value: Any
    """Mappings, lists and scalars; None for an empty file."""

    def line(self, path: Path) -> int:
        """The 1-based line of what lies at a path of keys and indexes; of the nearest part there is."""
        node, line = self.value, 1
        for step in path:
            try:
                if isinstance(node, CommentedMap):
                    line = node.lc.key(step)[0] + 1
                    node = node[step]
                elif isinstance(node, CommentedSeq):
                    line = node.lc.item(step)[0] + 1
                    node = node[step]
                else:
                    break
            except (KeyError, IndexError, TypeError):
                break
        return line

    def text_line(self, path: Path) -> int:
        """Where a text begins: the line below its key if it is a block (`>-`, `|`)."""
        line, node = self.line(path), self.value
        for step in path:
            node = node[step]
        is_block = isinstance(node, ScalarString) and type(node).__name__ in {
            "FoldedScalarString",
            "LiteralScalarString",
        }
        return line + 1 if is_block else line


def editor() -> YAML:
    """A reader and writer that keeps comments, quotes and order."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 100_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.max_depth = 50
    return yaml


def read(file: str, text: str) -> Source | Fault:
    """Parse a file; a syntax error is a fault with its line."""
    if len(text) > MAX_BYTES:
        return Fault(file, 0, f"the file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        return Source(file, editor().load(io.StringIO(text)))
    except DuplicateKeyError as error:
        mark = error.problem_mark
        problem = str(error.problem or "a key stands twice").split(" with value")[0]
        return Fault(file, mark.line + 1 if mark else 0, f"{problem}; remove one of the two.")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "it cannot be read"
        hint = " Indent with spaces, not tabs." if "\\t" in str(problem) else ""
        return Fault(file, mark.line + 1 if mark else 0, f"this is not YAML: {problem}.{hint}")
    except (YAMLError, ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        return Fault(file, 0, f"this is not YAML: {' '.join(str(error).split())[:200]}.")
