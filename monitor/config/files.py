"""Changes to the files that people write: one at a time, and in one step, so that nobody reads a half."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import ConfigError, Fault


@contextmanager
def locked(root: Path, name: str) -> Iterator[None]:
    """Hold the config folder for a change to one of its files; what was done is on the disk at the end."""
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        said = f"{root} is no folder that can be used ({error.strerror})."
        raise ConfigError([Fault(name, 0, said)]) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
        os.fsync(folder)
    finally:
        os.close(folder)


def replace(target: Path, content: bytes) -> None:
    """Put content in a file's place; raises `OSError`, and leaves the old file then.

    The draft lies beside it, hidden, so that the last step is a rename on one disk.
    """
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        draft.replace(target)
        _keep_name(target.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _keep_name(folder: Path) -> None:
    """A rename is safe from a power cut only when its folder is on the disk too."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
