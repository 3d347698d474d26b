"""YAML as people write it, in plain values, with the line of every key and item.

The nodes that ruamel.yaml composes are turned into dicts, lists, texts and numbers here, rather than
by its constructors: so every key that stands twice is found, dates stay the text they are, tags that
make objects do nothing, and aliases cannot grow a small file into a large value.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from monitor.config.syntax import remedy
from monitor.errors import Fault

MAX_BYTES = 5_000_000
MAX_PARTS = 200_000
"""Keys, items and values, each alias counted as if it were written out."""
MAX_DEPTH = 50

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the root: `("feeds", 3, "url")`."""

_YAML = "tag:yaml.org,2002:"
_TRUE = {"true", "yes", "on", "y"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, and where its parts stand."""

    file: str
    value: Any
    """Dicts with text keys, lists and scalars; None for an empty file."""
    lines: Mapping[Path, int] = field(default_factory=dict)
    """Line of each key or item, 1-based."""
    text_lines: Mapping[Path, int] = field(default_factory=dict)
    """Line where each text begins: below its key if it is a block (`>-`, `|`)."""
    faults: tuple[Fault, ...] = ()
    """Keys that stand twice and the like: what could be read is in `value` all the same."""

    def line(self, path: Path) -> int:
        """The line of what lies at a path, or of the nearest part above it that there is."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def text_line(self, path: Path) -> int:
        """The line where the text at a path begins."""
        return self.text_lines.get(path, self.line(path))


class _TooLarge(Exception):  # noqa: N818  # a way out of the recursion, not an error class
    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.line = _line(node)


class _Reader:
    """Walks a file's nodes once, and notes lines and faults by the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.text_lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self.parts = 0

    def plain(self, node: Node, path: Path) -> Any:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise _TooLarge(node, f"the file comes to more than {MAX_PARTS:,} parts; split it.")
        if len(path) > MAX_DEPTH:
            raise _TooLarge(node, "this is nested too deep, or refers to itself.")
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                for index, item in enumerate(node.value):
                    self.lines[*path, index] = _line(item)
                return [self.plain(item, (*path, i)) for i, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, path)
        raise TypeError(node)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._fault(key_node, "a key must be a plain word.")
                continue
            key = str(key_node.value)
            if key in found:
                first = self.lines[*path, key]
                self._fault(
                    key_node,
                    f"the key {key!r} stands here and on line {first}; remove one of the two.",
                )
                continue
            self.lines[*path, key] = _line(key_node)
            found[key] = self.plain(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode, path: Path) -> object:
        # The text of a block (`>` or `|`) begins on the line below.
        self.text_lines[path] = _line(node) + (node.style in {">", "|"})
        kind = str(node.tag).removeprefix(_YAML)
        text = str(node.value)
        if kind.startswith(("!", "tag:", "python/")):
            self._fault(node, f"the tag {kind[:40]} is not used here; put the text in quotes.")
        try:
            match kind:
                case "null":
                    return None
                case "bool":
                    return text.lower() in _TRUE
                case "int":
                    return int(text.replace("_", ""), 0)
                case "float":
                    return float(text.replace("_", ""))
        except ValueError:  # such as 007 or .inf: whoever needs a number will say so
            pass
        return text

    def _fault(self, node: Node, message: str) -> None:
        self.faults.append(Fault(self.file, _line(node), message))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def read(file: str, text: str) -> Source | Fault:
    """Parse a file; what is no YAML at all is a fault with its line and a remedy."""
    if len(text) > MAX_BYTES:
        return Fault(file, 0, f"the file is larger than {MAX_BYTES // 1_000_000} MB.")
    walk = _Reader(file)
    try:
        node = _compose(text)
        value = None if node is None else walk.plain(node, ())
    except _TooLarge as error:
        return Fault(file, error.line, str(error))
    except MarkedYAMLError as error:
        return Fault(file, *remedy(error))
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = ord(error.character) if isinstance(error.character, str) else error.character
        return Fault(file, line, f"the character U+{code:04X} cannot stand in YAML; remove it.")
    except Exception as error:  # noqa: BLE001  # on what is no YAML its scanner fails in many ways
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return Fault(file, 0, f"the file is not YAML: {reason}.")
    return Source(file, value, walk.lines, walk.text_lines, tuple(walk.faults))


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False  # the later one counts, as YAML says
    node: Node | None = yaml.compose(io.StringIO(text))
    return node
