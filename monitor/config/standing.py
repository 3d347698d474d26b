"""The files with the last good version of every broken pack: one mistake stops only its own pack.

The last good version of every file of rules/ is kept beside the database; what has never been good
is left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from monitor.config.load import RULES, load
from monitor.config.settings import Config
from monitor.errors import ConfigError, Fault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing(Generic[T]):
    """What is in force, and what is wrong with the files all the same."""

    config: Config
    made: T
    faults: tuple[Fault, ...] = ()
    replaced: tuple[str, ...] = ()
    """Packs whose last good version is in force."""
    missing: tuple[str, ...] = ()
    """Packs that have no good version."""

    @property
    def told(self) -> str:
        """The faults, and what is in force instead; empty if all is well."""
        if not self.faults:
            return ""
        lines = [str(fault) for fault in self.faults]
        if self.replaced:
            lines.append(f"In force instead: the last good version of {', '.join(self.replaced)}.")
        if self.missing:
            lines.append(f"Not in force, as no good version is known: {', '.join(self.missing)}.")
        return "\n".join(lines)


def stand(
    root: Path, environ: Mapping[str, str], kept: Path, build: Callable[[Config], T]
) -> Standing[T]:
    """Load a folder, with the last good version from `kept` wherever a pack is broken.

    Raises `ConfigError` for what no pack can replace: feeds.yaml and failwatch.yaml.
    """
    instead: dict[str, bytes | None] = {}
    faults: list[Fault] = []
    while True:
        try:
            config = load(root, environ, instead)
            made = build(config)
        except ConfigError as error:
            broken = {fault.file for fault in error.faults}
            if not all(file.startswith(f"{RULES}/") for file in broken):
                raise
            faults += [fault for fault in error.faults if fault.file not in instead]
            progress = False
            for file in sorted(broken):
                progress |= _replace(file, kept, instead)
            if not progress:
                raise
        else:
            replaced = tuple(
                sorted(file for file, content in instead.items() if content is not None)
            )
            missing = tuple(sorted(instead.keys() - set(replaced)))
            return Standing(config, made, tuple(sorted(faults)), replaced, missing)


def _replace(file: str, kept: Path, instead: dict[str, bytes | None]) -> bool:
    """Take the next best version of a broken file; False if even leaving it out was tried."""
    if file not in instead:
        try:
            instead[file] = (kept / Path(file).name).read_bytes()
        except OSError:
            instead[file] = None
        return True
    if instead[file] is None:
        return False
    instead[file] = None
    return True


def keep(root: Path, kept: Path, standing: Standing[T]) -> None:
    """Remember the packs that are good now; those replaced or left out stay as they were kept."""
    kept.mkdir(parents=True, exist_ok=True)
    unfit = {Path(file).name for file in (*standing.replaced, *standing.missing)}
    names = {path.name for path in (root / RULES).glob("*.yaml") if not path.name.startswith(".")}
    for old in kept.glob("*.yaml"):
        if old.name not in names:
            old.unlink(missing_ok=True)
    for name in names - unfit:
        content = (root / RULES / name).read_bytes()
        target = kept / name
        if not target.exists() or target.read_bytes() != content:
            draft = kept / f".{name}.{os.getpid()}"
            draft.write_bytes(content)
            draft.replace(target)
