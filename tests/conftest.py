"""Real databases, freshly migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store import db, schema


@pytest.fixture
def main(tmp_path: Path) -> Iterator[db.Connection]:
    """The served database."""
    conn = db.connect(tmp_path / db.MAIN)
    schema.migrate(conn, "main")
    yield conn
    conn.close()


@pytest.fixture
def private(tmp_path: Path) -> Iterator[db.Connection]:
    """The database that is never served."""
    conn = db.connect(tmp_path / db.PRIVATE)
    schema.migrate(conn, "private")
    yield conn
    conn.close()
