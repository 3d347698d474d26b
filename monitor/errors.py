"""What can go wrong in a way that a caller may want to catch.

FailwatchError
|-- ConfigError        feeds.yaml, rules/, failwatch.yaml: every fault with file, line and remedy
|-- StoreError         the database cannot be used
|   |-- DataInUse      another worker, or another `failwatch up`, has the data folder
|   `-- SchemaTooNew   the database was made by a newer Failwatch
|-- StaleVersion       somebody else changed the row first (HTTP 409)
`-- Refused            the rules of the house say no (HTTP 422), with the reason

A feed, mail or page that fails is no exception: it is a value (`FetchFailed`,
`SendFailed`, `ExportFailed`) that settle records and a page shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class FailwatchError(Exception):
    """Base of all of ours; its text is a sentence for the person who meets it."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake in a file that people write."""

    file: str
    """Path as the person knows it, relative to the config folder: `rules/backlash.yaml`."""
    line: int
    """1-based; 0 when the fault is of the file as a whole."""
    message: str
    """What is wrong and what to do, in one or two sentences."""

    def __str__(self) -> str:
        """Print as compilers do, so that editors can jump to it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class ConfigError(FailwatchError):
    """One or more faults in the files that people write; all of them, not the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class StoreError(FailwatchError):
    """The database cannot be used; the message says why and what to do."""


class DataInUse(StoreError):  # noqa: N818  # reads as what it says
    """Another process holds the data folder."""


class SchemaTooNew(StoreError):  # noqa: N818
    """The database holds migrations that this release does not know."""


class StaleVersion(FailwatchError):  # noqa: N818
    """The row was changed by somebody else since it was read; nothing was written."""


class Refused(FailwatchError):  # noqa: N818
    """A request that the rules of the house do not allow; the message is the reason."""
