"""The files that a team edits, as the pages show them: the last good version, and what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from monitor.config.load import fingerprint, load
from monitor.errors import ConfigError, Fault
from monitor.flow import files
from monitor.rules import pack


@dataclass(frozen=True, slots=True)
class Files:
    """What could be read."""

    loaded: files.Loaded | None = None
    """The last version without a fault; None if there was none since this process began."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with the files as they are now."""


@dataclass(slots=True)
class Live:
    """The config folder, read again only when a file of it changed."""

    root: Path
    environ: Mapping[str, str]
    _files: Files = Files()
    _seen: str = ""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def files(self) -> Files:
        """As they are now; may compile all rules, so call it off the event loop."""
        with self._turn:
            mark = fingerprint(self.root)
            if mark != self._seen:
                self._seen = mark
                try:
                    self._files = Files(files.load_files(self.root, self.environ))
                except ConfigError as error:
                    self._files = Files(self._files.loaded, error.faults)
            return self._files

    def prove(self, rule: str) -> Callable[[Mapping[str, bytes]], None]:
        """A trial of the folder with changed files; raises `ConfigError` with every fault.

        The rule is tried as if it were in force, so that a draft can be put in force as it is.
        """

        def tried(instead: Mapping[str, bytes]) -> None:
            config = load(self.root, self.environ, instead)
            rules = [replace(s, enabled=True) if s.id == rule else s for s in config.rules]
            pack.build(rules, config.terms)

        return tried
